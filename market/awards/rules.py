"""Who decides an award, how long its notice lasts, who may object: pure answers with reasons."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from market.awards.models import Award, Objection
from market.awards.queries import Place
from market.challenges.models import Challenge
from market.challenges.rules import ChallengeRules
from market.core.calendar import add_working_days, end_of_working_day, is_working_day
from market.core.clock import SHANGHAI
from market.core.permissions import ALLOWED, Actor, Verdict, refuse
from market.core.text import Text, _
from market.lifecycle import PUBLIC_AWARDS, AwardState, ChallengeState, ObjectionState, Role
from market.settings import settings

OPEN_TO_OBJECTION = frozenset({AwardState.IN_NOTICE, AwardState.PAUSED})
_NAMELESS = ("匿名", "anonym", "不愿", "某人", "群众", "无名")
_SHORTEST_NAME = 2
_SHORTEST_PHONE = 7


def minutes_of_notice(rules: ChallengeRules) -> int | None:
    """Return the shortened notice of a demonstration; elsewhere such a setting counts for nothing."""
    return rules.notice_minutes if settings().demonstration else None


def end_of_notice(start: datetime, rules: ChallengeRules) -> datetime:
    """Return when a notice that begins at *start* ends: 17:30 in Shanghai on the n-th working day after it."""
    minutes = minutes_of_notice(rules)
    if minutes is not None:
        return start + timedelta(minutes=minutes)
    return end_of_working_day(add_working_days(start.astimezone(SHANGHAI).date(), rules.notice_working_days))


def end_after_pause(now: datetime, remaining: timedelta, rules: ChallengeRules) -> datetime:
    """Return when a notice with *remaining* time ends if it goes on *now*.

    Never sooner than that; in working days it ends at 17:30 of the first working day that leaves all of it.
    """
    end = now + max(remaining, timedelta(seconds=1))
    if minutes_of_notice(rules) is not None:
        return end
    day = end.astimezone(SHANGHAI).date()
    if is_working_day(day) and end_of_working_day(day) >= end:
        return end_of_working_day(day)
    return end_of_working_day(add_working_days(day, 1))


def expected_place(places: Sequence[Place]) -> Place | None:
    """Return the best-ranked bid that could be awarded next."""
    return next((place for place in places if place.passes and not place.live and not place.barred), None)


def may_decide(actor: Actor, challenge: Challenge) -> Verdict:
    """Say whether *actor* may decide on this challenge now."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only officers decide on awards."))
    if challenge.state is not ChallengeState.DECIDING:
        return refuse(_("An award can be proposed once review is closed and before the challenge has ended."))
    return ALLOWED


def may_propose(actor: Actor, challenge: Challenge, places: Sequence[Place], bid_id: int, winners: int) -> Verdict:
    """Say whether *actor* may propose this bid for an award."""
    if not (verdict := may_decide(actor, challenge)):
        return verdict
    place = next((each for each in places if each.bid_id == bid_id), None)
    if place is None:
        return refuse(_("This bid is not in the ranking of the challenge."))
    if place.live:
        return refuse(_("An award to this bid is already under way."))
    if sum(each.live for each in places) >= winners:
        return refuse(_("The rules allow %(count)s winner(s), and as many awards are under way.", count=winners))
    return may_win(place)


def may_win(place: Place) -> Verdict:
    """Say whether a ranked bid may be awarded at all."""
    if place.barred:
        return refuse(_("The award to this bid was revoked after an objection."))
    if not place.passes:
        return refuse(_("This bid scored %(score)s; the rules ask for at least %(minimum)s.", score=str(place.score),
                        minimum=place.explanation["minimum"]))  # fmt: skip
    return ALLOWED


def may_end_without_award(actor: Actor, challenge: Challenge, places: Sequence[Place]) -> Verdict:
    """Say whether *actor* may close the challenge without an award."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only officers decide on awards."))
    if challenge.state not in {ChallengeState.IN_REVIEW, ChallengeState.DECIDING}:
        return refuse(_("A challenge is closed without an award during review or decision only."))
    if any(place.live for place in places):
        return refuse(_("An award of this challenge is under way or confirmed."))
    return ALLOWED


def may_conclude(actor: Actor, challenge: Challenge, places: Sequence[Place]) -> Verdict:
    """Say whether *actor* may end a race with the winners it has."""
    if not (verdict := may_decide(actor, challenge)):
        return verdict
    states = {place.award_state for place in places if place.live}
    if states != {AwardState.CONFIRMED}:
        return refuse(_("A challenge ends with its winners once one award is confirmed and none is under way."))
    return ALLOWED


def may_approve(actor: Actor, award: Award) -> Verdict:
    """Say whether *actor* may approve or reject: an officer, and not the one who proposed."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only officers decide on awards."))
    if award.state is not AwardState.PROPOSED:
        return refuse(_("This award has already been decided."))
    if actor.person_id == award.proposed_by_id:
        return refuse(_("You proposed this award. A second officer approves or rejects it."))
    return ALLOWED


def may_see_notice(award: Award) -> Verdict:
    """Say whether the notice is public; a proposal is not, and staff read it on their own page."""
    return ALLOWED if award.state in PUBLIC_AWARDS else refuse(_("There is no such page."))


def may_object(actor: Actor | None, award: Award, *, own: Objection | None) -> Verdict:
    """Say whether *actor* may object to an award that is in public notice."""
    if award.state not in OPEN_TO_OBJECTION:
        return refuse(_("Objections are possible during public notice only."))
    if actor is None:
        return refuse(_("Sign in to object: an objection carries a real name and a contact."))
    if actor.is_staff:
        return refuse(_("District staff answer objections and audit them; they do not raise any."))
    if own is not None:
        return refuse(_("You have already objected to this award."))
    return ALLOWED


def is_real_name(name: str) -> Verdict:
    """Say whether an objection is signed; an anonymous one is refused."""
    if len(name.strip()) < _SHORTEST_NAME or any(word in name.lower() for word in _NAMELESS):
        return refuse(
            _("Enter your real name. Anonymous objections cannot be handled; your name is kept confidential.")
        )
    return ALLOWED


def is_contact(contact: str) -> Verdict:
    """Say whether one can reach somebody at *contact*: an e-mail address or a telephone number."""
    has_address = "@" in contact.strip("@") and "." in contact
    if has_address or sum(character.isdigit() for character in contact) >= _SHORTEST_PHONE:
        return ALLOWED
    return refuse(_("Enter an e-mail address or a telephone number at which we can reach you."))


def may_answer(actor: Actor, objection: Objection) -> Verdict:
    """Say whether *actor* may answer an objection."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only officers answer objections."))
    if objection.state is not ObjectionState.RAISED:
        return refuse(_("This objection has already been answered."))
    return ALLOWED


def too_late(ends_at: datetime) -> Text:
    """Return what somebody is told who objects after the notice has ended."""
    when = ends_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return _("The public notice ended on %(when)s (Beijing time). Objections are no longer possible.", when=when)
