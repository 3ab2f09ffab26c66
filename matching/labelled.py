"""A labelled set: ``queries.jsonl`` and ``corpus.jsonl`` (with ``_id``, ``title``, ``text``) and ``qrels.tsv``."""

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from matching.documents import Document, Need


class LabelledSetError(Exception):
    """A file of the set is missing or a line of it cannot be read."""


@dataclass(frozen=True)
class LabelledSet:
    """*keys* name the documents by id; *grades* hold, for each judged query, document key → grade."""

    name: str
    needs: dict[str, Need]
    documents: list[Document]
    keys: list[str]
    grades: dict[str, dict[str, int]]
    checksum: str

    @property
    def primary(self) -> str:
        """The metric that the set is judged by."""
        return "pool_ndcg@10" if self.graded else "ndcg@10"

    @property
    def graded(self) -> bool:
        """Whether judgements go beyond relevant or not."""
        return any(grade > 1 for judged in self.grades.values() for grade in judged.values())

    @property
    def judged(self) -> list[str]:
        """The queries with at least one relevant document: with none, every order is as good as another."""
        return [query for query, judged in self.grades.items() if query in self.needs and max(judged.values()) > 0]


def read_labelled_set(directory: Path) -> LabelledSet:
    """Read the three files. Raises ``LabelledSetError`` that names the file and the line."""
    corpus = _json_lines(directory / "corpus.jsonl")
    return LabelledSet(
        name=directory.resolve().name,
        needs={row["_id"]: Need(row["title"], row["text"]) for row in _json_lines(directory / "queries.jsonl")},
        documents=[Document(number, row["title"], row["text"]) for number, row in enumerate(corpus)],
        keys=[row["_id"] for row in corpus],
        grades=_grades(directory / "qrels.tsv"),
        checksum=_checksum(directory),
    )


def _checksum(directory: Path) -> str:
    """SHA-256 of the three files, which says whether a ranker has seen just this set."""
    found = hashlib.sha256()
    for name in ("queries.jsonl", "corpus.jsonl", "qrels.tsv"):
        found.update((directory / name).read_bytes())
    return found.hexdigest()


def _json_lines(path: Path) -> list[dict[str, str]]:
    rows = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows.append({"_id": str(row["_id"]), "title": row.get("title") or "", "text": row.get("text") or ""})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LabelledSetError(f"{path} line {number}: not a JSON object with an _id ({error})") from error
    return rows


def _grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    lines = _lines(path)
    for number, row in enumerate(csv.reader(filter(None, lines[1:]), delimiter="\t", quoting=csv.QUOTE_NONE), start=2):
        try:
            query, document, grade = row
            grades.setdefault(query, {})[document] = int(grade)
        except ValueError as error:
            raise LabelledSetError(f"{path} line {number}: not query-id, corpus-id, score") from error
    return grades


def _lines(path: Path) -> list[str]:
    try:
        # Split at \n alone: a JSON string may hold other line separators.
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise LabelledSetError(f"{path} cannot be read: {error}") from error
