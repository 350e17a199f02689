"""In which numbers and in which layout of memory a network is trained."""

from __future__ import annotations

import pytest
import torch

from app.engine import devices
from app.engine.devices import CPU, NumberFormat, Pace
from app.engine.networks import build
from tests.engine.training_data import small_network


@pytest.fixture(params=[True, False], ids=["a processor with bfloat16", "one without"])
def has_bfloat16(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(devices, "_processor_has_bfloat16", lambda: request.param)
    return bool(request.param)


def test_a_processor_computes_in_bfloat16_only_if_it_has_it(has_bfloat16: bool) -> None:
    usual = "bfloat16" if has_bfloat16 else "float32"
    assert devices.usual_precision(CPU) == usual
    assert devices.repeatable("auto", CPU) == usual
    assert devices.named_pace("float32", CPU) == Pace(bfloat16=False, channels_last=True)
    assert devices.named_pace("bfloat16", CPU) == Pace(bfloat16=has_bfloat16, channels_last=True)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_an_accelerator_is_taken_at_its_word(has_bfloat16: bool, precision: NumberFormat) -> None:
    del has_bfloat16  # that of the processor is no matter
    asked = precision == "bfloat16"
    assert devices.named_pace(precision, torch.device("mps")) == Pace(bfloat16=asked, channels_last=asked)


def test_what_would_be_emulated_is_not_measured(has_bfloat16: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[Pace] = []

    def seconds(pace: Pace, *_: object) -> float:
        measured.append(pace)
        return float(len(measured) != 2)

    monkeypatch.setattr(devices, "_seconds_a_step", seconds)
    chosen = devices.choose_pace("auto", build(small_network()), 8, CPU)
    paces = {Pace(bfloat16, last) for bfloat16 in {False, has_bfloat16} for last in (False, True)}
    assert (len(measured), set(measured)) == (len(paces), paces)
    assert chosen == measured[1]
