"""Supply and demand as an Excel file: the heat map and both lists."""

from starlette.requests import Request
from starlette.responses import Response

from market.core import clock
from market.core.text import _
from market.insight import queries
from market.insight.drawing import HEAD
from market.insight.pages import REASONS, reason_of
from market.web.filters import label, titled
from market.web.languages import say
from market.web.workbooks import Sheet, workbook


async def export_insight(request: Request) -> Response:  # noqa: ARG001
    """Send everything that the pages on supply and demand count."""
    fields = [
        [
            label(row.field), row.scenes, row.unserved, row.solutions,
            "" if row.median is None else round(row.median, 4), row.challenges, row.bids, row.awards,
        ]
        for row in await queries.by_field()
    ]  # fmt: skip
    scenes = [
        [
            scene.id, titled(scene), label(scene.field), scene.organisation,
            say(REASONS[reason_of(scene)]), round(scene.best, 4), "; ".join(scene.uncovered),
        ]
        for scene in await queries.unserved_scenes()
    ]  # fmt: skip
    solutions = [
        [
            row["id"], titled(row), "; ".join(label(slug) for slug in row["fields_served"] or []),
            row["organisation"] or "", round(float(row["best"]), 4), row["listed"],
        ]
        for row in await queries.idle_solutions()
    ]  # fmt: skip
    score, number = say(_("Best score")), say(_("Number"))
    sheets = [
        Sheet(say(_("By field")), [say(_("Field")), *(say(text) for text in HEAD)], fields),
        Sheet(
            say(_("Scenes nobody serves")),
            [number, say(_("Scene")), say(_("Field")), say(_("Buyer")), say(_("Why")), score, say(_("Not covered"))],
            scenes,
        ),
        Sheet(
            say(_("Solutions nobody needs yet")),
            [number, say(_("Solution")), say(_("Fields")), say(_("Vendor")), score, say(_("Lists it stands in"))],
            solutions,
        ),
    ]
    return workbook(f"insight-{clock.today().isoformat()}.xlsx", sheets)
