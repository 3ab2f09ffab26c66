"""The encoder of this process: one, loaded beside the event loop when it is first needed."""

import asyncio
from pathlib import Path

from market.settings import settings
from matching.encoder import Encoder
from matching.loading import load_encoder

_loaded: dict[tuple[str, Path], Encoder] = {}
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
