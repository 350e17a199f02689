"""Write optimizers.json, `python -m tests.cases.optimizers`: paths of torch.optim, autograd's gradients."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

FOLDER = Path(__file__).parent
STEPS = 400
KEPT = (*range(6), *range(10, 100, 10), *range(100, STEPS + 1, 50))
"""Steps whose parameters are written down."""

EXAMPLES = (
    (0.1, 0.9), (0.3, 1.2), (0.3, 1.5), (0.6, 0.9), (0.9, 1.3), (1.0, 0.5), (1.0, 1.3), (1.5, 0.7),
    (1.9, 1.4), (1.9, 2.8), (2.1, 1.2), (2.2, 2.9), (2.4, 2.8), (2.4, 2.4), (2.5, 2.9), (2.5, 2.9),
    (2.6, 3.3), (2.7, 2.7), (3.0, 2.7), (3.0, 2.7), (3.3, 2.7), (3.3, 3.2), (3.5, 2.9), (4.0, 4.3),
)  # fmt: skip


def line(theta: Tensor, batch: Sequence[int] | None = None) -> Tensor:
    """PyTorch's own mean squared error of a line through the examples, or some of them."""
    examples = torch.tensor([EXAMPLES[index] for index in batch] if batch else EXAMPLES, dtype=torch.float64)
    return torch.nn.functional.mse_loss(theta[0] * examples[:, 0] + theta[1], examples[:, 1])


def beale(theta: Tensor) -> Tensor:
    x, y = theta[0], theta[1]
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


SURFACES: dict[str, Callable[[Tensor], Tensor]] = {
    "ravine": lambda t: 0.5 * t[0] ** 2 + 12.5 * t[1] ** 2,
    "rosenbrock": lambda t: (1 - t[0]) ** 2 + 100 * (t[1] - t[0] ** 2) ** 2,
    "saddle": lambda t: t[0] ** 2 - t[1] ** 2 + t[1] ** 4 / 4 + 1,
    "beale": beale,
    "himmelblau": lambda t: (t[0] ** 2 + t[1] - 11) ** 2 + (t[0] + t[1] ** 2 - 7) ** 2,
    "bumps": lambda t: 0.25 * (t**2).sum() + 1 - torch.cos(2 * t[0]) * torch.cos(2 * t[1]),
    "line": line,
}
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "SGD": [
        {"lr": 0.02},
        {"lr": 0.02, "weight_decay": 0.1},
        {"lr": 0.01, "momentum": 0.9},
        {"lr": 0.01, "momentum": 0.9, "dampening": 0.5},
        {"lr": 0.005, "momentum": 0.8, "dampening": 0.9, "weight_decay": 0.05},
        {"lr": 0.01, "momentum": 0.9, "nesterov": True},
        {"lr": 0.005, "momentum": 0.95, "nesterov": True, "weight_decay": 0.02},
    ],
    "Adagrad": [
        {"lr": 0.3},
        {"lr": 0.5, "weight_decay": 0.1},
        {"lr": 0.4, "lr_decay": 0.01, "initial_accumulator_value": 0.5},
    ],
    "RMSprop": [
        {"lr": 0.01},
        # Where a gradient vanishes, RMSprop's step is a sign that rounding decides: eps keeps the path calm.
        {"lr": 0.01, "alpha": 0.9, "weight_decay": 0.1, "eps": 0.5},
        {"lr": 0.003, "momentum": 0.8},
        {"lr": 0.005, "centered": True, "eps": 1e-4},
        {"lr": 0.003, "centered": True, "momentum": 0.9, "weight_decay": 0.02, "eps": 1e-4},
    ],
    "Adam": [
        {"lr": 0.05},
        {"lr": 0.02, "betas": [0.8, 0.99], "weight_decay": 0.1},
        {"lr": 0.05, "amsgrad": True},
    ],
    "AdamW": [
        {"lr": 0.05},
        {"lr": 0.05, "weight_decay": 0.0},
        {"lr": 0.03, "betas": [0.95, 0.98], "weight_decay": 0.2},
        {"lr": 0.03, "amsgrad": True, "weight_decay": 0.1, "eps": 1e-3},
    ],
}


def path(
    rule: str, options: dict[str, Any], surface: str, start: Sequence[float], draw: random.Random
) -> dict[str, Any]:
    """Where torch.optim goes: the parameters after some of the steps."""
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, rule)([theta], **options)
    size = draw.choice([1, 4]) if surface == "batches" else len(EXAMPLES)
    batches = [draw.sample(range(len(EXAMPLES)), size) for _ in range(STEPS)] if surface == "batches" else []
    found = {0: list(start)}
    for step in range(1, STEPS + 1):
        loss = line(theta, batches[step - 1]) if batches else SURFACES[surface](theta)
        (theta.grad,) = torch.autograd.grad(loss, theta)
        optimizer.step()
        if step in KEPT:
            found[step] = theta.tolist()
    entry: dict[str, Any] = {"rule": rule, "options": options, "surface": surface, "start": list(start)}
    if batches:
        entry |= {"surface": "line", "batches": batches}
    return entry | {"path": found}


def slope(surface: str, start: Sequence[float]) -> dict[str, Any]:
    """A height, and autograd's gradient of it."""
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    height = SURFACES[surface](theta)
    (gradient,) = torch.autograd.grad(height, theta)
    return {
        "surface": surface,
        "theta": list(start),
        "height": height.item(),
        "gradient": gradient.tolist(),
    }


def main() -> None:
    """Write the file anew; the same on every machine."""
    torch.set_num_threads(1)
    draw = random.Random(3)
    starts = {"ravine": (-3.5, 1.5), "bumps": (2.4, -1.1), "line": (-1.0, 2.8), "batches": (-1.0, 2.8)}
    paths = [
        path(rule, options, surface, start, draw)
        for rule, settings in SETTINGS.items()
        for options in settings
        for surface, start in starts.items()
    ]
    slopes = [
        slope(name, (round(draw.uniform(-3, 3), 3), round(draw.uniform(-3, 3), 3)))
        for name in SURFACES
        for _ in range(12)
    ]
    parts: dict[str, Sequence[Any]] = {"examples": [EXAMPLES], "paths": paths, "slopes": slopes}
    written = []
    for name, entries in parts.items():
        lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in entries)
        written.append(f'"{name}":[\n{lines}\n]')
    (FOLDER / "optimizers.json").write_text("{\n" + ",\n".join(written) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
