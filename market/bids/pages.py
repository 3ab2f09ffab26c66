"""Pages of bids: my bids, one bid, its receipt, and the opened bids of a challenge."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from market.bids import actions, queries, rules
from market.bids import content as contents
from market.bids.models import Bid, Submission
from market.challenges import queries as challenge_queries
from market.challenges.models import Challenge, Round
from market.challenges.rules import may_see_challenge
from market.core import clock
from market.core.errors import NotFoundError
from market.core.files import read_file
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.lifecycle import BidState, Role
from market.web.access import actor_of, visitor_of
from market.web.downloads import stored_file
from market.web.paging import Pager, pager_of
from market.web.render import page, see_other


@dataclass(frozen=True)
class BeginView:
    """What a vendor should know before beginning."""

    challenge: Challenge
    round: Round
    problem: Text | None
    signed_in: bool
    now: datetime


@dataclass(frozen=True)
class Task:
    """One section in the task list."""

    label: Text
    href: str
    done: bool
    hint: Text | None
    optional: bool = False


@dataclass(frozen=True)
class WorkView:
    """The vendor's own bid."""

    bid: Bid
    challenge: Challenge
    round: Round
    tasks: list[Task]
    may_edit: bool
    sends: Text | None
    complete: bool
    submission: Submission | None
    unsent: bool
    content: dict[str, Any]
    now: datetime


@dataclass(frozen=True)
class ReadView:
    """An opened bid as it was submitted."""

    bid: Bid
    challenge: Challenge
    submission: Submission
    own: bool


@dataclass(frozen=True)
class ReceiptView:
    """The proof of what was received and when."""

    bid: Bid
    challenge: Challenge
    round: Round
    latest: Submission
    versions: list[Submission]
    exact: str
    counts: bool


@dataclass(frozen=True)
class MineView:
    """The vendor's bids."""

    bids: list[dict[str, Any]]
    pager: Pager
    now: datetime


@dataclass(frozen=True)
class OpenedView:
    """The opened bids of a challenge; before closing only how many there are, for officers."""

    challenge: Challenge
    bids: list[Bid]
    counts: list[tuple[Round, int]] | None
    waiting: Round | None
    now: datetime


async def list_my_bids(request: Request) -> Response:
    """List the bids of the vendor's organisation, newest first."""
    actor = actor_of(request)
    pager = pager_of(request, 0)
    bids, total = await queries.bids_of_organisation(actor.organisation_id or 0, offset=0, limit=pager.size)
    pager = pager_of(request, total)
    if pager.offset:
        bids, _total = await queries.bids_of_organisation(
            actor.organisation_id or 0, offset=pager.offset, limit=pager.size
        )
    return page(request, "bids/list.html", MineView(bids=bids, pager=pager, now=clock.now()))


async def show_begin(request: Request) -> Response:
    """Say what a bid takes and whether this visitor may make one; lead to the bid where there is one."""
    actor = visitor_of(request)
    bidding_round = await _round_of(request)
    if actor and actor.role is Role.VENDOR and (bid := await queries.bid_of(bidding_round.id, actor.organisation_id)):
        return see_other(request, f"/bids/{bid.id}")
    challenge = bidding_round.challenge
    organisation = await queries.organisation_of(actor) if actor else None
    buyers = await queries.buyers_in(challenge.id)
    verdict = rules.may_bid(actor, organisation, bidding_round, challenge, buyers, now=clock.now())
    view = BeginView(challenge, bidding_round, verdict.reason, signed_in=actor is not None, now=clock.now())
    return page(request, "bids/begin.html", view)


async def start_bid(request: Request) -> Response:
    """Begin a draft, or go to the one that the organisation has."""
    bidding_round = await _round_of(request)
    async with unit_of_work() as work:
        bid = await actions.start_bid(bidding_round, work=work, actor=actor_of(request))
    return see_other(request, f"/bids/{bid.id}")


