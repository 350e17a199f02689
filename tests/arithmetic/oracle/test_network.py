"""A network layer by layer, against the network that is built of it; its source, run; where it breaks."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.network import MAX_PARAMETERS, tabulate
from app.arithmetic.network_source import class_name
from app.arithmetic.specification import NetworkSpec
from app.engine.networks import LocallyConnected2d, build
from tests.arithmetic.configurations import TIMES
from tests.arithmetic.oracle.networks import Data, draw


def spec(
    *layers: Data, channels: int = 3, height: int = 8, width: int = 8, name: str = "network"
) -> NetworkSpec:
    data = {"name": name, "input": {"channels": channels, "height": height, "width": width}, "layers": layers}
    return NetworkSpec.model_validate(data)


def ran(source: str) -> nn.Module:
    """An instance of the network's class in the printed file."""
    names: dict[str, Any] = {"__name__": "printed"}
    exec(compile(source, "printed.py", "exec", dont_inherit=True), names)
    *_, network = (
        each for each in names.values() if isinstance(each, type) and issubclass(each, nn.Sequential)
    )
    made: nn.Module = network()
    return made


def flops_of(built: nn.Module, network: NetworkSpec) -> tuple[int, list[int]]:
    """Floating-point operations as PyTorch counts them, and the shape that comes out.

    PyTorch does not count locally connected layers; each of their weights is used once.
    """
    entering = torch.rand(1, network.input.channels, network.input.height, network.input.width)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        output = built.eval()(entering)
    counted = [
        each for name, each in counter.get_flop_counts().get("Global", {}).items() if "mm" not in str(name)
    ]
    matrices = [module for module in built.modules() if isinstance(module, nn.Linear | LocallyConnected2d)]
    return sum(counted) + 2 * sum(module.weight.numel() for module in matrices), list(output.shape[1:])


@pytest.mark.parametrize("seed", range(60 * TIMES))
def test_the_table_is_what_the_real_network_does(seed: int) -> None:
    network = wide(draw(seed, height=13, width=11), random.Random(seed))
    table = tabulate(network)
    built = build(network)
    flops, output = flops_of(built, network)
    assert table.layers[-1].output_shape == output
    assert table.total.parameters == sum(each.numel() for each in built.parameters())
    assert 2 * table.total.macs == flops
    for row in table.layers:
        own = built.get_submodule(row.address).parameters(recurse=row.type != "residual")
        assert row.parameters == sum(each.numel() for each in own)


@pytest.mark.parametrize("seed", range(40 * TIMES))
def test_the_printed_module_is_the_network(seed: int) -> None:
    network = wide(draw(seed, height=13, width=11), random.Random(seed))
    built, printed = build(network).eval(), ran(tabulate(network).pytorch).eval()
    printed.load_state_dict(built.state_dict())
    entering = torch.rand(2, network.input.channels, 13, 11)
    with torch.inference_mode():
        assert torch.equal(printed(entering), built(entering))


def wide(network: NetworkSpec, dice: random.Random) -> NetworkSpec:
    """The network with more than one channel, so that channels and features count."""
    channels, maps = dice.randint(1, 3), dice.choice([1, 2, 4])

    def widened(layers: Any) -> Any:
        changed = []
        for layer in layers:
            update: Data = {}
            if hasattr(layer, "out_channels"):
                update["out_channels"] = maps
            if layer.type == "residual":
                update = {
                    "layers": widened(layer.layers),
                    "shortcut": layer.shortcut and widened(layer.shortcut),
                }
            changed.append(layer.model_copy(update=update))
        return tuple(changed)

    try:
        candidate = network.model_copy(
            update={
                "input": network.input.model_copy(update={"channels": channels}),
                "layers": widened(network.layers),
            }
        )
        tabulate(candidate)
    except InvalidSpec:  # a residual without a shortcut wants as many channels as enter it
        return network
    return candidate


CONV: Data = {"type": "conv2d", "out_channels": 6, "kernel_size": 5}
DENSE: Data = {"type": "linear", "out_features": 10}


def broken(network: NetworkSpec) -> InvalidSpec:
    with pytest.raises(InvalidSpec) as refused:
        tabulate(network)
    return refused.value


