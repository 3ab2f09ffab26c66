"""Questions about past rankings, and a past ranking as plain values for those who check it."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from market.matches.models import MatchRun
from market.matches.pinned import PinnedPair, pairs_of
from market.web.downloads import spreadsheet_text

COLUMNS = ("group", "rank", "rank_by_score", "explored", "solution", "title", "vendor", "score", "requirement", "kind",
           "sentence", "strength", "unmet")  # fmt: skip
_VERSIONS = ("ranker", "encoder", "snapshot", "publication", "catalogue_version", "weights", "considered")


async def count_runs(scene_id: int) -> int:
    """Count the rankings of a scene that were finished, with or without success."""
    return await MatchRun.filter(scene_id=scene_id).exclude(finished_at=None).count()


async def runs_of(scene_id: int, *, offset: int, limit: int) -> list[MatchRun]:
    """Return one page of a scene's finished rankings, the newest first; inputs and outputs stay unread."""
    rows = MatchRun.filter(scene_id=scene_id).exclude(finished_at=None).order_by("-id").offset(offset).limit(limit)
    return await rows.only("id", "finished_at", "error", "considered", "encoder", "ranker", "publication", "snapshot")


async def find_run(scene_id: int, run_id: int) -> MatchRun | None:
    """Return one finished ranking of a scene."""
    return await MatchRun.filter(id=run_id, scene_id=scene_id).exclude(finished_at=None).first()


def run_as_json(run: MatchRun, *, for_staff: bool) -> dict[str, Any]:
    """Return everything that was kept of a ranking; how well each vendor is known here is for staff only."""
    return {
        "run": run.id,
        "scene": run.scene_id,  # type: ignore[attr-defined]
        "asked_at": run.asked_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "error": run.error,
        **{name: getattr(run, name) for name in _VERSIONS},
        "inputs": run.inputs if for_staff else _without_standings(run.inputs),
        "outputs": run.outputs,
        "teams": run.teams,
    }


def _without_standings(inputs: dict[str, Any]) -> dict[str, Any]:
    exploration = inputs.get("exploration", {})
    return inputs | {"exploration": {name: value for name, value in exploration.items() if name != "standings"}}


def run_as_csv(run: MatchRun) -> str:
    """Return a line for each pair and requirement, for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(line for pair in pairs_of(run) for line in _lines(pair))
    return text.getvalue()


def _lines(pair: PinnedPair) -> Iterator[list[object]]:
    own: list[object] = [
        "qualifies" if pair.qualifies else "does not qualify", pair.rank, pair.merit, "yes" if pair.explored else "no",
        pair.solution_id, spreadsheet_text(pair.title), spreadsheet_text(pair.vendor), pair.score,
    ]  # fmt: skip
    unmet = " ".join(str(text) for text in pair.unmet)
    for each in pair.evidence or [{"requirement": "", "kind": "", "sentence": "", "strength": ""}]:
        requirement, sentence = (spreadsheet_text(each[name]) for name in ("requirement", "sentence"))
        yield [*own, requirement, each["kind"], sentence, each["strength"], spreadsheet_text(unmet)]