async def show_bid(request: Request) -> Response:
    """Show the vendor its bid; staff the opened one, as it was submitted."""
    bid, actor = await _readable(request), actor_of(request)
    submission = await queries.latest_submission(bid.id)
    own = rules.is_own(actor, bid)
    if submission and (not own or bid.state not in rules.EDITABLE):
        return page(request, "bids/read.html", ReadView(bid, bid.round.challenge, submission, own))
    milestones = await queries.milestones_of(bid.id)
    gaps, may_edit = rules.gaps_in(bid, milestones), bool(rules.may_edit_bid(actor, bid, bid.round))
    content = await actions.current_content(bid, milestones)
    unsent = submission is not None and not contents.same_words(submission.content, content)
    view = WorkView(
        bid=bid, challenge=bid.round.challenge, round=bid.round, may_edit=may_edit,
        tasks=[*(_task(bid, section, gaps, may_edit=may_edit) for section in rules.SECTIONS),
               Task(rules.TITLES["files"], f"/bids/{bid.id}/files", bool(await queries.attached_files(bid.id)),
                    _("A presentation, certificates, a signed pledge."), optional=True)],
        sends=rules.may_send_now(bid.round, now=clock.now()).reason, complete=not gaps, submission=submission,
        unsent=unsent, content=content, now=clock.now(),
    )  # fmt: skip
    return page(request, "bids/work.html", view)


async def withdraw_bid(request: Request) -> Response:
    """Withdraw a submitted bid; it can be submitted again until the round closes."""
    bid = await _readable(request)
    async with unit_of_work() as work:
        await actions.withdraw_bid(bid, work=work, actor=actor_of(request))
    return see_other(request, f"/bids/{bid.id}", flash=_("The bid is withdrawn. Until the deadline you can submit it "
                                                         "again."))  # fmt: skip


async def show_receipt(request: Request) -> Response:
    """Show the vendor what was received, when, and its fingerprint."""
    bid = await _readable(request)
    versions = await queries.submissions_of(bid.id)
    if not rules.is_own(actor_of(request), bid) or not versions:
        raise NotFoundError(_("There is no such page."))
    view = ReceiptView(
        bid=bid, challenge=bid.round.challenge, round=bid.round, latest=versions[0], versions=versions,
        exact=rules.beijing(versions[0].submitted_at, precise=True), counts=bid.state is not BidState.WITHDRAWN,
    )  # fmt: skip
    return page(request, "bids/receipt.html", view)


async def download_file(request: Request) -> Response:
    """Hand out a file of a bid to who may read the bid: its vendor the draft's too, others only what was submitted."""
    bid, file_id = await _readable(request), request.path_params["file_id"]
    submission = await queries.latest_submission(bid.id)
    allowed = {each["id"] for each in submission.content["files"]} if submission else set()
    if rules.is_own(actor_of(request), bid):
        allowed |= {each.id for each in await queries.attached_files(bid.id)}
    if file_id not in allowed:
        raise NotFoundError(_("There is no such file."))
    return stored_file(*await read_file(file_id))


async def list_opened_bids(request: Request) -> Response:
    """List the opened bids for staff; of a round that still runs officers see the number only."""
    actor = actor_of(request)
    challenge = await challenge_queries.get_challenge(request.path_params["challenge_id"])
    rounds = await challenge_queries.rounds_of(challenge.id)
    counts = None
    if rules.may_count_bids(actor):
        by_round = await queries.count_bids([each.id for each in rounds])
        counts = [(each, by_round.get(each.id, 0)) for each in rounds]
    waiting = next((each for each in rounds if each.state in challenge_queries.WAITING_ROUNDS), None)
    found = [bid for bid in await queries.opened_bids(challenge.id) if rules.may_read_bid(actor, bid, bid.round)]
    view = OpenedView(challenge=challenge, bids=found, counts=counts, waiting=waiting, now=clock.now())
    return page(request, "bids/opened.html", view)


async def _round_of(request: Request) -> Round:
    bidding_round = await challenge_queries.get_round(request.path_params["round_id"])
    if not may_see_challenge(visitor_of(request), bidding_round.challenge):
        raise NotFoundError(_("There is no such page."))
    return bidding_round


async def _readable(request: Request) -> Bid:
    bid = await queries.get_bid(request.path_params["bid_id"])
    verdict = rules.may_read_bid(visitor_of(request), bid, bid.round)
    if verdict.reason is not None:
        raise NotFoundError(verdict.reason)
    return bid


def _task(bid: Bid, section: str, gaps: list[rules.Gap], *, may_edit: bool) -> Task:
    missing = [gap for gap in gaps if gap.section == section]
    done = not missing and (section != "solution" or bid.solution_id is not None)  # type: ignore[attr-defined]
    hint = missing[0].text if missing else None
    if section == "solution" and not done:
        hint = _("Attach a published solution, so that its references are read with the bid.")
    return Task(
        rules.TITLES[section], f"/bids/{bid.id}/edit/{section}" if may_edit else "", done, hint, section == "solution"
    )
