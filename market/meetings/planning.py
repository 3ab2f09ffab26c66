"""Pages on which officers plan a session: a new one, and one that is not scheduled yet."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from market.core.errors import InvalidError, StaleStateError
from market.core.permissions import require
from market.core.text import _
from market.core.vocabulary import Field
from market.core.work import unit_of_work
from market.meetings import actions, rules
from market.meetings.actions import SessionContent, link_to
from market.meetings.forms import read_session
from market.meetings.models import MatchSession
from market.meetings.visiting import visible_session
from market.web.access import actor_of
from market.web.filters import label
from market.web.forms import FieldError, Form, Typed, form_of
from market.web.render import page, see_other

_SUGGESTED = {"slots": "8", "slot_minutes": "25", "break_minutes": "5", "tables": "8", "most_meetings": "5"}
_TEXTS = ("title", "title_en", "field", "place", "place_en", "about", "about_en", "slots", "slot_minutes",
          "break_minutes", "tables", "most_meetings")  # fmt: skip


@dataclass(frozen=True)
class PlanView:
    """The form of a session; a new one has no row yet."""

    session: MatchSession | None
    action: str
    back: str
    fields: list[tuple[str, str]]
    typed: Typed
    errors: list[FieldError]
    revision: int


async def show_new_session(request: Request) -> Response:
    """Offer the form with what usually fits an afternoon."""
    return _form(request, None, Typed(_SUGGESTED), [])


async def create_session(request: Request) -> Response:
    """Begin the draft, or show what needs correcting."""
    form = await form_of(request)
    content = read_session(form)
    if content is not None:
        try:
            async with unit_of_work() as work:
                session = await actions.create_session(content, work=work, actor=actor_of(request))
            return see_other(request, link_to(session), flash=_("The draft is saved. Announce it when it is right."))
        except InvalidError as error:
            form.note(error)
    return _form(request, None, form.typed, form.errors, status_code=422)


async def show_session_form(request: Request) -> Response:
    """Show the session for editing."""
    session = await visible_session(request)
    require(rules.may_edit_session(actor_of(request), session))
    return _form(request, session, _typed(session), [])


async def save_session(request: Request) -> Response:
    """Save the session, or show what needs correcting with everything that was typed."""
    session, form = await visible_session(request), await form_of(request)
    require(rules.may_edit_session(actor_of(request), session))
    content = read_session(form)
    if content is None:
        return _form(request, session, form.typed, form.errors, status_code=422)
    return await _save(request, session, content, form)


async def _save(request: Request, session: MatchSession, content: SessionContent, form: Form) -> Response:
    revision = form.whole("revision") or 0
    try:
        async with unit_of_work() as work:
            await actions.save_session(session, content, revision=revision, work=work, actor=actor_of(request))
    except InvalidError as error:
        form.note(error)
        return _form(request, session, form.typed, form.errors, status_code=422)
    except StaleStateError as error:
        form.error("", error.text)
        return _form(request, session, form.typed, form.errors, status_code=409)
    return see_other(request, link_to(session), flash=_("Saved."))


def _typed(session: MatchSession) -> Typed:
    typed = Typed({name: str(getattr(session, name)) for name in _TEXTS})
    typed["field"] = session.field.value
    for name in ("starts_at", "interest_until"):
        typed[name] = rules.written(getattr(session, name)).replace(" ", "T")
    return typed


def _form(
    request: Request, session: MatchSession | None, typed: Typed, errors: list[FieldError], *, status_code: int = 200
) -> Response:
    view = PlanView(
        session=session,
        action=f"{link_to(session)}/edit" if session else "/sessions/new",
        back=link_to(session) if session else "/sessions",
        fields=[(field.value, label(field)) for field in Field],
        typed=typed,
        errors=errors,
        revision=session.revision if session else 0,
    )
    return page(request, "meetings/edit.html", view, status_code=status_code)
