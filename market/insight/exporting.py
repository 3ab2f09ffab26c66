"""Supply and demand as an Excel file: the heat map and both lists."""

from starlette.requests import Request
from starlette.responses import Response

from market.core import clock
from market.core.text import _
from market.insight import queries
from market.insight.drawing import HEAD
from market.insight.pages import REASONS, reason_of
from market.web.downloads import attachment
from market.web.filters import label, titled
from market.web.languages import say
from market.web.workbooks import MEDIA_TYPE, Figure, Workbook


async def export_insight(request: Request) -> Response:  # noqa: ARG001
    """Send everything that the pages on supply and demand count."""
    book, score, number = Workbook(say(_("Supply and demand"))), say(_("Best score")), say(_("Number"))
    fields = book.sheet(say(_("By field")), (26, *(16 for _head in HEAD)))
    fields.head([say(_("Field")), *(say(text) for text in HEAD)])
    fields.freeze()
    for row in await queries.by_field():
        counts = [Figure(each) for each in (row.challenges, row.bids, row.awards)]
        median = "–" if row.median is None else Figure(row.median, "share")
        fields.row([label(row.field), Figure(row.scenes), Figure(row.unserved), Figure(row.solutions), median, *counts])
    scenes = book.sheet(say(_("Scenes nobody serves")), (10, 48, 22, 30, 30, 12, 60))
    scenes.head([
        number, say(_("Scene")), say(_("Field")), say(_("Buyer")), say(_("Why")), score, say(_("Not covered")),
    ])  # fmt: skip
    scenes.freeze()
    for scene in await queries.unserved_scenes():
        scenes.row([
            str(scene.id), titled(scene), label(scene.field), scene.organisation, say(REASONS[reason_of(scene)]),
            Figure(scene.best, "share"), "\n".join(scene.uncovered),
        ])  # fmt: skip
    solutions = book.sheet(say(_("Solutions nobody needs yet")), (10, 48, 36, 30, 12, 16))
    solutions.head([
        number, say(_("Solution")), say(_("Fields")), say(_("Vendor")), score, say(_("Lists it stands in")),
    ])  # fmt: skip
    solutions.freeze()
    for idle in await queries.idle_solutions():
        solutions.row([
            str(idle["id"]), titled(idle), "\n".join(label(slug) for slug in idle["fields_served"] or []),
            idle["organisation"] or "", Figure(float(idle["best"]), "share"), Figure(idle["listed"]),
        ])  # fmt: skip
    return attachment(book.finish(), f"insight-{clock.today().isoformat()}.xlsx", MEDIA_TYPE)
