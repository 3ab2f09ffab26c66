"""Vectors in PostgreSQL with pgvector: one table a segment, half precision, HNSW; shared by all processes.

A segment's table never changes once its snapshot is published, so that a snapshot stays as it is while the next is
built; dropping the segment drops the table. Tables live in a schema of their own, apart from the product's.
"""

from atexit import register
from threading import local
from typing import Any, Self

import numpy as np
import psycopg
from psycopg import sql

from matching.encoder import Vectors
from matching.exact_index import exact_index
from matching.recall import effort_for
from matching.remote_index import TIES, RemoteIndex
from matching.vector_index import Found, HalfVectors, Rows, Selection, VectorIndexError, best_first

SCHEMA = "matching_vectors"
APPLICATION = "jiebang vectors"  # how its connections are called in pg_stat_activity
_LEAST_EFFORT = 40
_FEW = 20_000  # up to so many rows that pass, comparing with each is quicker and loses nothing
_opened = local()


class PgvectorIndex(RemoteIndex):
    """``VectorIndex`` in a table of the PostgreSQL at *address*."""

    kind = "pgvector"
    most_effort = 1000  # the most that hnsw.ef_search takes
    bytes_a_number = 2
    lost = psycopg.OperationalError

    @classmethod
    def build(cls, address: str, name: str, keys: Rows, vectors: Vectors | HalfVectors) -> Self:
        """Make the table of segment *name*, whole or not at all; a search's effort is settled by its recall@10.

        - raises ``VectorIndexError`` if the segment is there already, or pgvector cannot be had
        """
        index = cls(address, name, vectors.shape[1], _LEAST_EFFORT, None)
        try:
            with _connection(address).transaction():
                index._create_table()
                index.add(keys, np.asarray(vectors, dtype=np.float32))
                index._create_graph()
        except (psycopg.errors.DuplicateTable, psycopg.errors.InsufficientPrivilege) as error:
            raise VectorIndexError(f"PostgreSQL refuses segment {name}: {error.diag.message_primary}") from error
        effort, recall = effort_for(
            vectors, exact_index(keys, vectors),
            lambda queries, k, effort: index.with_effort(effort, None).search(queries, k),
            least=_LEAST_EFFORT, most=cls.most_effort,
        )  # fmt: skip
        return index.with_effort(effort, recall)

    @staticmethod
    def names(address: str) -> list[str]:
        """The segments that have a table there."""
        query = "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY tablename"
        return [name for (name,) in _connection(address).execute(query, [SCHEMA])]

    @staticmethod
    def drop(address: str, name: str) -> None:
        """Drop the segment's table."""
        _connection(address).execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(SCHEMA, name)))

    def __len__(self) -> int:
        return int(self._ask("SELECT count(*) FROM {table}").fetchall()[0][0])

    def _delete(self, keys: Rows) -> None:
        self._ask("DELETE FROM {table} WHERE key = ANY(%(keys)s)", keys=keys.tolist())

    def _create_table(self) -> None:
        connection = _connection(self.address)
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
        column = sql.SQL("halfvec({})").format(sql.Literal(self.dimension))
        statement = "CREATE TABLE {} (key bigint PRIMARY KEY, vector {} NOT NULL)"
        connection.execute(sql.SQL(statement).format(sql.Identifier(SCHEMA, self.name), column))

    def _create_graph(self) -> None:
        self._ask("CREATE INDEX ON {table} USING hnsw (vector halfvec_ip_ops) WITH (m = 16, ef_construction = 100)")

    def _present(self, keys: Rows) -> int:
        found = self._ask("SELECT count(*) FROM {table} WHERE key = ANY(%(keys)s)", keys=keys.tolist())
        return int(found.fetchall()[0][0])

    def _insert(self, keys: Rows, rows: Vectors) -> None:
        copy = sql.SQL("COPY {} (key, vector) FROM STDIN").format(sql.Identifier(SCHEMA, self.name))
        connection = _connection(self.address)
        with connection.transaction(), connection.cursor() as cursor, cursor.copy(copy) as target:
            for key, row in zip(keys.tolist(), rows, strict=True):
                target.write_row((key, _text(row)))

    def _fetch(self, keys: Rows) -> dict[int, Vectors]:
        found = self._ask("SELECT key, vector::real[] FROM {table} WHERE key = ANY(%(keys)s)", keys=keys.tolist())
        return {key: np.array(row, dtype=np.float32) for key, row in found}

    def _nearest(self, queries: Vectors, k: int, effort: int, only: Selection | None) -> list[Found]:
        statement = _statement(only)
        chosen = {"keys": only.keys.tolist() if only is not None else None, "wanted": k + TIES}
        answers = []
        with _connection(self.address).transaction():
            self._ask("SELECT set_config('hnsw.ef_search', %(effort)s, true)", effort=str(effort))
            self._ask("SELECT set_config('hnsw.iterative_scan', 'strict_order', true)")
            for query in queries:
                found = self._ask(statement, query=_text(query), **chosen).fetchall()
                answers.append(best_first([key for key, _ in found], [cosine for _, cosine in found], k))
        return answers

    def _ask(self, statement: str, **values: Any) -> psycopg.Cursor[Any]:
        query = sql.SQL(statement).format(table=sql.Identifier(SCHEMA, self.name))
        return _connection(self.address).execute(query, values)


def _statement(only: Selection | None) -> str:
    """Over few rows materialised, which makes PostgreSQL compare with each; else along the graph."""
    rows = "{table}"
    if only is not None:
        rows = "(SELECT * FROM {table} WHERE key = ANY(%(keys)s)"
        rows += " OFFSET 0) AS few" if len(only) <= _FEW else ") AS passing"
    distance = "vector <#> %(query)s::halfvec"
    return f"SELECT key, -({distance}) FROM {rows} ORDER BY {distance} LIMIT %(wanted)s"  # noqa: S608


def _text(row: Vectors) -> str:
    return "[" + ",".join(map(str, row.tolist())) + "]"


def _connection(address: str) -> psycopg.Connection[Any]:
    """This thread's connection to *address*, opened again where the server went away."""
    connections: dict[str, psycopg.Connection[Any]] = _opened.__dict__.setdefault("connections", {})
    connection = connections.get(address)
    if connection is None or connection.closed or connection.broken:
        try:
            connection = connections[address] = psycopg.connect(address, autocommit=True, application_name=APPLICATION)
            register(connection.close)
        except psycopg.OperationalError as error:
            raise VectorIndexError(f"PostgreSQL cannot be reached for vectors: {error}") from error
    return connection
