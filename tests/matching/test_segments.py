"""Catalogues that changed bit by bit are the same as those built at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.documents import Document
from matching.hashing import HashingEncoder
from matching.manifest import Manifest
from matching.merging import MOST_SEGMENTS, to_merge
from matching.publishing import SEGMENTS
from matching.store import Catalogue, SnapshotError, Snapshots, build_snapshot, merge_snapshot, update_snapshot
from tests.matching.conftest import DESK, DOCUMENTS, NEED, PUMPS, STEEL, Publish, embed

ENCODER = HashingEncoder()
TEXTS = (
    "",
    "钢板表面缺陷在线检测。误检率低于百分之一。",
    "支持本地部署。支持多轮对话。",
    "Predicts bearing failure. 钢板。",
)

Change = tuple[dict[int, int], set[int]]  # what is put: id → text; what goes
ids = st.integers(1, 12)
changes = st.lists(
    st.tuples(st.dictionaries(ids, st.integers(0, len(TEXTS) - 1), max_size=3), st.sets(ids, max_size=2)),
    min_size=1, max_size=11,
)  # fmt: skip


def _document(number: int, text: int) -> Document:
    return Document(number, f"第{text}号检测系统" if text else "", TEXTS[text])


def _build(directory: Path, documents: Sequence[Document]) -> Manifest:
    return build_snapshot(
        documents, embed(documents, ENCODER),
        directory=directory, encoder_name=ENCODER.name, dimension=ENCODER.dimension, catalogue_version="1",
    )  # fmt: skip


def _update(
    directory: Path,
    base: Manifest,
    documents: Sequence[Document],
    gone: set[int] = frozenset(),  # type: ignore[assignment]
) -> Manifest:
    return update_snapshot(
        documents, gone, embed(documents, ENCODER), directory=directory, base=base, catalogue_version="2"
    )


def _current(directory: Path) -> Catalogue:
    found = Snapshots(directory).current()
    assert found is not None
    return found


def _answers(catalogue: Catalogue) -> dict[str, object]:
    """Everything that a corpus says, by id."""
    corpus = catalogue.corpus
    order = np.argsort(corpus.ids)
    words = ["钢板", "检测", "缺陷", "检测", "failure"]
    query = ENCODER.encode_queries([NEED.text, "bearing"])
    return {
        "ids": corpus.ids[order].tolist(),
        "rank": catalogue.rank(NEED, ENCODER),
        "search": catalogue.search("本地部署", ENCODER),
        "lexical": corpus.lexical(words)[order].tolist(),
        "title": corpus.lexical(words, order, field="title").tolist(),
        "own": corpus.own_score(words),
        "nearest": [(int(corpus.ids[place]), cosine) for place, cosine in corpus.nearest(query[0], 5)],
        "words": [(int(corpus.ids[place]), score) for place, score in corpus.best_by_words(words, 5)],
        "cosines": corpus.cosines(query, order).tolist(),
        "titles": corpus.title_cosines(query, order).tolist(),
        "sentences": [corpus.sentences(int(place)) for place in order],
        "counts": (catalogue.manifest.documents, catalogue.manifest.vectors, catalogue.manifest.sentences),
    }


@settings(max_examples=15, deadline=None)
@given(changes=changes)
def test_any_sequence_of_changes_equals_a_rebuild(changes: list[Change]) -> None:
    with TemporaryDirectory() as folder:
        directory, now = Path(folder), dict[int, Document]()
        manifest = _build(directory, [])
        for put, gone in changes:
            now = {number: document for number, document in now.items() if number not in gone}
            documents = [_document(number, text) for number, text in put.items()]
            now |= {document.id: document for document in documents}
            manifest = _update(directory, manifest, documents, gone - set(put))
            assert len(manifest.segments) <= MOST_SEGMENTS
        changed = _answers(_current(directory))
        merge_snapshot(directory)
        merged = _answers(_current(directory))
        _build(directory, list(now.values()))
        rebuilt = _answers(_current(directory))
        assert changed == rebuilt
        assert merged == rebuilt


def test_a_change_writes_one_small_segment_and_keeps_the_others(publish: Publish, tmp_path: Path) -> None:
    base = publish()
    new = _update(tmp_path / "snapshots", base, [Document(STEEL.id, STEEL.title, "钢带。")])
    assert [segment.name for segment in new.segments][:1] == [base.segments[0].name]
    assert [(segment.documents, segment.deleted) for segment in new.segments] == [(3, 1), (1, 0)]
    assert (new.documents, new.dimension, new.encoder) == (4, base.dimension, base.encoder)


def test_a_process_reads_only_the_segments_that_are_new_to_it(
    publish: Publish, snapshots: Snapshots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = publish()
    assert snapshots.current() is not None
    new = _update(tmp_path / "snapshots", base, [Document(20, "新", "新的。")])
    with _counted_reads(monkeypatch) as read:
        snapshots.current()
        snapshots.current()
    assert read == [new.segments[1].name]


@contextmanager
def _counted_reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    from matching import store

    read: list[str] = []
    original = store.read_segment
    with monkeypatch.context() as patch:
        patch.setattr(
            store, "read_segment", lambda folder, engine: (read.append(folder.name), original(folder, engine))[1]
        )
        yield read


def test_a_segment_goes_when_no_kept_snapshot_names_it(publish: Publish, tmp_path: Path) -> None:
    directory = tmp_path / "snapshots"
    manifest = publish([STEEL])
    first = manifest.segments[0].name
    for version in range(3):
        assert first in {path.name for path in (directory / SEGMENTS).iterdir()}
        manifest = _update(directory, manifest, [Document(STEEL.id, f"第{version}版", "钢板。")])
    assert {path.name for path in (directory / SEGMENTS).iterdir()} == {
        segment.name for kept in directory.glob("2*") for segment in _manifest(kept).segments
    }
    assert first not in {path.name for path in (directory / SEGMENTS).iterdir()}


def _manifest(folder: Path) -> Manifest:
    from matching.manifest import read_manifest

    return read_manifest(folder)


def test_two_writers_do_not_undo_each_other(publish: Publish, tmp_path: Path) -> None:
    base = publish()
    _update(tmp_path / "snapshots", base, [Document(20, "新", "新的。")])
    with pytest.raises(SnapshotError, match="start from that one"):
        _update(tmp_path / "snapshots", base, [Document(21, "也新", "也是新的。")])


def test_vectors_of_another_dimension_are_not_mixed_in(publish: Publish, tmp_path: Path) -> None:
    base = publish()
    document = Document(20, "新", "")
    vectors = dict.fromkeys(embed([document], ENCODER), np.zeros(3, np.float32))
    with pytest.raises(SnapshotError, match="two encoders are mixed"):
        update_snapshot(
            [document], set(), vectors, directory=tmp_path / "snapshots", base=base, catalogue_version="2"
        )  # fmt: skip


def test_a_filter_holds_over_segments(publish: Publish, tmp_path: Path) -> None:
    directory = tmp_path / "snapshots"
    _update(directory, publish([STEEL, DESK]), [PUMPS, Document(11, STEEL.title, STEEL.text)])
    catalogue = _current(directory)
    found = catalogue.rank(NEED, ENCODER, only={PUMPS.id, 11, 10**9})
    assert [item.document_id for item in found] == [11, PUMPS.id]
    only = catalogue.corpus.places_of([STEEL.id, 11])
    near = catalogue.corpus.nearest(ENCODER.encode_queries([STEEL.title])[0], 9, only)
    assert [int(catalogue.corpus.ids[place]) for place, _ in near] == [STEEL.id, 11]


def test_merging_what_is_one_whole_segment_writes_none(publish: Publish, tmp_path: Path) -> None:
    base = publish(DOCUMENTS)
    merged = merge_snapshot(tmp_path / "snapshots")
    assert merged is not None
    assert merged.segments == base.segments
    assert merge_snapshot(tmp_path / "nothing") is None


@pytest.mark.parametrize(
    ("documents", "deleted", "groups"),
    [
        ([1000, 1, 1, 1, 1, 1, 1, 1], [0] * 8, []),
        ([1000, 1, 1, 1, 1, 1, 1, 1, 1], [0] * 9, [[1, 2, 3, 4, 5, 6, 7, 8]]),
        ([1000, 8, 1, 1, 1, 1, 1, 1, 1], [0] * 9, [[1, 2, 3, 4, 5, 6, 7, 8]]),
        ([1000, 400, 90, 20, 9, 9, 9, 1, 1], [0] * 9, [[7, 8]]),
        ([1000, 3], [334, 1], [[0]]),
        ([1000, 3], [333, 1], []),
        ([100, 3], [0, 2], [[1]]),
        ([9] * 9, [9] * 9, [[0, 1, 2, 3, 4, 5, 6, 7, 8]]),
    ],
)
def test_what_is_merged(documents: list[int], deleted: list[int], groups: list[list[int]]) -> None:
    assert to_merge(documents, deleted) == groups
