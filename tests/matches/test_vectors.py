import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from market.catalogue import vectors
from market.catalogue.models import TextVector
from market.catalogue.vectors import embed_missing, vectors_of
from matching.encoder import OnProgress, Vectors
from matching.hashing import HashingEncoder
from matching.text import text_hash

SLOWLY = """
import asyncio, os, time
from market.core import database
from market.catalogue import vectors
from matching.hashing import HashingEncoder
from matching.text import text_hash

class Slow(HashingEncoder):
    def encode_passages(self, texts, on_progress=None):
        time.sleep(0.4)
        return super().encode_passages(texts)

async def main():
    await database.open_database(os.environ["DATABASE_URL"], pool=2)
    vectors.FIRST = vectors.MOST = 20
    texts = {text_hash(f"第{n}句"): f"第{n}句" for n in range(100)}
    await vectors.embed_missing(Slow(), texts, on_progress=lambda done, total: print(done, flush=True))

asyncio.run(main())
"""


class Counting(HashingEncoder):
    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []

    def encode_passages(self, texts: Sequence[str], on_progress: OnProgress | None = None) -> Vectors:
        self.embedded += texts
        return super().encode_passages(texts, on_progress)


def some_texts(count: int) -> dict[str, str]:
    return {text_hash(f"第{number}句"): f"第{number}句" for number in range(count)}


async def test_what_is_stored_is_what_the_encoder_said(db: Any) -> None:
    encoder, texts = HashingEncoder(), some_texts(5)
    assert await embed_missing(encoder, texts) == 0
    stored = await vectors_of(encoder.name, texts)
    assert sorted(stored) == sorted(texts)
    for key, text in texts.items():
        np.testing.assert_array_equal(stored[key], encoder.encode_passages([text])[0])


async def test_two_at_once_embed_each_text_once(db: Any) -> None:
    texts = some_texts(300)
    one, other = Counting(), Counting()
    left = await asyncio.gather(embed_missing(one, texts), embed_missing(other, texts))
    assert list(left) == [0, 0]
    assert sorted(one.embedded + other.embedded) == sorted(texts.values())
    assert await TextVector.all().count() == 300


async def test_a_killed_process_loses_one_batch_and_holds_nothing(db: Any) -> None:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SLOWLY, stdout=asyncio.subprocess.PIPE, env=dict(os.environ)
    )
    assert worker.stdout is not None
    assert (await worker.stdout.readline()).strip() == b"20"
    assert (await worker.stdout.readline()).strip() == b"40"
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    kept = await TextVector.all().count()
    assert kept in {40, 60}
    encoder = Counting()
    assert await embed_missing(encoder, some_texts(100)) == 0
    assert len(encoder.embedded) == 100 - kept
    assert await TextVector.all().count() == 100


def test_a_batch_is_as_large_as_the_time_to_the_next_store_allows() -> None:
    assert vectors.next_size(64, 4.0) == 32
    assert vectors.next_size(64, 0.1) == 128
    assert vectors.next_size(512, 0.1) == vectors.MOST
    assert vectors.next_size(16, 60.0) == vectors.FEWEST
