"""From what a person asked for or typed about a pilot to values."""

from starlette.datastructures import UploadFile
from starlette.requests import Request

from market.core.errors import NotFoundError
from market.core.files import Upload
from market.core.text import _
from market.pilots import queries, rules
from market.pilots.actions import ReadingContent
from market.pilots.models import Pilot
from market.web.access import actor_of
from market.web.forms import Form


def read_reading(form: Form) -> ReadingContent | None:
    """Return a reading, or None with the messages noted."""
    taken_on = form.day("taken_on", missing=_("Enter the day of the reading."))
    value = form.decimal("value", missing=_("Enter the value."))
    note = form.text("note", longest=300)
    if not form.valid or taken_on is None or value is None:
        return None
    return ReadingContent(taken_on, value, note)


async def read_uploads(form: Form, name: str) -> list[Upload]:
    """Return every file that was chosen for *name*."""
    uploads = []
    for each in form.data.getlist(name):
        if isinstance(each, UploadFile) and each.filename:
            uploads.append(Upload(name=each.filename, data=await each.read()))
            await each.close()
    return uploads


async def pilot_of(request: Request) -> Pilot:
    """Return the pilot of this URL, or say that there is none: also where the reader may not know of it."""
    pilot = await queries.get_pilot(request.path_params["pilot_id"])
    if not rules.may_see_pilot(actor_of(request), pilot):
        raise NotFoundError(_("There is no such page."))
    return pilot
