"""One row seen through the mapping: ask by field, get the cells of its columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from market.imports.cleaning import opened


@dataclass(frozen=True)
class Cells:
    """The cells of a row by field; *mapping* is column → field, *file* the file's name without its ending."""

    number: int
    values: dict[str, Any]
    mapping: Mapping[str, str]
    file: str

    def all(self, name: str) -> list[Any]:
        """Return every cell of a field that holds something, in the order of the columns."""
        cells = (opened(self.values.get(column)) for column, field in self.mapping.items() if field == name)
        return [cell for cell in cells if cell not in (None, "", [], {})]

    def first(self, name: str) -> Any:
        """Return the first cell of a field that holds something, or None."""
        return next(iter(self.all(name)), None)

    def column_of(self, name: str) -> str:
        """Return the name of the first column of a field: it may give a unit."""
        return next((column for column, field in self.mapping.items() if field == name), "")
