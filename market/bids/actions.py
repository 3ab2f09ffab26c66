"""What changes about bids: drafting, submitting, withdrawing, and opening when the round has closed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from market.bids import content as contents
from market.bids import queries, rules
from market.bids.models import Bid, BidMilestone, Submission
from market.challenges.models import Round
from market.core import clock
from market.core.errors import InvalidError, MarketError, NotFoundError, StaleStateError, TooLateError
from market.core.files import Upload, store_file
from market.core.models import StoredFile
from market.core.moves import make_move
from market.core.permissions import Actor, require
from market.core.text import _
from market.core.work import Work
from market.lifecycle import BidState, RoundState
from market.settings import settings
from market.solutions.models import Solution

MOST_FILES = 10
_CHANGED = _("A colleague changed this bid since you checked it. Check it again, then submit.")


class MilestoneLine(TypedDict):
    """One milestone as typed."""

    title: str
    due_week: int
    percent: int


class BidContent(TypedDict, total=False):
    """What a bid says; a save gives only what its section holds."""

    approach: str
    team: str
    price_fen: int | None
    delivery_weeks: int | None
    milestones: Sequence[MilestoneLine]
    solution_id: int | None
    pledge: bool


async def start_bid(bidding_round: Round, *, work: Work, actor: Actor) -> Bid:
    """Begin a draft, or return the one that the organisation already has in this round.

    - refuses who may not bid now (``NotAllowedError``), with the reason
    """
    challenge = await bidding_round.challenge
    organisation, buyers = await queries.organisation_of(actor), await queries.buyers_in(challenge.id)
    if known := await queries.bid_of(bidding_round.id, actor.organisation_id):
        return known
    now = await clock.database_now(work.connection)
    require(rules.may_bid(actor, organisation, bidding_round, challenge, buyers, now=now))
    # Two colleagues may press at once: the unique index keeps one bid, and both get it.
    bid, created = await Bid.get_or_create(
        round_id=bidding_round.id, organisation_id=actor.organisation_id,
        defaults={"created_by_id": actor.person_id}, using_db=work.connection,
    )  # fmt: skip
    if created:
        work.record("start_bid", bid, actor=rules.unnamed(actor))
    return bid


async def save_bid(
    bid: Bid, content: BidContent, *, revision: int, work: Work, actor: Actor, keep: bool = True
) -> None:
    """Save what one section holds; an incomplete draft is fine, and what was submitted before still counts.

    - refuses other organisations' people, and a round that has closed (``NotAllowedError``)
    - refuses when a colleague saved since *revision* was shown (``StaleStateError``)
    - refuses to empty the price or the pledge of a bid that is submitted: withdraw it instead (``InvalidError``)
    - ``keep=False`` is an autosave: the revision stays, because the open form still carries it
    """
    require(rules.may_edit_bid(actor, bid, await Round.get(id=bid.round_id)))  # type: ignore[attr-defined]
    _keep_complete(bid, content)
    values: dict[str, Any] = {name: value for name, value in content.items() if name != "milestones"}
    values["revision"] = revision + 1 if keep else revision
    drafts = Bid.filter(id=bid.id, revision=revision, state__in=list(rules.EDITABLE))
    if not await drafts.using_db(work.connection).update(**values):
        raise StaleStateError(_("A colleague saved this bid while you were editing it."))
    bid.update_from_dict(values)
    if "milestones" in content:
        await _write_milestones(bid, content["milestones"], work)


async def submit_bid(bid: Bid, *, revision: int, work: Work, actor: Actor, checked: str | None = None) -> Submission:
    """Store the bid as it stands as a new version with a receipt; the version before it no longer counts.

    Lateness is judged by the database's clock, read while the round is locked against its closing: what is stored
    here was in time, and what came at the deadline or after it is not stored.

    - refuses a late bid with the server's time and the deadline (``TooLateError``)
    - refuses who may not bid (``NotAllowedError``), an incomplete bid (``InvalidError``), and a draft that a colleague
      changed since *revision* was checked (``StaleStateError``); *checked* is the fingerprint of what was shown, and
      also finds what a colleague typed or attached without saving a revision
    """
    bidding_round, now = await _hold_round(bid, work)
    challenge = await bidding_round.challenge
    if not rules.is_own(actor, bid):
        raise NotFoundError(_("There is no such page."))
    if now >= bidding_round.closes_at or bidding_round.state is RoundState.CLOSED:
        raise TooLateError(rules.too_late(bidding_round.closes_at, now))
    organisation, buyers = await queries.organisation_of(actor), await queries.buyers_in(challenge.id)
    require(rules.may_bid(actor, organisation, bidding_round, challenge, buyers, now=now))
    await _hold_bid(bid, revision, work)
    milestones = await queries.milestones_of(bid.id)
    if gaps := rules.gaps_in(bid, milestones):
        raise InvalidError(gaps[0].text, fields={gap.field: gap.text for gap in gaps})
    words = await current_content(bid, milestones)
    if checked is not None and checked != contents.sha256_of(words):
        raise StaleStateError(_CHANGED)
    content = contents.salted(words)
    before = await queries.latest_submission(bid.id)
    version = before.version + 1 if before else 1
    submission = await Submission.create(
        using_db=work.connection, bid=bid, version=version, content=content, sha256=contents.sha256_of(content),
        reference=f"{challenge.number}-{bidding_round.number}-{bid.id}-{version}",
        submitted_by_id=actor.person_id, submitted_at=now,
    )  # fmt: skip
    if bid.state is BidState.SUBMITTED:
        await Bid.filter(id=bid.id).using_db(work.connection).update(submitted_at=now)
    else:
        await make_move("submit_bid", bid, work=work, actor=rules.unnamed(actor), submitted_at=now)
    # The hash only, and no name: auditors read this long before the bid may be read.
    work.record("receive_submission", submission, actor=rules.unnamed(actor), sha256=submission.sha256, bid_id=bid.id)
    work.tell(_("Bid received: %(reference)s", reference=submission.reference), f"/bids/{bid.id}/receipt",
              organisation_id=actor.organisation_id)  # fmt: skip
    return submission


async def withdraw_bid(bid: Bid, *, work: Work, actor: Actor) -> None:
    """Take a submitted bid back before the round closes; it can be submitted again until then.

    - refuses from the deadline on (``TooLateError``), and other organisations' people (``NotFoundError``)
    """
    bidding_round, now = await _hold_round(bid, work)
    if not rules.is_own(actor, bid):
        raise NotFoundError(_("There is no such page."))
    if now >= bidding_round.closes_at:
        raise TooLateError(
            _("The round closed at %(deadline)s: a bid can no longer be withdrawn.",
              deadline=rules.beijing(bidding_round.closes_at))
        )  # fmt: skip
    await make_move("withdraw_bid", bid, work=work, actor=rules.unnamed(actor))


async def open_bids(bidding_round: Round, *, work: Work, actor: Actor) -> int:
    """Open every submitted bid of a closed round and tell its vendor; what was not submitted again is dropped.

    Returns how many were opened.
    """
    bids = await queries.submitted_in(bidding_round)
    for bid in bids:
        submission = await queries.latest_submission(bid.id)
        if submission is None:
            raise MarketError(_("A submitted bid has no submission. Ask an administrator."))
        await _restore(bid, submission, work)
        await make_move("open_bid", bid, work=work, actor=actor)
        work.tell(_("The round has closed and your bid was opened."), f"/bids/{bid.id}",
                  organisation_id=bid.organisation_id)  # type: ignore[attr-defined]  # fmt: skip
    return len(bids)


async def attach_file(bid: Bid, upload: Upload, *, work: Work, actor: Actor) -> StoredFile:
    """Attach a file to the draft; refuses more than ten and kinds that are not accepted (``InvalidError``)."""
    require(rules.may_edit_bid(actor, bid, await Round.get(id=bid.round_id)))  # type: ignore[attr-defined]
    if len(await queries.attached_files(bid.id)) >= MOST_FILES:
        raise InvalidError(_("A bid takes at most %(most)s files. Remove one first.", most=MOST_FILES))
    row = await store_file(
        upload, subject=queries.SUBJECT, subject_id=bid.id, work=work, actor=rules.unnamed(actor),
        limit_mb=settings().max_upload_mb,
    )  # fmt: skip
    who = {"organisation_id": actor.organisation_id, "uploaded_by": actor.person_id}
    await StoredFile.filter(id=row.id).using_db(work.connection).update(**who)
    return row


async def remove_file(bid: Bid, file_id: int, *, work: Work, actor: Actor) -> None:
    """Take a file off the draft; its bytes stay for the versions that were submitted with it."""
    require(rules.may_edit_bid(actor, bid, await Round.get(id=bid.round_id)))  # type: ignore[attr-defined]
    mine = StoredFile.filter(id=file_id, subject=queries.SUBJECT, subject_id=bid.id)
    if not await mine.using_db(work.connection).update(subject=queries.FORMER):
        raise NotFoundError(_("There is no such file."))


async def current_content(bid: Bid, milestones: Sequence[BidMilestone]) -> dict[str, Any]:
    """Return what the draft says now, in the form in which it is stored."""
    organisation = await bid.organisation
    solution = await Solution.get_or_none(id=bid.solution_id)  # type: ignore[attr-defined]
    files = await queries.attached_files(bid.id)
    return contents.content_of(
        bid, milestones, files, organisation=organisation.name, solution=solution.title if solution else ""
    )


async def _hold_round(bid: Bid, work: Work) -> tuple[Round, datetime]:
    """Share the round's lock with other submitters, so that it cannot close meanwhile; only then read the clock."""
    round_id = bid.round_id  # type: ignore[attr-defined]
    await work.connection.execute_query("SELECT id FROM round WHERE id = $1 FOR SHARE", [round_id])
    bidding_round = await Round.get(id=round_id, using_db=work.connection)
    return bidding_round, await clock.database_now(work.connection)


