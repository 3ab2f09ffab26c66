import json
import os
from pathlib import Path

import numpy as np
import pytest

from matching import publishing, store
from matching.documents import Document
from matching.hashing import HashingEncoder
from matching.publishing import SEGMENTS
from matching.store import Manifest, SnapshotError, Snapshots, build_snapshot, texts_to_embed
from matching.text import text_hash
from tests.matching.conftest import DOCUMENTS, NEED, PUMPS, STEEL, Publish, embed


def _folders(snapshots: Path) -> list[str]:
    return sorted(path.name for path in snapshots.iterdir() if path.is_dir() and path.name != SEGMENTS)


def _segment_folder(snapshots: Path, manifest: Manifest) -> Path:
    return snapshots / SEGMENTS / manifest.segments[0].name


def test_nothing_published_is_nothing(snapshots: Snapshots) -> None:
    assert snapshots.current() is None


def test_the_manifest_says_what_was_built(publish: Publish, snapshots: Snapshots) -> None:
    manifest = publish(version="2026-11-21/42")
    current = snapshots.current()
    assert current is not None
    assert current.manifest == manifest
    assert (manifest.encoder, manifest.dimension, manifest.catalogue_version) == ("hashing-512-1", 512, "2026-11-21/42")
    assert (manifest.documents, manifest.vectors, manifest.sentences) == (4, 6, 8)


def test_a_new_snapshot_is_picked_up_without_a_restart(
    publish: Publish, snapshots: Snapshots, encoder: HashingEncoder
) -> None:
    publish([PUMPS])
    first = snapshots.current()
    assert first is not None
    assert snapshots.current() is first
    publish(DOCUMENTS)
    second = snapshots.current()
    assert second is not None
    assert second is not first
    assert [item.document_id for item in second.rank(NEED, encoder, k=1)] == [STEEL.id]


def test_the_last_three_are_kept(publish: Publish, tmp_path: Path) -> None:
    names = [publish(version=str(number)).name for number in range(5)]
    assert _folders(tmp_path / "snapshots") == names[2:]


def test_a_build_that_dies_leaves_the_old_snapshot_and_its_rest_is_swept(
    publish: Publish, snapshots: Snapshots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = publish()
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "write_manifest", lambda *_: os.strerror(1) and 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publish(version="2")
    current = snapshots.current()
    assert current is not None
    assert current.manifest == old
    assert len(_folders(tmp_path / "snapshots")) == 2
    new = publish(version="3")
    assert _folders(tmp_path / "snapshots") == [old.name, new.name]


def test_a_snapshot_pruned_while_it_is_read_gives_way_to_the_newest(
    publish: Publish, snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = store.read_manifest  # the moment between finding the name and reading it
    publish(version="0")

    def read_late(directory: Path) -> Manifest:
        monkeypatch.setattr(store, "read_manifest", read)
        for number in range(1, 5):
            publish(version=str(number))
        return read(directory)

    monkeypatch.setattr(store, "read_manifest", read_late)
    current = snapshots.current()
    assert current is not None
    assert current.manifest.catalogue_version == "4"


@pytest.mark.parametrize("file", ["dense.faiss", "letters.npy", "words/counts.npy"])
def test_a_damaged_file_is_refused_by_name(publish: Publish, snapshots: Snapshots, tmp_path: Path, file: str) -> None:
    path = _segment_folder(tmp_path / "snapshots", publish()) / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(SnapshotError, match=f"damaged: {file} differ"):
        snapshots.current()


def test_a_missing_file_is_refused_by_name(publish: Publish, snapshots: Snapshots, tmp_path: Path) -> None:
    (_segment_folder(tmp_path / "snapshots", publish()) / "owners.npy").unlink()
    with pytest.raises(SnapshotError, match=r"owners\.npy"):
        snapshots.current()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": 99}, "has format 99"),
        ({"dimension": 384}, r"holds \(dimension, documents\) \(512, 4\), its snapshot's manifest says \(384, 4\)"),
        ({"documents": 5}, "its manifest says"),
        ({"colour": "red"}, "no readable manifest"),
    ],
)
def test_a_foreign_manifest_is_refused_with_the_reason(
    publish: Publish, snapshots: Snapshots, tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    path = tmp_path / "snapshots" / publish().name / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(SnapshotError, match=reason):
        snapshots.current()


def test_a_text_without_a_vector_is_named(encoder: HashingEncoder, tmp_path: Path) -> None:
    vectors = embed(DOCUMENTS, encoder)
    del vectors[text_hash("Runs fully on premises.")]
    with pytest.raises(SnapshotError, match="no vector for “Runs fully on premises"):
        build_snapshot(DOCUMENTS, vectors, directory=tmp_path, encoder_name="x", dimension=512, catalogue_version="1")
    assert Snapshots(tmp_path).current() is None
    assert list((tmp_path / SEGMENTS).iterdir()) == []


def test_vectors_of_two_encoders_are_refused(encoder: HashingEncoder, tmp_path: Path) -> None:
    vectors = embed(DOCUMENTS, encoder) | {text_hash(STEEL.title): np.zeros(3, np.float32)}
    with pytest.raises(SnapshotError, match="two encoders are mixed"):
        build_snapshot(DOCUMENTS, vectors, directory=tmp_path, encoder_name="x", dimension=512, catalogue_version="1")


def test_the_same_id_twice_is_refused(encoder: HashingEncoder, tmp_path: Path) -> None:
    twice = [STEEL, Document(STEEL.id, "另一个", "")]
    with pytest.raises(SnapshotError, match="same id"):
        build_snapshot(
            twice, embed(twice, encoder), directory=tmp_path, encoder_name="x", dimension=512, catalogue_version="1"
        )


def test_an_empty_catalogue_can_be_published_and_asked(
    publish: Publish, snapshots: Snapshots, encoder: HashingEncoder
) -> None:
    publish([])
    current = snapshots.current()
    assert current is not None
    assert current.rank(NEED, encoder) == []
    assert current.search("检测", encoder) == []


def test_only_what_changed_needs_a_new_vector() -> None:
    before = texts_to_embed([STEEL])
    after = texts_to_embed([Document(STEEL.id, STEEL.title, STEEL.text.replace("百分之一", "千分之一"))])
    new = sorted((after[key] for key in after.keys() - before.keys()), key=len)
    assert new[0] == "误检率低于千分之一。"
    assert [text for text in new[1:] if "千分之一" not in text] == []
    assert len(new) == 2
