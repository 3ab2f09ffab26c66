from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.encoder import unit_rows
from matching.index import DenseIndex
from matching.manifest import SnapshotError
from matching.vector_index import write_kind


def _random_index(seed: int, documents: int) -> tuple[DenseIndex, np.ndarray, list[int]]:
    generator = np.random.default_rng(seed)
    owners = [place for place in range(documents) for _ in range(generator.integers(0, 4))]
    vectors = unit_rows(generator.standard_normal((len(owners), 8)).astype(np.float32)).reshape(len(owners), 8)
    kept = vectors.astype(np.float16)  # as precise as an index keeps them
    return DenseIndex.build(kept, owners), kept.astype(np.float32), owners


def test_asking_for_more_than_there_is_invents_no_neighbour() -> None:
    index = DenseIndex.build(np.eye(3, 4, dtype=np.float32), [0, 1, 1])
    found = index.nearest(np.array([0, 1, 0, 0], np.float32), 10)
    assert found == [(1, 1.0), (0, 0.0)]


def test_ties_go_to_the_lower_place() -> None:
    row = np.array([[1, 0]], np.float32)
    index = DenseIndex.build(np.repeat(row, 5, axis=0), [0, 1, 2, 3, 4])
    assert [place for place, _ in index.nearest(row[0], 3)] == [0, 1, 2]


def test_an_empty_index_answers_nothing() -> None:
    index = DenseIndex.build(np.zeros((0, 4), np.float32), [])
    assert index.nearest(np.ones(4, np.float32), 3) == []
    assert index.nearest(np.ones(4, np.float32), 3, np.array([0, 1])) == []


@given(seed=st.integers(0, 2**16), documents=st.integers(1, 12), k=st.integers(1, 15))
def test_nearest_is_what_comparing_with_everything_gives(seed: int, documents: int, k: int) -> None:
    index, vectors, owners = _random_index(seed, documents)
    query = unit_rows(np.random.default_rng(seed + 1).standard_normal((1, 8)).astype(np.float32))[0]
    best: dict[int, float] = {}
    for owner, vector in zip(owners, vectors, strict=True):
        best[owner] = max(best.get(owner, -2.0), float(vector @ query))
    expected = sorted(best, key=lambda place: (-best[place], place))[:k]
    assert [place for place, _ in index.nearest(query, k)] == expected


@given(seed=st.integers(0, 2**16), only=st.sets(st.integers(0, 14), max_size=6))
def test_a_restriction_loses_nothing(seed: int, only: set[int]) -> None:
    index, _, owners = _random_index(seed, 12)
    places = np.array(sorted(only), np.int64)
    found = index.nearest(np.ones(8, np.float32), 12, places)
    assert {place for place, _ in found} == only & set(owners)
    assert index.nearest(np.ones(8, np.float32), 12, index.selection(places)) == found


def test_a_document_with_many_near_rows_hides_no_other() -> None:
    crowd, alone = np.tile([[1.0, 0.0]], (40, 1)), np.array([[0.6, 0.8], [0.0, 1.0]])
    index = DenseIndex.build(np.concatenate([crowd, alone]).astype(np.float32), [0] * 40 + [1, 2])
    found = index.nearest(np.array([1.0, 0.0], np.float32), 3)
    assert [place for place, _ in found] == [0, 1, 2]
    assert [cosine for _, cosine in found] == pytest.approx([1.0, 0.6, 0.0], abs=1e-3)


def test_what_was_written_answers_the_same(tmp_path: Path) -> None:
    index, vectors, _ = _random_index(5, 30)
    index.write(tmp_path)
    again = DenseIndex.read(tmp_path)
    assert again.nearest(vectors[4], 9) == index.nearest(vectors[4], 9)
    assert again.describe() == index.describe()


def test_an_index_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    index, _, _ = _random_index(5, 3)
    index.write(tmp_path)
    write_kind(tmp_path, "hnsw")
    with pytest.raises(SnapshotError, match="of the kind hnsw"):
        DenseIndex.read(tmp_path)
