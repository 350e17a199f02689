"""The network that a run was after one of its epochs, ready to be looked into."""

from __future__ import annotations

import hashlib
from pathlib import Path

from app.engine import activations
from app.engine.activations import LoadedNetwork
from app.engine.checkpoints import Described, Facts, Normalisation, Title
from app.runs.folder import if_kept
from app.runs.run import Run


def facts(run: Run) -> Facts:
    """What is known of the network of a run whatever it has learned."""
    source = run.config.source
    return Facts(
        name=run.network_name,
        title=Title(en=f"{run.title.en}: trained here", ko=f"{run.title.ko}: 여기서 학습"),
        classes=list(source.classes),
        normalisation=Normalisation(mean=source.mean, std=source.std),
        dataset=source.name,
        shuffled_pixels=run.config.shuffled == "pixels",
    )


def network_after(run: Run, weights: Path) -> LoadedNetwork:
    """The run's network with the weights in a file.

    Raises:
        UnknownEpoch: they are not kept any more.
        BrokenNetwork
    """
    with if_kept():
        data = weights.read_bytes()
    digest = hashlib.sha256(run.configuration.encode() + hashlib.sha256(data).digest()).hexdigest()[:32]
    described = Described(run.network_name, run.config.network, facts(run), digest)
    return activations.load_with(described, data)
