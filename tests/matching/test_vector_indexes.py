"""One suite of promises for every engine: exact and approximate FAISS, embedded Milvus, PostgreSQL with pgvector."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from market.core.servers import Servers
from matching.approximate_index import ApproximateIndex, approximate_index
from matching.encoder import Vectors, unit_rows
from matching.engines import Engine
from matching.exact_index import ExactIndex, exact_index
from matching.pgvector_index import APPLICATION
from matching.vector_index import Rows, Selection, VectorIndex, VectorIndexError

DIMENSION = 16
KINDS = ("exact", "approximate", "milvus", "pgvector")

Make = Callable[[Rows, Vectors], VectorIndex]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    addresses: dict[str, Callable[[], str]] = {
        "milvus": lambda: str(tmp_path / "milvus.db"),
        "pgvector": lambda: request.getfixturevalue("servers").database_url,
    }
    chosen = Engine(kind, addresses[kind](), catalogue="tests") if kind in addresses else Engine()  # type: ignore[arg-type]
    yield chosen
    chosen.keep_only([])


@pytest.fixture
def make(kind: str, engine: Engine) -> Make:
    local: dict[str, Make] = {"exact": exact_index, "approximate": approximate_index}
    return local.get(kind) or (lambda keys, vectors: engine.build("20261122T02-a", keys, vectors))


def clustered(rows: int, seed: int = 1) -> Vectors:
    generator = np.random.default_rng(seed)
    centres = generator.standard_normal((12, DIMENSION))
    spread = 0.4 * generator.standard_normal((rows, DIMENSION))
    vectors = unit_rows((centres[generator.integers(0, 12, rows)] + spread).astype(np.float32))
    return vectors.astype(np.float16).astype(np.float32)  # as precise as every engine keeps them


def exactly(query: Vectors, keys: Rows, vectors: Vectors, k: int) -> list[int]:
    cosines = vectors @ query
    return [int(keys[at]) for at in sorted(range(len(keys)), key=lambda at: (-cosines[at], keys[at]))[:k]]


def test_finds_the_nearest_best_first_with_their_cosines(make: Make) -> None:
    keys, vectors = np.arange(300) * 7 + 10**12, clustered(300)
    found = make(keys, vectors).search(vectors[:20], 5)
    assert [[key for key, _ in own] for own in found] == [exactly(row, keys, vectors, 5) for row in vectors[:20]]
    for row, own in zip(vectors[:20], found, strict=True):
        expected = [float(vectors[(key - 10**12) // 7] @ row) for key, _ in own]
        assert [cosine for _, cosine in own] == pytest.approx(expected, abs=1e-3)


def test_ties_go_to_the_lower_key(make: Make) -> None:
    vectors = np.repeat(clustered(1), 6, axis=0)
    index = make(np.array([9, 3, 7, 5, 1, 8]), vectors)
    assert [key for key, _ in index.search(vectors[:1], 3)[0]] == [1, 3, 5]


def test_asking_for_more_than_there_is_gives_what_there_is(make: Make) -> None:
    index = make(np.array([4, 2]), clustered(2))
    assert {key for key, _ in index.search(clustered(1, seed=9), 50)[0]} == {2, 4}
    assert index.search(clustered(1), 0) == [[]]


def test_an_empty_index_answers_nothing_and_takes_rows(make: Make) -> None:
    index = make(np.zeros(0, np.int64), np.zeros((0, DIMENSION), np.float32))
    assert (len(index), index.search(clustered(2), 3)) == (0, [[], []])
    vectors = clustered(3)
    index.add(np.array([5, 6, 7]), vectors)
    assert [key for key, _ in index.search(vectors[1:2], 1)[0]] == [6]


@pytest.mark.parametrize("passing", [1, 3, 30, 150, 299])
def test_a_selection_is_made_inside_the_search(make: Make, passing: int) -> None:
    keys, vectors = np.arange(300) + 5, clustered(300)
    allowed = np.random.default_rng(passing).permutation(300)[:passing]
    only = Selection(keys[allowed])
    found = make(keys, vectors).search(vectors[:10], 3, only=only)
    expected = [exactly(row, keys[allowed], vectors[allowed], 3) for row in vectors[:10]]
    assert [[key for key, _ in own] for own in found] == expected


def test_a_selection_of_nothing_known_finds_nothing(make: Make) -> None:
    index = make(np.arange(40), clustered(40))
    assert index.search(clustered(1), 3, only=Selection(np.array([-4, 4000]))) == [[]]
    assert index.search(clustered(1), 3, only=Selection(np.zeros(0, np.int64))) == [[]]
    assert [key for key, _ in index.search(clustered(1), 3, only=Selection(np.array([-4, 7, 4000])))[0]] == [7]


def test_removed_rows_are_not_found_and_unknown_keys_are_ignored(make: Make) -> None:
    keys, vectors = np.arange(60), clustered(60)
    index = make(keys, vectors)
    assert index.remove(np.array([5, 6, 6, 777])) == 2
    assert len(index) == 58
    left = np.delete(keys, [5, 6])
    assert [key for key, _ in index.search(vectors[5:6], 4)[0]] == exactly(vectors[5], left, vectors[left], 4)
    assert index.search(vectors[5:6], 2, only=Selection(np.array([5, 6]))) == [[]]


def test_a_removed_key_can_come_back_with_another_row(make: Make) -> None:
    vectors = clustered(30)
    index = make(np.arange(30), vectors)
    index.remove(np.array([4]))
    row = unit_rows(-vectors[4:5])
    index.add(np.array([4]), row)
    assert [key for key, _ in index.search(row, 1)[0]] == [4]
    assert index.vectors(np.array([4])) == pytest.approx(row, abs=1e-3)
    assert len(index) == 30


def test_a_key_that_is_there_is_refused(make: Make) -> None:
    index = make(np.arange(10), clustered(10))
    with pytest.raises(VectorIndexError, match="remove it first"):
        index.add(np.array([10, 3]), clustered(2))
    with pytest.raises(VectorIndexError, match="remove it first"):
        index.add(np.array([11, 11]), clustered(2))
    assert len(index) == 10


def test_another_dimension_is_refused(make: Make) -> None:
    index = make(np.arange(10), clustered(10))
    foreign = np.ones((1, DIMENSION + 1), np.float32)
    with pytest.raises(VectorIndexError, match="of dimension 16"):
        index.add(np.array([10]), foreign)
    with pytest.raises(VectorIndexError, match="of dimension 16"):
        index.search(foreign, 3)


def test_rows_are_given_back_in_the_order_of_their_keys(make: Make) -> None:
    vectors = clustered(20)
    index = make(np.arange(20), vectors)
    assert index.vectors(np.array([7, 2, 7])) == pytest.approx(vectors[[7, 2, 7]], abs=1e-3)
    with pytest.raises(VectorIndexError, match=r"no vectors for the keys \[99\]"):
        index.vectors(np.array([2, 99]))


def test_what_was_written_opens_again(make: Make, engine: Engine, tmp_path: Path) -> None:
    vectors = clustered(50)
    index = make(np.arange(50), vectors)
    index.remove(np.array([3]))
    index.write(tmp_path)
    again = engine.read(tmp_path)
    assert again.search(vectors[:9], 5) == index.search(vectors[:9], 5)
    assert again.describe() == index.describe()
    again.add(np.array([3]), vectors[3:4])
    assert [key for key, _ in again.search(vectors[3:4], 1)[0]] == [3]


def test_says_what_it_is(make: Make, kind: str) -> None:
    said = make(np.arange(200), clustered(200)).describe()
    assert (said.kind, said.rows, said.bytes >= 200 * DIMENSION * 2) == (kind, 200, True)
    assert (said.recall_at_10 is None) is (kind == "exact")
    assert said.recall_at_10 is None or said.recall_at_10 >= 0.97


def test_a_server_keeps_segments_apart_and_drops_what_is_not_kept(kind: str, engine: Engine, tmp_path: Path) -> None:
    if engine.kind == "faiss":
        pytest.skip("a local index lives in its segment's files")
    vectors = clustered(8)
    for segment in ("one-a", "two-b", "three-c"):
        engine.build(segment, np.arange(8), vectors).write(tmp_path)
    other = Engine(engine.kind, engine.address, catalogue="others")
    other.build("four-d", np.arange(4), vectors[:4])
    engine.drop("one-a")
    assert engine.keep_only(["three-c"]) == ["tests_two_b"]
    assert len(engine.read(tmp_path)) == 8
    assert other.keep_only([]) == ["others_four_d"]
    engine.drop("three-c")
    with pytest.raises(VectorIndexError, match="holds no segment tests_three_c"):
        engine.read(tmp_path)


def test_a_segment_is_built_once(kind: str, engine: Engine) -> None:
    if engine.kind == "faiss":
        pytest.skip("a local index lives in its segment's files")
    engine.build("one", np.arange(8), clustered(8))
    with pytest.raises(VectorIndexError, match="tests_one"):
        engine.build("one", np.arange(8), clustered(8))


def test_a_connection_that_was_cut_is_opened_again(servers: Servers) -> None:
    engine = Engine("pgvector", servers.database_url, catalogue="tests")
    index = engine.build("cut", np.arange(8), clustered(8))
    before = index.search(clustered(1), 3)
    with psycopg.connect(servers.database_url, autocommit=True) as other:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
        assert other.execute(cut, [APPLICATION]).fetchall() == [(True,)]
    assert index.search(clustered(1), 3) == before
    engine.drop("cut")


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(VectorIndexError, match="PostgreSQL cannot be reached"):
        Engine("pgvector", "postgresql://nobody@127.0.0.1:1/nothing").build("one", np.arange(2), clustered(2))


def test_an_index_of_another_engine_is_refused(tmp_path: Path) -> None:
    Engine().build("", np.arange(3), clustered(3)).write(tmp_path)
    with pytest.raises(VectorIndexError, match="of the kind exact, now milvus is set"):
        Engine("milvus", str(tmp_path / "milvus.db")).read(tmp_path)


@pytest.mark.parametrize("opened", [ExactIndex, ApproximateIndex])
def test_the_size_decides_between_exact_and_approximate(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching.engines.EXACT_UP_TO", 100 if opened is ExactIndex else 99)
    assert type(Engine().build("", np.arange(100), clustered(100))) is opened


def test_many_rows_keep_their_recall_whatever_passes() -> None:
    everything = clustered(20_100)
    keys, vectors, queries = np.arange(20_000), everything[:20_000], everything[20_000:]
    exact, approximate = exact_index(keys, vectors), approximate_index(keys, vectors)
    for share in (1.0, 0.5, 0.25, 0.05, 0.01):
        only = Selection(np.random.default_rng(2).permutation(keys)[: int(share * len(keys))])
        truth = exact.search(queries, 10, only=only)
        found = approximate.search(queries, 10, only=only)
        hits = sum(
            len({key for key, _ in right} & {key for key, _ in own}) for right, own in zip(truth, found, strict=True)
        )
        assert hits / 1000 >= 0.97, share


def test_the_same_rows_give_the_same_approximate_index() -> None:
    keys, vectors = np.arange(3000), clustered(3000)
    one, other = approximate_index(keys, vectors), approximate_index(keys, vectors)
    assert one.describe() == other.describe()
    assert one.search(vectors[:50], 10) == other.search(vectors[:50], 10)
