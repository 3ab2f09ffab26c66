"""What an officer typed about a challenge → its content, or messages beside the fields."""

from datetime import datetime, timedelta

from market.challenges.actions import ChallengeContent, CriterionLine, Window
from market.challenges.rules import FEWEST_IN_RACE, FULL_WEIGHT, MOST_IN_RACE, ChallengeRules
from market.core import clock
from market.core.clock import SHANGHAI
from market.core.text import _
from market.core.vocabulary import ChallengeKind
from market.settings import settings
from market.web.forms import Form

DIMENSIONS = ("performance", "safety", "ethics", "adaptation", "other")
CRITERIA = ("name", "description", "dimension", "weight")
ROUNDS = ("opens_at", "closes_at")
MINUTES = ("opens_in", "closes_in")
LONGEST_MINUTES = 7 * 24 * 60


def round_columns() -> tuple[str, ...]:
    """Return the columns of the timetable: minutes from now only in a demonstration."""
    return (*ROUNDS, *MINUTES) if settings().demonstration else ROUNDS


def read_challenge(form: Form) -> ChallengeContent | None:
    """Return the whole draft as typed, or None where something needs correcting."""
    title = form.text("title", missing=_("Give the challenge a title."), longest=300)
    title_en = form.text("title_en", longest=300)
    kind = form.choice("kind", ChallengeKind, missing=_("Choose best one or race."))
    summary = form.text("summary", longest=10_000)
    grant = form.yuan("grant")
    rules = _read_rules(form, kind)
    criteria, windows = _read_criteria(form), _read_rounds(form)
    if not form.valid or kind is None or rules is None:
        return None
    return ChallengeContent(
        title=title, title_en=title_en, kind=kind, summary=summary, grant_fen=grant or 0, rules=rules,
        criteria=criteria, windows=windows,
    )  # fmt: skip


def as_typed(moment: datetime) -> str:
    """Return a time as a date-and-time field holds it."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


def _read_rules(form: Form, kind: ChallengeKind | None) -> ChallengeRules | None:
    defaults = ChallengeRules()
    days = form.whole("notice_working_days", low=1, high=60)
    minutes = form.whole("notice_minutes", low=1, high=1440) if settings().demonstration else None
    panel = form.whole("panel_size", low=1, high=15)
    if panel is not None and panel % 2 == 0:
        form.error("panel_size", _("Choose an odd number, so that a panel cannot be divided in halves."))
    minimum = form.whole("minimum_score", low=0, high=100)
    winners = 1
    if kind is ChallengeKind.RACE:
        winners = form.whole("winners", low=FEWEST_IN_RACE, high=MOST_IN_RACE,
                             missing=_("Say how many may win the race: 2 or 3.")) or FEWEST_IN_RACE  # fmt: skip
    eligibility, basis = form.text("eligibility"), form.text("policy_basis")
    if not form.valid:
        return None
    return ChallengeRules(
        notice_working_days=days or defaults.notice_working_days, notice_minutes=minutes,
        panel_size=panel or defaults.panel_size, winners=winners, eligibility=eligibility, policy_basis=basis,
        minimum_score=defaults.minimum_score if minimum is None else minimum,
    )  # fmt: skip


def _read_criteria(form: Form) -> list[CriterionLine]:
    lines = []
    for index, row in enumerate(form.rows_to_show("criteria", CRITERIA, asked=False)):
        if not (row["name"] or row["weight"] or row["description"]):
            continue
        key = f"criteria-{index}"
        name = form.text(f"{key}-name", missing=_("Name the criterion."), longest=120)
        weight = form.whole(f"{key}-weight", missing=_("Enter a weight from 1 to 100."), low=1, high=FULL_WEIGHT)
        dimension = row["dimension"] if row["dimension"] in DIMENSIONS else "other"
        lines.append(CriterionLine(name, form.text(f"{key}-description"), dimension, weight or 1))
    return lines


def _read_rounds(form: Form) -> list[Window]:
    windows: list[Window] = []
    for index, row in enumerate(form.rows_to_show("rounds", round_columns(), asked=False)):
        if any(row.values()) and (window := _read_window(form, f"rounds-{index}")):
            if windows and window.opens_at < windows[-1].closes_at:
                form.error(f"rounds-{index}-opens_at", _("A round opens after the one before it has closed."))
            windows.append(window)
    return windows


def _read_window(form: Form, key: str) -> Window | None:
    opens, closes = form.moment(f"{key}-opens_at"), form.moment(f"{key}-closes_at")
    if settings().demonstration:
        opens = _from_now(form, f"{key}-opens_in") or opens
        closes = _from_now(form, f"{key}-closes_in") or closes
    if opens is None or closes is None:
        missing = "opens_at" if opens is None else "closes_at"
        if form.valid:
            form.error(f"{key}-{missing}", _("Enter a date and time, for example 2026-12-01 17:30."))
        return None
    if closes <= opens:
        form.error(f"{key}-closes_at", _("A round closes after it opens."))
        return None
    return Window(opens, closes)


def _from_now(form: Form, name: str) -> datetime | None:
    minutes = form.whole(name, low=0, high=LONGEST_MINUTES)
    return None if minutes is None else clock.now() + timedelta(minutes=minutes)
