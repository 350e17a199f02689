"""A trial for the speedrun: `python -m tests.bench.tried RECIPE SEED` trains by a recipe.json,
its path, the first time that it says.

On 40,000 training pictures; the other 10,000 tell how good it is, with their mirror images: the fraction
named right, and the mean loss at the best temperature, which says more of a single seed. Test pictures are
not looked at. How the trials of ARCHITECTURE.md were told apart.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from app.engine import datasets
from app.engine.configuration import changed
from app.engine.datasets import Pictures, normalise, split
from app.engine.recipes import Recipe
from app.settings import Settings
from tests.bench.trained import trained

HELD_OUT = 10_000


@torch.inference_mode()
def logits_of(network: nn.Module, pictures: Pictures) -> Tensor:
    """The mean of each picture's and its mirror image's, in float32."""
    network.eval()
    found = []
    for start in range(0, len(pictures), 1000):
        inputs = normalise(pictures[start : start + 1000].pixels)
        both = [each.contiguous(memory_format=torch.channels_last) for each in (inputs, inputs.flip(3))]
        found.append(sum((network(each) for each in both), torch.zeros(())) / 2)
    return torch.cat(found)


def best_loss(logits: Tensor, labels: Tensor) -> float:
    """The least mean cross-entropy that scaling the logits by one factor gives."""
    return min(float(F.cross_entropy(logits * scale / 20, labels)) for scale in range(4, 101))


if __name__ == "__main__":
    recipe = Recipe.model_validate_json(Path(sys.argv[1]).read_text(encoding="utf-8"))
    config = changed(recipe.training, seed=int(sys.argv[2])).model_copy(update={"held_out": 0})
    learned, held_out = split(datasets.load("cifar10", Settings().data, train=True), HELD_OUT)
    logits = logits_of(trained(config, learned), held_out)
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "recipe": sys.argv[1],
        "seed": config.seed,
        "accuracy": float((logits.argmax(1) == held_out.labels).float().mean()),
        "loss": round(best_loss(logits, held_out.labels), 4),
        "core_seconds": round(used.ru_utime + used.ru_stime),
    }
    print(json.dumps(told))
