"""What ``torchrun`` starts in the tests of several processes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from app.engine import optimizers, training
from app.engine.checkpoints import weights_of
from app.engine.configuration import TrainingConfig
from app.engine.devices import CPU
from app.engine.events import EpochEnded, Finished, Stepped
from app.engine.processes import ALONE, Processes, join, leave
from app.engine.synchronised import synchronise
from tests.engine.training_data import coloured_pictures, small_network

PAUSED_AT = 9


def configured() -> TrainingConfig:
    """Whatever sees a whole batch, averaged weights, and batches that two processes cannot halve evenly."""
    return TrainingConfig(
        network=small_network(),
        optimizer=optimizers.SGD(lr=0.02),
        batch_size=33,
        epochs=3,
        swa_start=0.3,
        held_out=65,
        precision="float32",
    )


def sharp() -> TrainingConfig:
    """One whose gradients are of the worst place nearby, of which each piece of a batch has its own."""
    return configured().model_copy(update={"sam_rho": 0.05, "batch_size": 251, "epochs": 6, "swa_start": 1.0})


def train(
    folder: Path,
    processes: Processes = ALONE,
    pause_at: int | None = None,
    config: TrainingConfig | None = None,
) -> dict[str, Any]:
    """The curve that this process is told of, usually of `configured`; the leader's weights in `folder`."""
    config = config or configured()
    seen: list[Stepped] = []
    measured: list[float] = []

    def should_pause() -> bool:
        return processes.leads and len(seen) == pause_at

    events = training.train(
        config, coloured_pictures(320), CPU, folder, 1e9, should_pause=should_pause, processes=processes
    )
    for event in events:
        match event:
            case Stepped():
                seen.append(event)
            case EpochEnded(held_out=training.Measured() as looked):
                measured += [event.train_accuracy, looked.loss, looked.accuracy]
            case Finished():
                (folder / "weights.safetensors").write_bytes(weights_of(event.network))
    return {
        "losses": [event.loss for event in seen],
        "norms": [event.gradient_norm for event in seen],
        "measured": measured,
    }


def layers() -> nn.Sequential:
    """Every layer that must know of the others' pictures, on maps and on rows."""
    torch.manual_seed(1)
    return nn.Sequential(
        nn.BatchNorm2d(3, momentum=0.3), nn.Flatten(), nn.Dropout(0.4), nn.BatchNorm1d(48), nn.Linear(48, 4)
    )


def whole_batch() -> Tensor:
    """Seven pictures, with a mean far from zero."""
    return 5 + 3 * torch.randn(7, 3, 4, 4, generator=torch.Generator().manual_seed(2))


def passed(processes: Processes = ALONE) -> dict[str, Tensor]:
    """What comes out of the layers for the whole batch, and every gradient and statistic afterwards."""
    network = layers()
    synchronise(network, processes)
    share = processes.share(0, 7)
    inputs = whole_batch()[share].requires_grad_()
    torch.manual_seed(3)
    outputs = network(inputs)
    aims = torch.linspace(-1, 1, 28).view(7, 4)
    (outputs - aims[share]).pow(3).sum().backward()
    gradients = {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
    processes.sum_in_place(list(gradients.values()))
    assert inputs.grad is not None
    statistics = dict(network.named_buffers())
    return {**gradients, **statistics, "outputs": outputs.detach(), "inputs.grad": inputs.grad}


def main(folder: Path) -> None:
    """A whole run and a paused one, which the test goes on with, and one pass through the layers."""
    together, device = join(CPU)
    assert device == CPU
    curve = train(folder / "whole", together)
    train(folder / "paused", together, PAUSED_AT)
    resumed = train(folder / "paused", together)
    sharpest = train(folder / "sharp", together, config=sharp())
    kept = {key: value.tolist() for key, value in passed(together).items()}
    told = {
        "curve": curve,
        "resumed": resumed,
        "sharp": sharpest,
        "passed": kept,
        "rank": together.rank,
        "world": together.world,
    }
    leave()
    told["left"] = [name for name in thread_names() if "gloo" in name]
    (folder / f"{together.rank}.json").write_text(json.dumps(told))


def thread_names() -> list[str]:
    """Those of this process that the system tells, Python's and others; none where it is not Linux."""
    return [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]


if __name__ == "__main__":
    torch.set_num_threads(1)
    for name in ("whole", "paused", "sharp"):
        (Path(sys.argv[1]) / name).mkdir(exist_ok=True)
    main(Path(sys.argv[1]))
