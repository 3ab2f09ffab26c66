"""A linear turn of a need's vector towards the offers that answer such needs, learned on labelled sets.

A need and an offer about one thing are not written alike, and an encoder trained for general likeness keeps their
difference. Documents keep their vectors: a new adapter costs no embedding.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.encoder import Vectors, unit_rows

# How the bundled encoder names the form of its weights and the recipe that made it.
_FORM = re.compile(r"-(?:q4|int8)-\d+$")


@dataclass(frozen=True)
class Adapter:
    """For the encoder of one model: *change* (dimension, dimension) float32, the turn less the identity.

    *centre* (dimension,) is the mean passage of the sets that it learned on: what stands for a catalogue's own mean
    where the catalogue is too small to have one.
    """

    encoder: str
    change: Vectors
    centre: Vectors

    def turned(self, centred: Vectors) -> Vectors:
        """Unit rows for *centred* ones (n, dimension), the needs less the catalogue's mean."""
        return unit_rows(centred + centred @ self.change)

    def as_json(self) -> dict[str, Any]:
        """Numbers as base64 of little-endian float16, which is closer than an 8-bit encoder is to itself."""
        return {"encoder": self.encoder, "change": _packed(self.change), "centre": _packed(self.centre)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Adapter":
        """Read ``as_json``. Raises ``ValueError`` for numbers that do not fit together."""
        centre = _unpacked(values["centre"])
        return cls(values["encoder"], _unpacked(values["change"]).reshape(len(centre), len(centre)), centre)


def model_of(encoder: str) -> str:
    """The model behind an encoder's name: its forms agree to a hundredth (``bundled.LEAST_AGREEMENT``)."""
    return _FORM.sub("", encoder)


def _packed(numbers: Vectors) -> str:
    return b64encode(numbers.astype("<f2").tobytes()).decode()


def _unpacked(packed: str) -> Vectors:
    return np.frombuffer(b64decode(packed), dtype="<f2").astype(np.float32)
