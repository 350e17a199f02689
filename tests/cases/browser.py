"""Write what the browser works out itself, ``python -m tests.cases.browser``; README.md says what it is."""

from __future__ import annotations

import json
import math
from typing import Any, cast

import torch
from torch import nn

from app.arithmetic import geometry
from app.arithmetic.cost import cost
from app.arithmetic.example import example_bias, example_input, example_weight
from app.arithmetic.formula import formula
from app.arithmetic.specification import NetworkSpec
from app.web.stage_numbers import Planar
from tests.cases.generate import FOLDER
from tests.cases.modules import module

FILE = "browser.json"
PLANAR = {"conv2d", "conv_transpose2d", "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d"}
Case = dict[str, Any]


def rules() -> list[Case]:
    """The formula and the cost of every accepted layer on two axes of geometry.json."""
    cases: list[Case] = json.loads((FOLDER / "geometry.json").read_text(encoding="utf-8"))
    return [_rule(case) for case in cases if case["operation"] in PLANAR and case["accepted"]]


def _rule(case: Case) -> Case:
    layer = _layer(case["operation"], case["layer"])
    shape = (case["input"]["channels"], case["input"]["height"], case["input"]["width"])
    output = (case["output"]["channels"], case["output"]["height"], case["output"]["width"])
    written = formula(layer, shape)
    costs = cost(layer, shape, output)
    return {
        **{name: case[name] for name in ("operation", "input", "layer")},
        "formula": {"symbolic": written.latex, **written.axes},
        "cost": {
            "weights": costs.weight,
            "biases": costs.bias,
            "macs": costs.macs,
            "activation_bytes": costs.activation_bytes,
        },
    }


def maps() -> list[Case]:
    """What real PyTorch modules make of the example's numbers: their whole output."""
    size = {"kernel_size": [2, 3]}
    asked: list[tuple[str, dict[str, Any], tuple[int, int, int]]] = [
        ("conv2d", {"out_channels": 9, "kernel_size": 3, "stride": 2, "padding": 1}, (3, 5, 6)),
        ("conv2d", {"out_channels": 4, "kernel_size": 1, "groups": 2, "bias": False}, (4, 3, 3)),
        ("conv2d", {"out_channels": 2, **size, "dilation": [2, 1], "padding": [3, 1]}, (1, 5, 5)),
        ("conv2d", {"out_channels": 6, "kernel_size": 3, "groups": 3, "padding": "same"}, (3, 4, 5)),
        ("conv2d", {"out_channels": 1, "kernel_size": 2, "padding": [0, 1, 2, 0]}, (2, 4, 4)),
        *(
            ("conv2d", {"out_channels": 2, "kernel_size": 3, "padding": 2, "padding_mode": mode}, (2, 4, 5))
            for mode in ("reflect", "replicate", "circular")
        ),
        ("conv_transpose2d", {"out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1}, (2, 3, 4)),
        (
            "conv_transpose2d",
            {"out_channels": 4, **size, "stride": [3, 2], "output_padding": [2, 0], "groups": 2},
            (4, 3, 3),
        ),
        ("max_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, (2, 6, 7)),
        ("max_pool2d", {"kernel_size": 2, "dilation": 2, "stride": 1}, (1, 5, 5)),
        ("max_pool2d", {"kernel_size": 2, "padding": 1, "dilation": 3}, (1, 2, 2)),  # sees padding alone
        ("avg_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, (2, 6, 5)),
        ("avg_pool2d", {"kernel_size": 2, "stride": 3, "ceil_mode": True}, (1, 7, 7)),
        (
            "avg_pool2d",
            {"kernel_size": [3, 2], "padding": [1, 0], "ceil_mode": True, "count_include_pad": False},
            (1, 7, 5),
        ),
        ("adaptive_avg_pool2d", {"output_size": [3, 5]}, (2, 7, 8)),
    ]
    return [_map(*each) for each in asked]


def _map(operation: str, arguments: dict[str, Any], shape: tuple[int, int, int]) -> Case:
    network = module(operation, arguments, shape[0]).double()
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            _set_example(layer)
    entering = _filled(shape, example_input)
    with torch.inference_mode():
        output = network(entering.unsqueeze(0))[0]
    rounded = output.mul(1e9).round().div(1e9).tolist()  # sums may differ in their last bit
    return {
        "operation": operation,
        "input": dict(zip(("channels", "height", "width"), shape, strict=True)),
        "layer": arguments,
        "output": [[[_finite(value) for value in row] for row in rows] for rows in rounded],
    }


def _finite(value: float) -> float | None:
    """JSON has no infinity, which is what max pooling makes of padding alone."""
    return value if math.isfinite(value) else None


def _set_example(layer: nn.Conv2d | nn.ConvTranspose2d) -> None:
    size = cast("tuple[int, int]", layer.kernel_size)
    weight = _filled(tuple(layer.weight.shape), lambda f, c, r, k: example_weight(f, c, r, k, size))
    with torch.no_grad():
        layer.weight.copy_(weight)
        if layer.bias is not None:
            layer.bias.copy_(_filled((layer.out_channels,), example_bias))


def _filled(shape: tuple[int, ...], value: Any) -> torch.Tensor:
    indices = torch.cartesian_prod(*(torch.arange(side) for side in shape)).reshape(-1, len(shape)).tolist()
    return torch.tensor([float(value(*index)) for index in indices], dtype=torch.float64).reshape(shape)


def _layer(operation: str, arguments: dict[str, Any]) -> Planar:
    one = {"channels": 1, "height": 1, "width": 1}
    data = {"input": one, "layers": [{"type": operation, **arguments}]}
    layer = NetworkSpec.model_validate(data).layers[0]
    assert isinstance(layer, geometry.Windowed)
    return cast("Planar", layer)


def text() -> str:
    """The whole file, one case a line."""
    parts = []
    for name, cases in (("rules", rules()), ("maps", maps())):
        lines = ",\n".join(json.dumps(case, separators=(",", ":"), ensure_ascii=False) for case in cases)
        parts.append(f'"{name}": [\n{lines}\n]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> None:
    """Write the file anew; the same on every machine."""
    (FOLDER / FILE).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
