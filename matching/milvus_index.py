"""Vectors in Milvus: one collection a segment, HNSW; shared by all processes of all machines.

A segment's collection never changes once its snapshot is published, so that a snapshot stays as it is while the next is
built; dropping the segment drops the collection. An address that is a file is the embedded milvus-lite.
"""

from functools import cache
from typing import Any, Self

import numpy as np
from pymilvus import DataType, MilvusClient, MilvusException

from matching.encoder import Vectors
from matching.exact_index import exact_index
from matching.recall import effort_for
from matching.remote_index import TIES, RemoteIndex
from matching.vector_index import Found, HalfVectors, Rows, Selection, VectorIndexError, best_first

_PREFIX = "jiebang_"
_GRAPH = {"M": 16, "efConstruction": 100}
_LEAST_EFFORT = 40
_BLOCK = 5_000  # rows in one message


class MilvusIndex(RemoteIndex):
    """``VectorIndex`` in a collection of the Milvus at *address*."""

    kind = "milvus"
    most_effort = 4096
    bytes_a_number = 4
    lost = MilvusException

    @classmethod
    def build(cls, address: str, name: str, keys: Rows, vectors: Vectors | HalfVectors) -> Self:
        """Make the collection of segment *name*; a search's effort is settled by its recall@10.

        - raises ``VectorIndexError`` if the segment is there already
        """
        if name in cls.names(address):
            raise VectorIndexError(f"Milvus has a segment {name} already.")
        index = cls(address, name, vectors.shape[1], _LEAST_EFFORT, None)
        index._create()
        index.add(keys, np.asarray(vectors, dtype=np.float32))
        effort, recall = effort_for(
            vectors, exact_index(keys, vectors),
            lambda queries, k, effort: index.with_effort(effort, None).search(queries, k),
            least=_LEAST_EFFORT, most=cls.most_effort,
        )  # fmt: skip
        return index.with_effort(effort, recall)

    @staticmethod
    def names(address: str) -> list[str]:
        """The segments that have a collection there."""
        found = _client(address).list_collections()
        return sorted(name.removeprefix(_PREFIX) for name in found if name.startswith(_PREFIX))

    @staticmethod
    def drop(address: str, name: str) -> None:
        """Drop the segment's collection."""
        _client(address).drop_collection(_PREFIX + name)

    def __len__(self) -> int:
        return int(self._query("", ["count(*)"])[0]["count(*)"])

    def _delete(self, keys: Rows) -> None:
        self._client.delete(self._collection, filter=_among(keys))

    @property
    def _client(self) -> MilvusClient:
        return _client(self.address)

    @property
    def _collection(self) -> str:
        return _PREFIX + self.name

    def _create(self) -> None:
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("key", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self.dimension)
        graph = self._client.prepare_index_params()
        graph.add_index("vector", index_type="HNSW", metric_type="IP", params=_GRAPH)
        self._client.create_collection(self._collection, schema=schema, index_params=graph, consistency_level="Strong")

    def _query(self, chosen: str, fields: list[str]) -> list[dict[str, Any]]:
        return list(self._client.query(self._collection, filter=chosen, output_fields=fields))

    def _present(self, keys: Rows) -> int:
        return len(self._query(_among(keys), ["key"])) if len(keys) else 0

    def _insert(self, keys: Rows, rows: Vectors) -> None:
        data = [{"key": key, "vector": row} for key, row in zip(keys.tolist(), rows, strict=True)]
        for start in range(0, len(data), _BLOCK):
            self._client.insert(self._collection, data[start : start + _BLOCK])

    def _fetch(self, keys: Rows) -> dict[int, Vectors]:
        found = self._query(_among(keys), ["key", "vector"]) if len(keys) else []
        return {row["key"]: np.array(row["vector"], dtype=np.float32) for row in found}

    def _nearest(self, queries: Vectors, k: int, effort: int, only: Selection | None) -> list[Found]:
        answers = self._client.search(
            self._collection, data=list(queries), limit=k + TIES, filter="" if only is None else _among(only.keys),
            output_fields=["key"], search_params={"metric_type": "IP", "params": {"ef": effort}},
        )  # fmt: skip
        return [best_first([hit["key"] for hit in own], [hit["distance"] for hit in own], k) for own in answers]


def _among(keys: Rows) -> str:
    return f"key in {keys.tolist()}"


@cache
def _client(address: str) -> MilvusClient:
    """One client a process; it is safe between threads."""
    try:
        return MilvusClient(address)
    except MilvusException as error:
        raise VectorIndexError(f"Milvus cannot be reached at {address}: {error.message}") from error
