"""The learned combination that orders documents, as a versioned artefact: weights, adapter, calibration, provenance."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.adapter import Adapter, model_of
from matching.encoder import Vectors

FORMAT = 1

# What the texts say, each 0..1 and never less for more: whether the offer answers the need, whether both read alike,
# shared words, requirements covered.
SAID = ("meaning", "likeness", "words", "coverage")
# What the market judges of the two sides' facts, each 0..1; they are told apart from what the texts say.
JUDGED = ("field", "deployment", "region", "price", "delivery", "readiness")
FEATURES = (*SAID, *JUDGED)
# Half a fit is neither an advantage nor a fault, and an unknown one counts like it.
NEUTRAL = 0.5

Features = NDArray[np.float32]


class RankerError(Exception):
    """A ranker cannot be used; the message says why."""


@dataclass(frozen=True)
class Ranker:
    """*weights* by feature, none negative; *calibration* pairs of score and share judged relevant, both rising.

    *provenance* says what it was trained on and how well it did there; *adapters* hold at most one for an encoder.
    """

    weights: Mapping[str, float]
    adapters: tuple[Adapter, ...] = ()
    calibration: tuple[tuple[float, float], ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if set(self.weights) != set(FEATURES):
            raise RankerError(f"A ranker weighs {', '.join(FEATURES)}; this one {', '.join(sorted(self.weights))}.")
        if min(self.weights.values()) < 0 or not any(self.weights[name] for name in SAID):
            raise RankerError("A weight is negative, or what the texts say weighs nothing.")
        points = np.array(self.calibration, dtype=float).reshape(-1, 2)
        if (np.diff(points, axis=0) < 0).any():
            raise RankerError("A higher score must never stand for a smaller share of relevant pairs.")

    @cached_property
    def name(self) -> str:
        """Names the content: another weight is another name."""
        return f"ranker-{hashlib.sha256(_canonical(self.as_json())).hexdigest()[:12]}"

    def adapter_for(self, encoder: str) -> Adapter | None:
        """The adapter learned for the encoder of this name, or for another form of the same model."""
        return next((adapter for adapter in self.adapters if model_of(adapter.encoder) == model_of(encoder)), None)

    def scores(self, features: Features) -> tuple[Vectors, Vectors]:
        """Scores (n,), 0..1, for *features* (n, ``FEATURES``), NaN where unknown, and what each adds, (n, features).

        A row of contributions adds up to its score. What the texts say is a weighted mean of what is known; a fit adds
        or takes away by its distance from ``NEUTRAL``, and less than nothing is nothing.
        """
        weights = self._shares
        said, judged = features[:, : len(SAID)], features[:, len(SAID) :]
        known = ~np.isnan(said)
        own = weights[: len(SAID)] * known
        total = np.maximum(own.sum(axis=1, keepdims=True), 1e-9)
        text = np.nan_to_num(said) * own / total * weights[: len(SAID)].sum()
        facts = weights[len(SAID) :] * np.nan_to_num(judged - NEUTRAL)
        added = np.concatenate([text, facts], axis=1)
        added[added.sum(axis=1) < 0] = 0
        return added.sum(axis=1).astype(np.float32), added.astype(np.float32)

    def precision_at(self, score: float) -> float | None:
        """The share of judged pairs with such a score that people called relevant; None where it was not measured."""
        if not self.calibration:
            return None
        scores, shares = np.array(self.calibration).T
        return float(np.interp(score, scores, shares))

    def with_weights(self, weights: Mapping[str, float], **provenance: Any) -> "Ranker":
        """The same adapter under other weights; what is said of its origin grows by *provenance*."""
        return replace(self, weights=dict(weights), provenance={**self.provenance, **provenance})

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "format": FORMAT,
            "weights": dict(self.weights),
            "calibration": [list(point) for point in self.calibration],
            "provenance": dict(self.provenance),
            "adapters": [adapter.as_json() for adapter in self.adapters],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Ranker":
        """Read ``as_json``. Raises ``RankerError`` for another format and for values that make no ranker."""
        if values.get("format") != FORMAT:
            raise RankerError(f"The ranker has format {values.get('format')}, this program reads {FORMAT}.")
        try:
            return cls(
                weights={str(name): float(weight) for name, weight in values["weights"].items()},
                adapters=tuple(Adapter.from_json(each) for each in values["adapters"]),
                calibration=tuple((float(score), float(share)) for score, share in values["calibration"]),
                provenance=values["provenance"],
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RankerError(f"The ranker cannot be read: {error!r}.") from error

    @cached_property
    def _shares(self) -> NDArray[np.floating]:
        """Weights in the order of ``FEATURES``, scaled so that the best pair there can be scores 1."""
        weights = np.array([self.weights[name] for name in FEATURES])
        most = float(weights[: len(SAID)].sum() + (1 - NEUTRAL) * weights[len(SAID) :].sum())
        return np.asarray(weights / most)


@cache
def shipped_ranker() -> Ranker:
    """The ranker that this release was tested with."""
    return Ranker.from_json(json.loads(files("matching").joinpath("ranker.json").read_text(encoding="utf-8")))


def _canonical(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
