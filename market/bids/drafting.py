"""Pages on which a vendor writes a bid: section by section, saved while typing, checked before it is submitted."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from market.bids import actions, queries, rules
from market.bids import content as contents
from market.bids.forms import MILESTONES, read_section
from market.bids.models import Bid
from market.core import clock
from market.core.errors import InvalidError, MarketError, NotAllowedError, NotFoundError, StaleStateError
from market.core.money import FEN_PER_YUAN
from market.core.text import Text, _
from market.core.work import unit_of_work
from market.web.access import actor_of
from market.web.drafts import saved_line
from market.web.filters import titled
from market.web.forms import FieldError, Form, Typed, form_of
from market.web.languages import say
from market.web.render import page, see_other


@dataclass(frozen=True)
class SectionView:
    """One section of the form."""

    bid: Bid
    section: str
    title: Text
    typed: Typed
    milestones: list[dict[str, Any]]
    solutions: list[tuple[str, str]]
    errors: list[FieldError]
    revision: int


@dataclass(frozen=True)
class FilesView:
    """The files of the draft."""

    bid: Bid
    title: Text
    files: list[Any]
    errors: list[FieldError]
    most: int


@dataclass(frozen=True)
class CheckView:
    """Everything that will be submitted, and what is still missing."""

    bid: Bid
    content: dict[str, Any]
    fingerprint: str
    gaps: list[rules.Gap]
    problem: Text | None
    closes_at: Any
    now: Any
    version: int


async def show_section(request: Request) -> Response:
    """Show one section of the draft."""
    bid, section = await draft_of(request), request.path_params["section"]
    if section not in rules.SECTIONS:
        raise NotFoundError(_("There is no such page."))
    milestones = [
        {name: getattr(line, name) for name in MILESTONES} for line in await queries.milestones_of(bid.id)
    ] or [dict.fromkeys(MILESTONES, "") for _number in range(2)]  # fmt: skip
    return await _section_page(request, bid, section, typed=_typed_of(bid), milestones=milestones)


async def save_section(request: Request) -> Response:
    """Save one section; what cannot be read, or was changed by a colleague, is shown with everything typed."""
    bid, section = await draft_of(request, closed=True), request.path_params["section"]
    form = await form_of(request)
    if form.wants_rows:
        return await _again(request, bid, section, form, status_code=200)
    try:
        await _save(request, bid, section, form, keep=True)
    except InvalidError as error:
        form.note(error)
    except (StaleStateError, NotAllowedError) as error:  # overtaken by a colleague, or by the deadline
        form.error("", error.text)
        return await _again(request, bid, section, form, status_code=409)
    if not form.valid:
        return await _again(request, bid, section, form, status_code=422)
    return see_other(request, f"/bids/{bid.id}", flash=_("Saved."))


async def autosave_section(request: Request) -> Response:
    """Save one section while somebody types, and answer with one line; what cannot be read is left alone."""
    bid, section, form = await draft_of(request), request.path_params["section"], await form_of(request)
    try:
        await _save(request, bid, section, form, keep=False)
    except MarketError as error:
        return PlainTextResponse(say(error.text))
    if not form.valid:
        return PlainTextResponse(say(_("Not saved yet: something needs correcting.")))
    return saved_line(form)


async def show_files(request: Request) -> Response:
    """Show the files of the draft."""
    return await _files_page(request, await draft_of(request), [])


async def attach_file(request: Request) -> Response:
    """Attach one file to the draft."""
    bid, form = await draft_of(request), await form_of(request)
    upload = await form.upload("file")
    if upload is None:
        form.error("file", _("Choose a file."))
        return await _files_page(request, bid, form.errors, status_code=422)
    try:
        async with unit_of_work() as work:
            await actions.attach_file(bid, upload, work=work, actor=actor_of(request))
    except InvalidError as error:
        form.error("file", error.text)
        return await _files_page(request, bid, form.errors, status_code=422)
    return see_other(request, f"/bids/{bid.id}/files", flash=_("The file is attached."))


async def remove_file(request: Request) -> Response:
    """Take one file off the draft."""
    bid = await draft_of(request)
    async with unit_of_work() as work:
        await actions.remove_file(bid, request.path_params["file_id"], work=work, actor=actor_of(request))
    return see_other(request, f"/bids/{bid.id}/files", flash=_("The file is removed."))


async def show_check(request: Request) -> Response:
    """Show everything once more before it is submitted."""
    return await _check_page(request, await draft_of(request))


async def submit_bid(request: Request) -> Response:
    """Submit what was checked; a late bid is refused with the deadline and the server's time."""
    bid, form = await draft_of(request, closed=True), await form_of(request)
    revision = int(form.raw("revision")) if form.raw("revision").isdecimal() else 0
    try:
        async with unit_of_work() as work:
            checked = form.raw("checked")
            await actions.submit_bid(bid, revision=revision, checked=checked, work=work, actor=actor_of(request))
    except (InvalidError, StaleStateError) as error:
        return await _check_page(request, await draft_of(request), problem=error.text, status_code=error.status_code)
    return see_other(request, f"/bids/{bid.id}/receipt", flash=_("The bid is submitted. Keep the receipt."))


