"""The models of this process: encoder and reranker, loaded beside the event loop when they are first needed."""

import asyncio
from pathlib import Path

from market.settings import settings
from matching.encoder import Encoder
from matching.loading import load_encoder
from matching.reranker import Reranker

_loaded: dict[tuple[str, Path], Encoder] = {}
_rerankers: dict[str, Reranker] = {}
_loading = asyncio.Lock()


def models_dir() -> Path:
    """Where prepared models lie."""
    return settings().data_dir / "models"


async def current_encoder() -> Encoder:
    """Return the encoder that the settings name; raises ``EncoderError`` where it cannot be loaded."""
    key = (settings().encoder, models_dir())
    async with _loading:
        if key not in _loaded:
            threads = settings().embed_threads
            _loaded[key] = await asyncio.to_thread(load_encoder, key[0], models_dir=key[1], threads=threads)
    return _loaded[key]


async def current_reranker() -> Reranker | None:
    """Return the reranker that the settings name, none by default; raises ``EncoderError`` if it cannot be loaded."""
    name = settings().reranker
    if not name:
        return None
    async with _loading:
        if name not in _rerankers:
            _rerankers[name] = await asyncio.to_thread(Reranker, name, threads=settings().embed_threads)
    return _rerankers[name]
