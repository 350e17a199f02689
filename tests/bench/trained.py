"""A speedrun in our trainer: `python -m tests.bench.trained NAME SEED` tells its accuracy.

What `published` does in plain PyTorch: trains, and looks at the test pictures once, with their mirror images
and in the number format of the training. The card of a network that is shipped costs a pass in float32 more.
"""

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path

from torch import nn

from app.engine import datasets, recipes
from app.engine.configuration import TrainingConfig, changed
from app.engine.datasets import Pictures
from app.engine.devices import CPU, named_pace, repeatable
from app.engine.evaluation import accuracy
from app.engine.training import Finished, train
from app.settings import Settings


def trained(config: TrainingConfig, pictures: Pictures) -> nn.Module:
    """The network at the end of a run of its own."""
    with tempfile.TemporaryDirectory() as state:
        *_, last = train(config, pictures, CPU, Path(state), checkpoint_seconds=math.inf)
    if not isinstance(last, Finished):
        raise TypeError(f"The run ended with {last}.")
    return last.network


if __name__ == "__main__":
    name, seed = sys.argv[1], int(sys.argv[2])
    models, data = Settings().models_dir, Settings().data
    folder = models if (models / name).is_dir() else models / "speedrun"
    recipe = changed(recipes.read(folder, name).training, seed=seed)
    network = trained(recipe, datasets.load("cifar10", data, train=True))
    test = datasets.load("cifar10", data, train=False)
    print(accuracy(network, test, named_pace(repeatable(recipe.precision, CPU), CPU), mirrored=True))
