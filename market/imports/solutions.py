"""A row → a solution: the sentences about what it does become capabilities, its models are looked up afterwards."""

from typing import Any

from market.core.vocabulary import OrganisationKind
from market.imports.batches import LONGEST_NAME, Record, Target
from market.imports.cells import Cells
from market.imports.classification import deployments_of, field_of, readiness_of
from market.imports.cleaning import LONGEST_TITLE, line_of, sentences_of, source_id_of, text_of
from market.imports.scenes import LONGEST_REGION, amount_of, source_of, titles_of
from market.lifecycle import SolutionState
from market.solutions.models import Capability, ModelUse, Solution

TARGET = Target(
    Solution, OrganisationKind.VENDOR, parent="solution_id", lists={"capabilities": Capability, "models": ModelUse},
    state=SolutionState.PUBLISHED,
)  # fmt: skip
_TEXTS = ("tagline_zh", "summary_zh", "tagline", "summary")
_LONGEST_NUMBER = 120


def solution_record(cells: Cells) -> Record:
    """Return the solution that a row describes; both languages of a text are kept, Chinese first.

    - raises ``InvalidError`` for a row without a title
    """
    title, title_en = titles_of(cells)
    organisation = line_of(cells.first("organisation"), LONGEST_NAME)
    texts = [text_of(cell) for name in _TEXTS for cell in cells.all(name)]
    if len(title) > LONGEST_TITLE:
        texts.insert(0, title)
    amount = amount_of(cells, "price", title)
    domain = field_of(*map(text_of, cells.all("domain")), title)
    readiness = readiness_of(text_of(cells.first("readiness")))
    columns: dict[str, Any] = {
        "title": line_of(title, LONGEST_TITLE), "title_en": line_of(title_en, LONGEST_TITLE),
        "summary": "\n\n".join(_without_repeats(texts)), "fields_served": [str(domain)],
        "deployments": [str(form) for form in deployments_of(text_of(cells.first("deployments")))],
        "regions": sentences_of(text_of(cells.first("regions")).replace("、", "\n").replace(",", "\n")),
        "price_min_fen": amount.min_fen, "price_max_fen": amount.max_fen, "readiness": readiness,
        "source": source_of(cells, amount),
    }  # fmt: skip
    lists = {"capabilities": _capabilities(cells), "models": _models(cells, title)}
    source_id = source_id_of("solutions", cells.file, line_of(cells.first("id"), LONGEST_NAME), organisation, title)
    region = line_of(cells.first("organisation_region"), LONGEST_REGION)
    return Record(cells.number, source_id, columns, organisation, region, lists, cells.values)


def _without_repeats(texts: list[str]) -> list[str]:
    """Leave out what another text says too: a tagline is often the beginning of the description."""
    said = {text.rstrip(".。"): text for text in texts if text}
    return [text for bare, text in said.items() if not any(bare in other for other in said if other != bare)]


def _capabilities(cells: Cells) -> list[dict[str, Any]]:
    found = [sentence for cell in cells.all("capabilities") for sentence in sentences_of(cell)]
    return [{"text": sentence} for sentence in dict.fromkeys(found)]


def _models(cells: Cells, title: str) -> list[dict[str, Any]]:
    """A number without a model's name is that of the product itself."""
    names = [line_of(each, LONGEST_NAME) for cell in cells.all("models") for each in sentences_of(cell)]
    numbers = ["".join(each.split())[:_LONGEST_NUMBER] for each in sentences_of(cells.first("filing_number"))]
    names = names or ([line_of(title, LONGEST_NAME)] if numbers else [])
    padded = numbers + [""] * (len(names) - len(numbers))
    return [{"name": name, "filing_number": number} for name, number in zip(names, padded, strict=False)]
