"""Every catalogue that was published, kept as what each document said from which publication until which.

A publication is numbered within its collection. Its rows are written before its snapshot is, so a snapshot always has
the rows that it can be made again from; texts and publications never change, entries only end.
"""

import hashlib
from collections.abc import Collection as Ids
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from tortoise import connections
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from market.catalogue.facts import SolutionFacts
from market.catalogue.models import CatalogueEntry, CatalogueText, Publication
from market.core import clock
from matching.documents import Document

_PAGE = 2000


@dataclass(frozen=True)
class Reading:
    """What was read of changed rows: what they say now, what they were judged by, and the source of each."""

    documents: Sequence[Document]
    facts: Mapping[int, dict[str, Any]]
    sources: Mapping[int, str]
    gone: Ids[int]


async def latest(collection: str) -> Publication | None:
    """Return the last publication of a collection."""
    return await Publication.filter(collection=collection).order_by("-number").first()


async def publication(collection: str, number: int) -> Publication | None:
    """Return one publication of a collection."""
    return await Publication.get_or_none(collection=collection, number=number)


async def record(
    collection: str, reading: Reading, *, after: Publication | None, snapshot: str, encoder: str, version: str
) -> Publication | None:
    """Write the next publication: texts that are new, the end of what no longer holds, the beginning of what does.

    None, and nothing written, where somebody else has published since *after*: read again what changed.
    """
    contents = {document.id: _content(document, reading.facts.get(document.id, {})) for document in reading.documents}
    hashes = {key: _hash(content) for key, content in contents.items()}
    async with in_transaction() as connection:
        await connection.execute_query("SELECT pg_advisory_xact_lock(hashtext($1))", [f"catalogue {collection}"])
        last = await Publication.filter(collection=collection).using_db(connection).order_by("-number").first()
        if (last.number if last else 0) != (after.number if after else 0):
            return None
        number = (last.number if last else 0) + 1
        changed = await _end(collection, hashes, reading, number, connection)
        await _begin(collection, {key: (hashes[key], contents[key]) for key in changed}, reading, number, connection)
        return await Publication.create(
            collection=collection, number=number, at=clock.now(), snapshot=snapshot, encoder=encoder,
            documents=await CatalogueEntry.filter(collection=collection, until=None).using_db(connection).count(),
            details={"version": version, "changed": len(changed), "gone": len(reading.gone)},
            using_db=connection,
        )  # fmt: skip


async def documents_at(collection: str, number: int, only: Ids[int] | None = None) -> list[Document]:
    """Return what the catalogue held at publication *number*, by id, or what *only* these documents said then."""
    rows = await _contents_at(collection, number, only)
    return [_document(key, rows[key]) for key in sorted(rows)]


async def facts_at(collection: str, number: int) -> dict[int, SolutionFacts]:
    """Return what each solution of publication *number* was judged by."""
    rows = await _contents_at(collection, number, None)
    return {key: SolutionFacts.from_json(rows[key]["facts"]) for key in sorted(rows) if rows[key]["facts"]}


async def changes_between(collection: str, old: int, new: int) -> tuple[list[Document], set[int]]:
    """Return the documents that said something else, or nothing, at *old* than at *new*; and the ids that are gone."""
    touched = await CatalogueEntry.filter(collection=collection, since__gt=old, since__lte=new).values("document_id")
    ended = await CatalogueEntry.filter(collection=collection, until__gt=old, until__lte=new).values("document_id")
    ids = {int(row["document_id"]) for row in (*touched, *ended)}
    before = {each.id: each for each in await documents_at(collection, old, ids)}
    after = await documents_at(collection, new, ids)
    # An entry also ends when only a fact changed: what is searched is then the same.
    return [each for each in after if before.get(each.id) != each], before.keys() - {each.id for each in after}


async def _end(
    collection: str, hashes: Mapping[int, str], reading: Reading, number: int, connection: BaseDBAsyncClient
) -> list[int]:
    """End the entries of what went or says something else now; return the ids of what has to begin."""
    said: dict[int, str] = {}
    for ids in _pages(sorted(hashes)):
        rows = CatalogueEntry.filter(collection=collection, until=None, document_id__in=ids).using_db(connection)
        said |= {int(row["document_id"]): str(row["text_id"]) for row in await rows.values("document_id", "text_id")}
    changed = [key for key, value in hashes.items() if said.get(key) != value]
    for ids in _pages(sorted({*reading.gone, *changed})):
        rows = CatalogueEntry.filter(collection=collection, until=None, document_id__in=ids).using_db(connection)
        await rows.update(until=number)
    same = sorted(set(hashes) - set(changed))
    if same:
        await connection.execute_many(
            "UPDATE catalogue_entry SET source = $1 WHERE collection = $2 AND document_id = $3 AND until IS NULL",
            [[reading.sources.get(key, ""), collection, key] for key in same],
        )
    return changed


async def _begin(
    collection: str,
    changed: Mapping[int, tuple[str, dict[str, Any]]],
    reading: Reading,
    number: int,
    connection: BaseDBAsyncClient,
) -> None:
    texts = {name: CatalogueText(hash=name, content=content) for name, content in changed.values()}
    await CatalogueText.bulk_create(texts.values(), ignore_conflicts=True, using_db=connection, batch_size=_PAGE)
    entries = [
        CatalogueEntry(
            collection=collection, document_id=key, text_id=name, since=number, source=reading.sources.get(key, "")
        )
        for key, (name, _content) in changed.items()
    ]
    await CatalogueEntry.bulk_create(entries, using_db=connection, batch_size=_PAGE)


async def _contents_at(collection: str, number: int, only: Ids[int] | None) -> dict[int, dict[str, Any]]:
    chosen, values = "", [collection, number]
    if only is not None:
        chosen, values = " AND e.document_id = ANY($3::int[])", [collection, number, sorted(only)]
    rows = await connections.get("default").execute_query_dict(
        f"""SELECT e.document_id, t.content::text AS content
            FROM catalogue_entry e JOIN catalogue_text t ON t.hash = e.text_id
            WHERE e.collection = $1 AND e.since <= $2 AND (e.until IS NULL OR e.until > $2){chosen}""",  # noqa: S608
        values,
    )
    return {int(row["document_id"]): orjson.loads(row["content"]) for row in rows}


def _content(document: Document, facts: Mapping[str, Any]) -> dict[str, Any]:
    said = {"title": document.title, "text": document.text, "sentences": list(document.sentences)}
    return {**said, "facts": dict(facts)}


def _document(key: int, content: Mapping[str, Any]) -> Document:
    return Document(key, content["title"], content["text"], tuple(content["sentences"]))


def _hash(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _pages(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _PAGE):
        yield ids[start : start + _PAGE]
