"""What a network takes labelled pictures for: how often which class for which, and where it errs most surely.

Kept as JSON beside an epoch's weights, so that whoever asks reads a file. PyTorch is imported by whoever
makes one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from app.arithmetic.fields import Spec

if TYPE_CHECKING:
    from app.engine.datasets import Pictures
    from app.engine.evaluation import Examined

MOST_MISTAKES = 24


class Mistake(Spec):
    """A picture that is taken for something else.

    `index` is the picture's among those that were looked at, `label` and `predicted` are classes' numbers,
    `probability` what the network gives the class it predicts; None where that is no number.
    """

    index: int
    label: int
    predicted: int
    probability: float | None


class Outcome(Spec):
    """`matrix` counts pictures by their class (rows) and the class predicted (columns).

    `mistakes` are the most confident wrong ones, the surest first, :data:`MOST_MISTAKES` at most.
    """

    matrix: tuple[tuple[int, ...], ...]
    mistakes: tuple[Mistake, ...]

    @property
    def accuracy(self) -> float:
        """The fraction of all pictures on the diagonal."""
        right = sum(row[place] for place, row in enumerate(self.matrix))
        return right / sum(map(sum, self.matrix))


def outcome_of(examined: Examined, pictures: Pictures) -> Outcome:
    """The outcome of an examination of `pictures`."""
    import torch  # noqa: PLC0415

    labels, predicted, probability = pictures.labels, examined.predicted, examined.probability
    classes = len(pictures.source.classes)
    counts = torch.bincount(labels * classes + predicted, minlength=classes**2).view(classes, classes)
    sureness = torch.where(probability.isfinite(), probability, -1.0).masked_fill(predicted == labels, -2.0)
    surest = sureness.sort(descending=True, stable=True).indices[:MOST_MISTAKES].tolist()
    mistakes = (
        Mistake(
            index=index,
            label=int(labels[index]),
            predicted=int(predicted[index]),
            probability=value if math.isfinite(value := float(probability[index])) else None,
        )
        for index in surest
        if predicted[index] != labels[index]
    )
    return Outcome(matrix=tuple(map(tuple, counts.tolist())), mistakes=tuple(mistakes))
