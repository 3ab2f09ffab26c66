"""Learn an adapter: turn needs so that the passages that answer them come before all others."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matching.encoder import Vectors

if TYPE_CHECKING:
    import torch

# Found by leaving out one set at a time (docs/decisions/ranking.md). The penalty is on the squared entries of the turn.
TEMPERATURE, PENALTY, STEPS, RATE, BATCH = 0.05, 0.003, 20, 0.006, 160
_SEED = 20190827
# Judged pools hold about this many documents: a set's loss is taken as a share of what guessing would lose.
_POOL = 40


@dataclass(frozen=True)
class Lesson:
    """A set to learn from.

    *needs* (n, dimension) and *passages* (rows, dimension) float32, unit rows less the catalogue's mean. *wanted*
    (n, rows) float32 are shares of the gain, a row adds up to 1; *among* (n, rows) says which passages were judged,
    None if all count.
    """

    needs: Vectors
    passages: Vectors
    wanted: Vectors
    among: NDArray[np.bool_] | None


def learn_turn(lessons: Sequence[Lesson]) -> Vectors:
    """The turn less the identity, (dimension, dimension) float32: every set counts alike, however many needs it has.

    Softmax over all passages with a temperature (InfoNCE, van den Oord et al., 2018) by Adam; seeded, so that the same
    sets give the same turn on one machine.
    """
    import torch

    dimension = lessons[0].needs.shape[1]
    change = torch.zeros(dimension, dimension, requires_grad=True)
    optimiser = torch.optim.Adam([change], lr=RATE)
    generator = np.random.default_rng(_SEED)
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, 2 * (STEPS - step) / STEPS)
        optimiser.zero_grad()
        lost = torch.stack([_lost(lesson, change, generator) for lesson in lessons]).mean()
        (lost + PENALTY * change.square().sum()).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return np.asarray(change.detach().numpy(), dtype=np.float32)


def _lost(lesson: Lesson, change: "torch.Tensor", generator: np.random.Generator) -> Any:
    import torch

    picked = generator.permutation(len(lesson.needs))[:BATCH]
    needs = torch.from_numpy(lesson.needs[picked])
    turned = torch.nn.functional.normalize(needs + needs @ change, dim=1)
    likely = turned @ torch.from_numpy(lesson.passages).T / TEMPERATURE
    if lesson.among is not None:
        likely = likely.masked_fill(~torch.from_numpy(lesson.among[picked]), -1e4)
    gained = torch.from_numpy(lesson.wanted[picked]) * torch.log_softmax(likely, dim=1)
    return -gained.sum(dim=1).mean() / log(max(2, len(lesson.passages) if lesson.among is None else _POOL))
