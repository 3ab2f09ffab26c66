"""What a vendor typed into one step of a draft → what the solution says, or messages."""

import re
from collections.abc import Callable
from typing import cast

from market.core import clock
from market.core.text import _
from market.core.vocabulary import DataLevel, Deployment, Field, Readiness
from market.solutions.actions import ModelLine, ReferenceLine, SolutionContent
from market.solutions.models import Capability, ModelUse, Reference, Solution
from market.web.forms import Form, Typed

CAPABILITY_COLUMNS = ("text",)
MODEL_COLUMNS = ("name", "filing_number")
REFERENCE_COLUMNS = ("client", "year", "result")
COLUMNS = {"capabilities": CAPABILITY_COLUMNS, "models": MODEL_COLUMNS, "references": REFERENCE_COLUMNS}
LONGEST_TEXT = 20_000
_EMPTY_ROWS = {"capabilities": 3, "models": 1, "references": 1}
_FIRST_YEAR = 1990


def read_title(form: Form) -> SolutionContent:
    """Read the title that begins a draft."""
    return {"title": form.text("title", missing=_("Give the solution a title."), longest=300)}


def read_step(step: str, form: Form) -> SolutionContent:
    """Read one step. What cannot be read is in ``form.errors`` and left out; what is empty stays empty."""
    content = _READERS[step](form)
    wrong = {_column_of(error.field) for error in form.errors}
    return cast("SolutionContent", {name: value for name, value in content.items() if name not in wrong})


def typed_solution(solution: Solution) -> Typed:
    """Return a solution as it would be typed, for the fields that have one value."""
    return Typed(
        title=solution.title,
        title_en=solution.title_en,
        summary=solution.summary,
        max_data_level=str(solution.max_data_level or ""),
        regions="、".join(solution.regions),
        price_min=_yuan(solution.price_min_fen),
        price_max=_yuan(solution.price_max_fen),
        delivery_weeks="" if solution.delivery_weeks is None else str(solution.delivery_weeks),
        readiness=str(solution.readiness or ""),
    )


def rows_of(name: str, saved: list[Capability] | list[ModelUse] | list[Reference]) -> list[dict[str, str]]:
    """Return saved lines as rows of a form, with empty ones where there are none yet."""
    columns = COLUMNS[name]
    rows = [{column: str(getattr(each, column) or "") for column in columns} for each in saved]
    return rows or [dict.fromkeys(columns, "") for _each in range(_EMPTY_ROWS[name])]


def _read_what(form: Form) -> SolutionContent:
    sentences = []
    for position, row in enumerate(form.rows_to_show("capabilities", CAPABILITY_COLUMNS, asked=False)):
        if row["text"]:
            sentences.append(form.text(f"capabilities-{position}-text", longest=1000))
    return {
        "title": form.text("title", longest=300),
        "title_en": form.text("title_en", longest=300),
        "fields_served": form.choices("fields_served", Field),
        "summary": form.text("summary", longest=LONGEST_TEXT),
        "capabilities": sentences,
    }


def _read_delivery(form: Form) -> SolutionContent:
    low, high = form.yuan("price_min"), form.yuan("price_max")
    if low is not None and high is not None and low > high:
        form.error("price_max", _("The highest price is below the lowest. Correct one of them."))
    regions = [region for region in re.split(r"[、,，;；\s]+", form.text("regions", longest=600)) if region]
    return {
        "deployments": form.choices("deployments", Deployment),
        "max_data_level": form.choice("max_data_level", DataLevel),
        "regions": list(dict.fromkeys(regions)),
        "price_min_fen": low,
        "price_max_fen": high,
        "delivery_weeks": form.whole("delivery_weeks", low=1, high=520),
        "readiness": form.choice("readiness", Readiness),
    }


def _read_models(form: Form) -> SolutionContent:
    models = []
    for position, row in enumerate(form.rows_to_show("models", MODEL_COLUMNS, asked=False)):
        if any(row.values()):
            name = f"models-{position}"
            number = "".join(form.text(f"{name}-filing_number", longest=120).split())
            models.append(ModelLine(form.text(f"{name}-name", missing=_("Name the model."), longest=200), number))
    return {"models": models, "references": _read_references(form)}


def _read_references(form: Form) -> list[ReferenceLine]:
    references = []
    for position, row in enumerate(form.rows_to_show("references", REFERENCE_COLUMNS, asked=False)):
        if any(row.values()):
            name = f"references-{position}"
            client = form.text(f"{name}-client", missing=_("Name the client, or say what kind it is."), longest=200)
            year = form.whole(f"{name}-year", low=_FIRST_YEAR, high=clock.today().year)
            references.append(ReferenceLine(client, year, form.text(f"{name}-result", longest=2000)))
    return references


_READERS: dict[str, Callable[[Form], SolutionContent]] = {
    "what": _read_what,
    "delivery": _read_delivery,
    "models": _read_models,
}


def _column_of(field: str) -> str:
    """Return the part of the content that a wrong field belongs to."""
    return f"{field}_fen" if field in {"price_min", "price_max"} else field.split("-", maxsplit=1)[0]


def _yuan(fen: int | None) -> str:
    if fen is None:
        return ""
    yuan, rest = divmod(fen, 100)
    return f"{yuan}.{rest:02d}" if rest else str(yuan)
