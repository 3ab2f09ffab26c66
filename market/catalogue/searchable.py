"""The two collections that are searched, solutions and scenes, and which of their rows changed since last published."""

from collections.abc import Awaitable, Callable
from collections.abc import Collection as Ids
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tortoise import connections

from market.catalogue import stated
from market.catalogue.documents import scene_documents, solution_documents
from market.settings import settings
from matching.documents import Document
from matching.engines import Engine

# Raise it when documents are cut differently: every row then counts as changed and is read again.
_RECIPE = 3


@dataclass(frozen=True)
class Collection:
    """What is searched together. *sources* is SQL for (id, source) of its rows: a source changes with what is read.

    *tables* are those that it reads, each with a condition where it reads only some rows.
    """

    name: str
    sources: str
    tables: tuple[str, ...]
    documents: Callable[[Ids[int] | None], Awaitable[list[Document]]]
    facts: Callable[[Ids[int]], Awaitable[dict[int, dict[str, Any]]]]

    @property
    def directory(self) -> Path:
        """Where its snapshots are published."""
        return settings().data_dir / "snapshots" / self.name

    @property
    def engine(self) -> Engine:
        """Who keeps its vectors, as the settings say."""
        current = settings()
        addresses = {"milvus": current.milvus_uri, "pgvector": current.database_url or ""}
        address = addresses.get(current.vector_index, "")
        return Engine(current.vector_index, address, catalogue=self.name, threads=current.embed_threads)


async def _facts_of_solutions(ids: Ids[int]) -> dict[int, dict[str, Any]]:
    return {key: facts.as_json() for key, facts in (await stated.facts_of_solutions(ids)).items()}


async def _no_facts(_ids: Ids[int]) -> dict[int, dict[str, Any]]:
    return {}  # scenes are found, never judged


# Whether the registry has a model can change without the solution: the filing is part of what a solution is.
_SOLUTIONS = f"""
    SELECT s.id, md5(concat_ws(':', {_RECIPE}, s.revision, s.published_at, s.updated_at, m.filed)) AS source
    FROM solution s LEFT JOIN (
        SELECT u.solution_id, string_agg(concat(u.id, u.filing_id IS NOT NULL OR f.filing_number IS NOT NULL), ','
                                         ORDER BY u.id) AS filed
        FROM model_use u LEFT JOIN (SELECT DISTINCT filing_number FROM filing WHERE filing_number <> '') f
             ON f.filing_number = u.filing_number
        GROUP BY u.solution_id) m ON m.solution_id = s.id
    WHERE s.state = 'published'
"""  # noqa: S608 a constant of ours
_SCENES = f"""
    SELECT id, md5(concat_ws(':', {_RECIPE}, revision, published_at, updated_at)) AS source
    FROM scene WHERE state IN ('published', 'challenged')
"""  # noqa: S608 a constant of ours

SOLUTIONS = Collection(
    "solutions", _SOLUTIONS, ("solution WHERE state = 'published'", "model_use", "filing"), solution_documents,
    _facts_of_solutions,
)  # fmt: skip
SCENES = Collection(
    "scenes", _SCENES, ("scene WHERE state IN ('published', 'challenged')",), scene_documents, _no_facts
)
COLLECTIONS = (SOLUTIONS, SCENES)

_known: dict[str, tuple[str, str]] = {}  # a collection's last state of its rows, and the version that they had


async def version_of(collection: Collection) -> str:
    """Return what changes whenever a published row of the collection comes, goes or is edited.

    It is worked out again only where a row was written since: every ranking and every page of one asks for it.
    """
    state = await _state_of(collection)  # before the rows: what changes meanwhile is read again the next time
    if _known.get(collection.name, ("", ""))[0] != state:
        _known[collection.name] = state, await _digest_of(collection)
    return _known[collection.name][1]


async def _state_of(collection: Collection) -> str:
    """Return count and sum of the transactions that wrote each row last, of each table, for this server's run."""
    counted = ", ".join(
        f"(SELECT concat(count(*), '-', sum(xmin::text::bigint)) FROM {table})"  # noqa: S608 constants of ours
        for table in collection.tables
    )
    rows = await connections.get("default").execute_query_dict(
        f"SELECT concat_ws(':', current_database(), pg_postmaster_start_time(), {counted}) AS state"
    )
    return str(rows[0]["state"])


async def _digest_of(collection: Collection) -> str:
    rows = await connections.get("default").execute_query_dict(
        "SELECT count(*) AS count, coalesce(md5(string_agg(concat(id, source), ',' ORDER BY id)), '') AS digest"  # noqa: S608
        f" FROM ({collection.sources}) AS rows"
    )
    return f"{rows[0]['count']}-{str(rows[0]['digest'])[:16]}-r{_RECIPE}"


async def changed_rows(collection: Collection) -> tuple[dict[int, str], set[int]]:
    """Return the source, by id, of rows new or changed since the last publication, and the ids of those gone."""
    rows = await connections.get("default").execute_query_dict(
        f"""SELECT coalesce(r.id, e.document_id) AS id, r.source
            FROM ({collection.sources}) AS r
            FULL JOIN (SELECT document_id, source FROM catalogue_entry
                       WHERE collection = $1 AND until IS NULL) AS e ON e.document_id = r.id
            WHERE r.source IS DISTINCT FROM e.source""",  # noqa: S608
        [collection.name],
    )
    changed = {int(row["id"]): str(row["source"]) for row in rows if row["source"] is not None}
    return changed, {int(row["id"]) for row in rows if row["source"] is None}
