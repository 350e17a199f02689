"""What an interrupted training run needs to go on: weights, optimizer state, averaged weights, step.

A checkpoint is a safetensors file and, written after it, a JSON file with its SHA-256; the two newest are
kept. One that is torn, altered or of another configuration is passed over.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load
from safetensors.torch import save as to_bytes
from torch import Tensor

from app.engine.devices import CPU, Pace
from app.engine.durable import write_atomically
from app.engine.processes import ALONE, Processes

if TYPE_CHECKING:
    from app.engine.learner import Learner

KEPT = 2


@dataclasses.dataclass(frozen=True)
class Tally:
    """What an unfinished epoch has come to: sums over its steps so far, and the seconds so far."""

    steps: int = 0
    loss_sum: float = 0.0
    right: int = 0
    examples: int = 0
    seconds: float = 0.0

    def with_batch(self, loss: float, right: int, examples: int) -> Tally:
        """With one more batch, of this mean loss."""
        sums = (self.steps + 1, self.loss_sum + loss, self.right + right, self.examples + examples)
        return Tally(*sums, self.seconds)

    def after(self, seconds: float) -> Tally:
        """After so long, interruptions left out."""
        return dataclasses.replace(self, seconds=seconds)

    @property
    def loss(self) -> float:
        """Mean over the batches, NaN before the first."""
        return self.loss_sum / self.steps if self.steps else float("nan")

    @property
    def accuracy(self) -> float:
        """The fraction that was right, NaN before the first batch."""
        return self.right / self.examples if self.examples else float("nan")


@dataclasses.dataclass(frozen=True)
class Saved:
    """A sound checkpoint: `seconds` trained until `step`."""

    step: int
    seconds: float
    pace: Pace
    tally: Tally
    tensors: dict[str, Tensor]


def save(folder: Path, identity: str, step: int, seconds: float, tally: Tally, learner: Learner) -> None:
    """Writes one checkpoint and removes all but the newest two of the same configuration."""
    tensors = {f"network.{key}": value for key, value in learner.network.state_dict().items()}
    for place, optimizer in enumerate(learner.optimizers):
        for index, state in optimizer.state_dict()["state"].items():
            for key, value in state.items():
                if value is not None:
                    tensors[f"optimizer.{place}.{index}.{key}"] = torch.as_tensor(value)
    if learner.average:
        tensors |= {f"average.{index}": mean for index, mean in enumerate(learner.average.means)}
        tensors["averaged"] = torch.tensor(learner.average.count)
    folder.mkdir(parents=True, exist_ok=True)
    data = to_bytes({key: value.cpu().contiguous() for key, value in tensors.items()})
    facts = {
        "configuration": identity,
        "step": step,
        "seconds": seconds,
        "bfloat16": learner.pace.bfloat16,
        "channels_last": learner.pace.channels_last,
        "sha256": hashlib.sha256(data).hexdigest(),
        "tally": dataclasses.asdict(tally),
    }
    write_atomically(folder / f"step-{step:08d}.safetensors", data)
    write_atomically(folder / f"step-{step:08d}.json", json.dumps(facts).encode())
    for old in [path for path in _newest_first(folder) if _configuration(path) == identity][KEPT:]:
        old.unlink(missing_ok=True)
        old.with_suffix(".safetensors").unlink(missing_ok=True)


def newest(
    folder: Path, identity: str, processes: Processes = ALONE, device: torch.device = CPU
) -> Saved | None:
    """The newest checkpoint that is whole and of this configuration, or None.

    Several processes may not share a disk, and after a restart another one may lead than the one that wrote:
    the one with the newest tells the others.
    """
    found = _read(folder, identity)
    source = processes.with_most(int(json.loads(found[0])["step"]) if found else -1, device)
    facts, data = (processes.from_one(source, part, device) for part in found or (b"", b""))
    if not facts:
        return None
    told: dict[str, Any] = json.loads(facts)
    return Saved(
        step=told["step"],
        seconds=told["seconds"],
        pace=Pace(told["bfloat16"], told["channels_last"]),
        tally=Tally(**told.get("tally", {})),
        tensors=load(data),
    )


def _read(folder: Path, identity: str) -> tuple[bytes, bytes] | None:
    for path in _newest_first(folder):
        try:
            facts, data = path.read_bytes(), path.with_suffix(".safetensors").read_bytes()
            told = json.loads(facts)
            if told["configuration"] == identity and told["sha256"] == hashlib.sha256(data).hexdigest():
                return facts, data
        except (OSError, ValueError, KeyError):
            continue
    return None


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*.json"), reverse=True)


def _configuration(path: Path) -> str | None:
    """Whose checkpoint it is; None where that cannot be read, as of one that another process just removed."""
    try:
        return str(json.loads(path.read_bytes())["configuration"])
    except (OSError, ValueError, KeyError):
        return None


def restore(saved: Saved, learner: Learner) -> None:
    """Puts the weights and the optimizers' state back, in place."""
    learner.network.load_state_dict(_under(saved.tensors, "network."))
    for place, optimizer in enumerate(learner.optimizers):
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in _under(saved.tensors, f"optimizer.{place}.").items():
            index, name = key.split(".")
            state.setdefault(int(index), {})[name] = value
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    if learner.average:
        learner.average.count = int(saved.tensors["averaged"])
        for place, mean in enumerate(learner.average.means):
            mean.copy_(saved.tensors[f"average.{place}"])


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
