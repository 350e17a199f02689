"""What a network takes pictures for is counted as a loop would, and kept beside each epoch's weights."""

from __future__ import annotations

from pathlib import Path

import torch
from hypothesis import given
from hypothesis import strategies as st

from app.engine import epochs
from app.engine.configuration import TrainingConfig
from app.engine.datasets import Pictures, normalise
from app.engine.devices import CPU
from app.engine.evaluation import Examined, examine
from app.engine.events import EpochEnded, Measured
from app.engine.networks import build
from app.engine.outcomes import MOST_MISTAKES, outcome_of
from app.engine.training import train
from tests.engine.training_data import coloured_pictures, small_network

CLASS = st.integers(0, 9)
SURENESS = st.sampled_from([0.2, 0.5, 0.9, float("nan")])


@given(st.lists(st.tuples(CLASS, CLASS, SURENESS), min_size=1, max_size=60))
def test_the_matrix_counts_and_the_surest_mistakes_come_first(rows: list[tuple[int, int, float]]) -> None:
    labels, predicted, probability = (torch.tensor(column) for column in zip(*rows, strict=True))
    pictures = Pictures(torch.zeros(len(rows), 32, 32, 3, dtype=torch.uint8), labels)
    outcome = outcome_of(Examined(Measured(0.0, 0.0), predicted, probability), pictures)
    for label in range(10):
        for guess in range(10):
            count = sum(row[:2] == (label, guess) for row in rows)
            assert outcome.matrix[label][guess] == count
    assert outcome.accuracy == sum(label == guess for label, guess, _ in rows) / len(rows)
    wrong = [(index, *row) for index, row in enumerate(rows) if row[0] != row[1]]
    wrong.sort(key=lambda row: -row[3] if row[3] == row[3] else 1.0)
    told = [(each.index, each.label, each.predicted) for each in outcome.mistakes]
    assert told == [row[:3] for row in wrong[:MOST_MISTAKES]]
    for mistake, row in zip(outcome.mistakes, wrong, strict=False):
        expected = None if row[3] != row[3] else torch.tensor(row[3]).item()
        assert mistake.probability == expected


def test_each_picture_is_examined_as_the_network_alone_would() -> None:
    torch.manual_seed(0)
    network, pictures = build(small_network()), coloured_pictures(2500)
    examined = examine(network, pictures)
    with torch.inference_mode():
        logits = network(normalise(pictures.pixels))
    assert torch.equal(examined.predicted, logits.argmax(1))
    assert torch.allclose(examined.probability, logits.softmax(1).amax(1))
    right = int((logits.argmax(1) == pictures.labels).sum())
    assert examined.measured.accuracy == right / 2500


def test_every_kept_epoch_has_its_outcome(tmp_path: Path) -> None:
    config = TrainingConfig(network=small_network(), batch_size=32, epochs=2, held_out=0, precision="float32")
    test = coloured_pictures(200, seed=1)
    told = [
        event.test
        for event in train(config, coloured_pictures(320), CPU, tmp_path, test=test, keep_epochs=True)
        if isinstance(event, EpochEnded)
    ]
    assert epochs.kept(tmp_path) == [0, 1, 2]
    outcomes = [epochs.outcome(tmp_path, epoch) for epoch in range(3)]
    assert [each.accuracy for each in outcomes[1:] if each] == [each.accuracy for each in told if each]
    assert sum(map(sum, outcomes[0].matrix)) == 200 if outcomes[0] else False
    epochs.remove(tmp_path, 1)
    assert (epochs.kept(tmp_path), epochs.outcome(tmp_path, 1)) == ([0, 2], None)
    assert sorted(path.name for path in (tmp_path / epochs.FOLDER).glob("*1*")) == []


def test_without_a_test_there_is_no_outcome(tmp_path: Path) -> None:
    epochs.keep(tmp_path, 0, build(small_network()))
    assert epochs.outcome(tmp_path, 0) is None
