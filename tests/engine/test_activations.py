"""Every layer's activation is what plain PyTorch makes of the same files, whoever asks at the same time."""

from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from app.engine import activations, checkpoints
from app.engine.activations import INPUT, LoadedNetwork, Trace, UnknownLayer
from app.engine.checkpoints import BrokenNetwork, Checkpoint
from app.engine.shuffling import shuffle_pixels
from app.settings import Settings
from tests import plain_forward, small_networks

SHIPPED = Settings().models_dir
NAMES = checkpoints.names(SHIPPED)


def picture(seed: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> LoadedNetwork:
    folder = tmp_path_factory.mktemp("models")
    return activations.load(small_networks.write(folder, "everything", small_networks.EVERYTHING))


def check_against_plain_pytorch(network: LoadedNetwork, trace: Trace, pixels: npt.NDArray[np.uint8]) -> None:
    assert isinstance(network.checkpoint, Checkpoint)
    expected = plain_forward.forward(network.checkpoint.folder, pixels)
    assert set(expected) == {INPUT, *trace.activations}
    for address, values in expected.items():
        made = trace.activation(address)
        assert made.dtype == np.float32
        assert made.shape == values.shape
        largest = float(np.abs(values).max())
        np.testing.assert_allclose(made, values, rtol=1e-5, atol=1e-5 * largest, err_msg=address)


def test_networks_are_shipped() -> None:
    assert NAMES, f"there is no network in {SHIPPED}"


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_networks_activations_are_those_of_plain_pytorch(name: str) -> None:
    network = activations.load(checkpoints.read(SHIPPED, name))
    for seed in range(3):
        check_against_plain_pytorch(network, activations.trace(network, picture(seed)), picture(seed))


def test_every_layer_types_activation_is_that_of_plain_pytorch(everything: LoadedNetwork) -> None:
    for seed in range(3):
        trace = activations.trace(everything, picture(seed))
        check_against_plain_pytorch(everything, trace, picture(seed))


def test_layers_come_in_order_of_execution_in_the_shapes_worked_out(
    everything: LoadedNetwork,
) -> None:
    trace = activations.trace(everything, picture(0))
    order = list(trace.activations)
    assert order[:8] == [
        *("0", "1", "2", "3.layers.0", "3.layers.1", "3.layers.2", "3.shortcut.0"),
        "3",
    ]
    for address in (INPUT, *order):
        assert everything.shapes[address] == trace.activation(address).shape


def test_the_same_picture_gives_the_same_numbers_whatever_else_runs(everything: LoadedNetwork) -> None:
    alone = [activations.trace(everything, picture(seed)) for seed in range(8)]
    with ThreadPoolExecutor(4) as threads:
        seeds = [seed for _ in range(6) for seed in range(8)]
        together = threads.map(lambda seed: activations.trace(everything, picture(seed)), seeds)
    for seed, trace in zip(seeds, together, strict=True):
        for address, values in alone[seed].activations.items():
            assert np.array_equal(trace.activations[address], values)


def test_probabilities_are_the_softmax_of_the_logits(tmp_path: Path, everything: LoadedNetwork) -> None:
    plain = activations.load(small_networks.write(tmp_path, "plain", small_networks.PLAIN))
    for network, before_softmax in ((plain, "4"), (everything, "18")):
        trace = activations.trace(network, picture(1))
        assert np.array_equal(trace.logits, trace.activations[before_softmax])
        powers = np.exp(trace.logits.astype(np.float64))
        np.testing.assert_allclose(trace.probabilities, powers / powers.sum(), rtol=1e-5)


def test_a_layer_is_found_by_address_and_by_name(everything: LoadedNetwork) -> None:
    assert everything.step("11").place.name == "which_map"
    assert everything.step("which_map").place.address == "11"
    assert everything.step("3.layers.0").place.name == "conv2d_2"
    assert everything.step("conv2d_2").place.address == "3.layers.0"
    with pytest.raises(UnknownLayer) as caught:
        everything.step("which_maps")
    assert caught.value.nearest == "which_map"


def test_what_a_trace_holds_cannot_be_changed(everything: LoadedNetwork) -> None:
    trace = activations.trace(everything, picture(0))
    for address in (INPUT, *trace.activations):
        with pytest.raises(ValueError, match="read-only"):
            trace.activation(address).flat[0] = 0


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ([{"type": "flatten"}, {"type": "linear", "out_features": 9}], "score for every class"),
        ([{"type": "conv2d", "out_channels": 10, "kernel_size": 32}], "score for every class"),
    ],
)
def test_a_network_that_gives_no_score_for_every_class_is_refused(
    tmp_path: Path, layers: small_networks.Layers, reason: str
) -> None:
    with pytest.raises(BrokenNetwork, match=reason):
        activations.load(small_networks.write(tmp_path, "broken", layers))


def test_a_network_that_is_too_large_is_refused_before_anything_is_allocated(tmp_path: Path) -> None:
    checkpoint = small_networks.write(tmp_path, "large", small_networks.PLAIN)
    layers: list[dict[str, object]] = [
        {"type": "conv2d", "out_channels": 1_000_000, "kernel_size": 1, "padding": 0},
        {"type": "adaptive_avg_pool2d", "output_size": 1},
        {"type": "flatten"},
        {"type": "linear", "out_features": 10},
    ]
    large = {"name": "large", "input": small_networks.INPUT, "layers": layers}
    (checkpoint.folder / "network.json").write_text(json.dumps(large))
    with pytest.raises(BrokenNetwork, match="more than 1000000000 values"):
        activations.load(checkpoints.read(tmp_path, "large"))


def test_a_network_that_learned_shuffled_pixels_is_shown_them_so(everything: LoadedNetwork) -> None:
    checkpoint = everything.checkpoint
    assert isinstance(checkpoint, Checkpoint)
    card = checkpoint.card.model_copy(update={"shuffled_pixels": True})
    shuffled = activations.load(dataclasses.replace(checkpoint, card=card))
    pixels = picture(5)
    seen = shuffle_pixels(torch.tensor(pixels).unsqueeze(0)).numpy()[0]
    assert not np.array_equal(seen, pixels)
    made, expected = activations.trace(shuffled, pixels), activations.trace(everything, seen)
    for address in [INPUT, *everything.steps]:
        np.testing.assert_array_equal(made.activation(address), expected.activation(address))
