"""A draft as an editable proposal, what was ticked of it as additions to the scene, and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from starlette.datastructures import FormData

from market.core.text import Text, _
from market.core.vocabulary import DataLevel, Deployment
from market.scenes import forms
from market.scenes.actions import MetricLine, RequirementLine, SceneContent
from market.scenes.describing import Draft, LeftOut, already_there, plain
from market.scenes.models import Metric, Requirement, Scene
from market.web.forms import FieldError, Form

ROW_COLUMNS = ("take", "text", "kind", "sentence", "mark")
METRIC_COLUMNS = ("take", "name", "baseline", "target", "unit", "direction", "sentence", "mark")
HINT_COLUMNS = ("take", "field", "value", "sentence", "mark")
TAKEN, DUPLICATE, OWN_IDEA, FILLED = "yes", "duplicate", "own_idea", "filled"
_SINGLE = ("budget_min", "budget_max", "duration_weeks")
MARKS: dict[str, Text] = {
    DUPLICATE: _("already there"),
    OWN_IDEA: _("the model's own idea: no sentence of your text says this"),
    FILLED: _("you have filled this in already; it stays as it is"),
}

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Proposal:
    """Rows to tick, as they are typed."""

    requirements: Rows = field(default_factory=list)
    metrics: Rows = field(default_factory=list)
    hints: Rows = field(default_factory=list)
    left_out: Sequence[LeftOut] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tick."""
        return not (self.requirements or self.metrics or self.hints)


def propose(draft: Draft, scene: Scene, requirements: list[Requirement], metrics: list[Metric]) -> Proposal:
    """Put a draft beside what the scene already says: what is there or filled in is marked, and not ticked."""
    texts, names = [each.text for each in requirements], [each.name for each in metrics]
    return Proposal(
        requirements=[
            {"text": row.text, "kind": str(row.kind), "sentence": row.sentence}
            | _marked(row.own_idea, already_there(row.text, texts))
            for row in draft.requirements
        ],
        metrics=[
            {
                "name": row.measure.name, "baseline": forms.plain_number(row.measure.baseline),
                "target": forms.plain_number(row.measure.target), "unit": row.measure.unit,
                "direction": str(row.measure.direction), "sentence": row.sentence,
            } | _marked(row.own_idea, already_there(row.measure.name, names))
            for row in draft.metrics
        ],
        hints=[
            {"field": hint.field, "value": hint.value, "sentence": hint.sentence}
            | _filled(filled=_is_filled(hint.field, hint.value, scene))
            for hint in draft.hints
        ],
        left_out=draft.left_out,
    )  # fmt: skip


def typed_proposal(form: Form) -> Proposal:
    """Return the proposal as it was sent back."""
    return Proposal(
        form.rows_to_show("requirements", ROW_COLUMNS, asked=False),
        form.rows_to_show("metrics", METRIC_COLUMNS, asked=False),
        form.rows_to_show("hints", HINT_COLUMNS, asked=False),
    )


def read_ticked(form: Form, scene: Scene) -> SceneContent:
    """Read what was ticked, by the rules of each step; ``form.errors`` has messages, at the rows as they are shown."""
    proposal = typed_proposal(form)
    content = SceneContent()
    for name, rows in (("requirements", proposal.requirements), ("metrics", proposal.metrics)):
        ticked = [at for at, row in enumerate(rows) if row["take"]]
        typed = {f"{name}-{new}-{key}": rows[at][key] for new, at in enumerate(ticked) for key in rows[at]}
        part = Form(FormData(typed))
        content |= forms.read_step(name, part)
        form.errors += [_moved_back(error, ticked) for error in part.errors]
    for hint in proposal.hints:
        if hint["take"] and not _is_filled(hint["field"], hint["value"], scene):
            content |= _answered(hint["field"], hint["value"], content)
    return content


