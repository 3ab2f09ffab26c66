"""Whoever is killed while publishing leaves the old snapshot or the new one, never half of one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matching.documents import Document
from matching.hashing import HashingEncoder
from matching.publishing import SEGMENTS
from matching.store import Manifest, SnapshotError, Snapshots, build_snapshot, update_snapshot
from tests.matching.conftest import DOCUMENTS, NEED, PUMPS, STEEL, Publish, embed

ENCODER = HashingEncoder()
CHANGED = Document(STEEL.id, "钢带缺陷检测", "误检率低于千分之一。")
# What publishing does to the disk, so that it can die before each; between two of these it only fills a draft.
EFFECTS = ((Path, "mkdir"), (Path, "write_text"), (Path, "rename"), (Path, "replace"), (os, "fsync"),
           (shutil, "rmtree"))  # fmt: skip


class Killed(BaseException):
    """The process is gone: nothing that follows runs, not even what handles exceptions."""


@contextmanager
def _killed_before(effect: int | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Die before that effect on the disk; the names of those that were done."""
    done: list[str] = []
    with monkeypatch.context() as patch:
        for owner, name in EFFECTS:
            patch.setattr(owner, name, _counted(getattr(owner, name), name, effect, done))
        yield done


def _counted(original: Any, name: str, effect: int | None, done: list[str]) -> Any:
    def counted(*values: Any, **named: Any) -> Any:
        if len(done) == effect:
            raise Killed(name)
        done.append(name)
        return original(*values, **named)

    return counted


def _update(directory: Path, base: Manifest) -> Manifest:
    return update_snapshot(
        [CHANGED], {PUMPS.id}, embed([CHANGED], ENCODER), directory=directory, base=base, catalogue_version="2"
    )


def _effects(directory: Path, base: Manifest, monkeypatch: pytest.MonkeyPatch) -> int:
    copy = directory.with_name("counted")
    shutil.copytree(directory, copy)
    with _killed_before(None, monkeypatch) as done:
        _update(copy, base)
    shutil.rmtree(copy)
    assert {name for _owner, name in EFFECTS} <= {*done, "rmtree"}
    return len(done)


def test_killed_at_any_step_the_old_or_the_new_snapshot_is_there(
    publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, fresh = tmp_path / "snapshots", tmp_path / "fresh"
    for version in ("0", "1", "2"):  # so that the next one has something to prune
        base = publish(version=version)
    shutil.copytree(directory, fresh)
    old = Snapshots(directory).current()
    assert old is not None
    seen = set()
    for effect in range(_effects(directory, base, monkeypatch)):
        shutil.rmtree(directory)
        shutil.copytree(fresh, directory)
        with _killed_before(effect, monkeypatch), pytest.raises(Killed):
            _update(directory, base)
        found = Snapshots(directory).current()
        assert found is not None
        version = found.manifest.catalogue_version
        seen.add(version)
        assert (version, found.manifest.documents) in {("2", 4), ("2", 3)}
        if found.manifest.name == base.name:
            assert found.rank(NEED, ENCODER) == old.rank(NEED, ENCODER)
        else:
            assert sorted(found.corpus.ids.tolist()) == [3, 7, 9]
        again = _update(directory, found.manifest)  # whoever comes next goes on and sweeps
        assert again.documents == 3
        names = {segment.name for kept in directory.glob("2*") for segment in _segments(kept)}
        assert {path.name for path in (directory / SEGMENTS).iterdir()} == names
        assert list(directory.glob(".draft*")) == []


def _segments(folder: Path) -> tuple[Any, ...]:
    from matching.manifest import read_manifest

    return read_manifest(folder).segments


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove", "add"])
def test_a_damaged_segment_is_refused_and_can_be_replaced(
    publish: Publish, snapshots: Snapshots, tmp_path: Path, damage: str
) -> None:
    base = _update(tmp_path / "snapshots", publish())
    folder = tmp_path / "snapshots" / SEGMENTS / base.segments[-1].name
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        original = path.read_bytes()
        if damage == "flip":
            path.write_bytes(original[:-1] + bytes([original[-1] ^ 1]) if original else b"x")
        elif damage == "truncate":
            path.write_bytes(original[: len(original) // 2] if original else b"x")
        elif damage == "remove":
            path.unlink()
        else:
            (folder / "more.npy").write_bytes(b"")
        with pytest.raises(SnapshotError, match=rf"Segment {base.segments[-1].name} .* is damaged: .* differ"):
            Snapshots(tmp_path / "snapshots").current()
        (folder / "more.npy").unlink(missing_ok=True)
        path.write_bytes(original)
    assert snapshots.current() is not None
    path.write_bytes(b"damaged")
    build_snapshot(
        DOCUMENTS, embed(DOCUMENTS, ENCODER), directory=tmp_path / "snapshots",
        encoder_name=ENCODER.name, dimension=ENCODER.dimension, catalogue_version="3",
    )  # fmt: skip
    current = Snapshots(tmp_path / "snapshots").current()
    assert current is not None
    assert current.manifest.catalogue_version == "3"


def test_marks_of_what_is_gone_are_checked_too(publish: Publish, tmp_path: Path) -> None:
    base = publish()
    manifest = update_snapshot(
        [], {PUMPS.id}, {}, directory=tmp_path / "snapshots", base=base, catalogue_version="2"
    )  # fmt: skip
    (mark,) = (tmp_path / "snapshots" / manifest.name).glob("*.npy")
    np.save(mark, np.array([0]))
    with pytest.raises(SnapshotError, match=f"Snapshot {manifest.name} is damaged: {mark.name} differ"):
        Snapshots(tmp_path / "snapshots").current()


def test_half_a_manifest_is_refused_and_built_over(publish: Publish, snapshots: Snapshots, tmp_path: Path) -> None:
    path = tmp_path / "snapshots" / publish().name / "manifest.json"
    path.write_text(path.read_text()[:100])
    with pytest.raises(SnapshotError, match="no readable manifest"):
        snapshots.current()
    publish(version="2")
    current = snapshots.current()
    assert current is not None
    assert current.manifest.catalogue_version == "2"


def test_a_base_that_lost_a_file_is_refused(publish: Publish, tmp_path: Path) -> None:
    base = publish()
    (tmp_path / "snapshots" / SEGMENTS / base.segments[0].name / "ids.npy").unlink()
    with pytest.raises(SnapshotError, match="cannot be read"):
        _update(tmp_path / "snapshots", base)


def test_a_pointer_to_nothing_is_refused(publish: Publish, snapshots: Snapshots, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "snapshots" / publish().name)
    with pytest.raises(SnapshotError, match="no readable manifest"):
        snapshots.current()