def test_where_it_breaks_has_an_address_a_reason_a_repair_and_the_rows_before() -> None:
    pool: Data = {"type": "max_pool2d", "kernel_size": 5}
    error = broken(spec(CONV, {"type": "relu"}, pool, {"type": "flatten"}))
    assert (error.address, error.field, error.nearest) == ("2", "kernel_size", 4)
    assert error.reason == "The kernel covers 5 cells, the padded input has 4 along height."
    assert error.extra is not None
    assert error.extra["address"] == "2"
    assert [row["name"] for row in error.extra["layers"]] == ["conv2d_1", "relu_1"]
    tabulate(spec(CONV, {"type": "relu"}, pool | {error.field: error.nearest}, {"type": "flatten"}))


def test_it_breaks_inside_a_residual_at_the_inner_address() -> None:
    error = broken(spec(CONV, {"type": "residual", "layers": [{"type": "relu"}, CONV]}))
    assert error.address == "1.layers.1"
    assert [row["address"] for row in (error.extra or {})["layers"]] == ["0", "1.layers.0"]


def test_a_shortcut_that_does_not_fit_is_offered_one_that_does() -> None:
    inner = {"type": "conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1}
    error = broken(spec({"type": "residual", "layers": [inner]}))
    assert (error.address, error.field) == ("0", "shortcut")
    assert error.nearest == [{"type": "conv2d", "out_channels": 16, "kernel_size": 1, "stride": 2}]
    mended = spec({"type": "residual", "layers": [inner], "shortcut": error.nearest})
    assert tabulate(mended).layers[-1].output_shape == [16, 4, 4]


def test_a_dense_layer_on_maps_is_offered_a_flatten() -> None:
    error = broken(spec(CONV, DENSE))
    assert (error.address, error.field) == ("1", "type")
    assert error.nearest == {"insert_before": {"type": "flatten"}}
    assert isinstance(error.nearest, dict)
    assert tabulate(spec(CONV, error.nearest["insert_before"], DENSE)).total.parameters == 456 + 970


@pytest.mark.parametrize(
    ("before", "layer", "nearest"),
    [
        ([], {"type": "batch_norm1d"}, "batch_norm2d"),
        ([{"type": "flatten"}], {"type": "batch_norm2d"}, "batch_norm1d"),
    ],
)
def test_a_batch_normalisation_of_the_other_kind_is_offered(
    before: list[Data], layer: Data, nearest: str
) -> None:
    error = broken(spec(*before, layer))
    assert (error.field, error.nearest) == ("type", nearest)
    tabulate(spec(*before, layer | {"type": nearest}))


@pytest.mark.parametrize(
    "layer",
    [
        {"type": "conv1d", "out_channels": 1, "kernel_size": 1},
        {"type": "conv3d", "out_channels": 1, "kernel_size": 1},
    ],
)
def test_a_layer_for_other_axes_is_refused(layer: Data) -> None:
    error = broken(spec(layer))
    assert (error.address, error.field, error.nearest) == ("0", "type", None)
    assert "what enters is 3 × 8 × 8" in error.reason


def test_a_convolution_after_flattening_is_refused() -> None:
    assert broken(spec({"type": "flatten"}, CONV)).reason == (
        "conv2d takes channels and 2 axes; what enters is 192."
    )


def test_counting_goes_to_ten_billion_parameters() -> None:
    big: Data = {"type": "linear", "out_features": 99_999, "bias": False}
    network = spec({"type": "flatten"}, big, big, channels=1, height=1, width=1)
    assert tabulate(network).total.parameters == 99_999 + 99_999**2 <= MAX_PARAMETERS
    error = broken(spec({"type": "flatten"}, big, big, DENSE, channels=1, height=10, width=10))
    assert (error.address, error.field) == ("2", "layers")


def test_an_output_too_large_to_count_is_refused() -> None:
    up: Data = {"type": "conv_transpose2d", "out_channels": 1, "kernel_size": 2, "stride": 16_384}
    assert broken(spec(*[up] * 64, channels=1)).address == "1"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("lenet", "Lenet"), ("tiny-vgg_2", "TinyVgg2"), ("7net", "Network7net"), ("none", "NetworkNone"),
     ("residual", "NetworkResidual"), ("f", "NetworkF")],
)  # fmt: skip
def test_the_class_is_named_after_the_network(name: str, expected: str) -> None:
    assert class_name(name) == expected
    assert f"class {expected}(nn.Sequential):" in tabulate(spec({"type": "relu"}, name=name)).pytorch
    ran(tabulate(spec({"type": "relu"}, name=name)).pytorch)


def test_a_layer_has_its_own_name_or_its_type_and_a_number() -> None:
    rows = tabulate(spec(CONV | {"name": "first"}, CONV | {"kernel_size": 1}, {"type": "relu"})).layers
    assert [row.name for row in rows] == ["first", "conv2d_2", "relu_1"]