def added_to(content: SceneContent, requirements: list[Requirement], metrics: list[Metric]) -> SceneContent:
    """Put what was ticked behind what the scene already says; what is there already is not added twice."""
    texts, names = [each.text for each in requirements], [each.name for each in metrics]
    rows = [RequirementLine(each.text, each.kind) for each in requirements]
    lines = [MetricLine(m.name, m.baseline, m.target, m.unit, m.direction) for m in metrics]
    rows += [line for line in content.get("requirements", ()) if not already_there(line.text, texts)]
    lines += [line for line in content.get("metrics", ()) if not already_there(line.name, names)]
    return content | SceneContent(requirements=rows, metrics=lines)


def receipt_of(content: SceneContent) -> dict[str, Any]:
    """Return what was added in a form short enough for an address: enough to find it again and to take it back."""
    rest = {name: value for name, value in content.items() if name not in {"requirements", "metrics"}}
    return {
        "requirements": [_mark(line.text) for line in content.get("requirements", ())],
        "metrics": [_mark(line.name) for line in content.get("metrics", ())],
        "fields": {name: _mark(_written(value)) for name, value in rest.items()},
    }


def without(
    receipt: dict[str, Any], scene: Scene, requirements: list[Requirement], metrics: list[Metric]
) -> SceneContent:
    """Return the scene as it was before; what was changed since by hand stays."""
    content = SceneContent(
        requirements=[
            RequirementLine(each.text, each.kind)
            for each in requirements
            if _mark(each.text) not in receipt["requirements"]
        ],
        metrics=[
            MetricLine(m.name, m.baseline, m.target, m.unit, m.direction)
            for m in metrics
            if _mark(m.name) not in receipt["metrics"]
        ],
    )
    empty: dict[str, Any] = {"deployments": [], "data_level": DataLevel.INTERNAL, "data_description": ""}
    for name, mark in receipt["fields"].items():
        if _mark(_written(getattr(scene, name))) == mark:
            content |= {name: empty.get(name)}  # type: ignore[misc]
    return content


def _marked(own_idea: bool, present: bool) -> dict[str, str]:
    mark = DUPLICATE if present else OWN_IDEA if own_idea else ""
    return {"take": "" if mark else TAKEN, "mark": mark}


def _filled(*, filled: bool) -> dict[str, str]:
    return {"take": "" if filled else TAKEN, "mark": FILLED if filled else ""}


def _is_filled(name: str, value: str, scene: Scene) -> bool:
    if name == "deployments":
        return bool(scene.deployments)
    if name == "data_level":
        return bool(scene.data_description)  # the step was filled in, and its level with it
    stored = getattr(scene, f"{name}_fen" if name.startswith("budget") else name, None) if value else ""
    return stored is not None and stored != ""


def _answered(name: str, value: str, content: SceneContent) -> SceneContent:
    if name in _SINGLE:
        read = forms.read_step("budget", Form(FormData({name: value})))
        column = f"{name}_fen" if name.startswith("budget") else name
        return SceneContent(**{column: read.get(column)}) if read.get(column) is not None else SceneContent()  # type: ignore[misc]
    if name == "deployments" and value in set(Deployment):
        chosen = [*content.get("deployments", []), Deployment(value)]
        return SceneContent(deployments=list(dict.fromkeys(chosen)))
    if name == "data_level" and value in set(DataLevel):
        return SceneContent(data_level=DataLevel(value))
    if name == "data_description":
        said = [content.get("data_description", ""), value[: forms.LONGEST_TEXT]]
        return SceneContent(data_description="\n".join(each for each in said if each))
    return SceneContent()


def _moved_back(error: FieldError, ticked: list[int]) -> FieldError:
    name, at, column = error.field.split("-", 2)
    return FieldError(f"{name}-{ticked[int(at)]}-{column}", error.text)


def _written(value: Any) -> str:
    return " ".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _mark(text: str) -> str:
    return sha256(plain(text).encode()).hexdigest()[:12]
