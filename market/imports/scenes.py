"""A row → a scene: what is missing stays empty, what has no place of its own stays readable in the problem."""

from typing import Any

from market.core.errors import InvalidError
from market.core.text import _
from market.core.vocabulary import OrganisationKind
from market.imports.amounts import Amount, read_amount
from market.imports.batches import LONGEST_NAME, Record, Target
from market.imports.cells import Cells
from market.imports.classification import deployments_of, field_of, is_chinese
from market.imports.cleaning import LONGEST_TITLE, date_of, kind_of, line_of, sentences_of, source_id_of, text_of
from market.imports.mapping import known_field
from market.lifecycle import SceneState
from market.scenes.models import Requirement, Scene

TARGET = Target(
    Scene, OrganisationKind.BUYER, parent="scene_id", lists={"requirements": Requirement}, state=SceneState.PUBLISHED
)
LONGEST_SOURCE = 300
LONGEST_REGION = 60
_PARTS = ("problem", "outcome", "data_description")


def scene_record(cells: Cells) -> Record:
    """Return the scene that a row describes.

    - raises ``InvalidError`` for a row without a title
    - an object of requirements is text: each part goes where its name says, else to the problem
    - an amount in another currency than yuan stands beside the source, as it was written
    """
    title, title_en = titles_of(cells)
    organisation = line_of(cells.first("organisation"), LONGEST_NAME)
    texts, requirements = _texts(cells)
    if len(title) > LONGEST_TITLE:
        texts["problem"] = "\n\n".join(filter(None, (title, texts["problem"])))
    amount = amount_of(cells, "budget", title)
    columns: dict[str, Any] = {
        "title": line_of(title, LONGEST_TITLE), "title_en": line_of(title_en, LONGEST_TITLE),
        "field": field_of(*map(text_of, cells.all("domain")), title), **texts,
        "acceptance_test": text_of(cells.first("acceptance_test")),
        "deployments": [str(form) for form in deployments_of(text_of(cells.first("deployments")))],
        "region": line_of(cells.first("region"), LONGEST_REGION),
        "budget_min_fen": amount.min_fen, "budget_max_fen": amount.max_fen,
        "start_by": date_of(cells.first("start_by")), "source": source_of(cells, amount),
    }  # fmt: skip
    lines = [{"text": sentence, "kind": kind_of(sentence)} for sentence in requirements]
    source_id = source_id_of("scenes", cells.file, line_of(cells.first("id"), LONGEST_NAME), organisation, title)
    return Record(cells.number, source_id, columns, organisation, "", {"requirements": lines}, cells.values)


def titles_of(cells: Cells) -> tuple[str, str]:
    """Return title and English title: where both languages are given, Chinese is the first."""
    plain, chinese, english = (
        " ".join(text_of(cells.first(name), separator=", ").split()) for name in ("title", "title_zh", "title_en")
    )
    first = chinese or plain or english
    if not first:
        raise InvalidError(_("The row has no title. Fill it in."))
    other = english or (plain if chinese else "")
    return first, other if other != first else ""


def amount_of(cells: Cells, name: str, title: str) -> Amount:
    """Read the amount of a field; without a currency it is yuan only in a Chinese row."""
    language = text_of(cells.first("language")).lower()
    chinese = language.startswith(("zh", "中")) if language else is_chinese(title)
    return read_amount(cells.first(name), column=cells.column_of(name), chinese=chinese)


def source_of(cells: Cells, amount: Amount) -> str:
    """Return where the row is from; what it says about money in words stands there too."""
    where = " · ".join(dict.fromkeys(filter(None, (line_of(each, LONGEST_SOURCE) for each in cells.all("source")))))
    return line_of(" · ".join(filter(None, (amount.stated, where))), LONGEST_SOURCE)


def _texts(cells: Cells) -> tuple[dict[str, str], list[str]]:
    """Return problem, outcome and data, and the sentences that are requirements."""
    texts = {part: "\n\n".join(filter(None, map(text_of, cells.all(part)))) for part in _PARTS}
    requirements: list[str] = []
    for given in cells.all("requirements"):
        if isinstance(given, dict):
            _add_parts(texts, given)
        else:
            requirements += sentences_of(given)
    return texts, list(dict.fromkeys(requirements))


def _add_parts(texts: dict[str, str], given: dict[str, Any]) -> None:
    for name, value in given.items():
        text = text_of(value)
        if not text or text[:200] in texts["problem"]:  # some sources repeat the parts in the description
            continue
        part = known_field("scenes", name)
        if part not in _PARTS:
            part, text = "problem", f"{name.replace('_', ' ').capitalize()}: {text}"
        texts[part] = "\n\n".join(filter(None, (texts[part], text)))
