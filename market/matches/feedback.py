"""What people do with ranked pairs, kept with the versions that had ranked them: what a ranker is trained from."""

from enum import StrEnum
from typing import Any

from orjson import loads

from market.core import clock
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import Work
from market.matches.models import Feedback, Match


class Kind(StrEnum):
    """What somebody did. *useful* and *useless* are answers to an alert."""

    SHORTLIST = "shortlist"
    INVITE = "invite"
    DISMISS = "dismiss"
    RECONSIDER = "reconsider"
    INTERESTED = "interested"
    DECLINED = "declined"
    AWARD = "award"
    USEFUL = "useful"
    USELESS = "useless"


class Reason(StrEnum):
    """Why a buyer dismisses a solution."""

    TOO_EXPENSIVE = "too_expensive"
    WRONG_FIELD = "wrong_field"
    NOT_PROVEN = "not_proven"
    MISSING_CAPABILITY = "missing_capability"
    KNOWN_PROBLEM = "known_problem"
    OTHER = "other"


REASONS: dict[Reason, Text] = {
    Reason.TOO_EXPENSIVE: _("Too expensive"),
    Reason.WRONG_FIELD: _("Another field than ours"),
    Reason.NOT_PROVEN: _("Not proven enough"),
    Reason.MISSING_CAPABILITY: _("Lacks something we need"),
    Reason.KNOWN_PROBLEM: _("Known problem with this vendor"),
    Reason.OTHER: _("Another reason"),
}


def reason_of(code: str, words: str) -> Text:
    """Return why somebody said no: the reason of the list, the person's own words, or both."""
    if code not in REASONS or code == Reason.OTHER:
        return Text("%(words)s", {"words": words})  # nobody translates a person's words
    listed = REASONS[Reason(code)]
    return _("%(reason)s: %(words)s", reason=listed, words=words) if words else listed


# The pair as the scene's last successful ranking held it; a pair that it did not hold has a run and no place.
_PLACE = """
SELECT r.id, r.ranker, r.encoder, r.catalogue_version, found.pair::text AS pair
FROM match_run r LEFT JOIN LATERAL (
    SELECT each.value AS pair FROM jsonb_array_elements(r.outputs) AS each
    WHERE (each.value ->> 'solution')::int = $2 LIMIT 1) AS found ON true
WHERE r.scene_id = $1 AND r.finished_at IS NOT NULL AND r.error = '' ORDER BY r.id DESC LIMIT 1
"""


async def record_feedback(
    scene_id: int, solution_id: int, kind: Kind, *, work: Work, actor: Actor, reason: Reason | None = None
) -> None:
    """Keep that *actor* did this with a pair, with its place, score and features in the last ranking and its versions.

    A pair that no ranking holds is kept without them: it says something about the vendor, and nothing about a ranker.
    """
    rows = await work.connection.execute_query_dict(_PLACE, [scene_id, solution_id])
    run = rows[0] if rows else {}
    pair: dict[str, Any] = loads(run["pair"]) if run.get("pair") else {}
    await Feedback.create(
        using_db=work.connection, scene_id=scene_id, solution_id=solution_id, kind=kind, reason_code=reason or "",
        run_id=run.get("id"), ranker=run.get("ranker", ""), encoder=run.get("encoder", ""),
        catalogue_version=run.get("catalogue_version", ""), rank=pair.get("rank"), score=pair.get("score"),
        features=pair.get("features", {}), explored=pair.get("explored", False), person_id=actor.person_id,
        at=clock.now(),
    )  # fmt: skip


async def record_award(
    scene_ids: list[int], organisation_id: int, solution_id: int | None, *, work: Work, actor: Actor
) -> None:
    """Keep that a vendor won a challenge with these scenes: with the solution it bid, else with its best for each."""
    for scene_id in scene_ids:
        best = solution_id or await _best_of(scene_id, organisation_id)
        if best is not None:
            await record_feedback(scene_id, best, Kind.AWARD, work=work, actor=actor)


async def _best_of(scene_id: int, organisation_id: int) -> int | None:
    rows = Match.filter(scene_id=scene_id, solution__organisation_id=organisation_id)
    found = await rows.order_by("-qualifies", "rank").limit(1).values_list("solution_id", flat=True)
    return int(found[0]) if found else None  # type: ignore[call-overload]
