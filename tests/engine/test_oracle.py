"""The oracle agrees with the arithmetic, notices when it lies, and never makes anybody wait."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest

from app.arithmetic.description import Description, describe
from app.arithmetic.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose2d,
    MaxPool2d,
)
from app.engine import oracle
from app.engine.oracle import Oracle, agrees

CONV = Conv2d(out_channels=10, kernel_size=(3, 3), stride=(3, 3))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (CONV, (3, 7, 7)),
        (Conv1d(out_channels=4, kernel_size=(3,), padding="same", groups=2), (2, 9)),
        (Conv2d(out_channels=4, kernel_size=(3, 2), padding=(1, 0, 2, 3), bias=False), (2, 9, 8)),
        (
            Conv3d(out_channels=4, kernel_size=(1, 2, 3), padding_mode="circular", padding=(1, 1, 1)),
            (2, 4, 5, 6),
        ),
        (
            ConvTranspose2d(out_channels=4, kernel_size=(3, 3), stride=(2, 2), output_padding=(1, 0)),
            (2, 4, 5),
        ),
        (MaxPool2d(kernel_size=(3, 3), stride=(2, 2), ceil_mode=True), (2, 8, 8)),
        (AvgPool2d(kernel_size=(3, 3), count_include_pad=False), (2, 8, 8)),
        (AdaptiveAvgPool2d(output_size=(3, 5)), (2, 8, 8)),
    ],
    ids=lambda value: getattr(value, "type", None),
)
def test_pytorch_agrees_run_or_only_measured(layer: Any, shape: tuple[int, ...]) -> None:
    assert agrees(layer, shape) is True
    assert oracle.measure(layer, shape, run=True) == oracle.measure(layer, shape, run=False)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Conv2d(out_channels=10_000, kernel_size=(99, 99)), (10_000, 16_384, 16_384)),
        (MaxPool2d(kernel_size=(700, 700), stride=(1, 1)), (1, 1400, 1400)),  # no MACs, minutes of comparing
    ],
)
def test_a_large_layer_is_measured_without_running(layer: Any, shape: tuple[int, ...]) -> None:
    started = time.process_time()
    assert agrees(layer, shape) is True
    assert time.process_time() - started < 5


def test_a_layer_too_large_even_for_that_stays_unchecked() -> None:
    layer = ConvTranspose2d(out_channels=1_000_000, kernel_size=(9, 9), stride=(16_384, 16_384))
    assert agrees(layer, (1, 16_384, 16_384)) is None


@pytest.mark.parametrize(
    "lie", [{"macs": 1}, {"activation_bytes": 1}, {"output": {"channels": 10, "height": 3, "width": 2}}]
)
def test_a_mismatch_is_false_and_loud(
    lie: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def lying(*question: Any) -> Description:
        return describe(*question).model_copy(update=lie)

    monkeypatch.setattr(oracle, "describe", lying)
    with caplog.at_level(logging.ERROR):
        assert agrees(CONV, (3, 7, 7)) is False
    assert "PyTorch disagrees" in caplog.text


def wait_for(asked: Oracle, expected: bool | None) -> bool | None:
    deadline = time.monotonic() + 120
    while (found := asked.verdict(CONV, (3, 7, 7))) is not expected and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


def test_the_first_answer_is_unknown_and_a_later_one_known() -> None:
    asked = Oracle()
    assert asked.verdict(CONV, (3, 7, 7)) is None
    asked.start()
    assert wait_for(asked, expected=True) is True
    asked.stop()


def test_a_question_that_cannot_be_answered_does_not_end_the_answers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = oracle.agrees
    monkeypatch.setattr(oracle, "agrees", lambda layer, shape: real(layer, shape) if shape else 1 / 0)
    asked = Oracle()
    asked.verdict(CONV, ())
    asked.start()
    assert wait_for(asked, expected=True) is True
    assert asked.verdict(CONV, ()) is None
    assert "could not be asked" in caplog.text
    asked.stop()


def test_what_waits_and_what_is_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "MAX_WAITING", 2)
    monkeypatch.setattr(oracle, "MAX_REMEMBERED", 1)
    asked = Oracle()
    for size in range(7, 12):
        assert asked.verdict(CONV, (3, size, size)) is None
    assert asked._questions.qsize() == 2
    assert len(asked._verdicts) == 1
