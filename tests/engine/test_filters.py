"""The first filters are the weights that meet the picture, cut to what a page can show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.arithmetic.specification import NetworkSpec
from app.engine import epochs, filters
from app.engine.networks import build

HEAD: list[dict[str, Any]] = [{"type": "flatten"}, {"type": "linear", "out_features": 10}]


def kept(folder: Path, *layers: dict[str, Any]) -> tuple[NetworkSpec, Path, torch.nn.Sequential]:
    entering = {"channels": 3, "height": 32, "width": 32}
    network = NetworkSpec.model_validate({"input": entering, "layers": [*layers, *HEAD]})
    built = build(network)
    epochs.keep(folder, 0, built)
    return network, epochs.path_of(folder, 0), built


def conv(**changes: Any) -> dict[str, Any]:
    return {"type": "conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1, **changes}


@pytest.mark.parametrize(
    ("layers", "address", "key", "shape"),
    [
        ([conv()], "0", "0.weight", (8, 3, 3, 3)),
        ([conv(out_channels=100), conv()], "0", "0.weight", (64, 3, 3, 3)),
        ([{"type": "batch_norm2d"}, conv(out_channels=6, groups=3)], "1", "1.weight", (6, 1, 3, 3)),
        (
            [{"type": "residual", "layers": [{"type": "relu"}, conv(out_channels=3)]}],
            "0.layers.1",
            "0.layers.1.weight",
            (3, 3, 3, 3),
        ),
        ([], "1", "1.weight", (10, 3, 32, 32)),
        ([{"type": "flatten"}, {"type": "linear", "out_features": 200}], "1", "1.weight", (64, 3, 32, 32)),
        ([conv(kernel_size=31, out_channels=100, padding=15)], "0", "0.weight", (64, 3, 31, 31)),
    ],
)
def test_they_are_the_first_weights(
    tmp_path: Path, layers: list[dict[str, Any]], address: str, key: str, shape: tuple[int, ...]
) -> None:
    network, path, built = kept(tmp_path, *layers)
    found = filters.first(network, path)
    assert found is not None
    assert (found.address, found.kernels.shape) == (address, shape)
    weight = built.state_dict()[key].reshape(-1, *shape[1:])[: shape[0]]
    np.testing.assert_array_equal(found.kernels, weight.numpy())
    np.testing.assert_allclose(np.array(found.rounded()), weight.numpy(), rtol=1e-4)


@pytest.mark.parametrize(
    "layers",
    [
        [{"type": "locally_connected2d", "out_channels": 2, "kernel_size": 8, "stride": 8}],
        [{"type": "conv_transpose2d", "out_channels": 2, "kernel_size": 2}],
        [{"type": "max_pool2d", "kernel_size": 2}],
    ],
)
def test_a_network_that_begins_otherwise_has_none(tmp_path: Path, layers: list[dict[str, Any]]) -> None:
    network, path, _ = kept(tmp_path, *layers)
    assert filters.first(network, path) is None


def test_what_is_no_number_is_none(tmp_path: Path) -> None:
    network, path, built = kept(tmp_path, conv())
    with torch.no_grad():
        built.get_parameter("0.weight")[0, 0, 0, 1] = float("inf")
    epochs.keep(tmp_path, 0, built)
    found = filters.first(network, path)
    assert found is not None
    assert found.rounded()[0][0][0][1] is None
