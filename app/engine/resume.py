"""What an interrupted training run needs to go on: weights, optimizer state, step.

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
from torch import Tensor, nn

from app.engine.devices import Pace
from app.engine.durable import write_atomically

if TYPE_CHECKING:
    from app.engine.configuration import TrainingConfig

KEPT = 2


@dataclasses.dataclass(frozen=True)
class Saved:
    """A sound checkpoint: `seconds` trained until `step`."""

    step: int
    seconds: float
    pace: Pace
    tensors: dict[str, Tensor]


def fingerprint(config: TrainingConfig) -> str:
    """What must agree for a checkpoint to be resumed: the whole configuration."""
    return hashlib.sha256(config.model_dump_json().encode()).hexdigest()


def save(
    folder: Path,
    identity: str,
    step: int,
    seconds: float,
    pace: Pace,
    network: nn.Module,
    stepping: list[torch.optim.Optimizer],
) -> None:
    """Writes one checkpoint and removes all but the newest two."""
    tensors = {f"network.{key}": value for key, value in network.state_dict().items()}
    for place, optimizer in enumerate(stepping):
        for index, state in optimizer.state_dict()["state"].items():
            for key, value in state.items():
                if value is not None:
                    tensors[f"optimizer.{place}.{index}.{key}"] = torch.as_tensor(value)
    folder.mkdir(parents=True, exist_ok=True)
    data = to_bytes({key: value.cpu().contiguous() for key, value in tensors.items()})
    facts = {
        "configuration": identity,
        "step": step,
        "seconds": seconds,
        "bfloat16": pace.bfloat16,
        "channels_last": pace.channels_last,
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    write_atomically(folder / f"step-{step:08d}.safetensors", data)
    write_atomically(folder / f"step-{step:08d}.json", json.dumps(facts).encode())
    for old in sorted(folder.glob("step-*.safetensors"))[:-KEPT]:
        old.with_suffix(".json").unlink(missing_ok=True)
        old.unlink()


def newest(folder: Path, identity: str) -> Saved | None:
    """The newest checkpoint that is whole and of this configuration, or None."""
    for path in sorted(folder.glob("step-*.json"), reverse=True):
        try:
            facts: dict[str, Any] = json.loads(path.read_bytes())
            data = path.with_suffix(".safetensors").read_bytes()
            if facts["configuration"] == identity and facts["sha256"] == hashlib.sha256(data).hexdigest():
                pace = Pace(facts["bfloat16"], facts["channels_last"])
                return Saved(facts["step"], facts["seconds"], pace, load(data))
        except (OSError, ValueError, KeyError):
            continue
    return None


def restore(saved: Saved, network: nn.Module, stepping: list[torch.optim.Optimizer]) -> None:
    """Puts the weights and the optimizers' state back, in place."""
    network.load_state_dict(_under(saved.tensors, "network."))
    for place, optimizer in enumerate(stepping):
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in _under(saved.tensors, f"optimizer.{place}.").items():
            index, name = key.split(".")
            state.setdefault(int(index), {})[name] = value
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
