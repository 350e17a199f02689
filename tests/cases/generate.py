"""Write the golden cases, `python -m tests.cases.generate`: PyTorch answers, README.md says what they are."""

from __future__ import annotations

import json
import random
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from app.arithmetic import acceptance, geometry, repairs
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.specification import NetworkSpec
from tests.cases.modules import module

FOLDER = Path(__file__).parent
NAMES = {"conv1d": ("length",), "conv3d": ("depth", "height", "width")}
SIDES = {
    "length": ("left", "right"),
    "depth": ("front", "back"),
    "height": ("top", "bottom"),
    "width": ("left", "right"),
}
Case = dict[str, Any]


def names(operation: str) -> tuple[str, ...]:
    return NAMES.get(operation, ("height", "width"))


def run(operation: str, arguments: dict[str, Any], shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """What the real module makes of one input of `shape`; None where it refuses or nothing comes out."""
    try:
        with torch.inference_mode():
            answer = module(operation, arguments, shape[0])(torch.zeros(1, *shape))
    except (RuntimeError, ValueError):
        return None
    return None if answer.numel() == 0 else tuple(answer.shape[1:])


def reads(operation: str, arguments: dict[str, Any], shape: tuple[int, ...]) -> dict[str, list[list[int]]]:
    """For every axis and output cell: the input cells that change it, found by lighting one at a time."""
    network = module(
        operation, {**arguments, "bias": False} if "out_channels" in arguments else arguments, shape[0]
    )
    for parameter in network.parameters():
        nn.init.ones_(parameter)
    found = {}
    for index, name in enumerate(names(operation)):
        size = shape[1 + index]
        lit = torch.zeros(size, *shape)
        for cell in range(size):
            lit[cell].select(1 + index, cell).fill_(1)
        with torch.inference_mode():
            answer: Tensor = network(lit)
        touched = answer.movedim(2 + index, 1).flatten(2).abs().sum(2) > 0
        found[name] = [touched[:, cell].nonzero().flatten().tolist() for cell in range(touched.shape[1])]
    return found


def case(operation: str, arguments: dict[str, Any], shape: tuple[int, ...], about: str = "") -> Case:
    """One golden case: PyTorch says whether and what, the Python geometry adds what PyTorch does not tell."""
    data = {"type": operation, **arguments}
    layer = NetworkSpec.model_validate(
        {"input": {"channels": 1, "height": 1, "width": 1}, "layers": [data]}
    ).layers[0]
    assert isinstance(layer, geometry.Windowed)
    entry: Case = {"operation": operation, "input": {"channels": shape[0]}, "layer": arguments}
    entry["input"].update(zip(names(operation), shape[1:], strict=True))
    if about:
        entry["about"] = about
    answer = run(operation, arguments, shape)
    entry["accepted"] = answer is not None
    if answer is None:
        try:
            acceptance.check(layer, shape)
        except InvalidSpec as error:
            entry["errors"] = [
                {"field": e.field, "message": e.message, "values": e.values, "nearest": e.nearest}
                for e in (error, *error.also)
            ]
            return entry
        raise AssertionError(f"PyTorch refuses {data} on {shape}, the geometry does not")
    axes = dict(zip(names(operation), geometry.axes(layer, shape), strict=True))
    entry["output"] = {"channels": answer[0], **dict(zip(axes, answer[1:], strict=True))}
    entry["exact"] = {
        name: {"numerator": axis.exact.numerator, "denominator": axis.exact.denominator}
        for name, axis in axes.items()
    }
    entry["fits"] = {name: axis.exact.denominator == 1 for name, axis in axes.items()}
    entry["unread"] = {}
    for name, axis in axes.items():
        entry["unread"].update(zip(SIDES[name], (0, axis.unread), strict=True))
    entry["taps"] = {
        name: [[list(tap) for tap in axis.taps(cell)] for cell in range(axis.output)]
        for name, axis in axes.items()
    }
    entry["reads"] = reads(operation, arguments, shape)
    entry["repairs"] = [
        {"change": {found.field: found.value}, "output": found.output}
        for found in repairs.repairs(layer, shape)
    ]
    return entry


def chosen() -> list[Case]:
    """The lecture's slides, the questions learners ask, the rivals' mistakes and PyTorch's corners."""
    conv = {"out_channels": 1}
    seven = (1, 7, 7)
    made = [
        case("conv2d", {**conv, "kernel_size": 3, "stride": stride}, seven, f"lecture: N=7 F=3 S={stride}")
        for stride in (1, 2, 3)
    ]
    made += [
        case("conv2d", {**conv, "kernel_size": f, "padding": (f - 1) // 2}, seven, f"lecture: F={f} keeps 7")
        for f in (3, 5, 7)
    ]
    more: list[tuple[str, dict[str, Any], tuple[int, ...], str]] = [
        ("conv2d", {"out_channels": 6, "kernel_size": 5}, (3, 32, 32), "lecture: 32x32x3 to 28x28x6"),
        ("conv2d", {"out_channels": 10, "kernel_size": 5}, (6, 28, 28), "lecture: 28x28x6 to 24x24x10"),
        ("conv2d", {"out_channels": 10, "kernel_size": 5, "padding": 2}, (3, 32, 32), "760 parameters"),
        ("max_pool2d", {"kernel_size": 2, "stride": 2}, (1, 4, 4), "lecture: max pooling 2x2, stride 2"),
        ("conv2d", {**conv, "kernel_size": 3, "stride": 2}, (1, 28, 28), "13.5: floor"),
        (
            "conv2d",
            {**conv, "kernel_size": 3, "stride": 8},
            (1, 12, 12),
            "2.125: written 2.13",
        ),
        ("max_pool2d", {"kernel_size": 3, "stride": 2, "ceil_mode": True}, (1, 28, 28), "13.5: ceil"),
        (
            "max_pool2d",
            {"kernel_size": 2, "stride": 3, "ceil_mode": True},
            (1, 6, 6),
            "may start past the end",
        ),
        (
            "max_pool2d",
            {"kernel_size": 2, "stride": 3, "ceil_mode": True},
            (1, 7, 7),
            "starts on the last cell",
        ),
        (
            "max_pool2d",
            {"kernel_size": 3, "stride": 2, "ceil_mode": True},
            (1, 2, 2),
            "larger than the input",
        ),
        ("max_pool2d", {"kernel_size": 3, "stride": 2}, (1, 2, 2), "larger than the input, refused"),
        ("max_pool2d", {"kernel_size": 3, "padding": 2}, seven, "pads more than half its kernel"),
        (
            "max_pool2d",
            {"kernel_size": 3, "dilation": 3, "padding": 2},
            (1, 9, 9),
            "half the kernel, not its extent",
        ),
        (
            "conv2d",
            {**conv, "kernel_size": 4, "padding": "same"},
            seven,
            "even kernel: the odd cell goes after",
        ),
        (
            "conv2d",
            {**conv, "kernel_size": [2, 5], "dilation": [3, 1], "padding": "same"},
            seven,
            "same, dilated",
        ),
        ("conv2d", {**conv, "kernel_size": 3, "stride": 2, "padding": "same"}, seven, "same refuses strides"),
        ("conv2d", {**conv, "kernel_size": 3, "padding": [1, 2, 0, 3]}, seven, "four sides"),
        (
            "conv2d",
            {**conv, "kernel_size": 3, "padding": [1, 2, 0, 3], "padding_mode": "reflect"},
            seven,
            "four",
        ),
        ("conv2d", {**conv, "kernel_size": 8}, seven, "kernel larger than the input"),
        ("conv2d", {**conv, "kernel_size": 3, "dilation": 4}, seven, "dilated beyond the input"),
        ("conv2d", {"out_channels": 4, "kernel_size": 1, "groups": 3}, (3, 7, 7), "groups do not divide"),
        ("conv2d", {"out_channels": 6, "kernel_size": 3, "groups": 3}, (3, 7, 7), "depthwise"),
        ("conv2d", {**conv, "kernel_size": 3, "padding": 7, "padding_mode": "reflect"}, seven, "reflect < N"),
        (
            "conv2d",
            {**conv, "kernel_size": 3, "padding": 6, "padding_mode": "reflect"},
            seven,
            "reflect = N-1",
        ),
        ("conv2d", {**conv, "kernel_size": 3, "padding": 7, "padding_mode": "circular"}, seven, "once round"),
        (
            "conv2d",
            {**conv, "kernel_size": 3, "padding": 8, "padding_mode": "circular"},
            seven,
            "more than once",
        ),
        ("conv2d", {**conv, "kernel_size": 3, "padding": 9, "padding_mode": "replicate"}, (1, 2, 2), "any"),
        (
            "conv2d",
            {**conv, "kernel_size": [3, 5], "stride": [1, 2], "padding": [0, 1]},
            (1, 6, 9),
            "not square",
        ),
        ("conv_transpose2d", {**conv, "kernel_size": 3, "stride": 2, "padding": 1}, (1, 4, 4), "7"),
        (
            "conv_transpose2d",
            {**conv, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
            (1, 4, 4),
            "8: output_padding adds at the end only",
        ),
        (
            "conv_transpose2d",
            {**conv, "kernel_size": 3, "stride": 2, "output_padding": 2},
            (1, 4, 4),
            "refused",
        ),
        (
            "conv_transpose2d",
            {**conv, "kernel_size": 3, "stride": 2, "dilation": 3, "output_padding": 2},
            (1, 4, 4),
            "below the dilation",
        ),
        ("conv_transpose2d", {**conv, "kernel_size": 1, "padding": 2}, (1, 4, 4), "nothing is left"),
        ("conv_transpose2d", {**conv, "kernel_size": 1, "stride": 3}, (1, 3, 3), "cells no stamp reaches"),
        ("adaptive_avg_pool2d", {"output_size": [3, 5]}, (1, 7, 8), "windows of unequal size"),
        ("adaptive_avg_pool2d", {"output_size": 5}, (1, 3, 3), "more outputs than inputs"),
        ("conv1d", {**conv, "kernel_size": 3, "stride": 2}, (1, 8), "a line"),
        ("conv3d", {**conv, "kernel_size": [1, 2, 3]}, (1, 3, 4, 5), "a volume"),
    ]
    return made + [case(*each) for each in more]


def drawn(draw: random.Random, operation: str) -> tuple[dict[str, Any], tuple[int, ...]]:
    """A random configuration, accepted or not; small, so that the file stays small."""
    count = len(names(operation))

    def each(least: int, most: int) -> list[int]:
        return [draw.randint(least, most) for _ in range(count)]

    shape = (draw.randint(1, 4), *each(1, 8 if count < 3 else 5))
    if operation == "adaptive_avg_pool2d":
        return {"output_size": each(1, 9)}, shape
    arguments: dict[str, Any] = {"kernel_size": each(1, 4), "stride": each(1, 4), "padding": each(0, 2)}
    if operation != "avg_pool2d":
        arguments["dilation"] = each(1, 2)
    if "pool" in operation:
        arguments["ceil_mode"] = draw.random() < 0.5
        if draw.random() < 0.3:
            del arguments["stride"]
    else:
        arguments |= {"out_channels": draw.choice([1, 2, 4, 6]), "groups": draw.choice([1, 1, 1, 2, 3])}
    if operation == "conv_transpose2d":
        arguments["output_padding"] = each(0, 2)
    elif "conv" in operation:
        arguments["padding_mode"] = draw.choice(["zeros", "zeros", "reflect", "replicate", "circular"])
        if draw.random() < 0.2:
            arguments |= {
                "padding": draw.choice(["same", "valid"]),
                "stride": draw.choice([1, 1, each(1, 2)]),
            }
    return arguments, shape


def random_cases(each: int = 40) -> list[Case]:
    draw = random.Random(20)
    operations = (
        "conv1d",
        "conv2d",
        "conv3d",
        "conv_transpose2d",
        "max_pool2d",
        "avg_pool2d",
        "adaptive_avg_pool2d",
    )
    return [case(operation, *drawn(draw, operation)) for operation in operations for _ in range(each)]


def write(name: str, cases: list[Case]) -> None:
    """One case a line, so that a change shows as the lines it changes."""
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in cases)
    (FOLDER / name).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def main() -> None:
    """Write every file anew; the same on every machine."""
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message="Using padding='same'")
    write("geometry.json", chosen() + random_cases())


if __name__ == "__main__":
    main()