async def draft_of(request: Request, *, closed: bool = False) -> Bid:
    """Return the actor's own bid while it may be edited; *closed* leaves a closed round to the action."""
    bid, actor = await queries.get_bid(request.path_params["bid_id"]), actor_of(request)
    if not rules.is_own(actor, bid):
        raise NotFoundError(_("There is no such page."))
    verdict = rules.may_edit_bid(actor, bid, bid.round)
    if verdict.reason is not None and not closed:
        raise NotAllowedError(verdict.reason)
    return bid


async def _save(request: Request, bid: Bid, section: str, form: Form, *, keep: bool) -> None:
    if section not in rules.SECTIONS:
        raise NotFoundError(_("There is no such page."))
    offered = await queries.solutions_to_attach(bid.organisation_id) if section == "solution" else []  # type: ignore[attr-defined]
    content = read_section(form, section, {row["id"] for row in offered})
    if form.valid:
        revision = int(form.raw("revision")) if form.raw("revision").isdecimal() else 0
        async with unit_of_work() as work:
            await actions.save_bid(bid, content, revision=revision, work=work, actor=actor_of(request), keep=keep)


async def _again(request: Request, bid: Bid, section: str, form: Form, *, status_code: int) -> Response:
    rows = form.rows_to_show("milestones", MILESTONES)
    return await _section_page(
        request, bid, section, typed=form.typed, milestones=rows, errors=form.errors, status_code=status_code
    )


async def _section_page(
    request: Request, bid: Bid, section: str, *, typed: Typed, milestones: list[dict[str, Any]],
    errors: list[FieldError] | None = None, status_code: int = 200,
) -> Response:  # fmt: skip
    offered = await queries.solutions_to_attach(bid.organisation_id) if section == "solution" else []  # type: ignore[attr-defined]
    view = SectionView(
        bid=bid, section=section, title=rules.TITLES[section], typed=typed, milestones=milestones,
        solutions=[(str(row["id"]), titled(row)) for row in offered], errors=errors or [], revision=bid.revision,
    )  # fmt: skip
    return page(request, "bids/section.html", view, block="form", status_code=status_code)


async def _files_page(request: Request, bid: Bid, errors: list[FieldError], *, status_code: int = 200) -> Response:
    files = await queries.attached_files(bid.id)
    view = FilesView(bid=bid, title=rules.TITLES["files"], files=files, errors=errors, most=actions.MOST_FILES)
    return page(request, "bids/files.html", view, status_code=status_code)


async def _check_page(
    request: Request, bid: Bid, *, problem: Text | None = None, status_code: int = 200
) -> Response:  # fmt: skip
    milestones = await queries.milestones_of(bid.id)
    latest = await queries.latest_submission(bid.id)
    content = await actions.current_content(bid, milestones)
    view = CheckView(
        bid=bid, content=content, fingerprint=contents.sha256_of(content), gaps=rules.gaps_in(bid, milestones),
        problem=problem, closes_at=bid.round.closes_at, now=clock.now(), version=latest.version if latest else 0,
    )  # fmt: skip
    return page(request, "bids/check.html", view, status_code=status_code)


def _typed_of(bid: Bid) -> Typed:
    yuan, fen = divmod(bid.price_fen or 0, FEN_PER_YUAN)
    return Typed(
        approach=bid.approach, team=bid.team, delivery_weeks=str(bid.delivery_weeks or ""),
        price=(f"{yuan}.{fen:02d}" if fen else str(yuan)) if bid.price_fen else "",
        pledge="yes" if bid.pledge else "", solution=str(bid.solution_id or ""),  # type: ignore[attr-defined]
    )  # fmt: skip