async def _hold_bid(bid: Bid, revision: int, work: Work) -> None:
    """Lock the draft and read it again: what is submitted is what was checked."""
    locked = await Bid.filter(id=bid.id).using_db(work.connection).select_for_update().get()
    if locked.revision != revision:
        raise StaleStateError(_CHANGED)
    if locked.state not in rules.EDITABLE:
        raise StaleStateError(_("Someone else changed this first. Reload the page and try again."))
    bid.update_from_dict({name: getattr(locked, name) for name in (*BidContent.__annotations__, "state")
                          if name != "milestones"})  # fmt: skip


async def _restore(bid: Bid, submission: Submission, work: Work) -> None:
    """Make the draft say what was submitted: edits that were not submitted again do not count."""
    stored = submission.content
    if contents.same_words(stored, await current_content(bid, await queries.milestones_of(bid.id))):
        return
    names = ("approach", "team", "price_fen", "delivery_weeks", "solution_id", "pledge")
    values = {name: stored[name] for name in names}
    await Bid.filter(id=bid.id).using_db(work.connection).update(**values)
    bid.update_from_dict(values)
    lines = [
        MilestoneLine(title=m["title"], due_week=m["due_week"], percent=m["percent"]) for m in stored["milestones"]
    ]
    await _write_milestones(bid, lines, work)


async def _write_milestones(bid: Bid, lines: Sequence[MilestoneLine], work: Work) -> None:
    await BidMilestone.filter(bid_id=bid.id).using_db(work.connection).delete()
    rows = [BidMilestone(bid_id=bid.id, position=position, **line) for position, line in enumerate(lines, start=1)]
    await BidMilestone.bulk_create(rows, using_db=work.connection)


def _keep_complete(bid: Bid, content: BidContent) -> None:
    if bid.state is not BidState.SUBMITTED:
        return
    if "price_fen" in content and not content["price_fen"]:
        text = _("A submitted bid keeps its price. Enter another one, or withdraw the bid.")
        raise InvalidError(text, fields={"price": text})
    if "pledge" in content and not content["pledge"]:
        text = _("A submitted bid keeps its pledge. To take it back, withdraw the bid.")
        raise InvalidError(text, fields={"pledge": text})
