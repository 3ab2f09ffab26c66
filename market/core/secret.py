"""The key that signs cookies: configured, or made once and kept in the data directory."""

import contextlib
import os
import secrets
from pathlib import Path

KEY_FILE = "secret.key"


def keep_secret_key(data_dir: Path) -> str:
    """Return the key kept in *data_dir*, making it on first use; only its owner can read the file."""
    path = data_dir / KEY_FILE
    data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        # A link, not a rename: of two processes the first one's key stays, and neither reads half of one.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text()
