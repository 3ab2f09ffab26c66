from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.encoder import unit_rows
from matching.index import DenseIndex
from matching.manifest import SnapshotError


def _random_index(seed: int, documents: int) -> tuple[DenseIndex, np.ndarray, list[int]]:
    generator = np.random.default_rng(seed)
    owners = [place for place in range(documents) for _ in range(generator.integers(0, 4))]
    vectors = unit_rows(generator.standard_normal((len(owners), 8)).astype(np.float32))
    return DenseIndex.build(vectors.reshape(len(owners), 8), owners), vectors, owners


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
    assert index.cosines(np.ones(4, np.float32), np.array([0, 1])).tolist() == [0, 0]


@given(seed=st.integers(0, 2**16), documents=st.integers(1, 12), k=st.integers(1, 15))
def test_nearest_is_what_comparing_with_everything_gives(seed: int, documents: int, k: int) -> None:
    index, vectors, owners = _random_index(seed, documents)
    query = unit_rows(np.random.default_rng(seed + 1).standard_normal((1, 8)).astype(np.float32))[0]
    best: dict[int, float] = {}
    for owner, vector in zip(owners, vectors, strict=True):
        best[owner] = max(best.get(owner, -2.0), float(vector @ query))
    expected = sorted(best, key=lambda place: (-best[place], place))[:k]
    assert [place for place, _ in index.nearest(query, k)] == expected


@given(seed=st.integers(0, 2**16), only=st.sets(st.integers(0, 11), max_size=6))
def test_a_restriction_loses_nothing(seed: int, only: set[int]) -> None:
    index, _, owners = _random_index(seed, 12)
    found = index.nearest(np.ones(8, np.float32), 12, np.array(sorted(only), np.int64))
    assert {place for place, _ in found} == only & set(owners)


def test_a_cosine_does_not_depend_on_what_is_asked_beside_it() -> None:
    index, _, _ = _random_index(3, 40)
    query = np.linspace(-1, 1, 8, dtype=np.float32)
    together = index.cosines(query, np.arange(40))
    alone = [float(index.cosines(query, np.array([place]))[0]) for place in range(40)]
    assert together.tolist() == alone


def test_another_kind_of_index_is_refused(tmp_path: Path) -> None:
    faiss.write_index(faiss.IndexHNSWFlat(4, 8), str(tmp_path / "dense.faiss"))
    with pytest.raises(SnapshotError, match="IndexHNSWFlat"):
        DenseIndex.read(tmp_path)
