"""What a buyer typed into one step of a draft → what the scene says, or messages."""

from collections.abc import Callable
from decimal import Decimal
from typing import cast

from market.core.text import _
from market.core.vocabulary import DataLevel, Deployment, Direction, Field, RequirementKind
from market.scenes.actions import MetricLine, RequirementLine, SceneContent
from market.scenes.models import Metric, Requirement, Scene
from market.web.forms import Form, Typed

REQUIREMENT_COLUMNS = ("text", "kind")
METRIC_COLUMNS = ("name", "baseline", "target", "unit", "direction")
LONGEST_TEXT = 20_000
_EMPTY_ROWS = 2


def read_title(form: Form) -> SceneContent:
    """Read the working title that begins a draft."""
    return {"title": form.text("title", missing=_("Give the scene a title."), longest=300)}


def read_step(step: str, form: Form) -> SceneContent:
    """Read one step. What cannot be read is in ``form.errors`` and left out; what is empty stays empty."""
    content = _READERS[step](form)
    wrong = {_column_of(error.field) for error in form.errors}
    return cast("SceneContent", {name: value for name, value in content.items() if name not in wrong})


def typed_scene(scene: Scene) -> Typed:
    """Return a scene as it would be typed, for the fields that have one value."""
    names = (
        "title", "title_en", "field", "problem", "outcome", "data_description", "data_level", "data_access", "region",
        "acceptance_test",
    )  # fmt: skip
    values = {name: str(getattr(scene, name)) for name in names}
    values["serves_public"] = "yes" if scene.serves_public else "no"
    values["budget_min"], values["budget_max"] = _yuan(scene.budget_min_fen), _yuan(scene.budget_max_fen)
    values["start_by"] = scene.start_by.isoformat() if scene.start_by else ""
    values["duration_weeks"] = "" if scene.duration_weeks is None else str(scene.duration_weeks)
    return Typed(values)


def requirement_rows(requirements: list[Requirement]) -> list[dict[str, str]]:
    """Return the rows of the requirements step, with empty ones where there are none yet."""
    rows = [{"text": each.text, "kind": str(each.kind)} for each in requirements]
    return rows or [{"text": "", "kind": "must"} for _each in range(_EMPTY_ROWS)]


def metric_rows(metrics: list[Metric]) -> list[dict[str, str]]:
    """Return the rows of the metrics step, with empty ones where there are none yet."""
    rows = [
        {"name": each.name, "baseline": plain_number(each.baseline), "target": plain_number(each.target),
         "unit": each.unit, "direction": str(each.direction)}
        for each in metrics
    ]  # fmt: skip
    return rows or [dict.fromkeys(METRIC_COLUMNS, "") for _each in range(_EMPTY_ROWS)]


def plain_number(number: Decimal | None) -> str:
    """Return a number as a person types it: no trailing zeros, no exponent."""
    if number is None:
        return ""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _read_problem(form: Form) -> SceneContent:
    return {
        "title": form.text("title", longest=300),
        "title_en": form.text("title_en", longest=300),
        "field": form.choice("field", Field) or Field.OTHER,
        "problem": form.text("problem", longest=LONGEST_TEXT),
        "outcome": form.text("outcome", longest=LONGEST_TEXT),
    }


def _read_requirements(form: Form) -> SceneContent:
    lines = []
    for position, row in enumerate(form.rows_to_show("requirements", REQUIREMENT_COLUMNS, asked=False)):
        if row["text"]:
            name = f"requirements-{position}"
            kind = form.choice(f"{name}-kind", RequirementKind, missing=_("Choose must or wish."))
            lines.append(RequirementLine(form.text(f"{name}-text", longest=1000), kind or RequirementKind.WISH))
    return {"requirements": lines}


def _read_metrics(form: Form) -> SceneContent:
    lines = []
    for position, row in enumerate(form.rows_to_show("metrics", METRIC_COLUMNS, asked=False)):
        if any(row[column] for column in ("name", "baseline", "target", "unit")):
            name = f"metrics-{position}"
            line = MetricLine(
                form.text(f"{name}-name", missing=_("Say what is measured."), longest=200),
                form.decimal(f"{name}-baseline"),
                form.decimal(f"{name}-target", missing=_("Enter the target, a number.")) or Decimal(0),
                form.text(f"{name}-unit", longest=40),
                form.choice(f"{name}-direction", Direction) or Direction.HIGHER,
            )
            _check_direction(line, name, form)
            lines.append(line)
    return {"metrics": lines}


def _check_direction(line: MetricLine, name: str, form: Form) -> None:
    if line.baseline is None or any(error.field.startswith(f"{name}-") for error in form.errors):
        return
    if line.direction is Direction.HIGHER and line.target < line.baseline:
        form.error(f"{name}-target", _("The target is below the baseline, but higher is better. Correct one of them."))
    if line.direction is Direction.LOWER and line.target > line.baseline:
        form.error(f"{name}-target", _("The target is above the baseline, but lower is better. Correct one of them."))


def _read_data(form: Form) -> SceneContent:
    return {
        "data_description": form.text("data_description", longest=LONGEST_TEXT),
        "data_level": form.choice("data_level", DataLevel) or DataLevel.INTERNAL,
        "data_access": form.text("data_access", longest=LONGEST_TEXT),
        "deployments": form.choices("deployments", Deployment),
        "serves_public": form.ticked("serves_public"),
        "region": form.text("region", longest=60),
        "acceptance_test": form.text("acceptance_test", longest=LONGEST_TEXT),
    }


def _read_budget(form: Form) -> SceneContent:
    low, high = form.yuan("budget_min"), form.yuan("budget_max")
    if low is not None and high is not None and low > high:
        form.error("budget_max", _("The most you can spend is less than the least. Correct one of them."))
    return {
        "budget_min_fen": low,
        "budget_max_fen": high,
        "start_by": form.day("start_by"),
        "duration_weeks": form.whole("duration_weeks", low=1, high=520),
    }


_READERS: dict[str, Callable[[Form], SceneContent]] = {
    "problem": _read_problem,
    "requirements": _read_requirements,
    "metrics": _read_metrics,
    "data": _read_data,
    "budget": _read_budget,
}


def _column_of(field: str) -> str:
    """Return the part of the content that a wrong field belongs to."""
    if field in {"budget_min", "budget_max"}:
        return f"{field}_fen"
    return field.split("-", maxsplit=1)[0]


def _yuan(fen: int | None) -> str:
    if fen is None:
        return ""
    yuan, rest = divmod(fen, 100)
    return f"{yuan}.{rest:02d}" if rest else str(yuan)
