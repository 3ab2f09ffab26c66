"""A row → an entry of the registry. The national list leaves many cells blank: model or entity is enough."""

from typing import Any

from market.core.errors import InvalidError
from market.core.text import _
from market.imports.batches import LONGEST_NAME, Record, Target
from market.imports.cells import Cells
from market.imports.cleaning import date_of, line_of, source_id_of, text_of
from market.solutions.models import Filing

TARGET = Target(Filing)
_KIND = "备案"


def filing_record(cells: Cells) -> Record:
    """Return the entry that a row describes.

    - raises ``InvalidError`` where neither model nor entity is given, or a date is none
    """
    model, entity = (line_of(cells.first(name), LONGEST_NAME) for name in ("model", "entity"))
    if not (model or entity):
        raise InvalidError(_("The row names neither a model nor an entity. Fill in one of them."))
    stated, filed_on = text_of(cells.first("filed_on")), date_of(cells.first("filed_on"))
    if stated and filed_on is None:
        raise InvalidError(_("“%(date)s” is no date. Write it like 2023/8/31 or 2023-08-31.", date=stated))
    columns: dict[str, Any] = {
        "kind": line_of(cells.first("kind"), 20) or _KIND, "number": line_of(cells.first("number"), 40),
        "jurisdiction": line_of(cells.first("jurisdiction"), 60), "model": model, "entity": entity,
        "filed_on": filed_on, "filing_number": "".join(line_of(cells.first("filing_number"), 120).split()),
        "note": text_of(cells.first("note")), "source": line_of(cells.first("source"), 300),
    }  # fmt: skip
    # The lists count through the country for each kind; without a number, the names say which entry it is.
    known = f"{columns['kind']}-{columns['number']}" if columns["number"] else ""
    source_id = source_id_of("filings", "", known, columns["kind"], columns["jurisdiction"], entity, model)
    return Record(cells.number, source_id, columns, values=cells.values)
