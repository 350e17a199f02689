"""Duels: what is done to pictures, labels and weights, what a fight reports, and what is shipped."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import nn

from app.arithmetic.network import trace
from app.engine import datasets, duelling, duels, shuffling
from app.engine.configuration import TrainingConfig
from app.engine.datasets import Pictures
from app.engine.duels import Contender, Duel
from app.settings import Settings
from tests.engine.training_data import small_network

CPU = torch.device("cpu")
SHIPPED = duels.reports(Settings().models_dir)


def numbered(count: int = 5) -> Pictures:
    """Pictures whose pixels say where they were."""
    place = torch.arange(32 * 32).view(1, 32, 32, 1)
    pixels = torch.cat([place % 251, place // 251, place % 7], dim=3).to(torch.uint8)
    return Pictures(pixels.repeat(count, 1, 1, 1), torch.arange(count))


def test_one_shuffle_is_done_to_the_pixels_of_every_picture() -> None:
    before = numbered()
    after = shuffling.with_shuffled_pixels(before)
    assert after.labels is before.labels
    assert not torch.equal(after.pixels, before.pixels)
    assert all(torch.equal(picture, after.pixels[0]) for picture in after.pixels)
    sort = [sorted(map(tuple, each.pixels[0].view(-1, 3).tolist())) for each in (before, after)]
    assert sort[0] == sort[1]
    assert torch.equal(shuffling.with_shuffled_pixels(before[:1]).pixels[0], after.pixels[0])


def test_labels_are_dealt_out_anew_and_pictures_stay() -> None:
    before = datasets.digits(train=True)
    after = shuffling.with_shuffled_labels(before)
    assert after.pixels is before.pixels
    assert torch.equal(after.labels.bincount(), before.labels.bincount())
    assert (after.labels == before.labels).float().mean() < 0.2


@pytest.mark.parametrize("share", [0.0, 0.25, 0.9, 1.0])
def test_the_smallest_weights_of_all_layers_are_left_out(share: float) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(40, 30), nn.ReLU(), nn.Linear(30, 10))
    before = torch.cat([p.detach().flatten() for p in network.parameters() if p.ndim > 1])
    biases = [p.detach().clone() for p in network.parameters() if p.ndim == 1]
    duelling.without_smallest(network, share)
    after = torch.cat([p.detach().flatten() for p in network.parameters() if p.ndim > 1])
    gone = after == 0
    assert int(gone.sum()) == round(share * len(before))
    assert torch.equal(after[~gone], before[~gone])
    if 0 < share < 1:
        assert before[gone].abs().max() < before[~gone].abs().min()
    assert all(map(torch.equal, biases, [p for p in network.parameters() if p.ndim == 1]))


def test_a_fight_reports_every_run_and_can_be_read_again(tmp_path: Path) -> None:
    config = TrainingConfig(
        network=small_network(),
        dataset="digits",
        epochs=2,
        batch_size=60,
        train_examples=120,
        held_out=0,
        precision="float32",
    )
    shuffled = Contender("shuffled", config.model_copy(update={"shuffled": "labels"}))
    heard: list[str] = []
    report = duelling.fight(
        Duel("pixels", (Contender("plain", config), shuffled), prunes="plain"),
        tmp_path,
        CPU,
        lambda contender, _event: heard.append(contender.name),
    )
    assert [each.name for each in report.outcomes] == ["plain", "shuffled"]
    assert set(heard) == {"plain", "shuffled"}
    assert all(each.epochs == (1, 2) and len(each.test_accuracy) == 2 for each in report.outcomes)
    assert report.outcome("plain").test_accuracy != report.outcome("shuffled").test_accuracy
    assert [each.share for each in report.pruned] == list(duels.PRUNED_SHARES)
    whole, *_, least = (each.test_accuracy for each in report.pruned)
    assert whole == report.outcome("plain").test_accuracy[-1]
    assert least < whole
    duelling.write(tmp_path, report)
    assert duels.reports(tmp_path) == (report,)


@pytest.mark.parametrize(
    ("name", "two", "within"), [("pixels", "mlp cnn", 0.02), ("sharing", "local wide", 0.01)]
)
def test_two_have_as_many_parameters(name: str, two: str, within: float) -> None:
    networks = {each.name: each.config.network for each in duels.duel(name).contenders}
    one, other = (sum(each.cost.parameters for each in trace(networks[name])) for name in two.split())
    assert abs(one - other) / one < within


def test_only_sharing_parts_two_networks_of_as_many_maps() -> None:
    shared, local, _ = (each.config.network for each in duels.duel("sharing").contenders)
    assert [each.leaving for each in trace(shared)] == [each.leaving for each in trace(local)]


@pytest.mark.parametrize("name", duels.names())
def test_runs_of_a_duel_are_trained_alike(name: str) -> None:
    """In one thing; where several learning rates are tried for each, in the rate as well."""
    for one, other in pairwise(duels.duel(name).contenders):
        theirs = other.config
        if one.group:
            rate = {"lr": one.config.optimizer.lr}
            theirs = theirs.model_copy(update={"optimizer": theirs.optimizer.model_copy(update=rate)})
        differs = [
            field
            for field in ("network", "optimizer", "batch_size", "shuffled")
            if getattr(one.config, field) != getattr(theirs, field)
        ]
        assert len([field for field in differs if field != "shuffled"]) <= 1
        assert one.config.model_copy(update={name: getattr(theirs, name) for name in differs}) == theirs


def test_there_is_a_sentence_for_a_duel_that_there_is_not() -> None:
    named = "pixels, sharing, batches, optimizers, pruning, labels"
    with pytest.raises(duels.UnknownDuel, match=rf"nothing.*{named}"):
        duels.duel("nothing")


def test_of_several_tries_the_one_is_chosen_that_held_out_pictures_prefer() -> None:
    def tried(name: str, group: str, *held_out: float) -> duels.Outcome:
        two = (1, 1)
        return duels.Outcome(
            name=name,
            group=group,
            parameters=1,
            configuration={},
            epochs=two,
            train_accuracy=two,
            test_accuracy=two,
            held_out_accuracy=held_out,
        )

    outcomes = (
        tried("a", "x", 0.9, 0.1),
        tried("b", "y", 0, 0),
        tried("c", "x", 0.1, 0.2),
        tried("d", "x", 0, 0.2),
    )
    report = duels.Report(name="", command="", device="", torch_version="", outcomes=outcomes)
    assert {group: each.name for group, each in report.chosen().items()} == {"x": "c", "y": "b"}


def test_every_duel_was_fought() -> None:
    assert [report.name for report in SHIPPED] == list(duels.names())


@pytest.mark.parametrize("report", SHIPPED, ids=lambda report: report.name)
def test_a_shipped_report_is_of_what_its_command_runs(report: duels.Report) -> None:
    contenders = duels.duel(report.name).contenders
    assert report.command == f"convscope duel {report.name}"
    assert [each.name for each in report.outcomes] == [each.name for each in contenders]
    for outcome, contender in zip(report.outcomes, contenders, strict=True):
        config = contender.config
        assert TrainingConfig.model_validate_json(json.dumps(outcome.configuration)) == config
        assert outcome.epochs == tuple(range(1, config.epochs + 1))
        assert len(outcome.train_accuracy) == len(outcome.test_accuracy) == config.epochs


def test_the_shipped_duels_show_what_their_pages_say() -> None:
    pixels, sharing, batches, optimizers, pruning, labels = SHIPPED
    last = {each.name: each.test_accuracy[-1] for each in pixels.outcomes}
    assert abs(last["mlp"] - last["mlp-shuffled"]) < 0.02
    assert last["cnn"] - last["cnn-shuffled"] > 0.1
    assert last["cnn"] > last["mlp"] > last["cnn-shuffled"] - 0.1
    last = {each.name: each.test_accuracy[-1] for each in sharing.outcomes}
    assert last["wide"] > last["local"] > last["shared"]
    full, mini, single = (each.train_accuracy[-1] for each in batches.chosen().values())
    assert full + 0.2 < mini < single
    racers = optimizers.chosen()
    assert list(racers) == list(duels.RACERS)
    assert all(each.train_accuracy[-1] > each.train_accuracy[0] > 0.15 for each in racers.values())
    whole, *left = (each.test_accuracy for each in pruning.pruned)
    assert left[0] > whole - 0.01 > left[-1]
    random = labels.outcome("cnn-shuffled")
    assert random.train_accuracy[-1] > 0.9
    assert abs(random.test_accuracy[-1] - 0.1) < 0.03
