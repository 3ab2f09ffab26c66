"""Files that appear whole or not at all, wherever the program is killed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DRAFT = ".draft-"


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill beside *path*, renamed to it at the end; left as a draft where that is not reached.

    Its files are not forced to disk one by one: after a power cut a reader's checksums find out, and it is made again.
    """
    draft = path.with_name(f"{_DRAFT}{path.name}")
    draft.mkdir(parents=True)
    yield draft
    draft.rename(path)
    _force(path.parent)


def replace_text(path: Path, text: str) -> None:
    """Write *text* beside *path*, force it to disk and put it in the old file's place."""
    draft = path.with_name(f"{_DRAFT}{path.name}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _force(path.parent)


def sweep_drafts(directory: Path) -> None:
    """Remove what a killed writer left in *directory*; to be called by the only writer."""
    for path in directory.glob(f"{_DRAFT}*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _force(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
