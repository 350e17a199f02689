"""Fights a duel: trains its runs one after another and writes down what came of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import nn

from app.arithmetic.network import trace
from app.engine.datasets import Pictures, load
from app.engine.duels import FOLDER, PRUNED_SHARES, Contender, Duel, Outcome, Pruned, Report
from app.engine.durable import write_atomically
from app.engine.evaluation import accuracy
from app.engine.recipes import describe
from app.engine.training import EpochEnded, Finished, TrainingEvent, train


def fight(
    duel: Duel,
    data: Path,
    device: torch.device,
    told: Callable[[Contender, TrainingEvent], None] = lambda _contender, _event: None,
) -> Report:
    """Trains every contender; the test pictures are looked at after each epoch and choose nothing.

    `told` hears of everything that happens. `data` is CIFAR-10's folder.

    Raises:
        DataUnreachable, Diverged
    """
    outcomes: list[Outcome] = []
    pruned: tuple[Pruned, ...] = ()
    for contender in duel.contenders:
        dataset = contender.config.dataset
        training, test = load(dataset, data, train=True), load(dataset, data, train=False)
        ended: list[EpochEnded] = []
        network: nn.Sequential | None = None
        with tempfile.TemporaryDirectory() as folder:
            for event in train(contender.config, training, device, Path(folder), test=test):
                told(contender, event)
                if isinstance(event, EpochEnded):
                    ended.append(event)
                elif isinstance(event, Finished):
                    network = event.network
        outcomes.append(_outcome(contender, ended))
        if network is not None and contender.name == duel.prunes:
            pruned = tuple(_pruned(network, test))
    return Report(
        name=duel.name,
        command=f"convscope duel {duel.name}",
        device=describe(device),
        torch_version=str(torch.__version__),
        outcomes=tuple(outcomes),
        pruned=pruned,
    )


def write(models: Path, report: Report) -> Path:
    """Puts a report where :func:`app.engine.duels.reports` finds it."""
    path = models / FOLDER / f"{report.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (report.model_dump_json(indent=1) + "\n").encode())
    return path


def without_smallest(network: nn.Module, share: float) -> nn.Module:
    """The network with this share of its weights set to 0, in place: the smallest of all layers.

    Biases stay. Equal values that stand on the border go together.
    """
    weights = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    sizes = torch.cat([weight.detach().abs().flatten() for weight in weights])
    count = round(share * len(sizes))
    if count:
        border = sizes.kthvalue(count).values
        with torch.no_grad():
            for weight in weights:
                weight[weight.abs() <= border] = 0
    return network


def _pruned(network: nn.Module, test: Pictures) -> Iterator[Pruned]:
    for share in PRUNED_SHARES:  # in rising order: what is 0 is among the smallest again
        yield Pruned(share=share, test_accuracy=accuracy(without_smallest(network, share), test))


def _outcome(contender: Contender, ended: list[EpochEnded]) -> Outcome:
    network = contender.config.network
    return Outcome(
        name=contender.name,
        parameters=sum(each.cost.parameters for each in trace(network)),
        configuration={**contender.config.model_dump(mode="json"), "network": network.dump()},
        epochs=tuple(each.epoch for each in ended),
        train_accuracy=tuple(each.train_accuracy for each in ended),
        test_accuracy=tuple(each.test.accuracy for each in ended if each.test),
        held_out_accuracy=tuple(each.held_out.accuracy for each in ended if each.held_out),
        group=contender.group,
    )
