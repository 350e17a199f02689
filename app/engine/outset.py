"""What a run begins with: a network made anew, another one's weights, or its own newest checkpoint."""

from __future__ import annotations

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes

from app.engine import beginning, resume
from app.engine.configuration import TrainingConfig
from app.engine.datasets import Pictures, normalise
from app.engine.devices import Pace, choose_pace
from app.engine.learner import Learner, seed_of
from app.engine.networks import build
from app.engine.processes import Processes
from app.engine.trainable import needs_channels_first


class UnfitWeights(ValueError):
    """The weights to start from are not those of the network."""


def learner_of(
    config: TrainingConfig,
    pictures: Pictures,
    start: bytes | None,
    saved: resume.Saved | None,
    device: torch.device,
    processes: Processes,
) -> Learner:
    """A network on its device with what it learns by, as the run begins or goes on.

    Raises:
        UnfitWeights: `start` does not fit the network.
    """
    torch.manual_seed(seed_of(config.seed, 0))
    network = build(config.network)
    if config.initialisation == "whitened":
        seen = pictures[: beginning.LOOKED_AT]
        beginning.begin(network, normalise(seen.pixels, seen.source.mean, seen.source.std))
    if start is not None:
        try:
            network.load_state_dict(tensors_from_bytes(start))
        except (RuntimeError, SafetensorError) as error:
            raise UnfitWeights("These weights are not those of this network.") from error
    if saved:
        pace = saved.pace
    else:
        size, channels_first = config.batch_of(config.examples), needs_channels_first(config.network)
        own = choose_pace(config.precision, network, size, device, channels_first=channels_first)
        told = processes.from_first(bytes([own.bfloat16, own.channels_last]), device)
        pace = Pace(bool(told[0]), bool(told[1]))
    learner = Learner(config, network, pace, device, processes)
    if saved:
        resume.restore(saved, learner)
    return learner
