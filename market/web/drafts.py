"""What every drafting page needs: options of a field, the page that begins a draft, the line that says it is saved."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from starlette.responses import PlainTextResponse

from market.core import clock
from market.core.text import _
from market.web.filters import label
from market.web.forms import FieldError, Form, Typed
from market.web.languages import say

Options = list[tuple[str, str]]


@dataclass(frozen=True)
class NewView:
    """The page that begins a draft."""

    typed: Typed
    errors: list[FieldError]


def options_of(kind: Iterable[StrEnum]) -> Options:
    """Return a vocabulary as the options of a field, in the reader's language."""
    return [(str(member), label(member)) for member in kind]


def saved_line(form: Form) -> PlainTextResponse:
    """Answer an autosave: when it was saved, and the first thing that could not be."""
    at = clock.now().astimezone(clock.SHANGHAI).strftime("%H:%M")
    text = _("Saved %(at)s", at=at)
    if form.errors:
        text = _("Saved %(at)s, except: %(problem)s", at=at, problem=form.errors[0].text)
    return PlainTextResponse(say(text))
