"""Pages on near-duplicates: the officer's list, one pair side by side, and the owner's decision."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from market.core.errors import MarketError, NotFoundError
from market.core.permissions import Actor, Verdict
from market.core.text import _
from market.core.work import unit_of_work
from market.insight import merging
from market.insight.models import MergeProposal
from market.insight.sides import Side, sides_of
from market.lifecycle import MergeState, Role
from market.search.highlighting import Piece
from market.web.access import actor_of
from market.web.forms import FieldError, form_of
from market.web.paging import Pager, pager_of
from market.web.render import page, see_other

# A Chinese character, a word of letters and digits, a line's end, or anything else by itself.
_WORDS = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9]+|\n|[^\S\n]+|.")
OPEN = (MergeState.FOUND, MergeState.PROPOSED)


@dataclass(frozen=True)
class Line:
    """A pair in the list."""

    found: MergeProposal
    first: Side
    second: Side


@dataclass(frozen=True)
class DuplicatesView:
    """Pairs that seem to be one."""

    lines: list[Line]
    pager: Pager
    decided: bool


@dataclass(frozen=True)
class PairView:
    """One pair, side by side, with what can be done about it."""

    found: MergeProposal
    first: Side
    second: Side
    first_lines: list[list[Piece]]
    second_lines: list[list[Piece]]
    same_owner: bool
    goes: Side | None
    keeps: Side | None
    is_officer: bool
    may_decide: bool
    errors: list[FieldError]
    reason: str


async def list_duplicates(request: Request) -> Response:
    """Show the pairs that wait for somebody, the most alike first; with ``?decided=1`` those that were decided."""
    decided = request.query_params.get("decided") == "1"
    rows = MergeProposal.exclude(state__in=OPEN) if decided else MergeProposal.filter(state__in=OPEN)
    pager = pager_of(request, await rows.count())
    order = ("-decided_at", "-id") if decided else ("-likeness", "-shared", "id")
    shown = await rows.order_by(*order).offset(pager.offset).limit(pager.size)
    sides = {
        kind: await sides_of(kind, [each for found in shown if found.kind == kind for each in found.pair] or [0])
        for kind in ("scene", "solution")
    }
    lines = [
        Line(found, sides[found.kind][found.first_id], sides[found.kind][found.second_id])
        for found in shown
        if set(found.pair) <= sides[found.kind].keys()
    ]
    return page(request, "insight/duplicates.html", DuplicatesView(lines, pager, decided))


async def show_pair(request: Request) -> Response:
    """Show two rows that seem to be one, their differences marked."""
    found, actor = await _found(request), actor_of(request)
    return page(request, "insight/pair.html", await _view(found, actor))


async def propose_merge(request: Request) -> Response:
    """Propose which row stays."""
    found, form, actor = await _found(request), await form_of(request), actor_of(request)
    keep = form.raw("keep")
    if not form.raw("reason").strip():
        form.error("reason", _("Give a reason."))
    if keep not in {str(each) for each in found.pair}:
        form.error("keep", _("Choose which of the two stays."))
    if not form.valid:
        view = await _view(found, actor, errors=form.errors, reason=form.raw("reason"))
        return page(request, "insight/pair.html", view, status_code=422)
    async with unit_of_work() as work:
        await merging.propose_merge(found, int(keep), form.raw("reason"), work=work, actor=actor)
    return see_other(request, f"/merges/{found.id}", flash=_("Proposed. The owner has been told and decides."))


async def recall_merge(request: Request) -> Response:
    """Take a proposal back."""
    found = await _found(request)
    async with unit_of_work() as work:
        await merging.recall_merge(found, work=work, actor=actor_of(request))
    return see_other(request, f"/merges/{found.id}", flash=_("The proposal is taken back."))


async def accept_merge(request: Request) -> Response:
    """Merge the two."""
    found = await _found(request)
    async with unit_of_work() as work:
        await merging.accept_merge(found, work=work, actor=actor_of(request))
    return see_other(request, f"/merges/{found.id}", flash=_("Merged. The old address leads to the one that stays."))


async def decline_merge(request: Request) -> Response:
    """Keep both."""
    found, form = await _found(request), await form_of(request)
    async with unit_of_work() as work:
        await merging.decline_merge(found, form.raw("reason"), work=work, actor=actor_of(request))
    return see_other(request, f"/merges/{found.id}", flash=_("Both stay. The district has been told why."))


async def dismiss_duplicate(request: Request) -> Response:
    """Remember that these are not duplicates."""
    found, form = await _found(request), await form_of(request)
    async with unit_of_work() as work:
        await merging.dismiss_duplicate(found, form.raw("reason"), work=work, actor=actor_of(request))
    return see_other(request, "/insight/duplicates", flash=_("Remembered: these two are not duplicates."))


async def _found(request: Request) -> MergeProposal:
    """Return the pair of the address: for staff, and once it is proposed for the owner of what would go."""
    actor, found = actor_of(request), await MergeProposal.get_or_none(id=request.path_params["merge_id"])
    missing = NotFoundError(_("There is no such page."))
    if found is None:
        raise missing
    if not actor.is_staff:
        sides = await sides_of(found.kind, found.pair)
        goes = sides.get(found.give_up_id or 0)
        if found.state in {MergeState.FOUND, MergeState.DISMISSED} or goes is None or not _owns(actor, goes):
            raise missing
    return found


def _owns(actor: Actor, side: Side) -> bool:
    return actor.is_of(side.organisation_id) and actor.role in {Role.BUYER, Role.VENDOR}


async def _view(
    found: MergeProposal, actor: Actor, *, errors: list[FieldError] | None = None, reason: str = ""
) -> PairView:
    sides = await sides_of(found.kind, found.pair)
    if len(sides) < len(found.pair):
        raise MarketError(_("One of the two is gone."))
    first, second = sides[found.first_id], sides[found.second_id]
    goes, keeps = sides.get(found.give_up_id or 0), sides.get(found.keep_id or 0)
    verdict = merging.may_decide(actor, goes) if goes else Verdict(allowed=False)
    first_lines, second_lines = differences(first.lines, second.lines)
    return PairView(
        found=found,
        first=first,
        second=second,
        first_lines=first_lines,
        second_lines=second_lines,
        same_owner=first.organisation_id is not None and first.organisation_id == second.organisation_id,
        goes=goes,
        keeps=keeps,
        is_officer=actor.role is Role.OFFICER,
        may_decide=found.state is MergeState.PROPOSED and bool(verdict),
        errors=errors or [],
        reason=reason,
    )


def differences(first: Sequence[str], second: Sequence[str]) -> tuple[list[list[Piece]], list[list[Piece]]]:
    """Return both texts line by line; what the other does not say is marked."""
    left, right = _WORDS.findall("\n".join(first)), _WORDS.findall("\n".join(second))
    matcher = difflib.SequenceMatcher(a=left, b=right, autojunk=False)
    marked_left, marked_right = [True] * len(left), [True] * len(right)
    for at, other, size in matcher.get_matching_blocks():
        marked_left[at : at + size] = [False] * size
        marked_right[other : other + size] = [False] * size
    return _lines(left, marked_left), _lines(right, marked_right)


def _lines(words: Sequence[str], marks: Sequence[bool]) -> list[list[Piece]]:
    lines: list[list[Piece]] = [[]]
    for word, mark in zip(words, marks, strict=True):
        if word == "\n":
            lines.append([])
        elif lines[-1] and lines[-1][-1].marked == mark:
            lines[-1][-1] = Piece(lines[-1][-1].text + word, marked=mark)
        else:
            lines[-1].append(Piece(word, marked=mark))
    return [line for line in lines if line]
