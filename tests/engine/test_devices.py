"""In which numbers and in which layout of memory a network is trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from app.engine import devices
from app.engine.configuration import TrainingConfig
from app.engine.datasets import digits
from app.engine.devices import CPU, NumberFormat, Pace
from app.engine.events import Started
from app.engine.networks import build
from app.engine.script import script
from app.engine.trainable import needs_channels_first
from app.engine.training import train
from tests.engine.training_data import small_network


@pytest.fixture(params=[True, False], ids=["a processor with bfloat16", "one without"])
def has_bfloat16(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr(devices, "_processor_has_bfloat16", lambda: request.param)
    return bool(request.param)


def test_a_processor_computes_in_bfloat16_only_if_it_has_it(has_bfloat16: bool) -> None:
    usual = "bfloat16" if has_bfloat16 else "float32"
    assert devices.usual_precision(CPU) == usual
    assert devices.repeatable("auto", CPU) == usual
    assert devices.named_pace("float32", CPU) == Pace(bfloat16=False, channels_last=True)
    assert devices.named_pace("bfloat16", CPU) == Pace(bfloat16=has_bfloat16, channels_last=True)
    first = devices.named_pace("float32", CPU, channels_first=True)
    assert first == Pace(bfloat16=False, channels_last=False)


def test_a_processor_of_which_nothing_is_known_is_taken_at_its_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_processor_has_bfloat16", lambda: False)
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert devices.usual_precision(CPU) == "float32"
    assert devices.named_pace("bfloat16", CPU).bfloat16


@pytest.mark.parametrize("has", [True, False])
def test_cuda_computes_in_bfloat16_only_if_it_has_it(monkeypatch: pytest.MonkeyPatch, has: bool) -> None:
    monkeypatch.setattr(
        "torch.cuda.is_bf16_supported", lambda including_emulation: has or including_emulation
    )
    cuda = torch.device("cuda")
    assert devices.usual_precision(cuda) == ("bfloat16" if has else "float32")
    assert devices.named_pace("bfloat16", cuda) == Pace(bfloat16=has, channels_last=has)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_an_accelerator_is_taken_at_its_word(has_bfloat16: bool, precision: NumberFormat) -> None:
    del has_bfloat16  # that of the processor is no matter
    asked = precision == "bfloat16"
    assert devices.named_pace(precision, torch.device("mps")) == Pace(bfloat16=asked, channels_last=asked)


@pytest.mark.parametrize("channels_first", [False, True])
def test_what_would_be_emulated_or_breaks_is_not_measured(
    has_bfloat16: bool, monkeypatch: pytest.MonkeyPatch, channels_first: bool
) -> None:
    measured: list[Pace] = []

    def seconds(pace: Pace, *_: object) -> float:
        measured.append(pace)
        return float(len(measured) != 2)

    monkeypatch.setattr(devices, "_seconds_a_step", seconds)
    chosen = devices.choose_pace("auto", build(small_network()), 8, CPU, channels_first=channels_first)
    layouts = {False, not channels_first}
    paces = {Pace(bfloat16, last) for bfloat16 in {False, has_bfloat16} for last in layouts}
    assert (len(measured), set(measured)) == (len(paces), paces)
    assert chosen == measured[min(1, len(measured) - 1)]


POINT: dict[str, Any] = {"type": "conv2d", "out_channels": 16, "kernel_size": 1}
STRIDED = {**POINT, "stride": [1, 2]}
BLOCK = {"type": "residual", "layers": [{**STRIDED, "kernel_size": 3, "padding": 1}], "shortcut": [STRIDED]}


@pytest.mark.parametrize(
    ("layers", "channels_first"),
    [([STRIDED], True), ([BLOCK], True), ([POINT], False), ([POINT, STRIDED], False)],
    ids=["strided", "in a block", "not strided", "of many channels"],
)
def test_what_onednn_would_break_is_trained_channels_first(
    layers: list[dict[str, Any]], channels_first: bool, tmp_path: Path
) -> None:
    head = [{"type": "flatten"}, {"type": "linear", "out_features": 10}]
    spec = {"name": "points", "input": {"channels": 3, "height": 32, "width": 32}, "layers": [*layers, *head]}
    config = TrainingConfig.model_validate_json(
        json.dumps({"network": spec, "dataset": "digits", "precision": "float32"})
    )
    assert needs_channels_first(config.network) == channels_first
    started = next(iter(train(config, digits(train=True), CPU, tmp_path, checkpoint_seconds=1e9)))
    assert isinstance(started, Started)
    assert started.pace == Pace(bfloat16=False, channels_last=not channels_first)
    made: dict[str, Any] = {"__name__": "script"}
    exec(script(config, device="cpu", bfloat16=False, title="A run.", start=None), made)
    layout = torch.contiguous_format if channels_first else torch.channels_last
    assert made["layout_on"](CPU) == layout
