"""Whether PyTorch would run a layer on an input; if not, the field at fault and its nearest valid value.

Every check names the arguments that may be blamed, most likely first, with the direction in which each
helps. What is proposed has been tried: put in place, it is accepted. Where no single change is enough, the
errors together are: with all their values in place the layer is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import gcd, isqrt
from typing import Any

from app.arithmetic import geometry
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.fields import MAX_SIDE
from app.arithmetic.geometry import AXES, Shape, Windowed
from app.arithmetic.layers import AvgPool2d, Conv1d, Conv2d, Conv3d, ConvTranspose2d, MaxPool2d

LEAST = {"kernel_size": 1, "stride": 1, "dilation": 1, "padding": 0, "output_padding": 0}
"""The arguments with a value for every axis, and the least each may be."""
MOST_CHANGES = 4
"""Most changes proposed together; more are never needed (tested)."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One failed check.

    Attributes:
        message: an English sentence with placeholders, filled by `values`.
        blame: the arguments at fault; -1 where a smaller value helps, +1 a larger, 0 another.
        order: which of the checks it was.
        axis: the first axis along which it failed.
    """

    message: str
    blame: Mapping[str, int]
    values: dict[str, object] = field(default_factory=dict)
    order: int = -1
    axis: int = 0


def violation(layer: Windowed, shape: Shape, first: int = 0) -> Violation | None:
    """The first check, from the number `first` on, that fails for the layer on (C, …) `shape`.

    None where PyTorch accepts the layer.
    """
    for order, rule in enumerate(RULES[first:], first):
        found = rule(layer, shape)
        if found is not None:
            axis = AXES[len(shape) - 1].index(str(found.values.get("axis", AXES[len(shape) - 1][0])))
            return Violation(found.message, found.blame, found.values, order, axis)
    return None


def check(layer: Windowed, shape: Shape) -> None:
    """Return where PyTorch accepts the layer on (C, …) `shape`.

    Raises:
        InvalidSpec: the first error with its nearest valid value; its `also` holds the others.
    """
    found = violation(layer, shape)
    if found is not None:
        errors: dict[str, InvalidSpec] = {}
        for error in _errors(layer, shape, found):
            errors.setdefault(error.field, error).nearest = error.nearest
        first, *others = errors.values()
        first.also = tuple(others)
        raise first


def _groups_divide_channels(layer: Windowed, shape: Shape) -> Violation | None:
    if not isinstance(layer, Conv1d | Conv2d | Conv3d | ConvTranspose2d):
        return None
    for name, channels in (("in_channels", shape[0]), ("out_channels", layer.out_channels)):
        if channels % layer.groups:
            return Violation(
                "{name} = {channels} does not divide into {groups} equal groups.",
                {"groups": 0},
                {"name": name, "channels": channels, "groups": layer.groups},
            )
    return None


def _same_takes_no_stride(layer: Windowed, _: Shape) -> Violation | None:
    if isinstance(layer, Conv1d | Conv2d | Conv3d) and layer.padding == "same" and max(layer.stride) > 1:
        return Violation('PyTorch takes padding="same" only with a stride of 1.', {"stride": -1})
    return None


def _four_sides_are_zeros(layer: Windowed, _: Shape) -> Violation | None:
    if isinstance(layer, Conv2d) and _has_four_sides(layer) and layer.padding_mode != "zeros":
        return Violation(
            "Four paddings are filled with zeros; {mode} takes one for height and one for width.",
            {"padding_mode": 0},
            {"mode": layer.padding_mode},
        )
    return None


def _padding_copies_cells_that_exist(layer: Windowed, shape: Shape) -> Violation | None:
    if not isinstance(layer, Conv1d | Conv2d | Conv3d):
        return None
    blame = {"padding": -1, "kernel_size": -1, "padding_mode": 0}
    for name, size, sides in zip(AXES[len(shape) - 1], shape[1:], geometry.paddings(layer), strict=True):
        values: dict[str, object] = {"axis": name, "size": size, "padding": max(sides)}
        if layer.padding_mode == "reflect" and max(sides) >= size:
            return Violation(
                "With reflection the padding must be smaller than the input:"
                " here the padding is {padding}, the {axis} {size}.",
                blame,
                values,
            )
        if layer.padding_mode == "circular" and max(sides) > size:
            return Violation(
                "Circular padding goes round the input once at most:"
                " here the padding is {padding}, the {axis} {size}.",
                blame,
                values,
            )
    return None


def _pooling_pads_half_a_kernel(layer: Windowed, _: Shape) -> Violation | None:
    if not isinstance(layer, MaxPool2d | AvgPool2d):
        return None
    for name, kernel, padding in zip(AXES[2], layer.kernel_size, layer.padding, strict=True):
        if padding > kernel // 2:
            return Violation(
                "Pooling pads by at most half its kernel: {padding} against {kernel} / 2 along {axis}.",
                {"padding": -1, "kernel_size": 1},
                {"axis": name, "kernel": kernel, "padding": padding},
            )
    return None


def _output_padding_is_less_than_a_step(layer: Windowed, _: Shape) -> Violation | None:
    if not isinstance(layer, ConvTranspose2d):
        return None
    for name, extra, stride, dilation in zip(
        AXES[2], layer.output_padding, layer.stride, layer.dilation, strict=True
    ):
        if extra >= max(stride, dilation):
            return Violation(
                "output_padding must be below the stride or dilation: {extra} against {most} along {axis}.",
                {"output_padding": -1, "stride": 1},
                {"axis": name, "extra": extra, "most": max(stride, dilation)},
            )
    return None


def _kernel_fits_the_padded_input(layer: Windowed, shape: Shape) -> Violation | None:
    for name, axis in zip(AXES[len(shape) - 1], geometry.axes(layer, shape), strict=True):
        if isinstance(axis, geometry.Slide) and axis.output < 1:
            return Violation(
                "The kernel covers {extent} cells, the padded input has {padded} along {axis}.",
                {"kernel_size": -1, "dilation": -1, "padding": 1},
                {"axis": name, "extent": axis.extent, "padded": axis.padded},
            )
    return None


def _padding_leaves_some_output(layer: Windowed, shape: Shape) -> Violation | None:
    for name, axis in zip(AXES[len(shape) - 1], geometry.axes(layer, shape), strict=True):
        if isinstance(axis, geometry.Stamp) and axis.output < 1:
            return Violation(
                "The padding cuts off the whole output: {output} cells would be left along {axis}.",
                {"padding": -1, "kernel_size": 1},
                {"axis": name, "output": axis.output},
            )
    return None


RULES: tuple[Callable[[Windowed, Shape], Violation | None], ...] = (
    _groups_divide_channels,
    _four_sides_are_zeros,
    _same_takes_no_stride,
    _padding_copies_cells_that_exist,
    _pooling_pads_half_a_kernel,
    _output_padding_is_less_than_a_step,
    _kernel_fits_the_padded_input,
    _padding_leaves_some_output,
)
ALONG_AXES = RULES.index(_same_takes_no_stride)
"""From this one on, the checks look at every axis by itself."""


def _errors(layer: Windowed, shape: Shape, found: Violation) -> list[InvalidSpec]:
    """The errors of a refused layer, with as few changes as make it accepted."""
    for changes in range(1, MOST_CHANGES + 1):
        errors = _mended(layer, shape, found, changes)
        if errors is not None:
            return errors
    return [InvalidSpec(next(iter(found.blame)), found.message, found.values)]


def _mended(layer: Windowed, shape: Shape, found: Violation, changes: int) -> list[InvalidSpec] | None:
    """At most so many changes that make the layer accepted, as errors; None where there are none."""
    for name in found.blame:
        for value in _proposals(layer, shape, name, found):
            changed = layer.model_copy(update={name: value})
            rest = violation(changed, shape)
            error = InvalidSpec(name, found.message, found.values, plain(value))
            if rest is None:
                return [error]
            later = _mended(changed, shape, rest, changes - 1) if changes > 1 else None
            if later is not None:
                return [error, *later]
    return None


def _proposals(layer: Windowed, shape: Shape, name: str, found: Violation) -> Iterator[Any]:
    """Values of the argument nearest to the one given that mend what was found, along all axes or one."""
    if name == "padding_mode":
        yield "zeros"
    elif name == "groups" and isinstance(layer, Conv1d | Conv2d | Conv3d | ConvTranspose2d):
        common, given = gcd(shape[0], layer.out_channels), layer.groups
        small = [n for n in range(1, isqrt(common) + 1) if common % n == 0]
        yield min((*small, *(common // n for n in small)), key=lambda n: (abs(n - given), n))
    elif not (name == "padding" and _has_four_sides(layer)):
        count = len(shape) - 1
        given_values = tuple(_value_along(layer, name, axis) for axis in range(count))
        nearest = [_nearest_along(layer, shape, name, axis, found) for axis in range(count)]
        values = tuple(old if new is None else new for new, old in zip(nearest, given_values, strict=True))
        if values != given_values:
            yield values
        if nearest[found.axis] is not None:
            yield tuple((values if axis == found.axis else given_values)[axis] for axis in range(count))


def _has_four_sides(layer: Windowed) -> bool:
    return isinstance(layer, Conv2d) and isinstance(layer.padding, tuple) and len(layer.padding) == 4


def _nearest_along(layer: Windowed, shape: Shape, name: str, axis: int, found: Violation) -> int | None:
    """The same along one axis: walk from bound to bound until no check that this argument can mend fails."""
    value = _value_along(layer, name, axis)
    layer, shape = alike(layer, shape, axis)
    turned = 0
    while True:
        changed = _with(layer, name, value)
        failed = violation(changed, shape, ALONG_AXES)
        if failed is None:
            return value
        direction = failed.blame.get(name, 0)
        if direction in (0, -turned):
            return value if RULES[found.order](changed, shape) is None else None
        bound = _bound(layer, shape, name, value, direction, failed)
        if bound is None:
            return None
        value, turned = bound, direction


def _bound(
    layer: Windowed, shape: Shape, name: str, value: int, direction: int, failed: Violation
) -> int | None:
    """The first value from `value` on, in the direction, at which the failed check holds: by bisection."""
    rule = RULES[failed.order]
    bad, good = value, LEAST[name] if direction < 0 else MAX_SIDE
    if rule(_with(layer, name, good), shape) is not None:
        return None
    while abs(good - bad) > 1:
        middle = (good + bad) // 2
        if rule(_with(layer, name, middle), shape) is None:
            good = middle
        else:
            bad = middle
    return good


def _value_along(layer: Windowed, name: str, axis: int) -> int:
    """What the argument is along one axis; the larger side of a named padding."""
    if name == "padding":
        return max(geometry.paddings(layer)[axis])
    value: int = getattr(layer, name)[axis]
    return value


def _with(layer: Windowed, name: str, value: int) -> Windowed:
    """The layer with one value of the argument on every axis."""
    return layer.model_copy(update={name: (value,) * (layer.axes or 0)})


def alike(layer: Windowed, shape: Shape, axis: int) -> tuple[Windowed, Shape]:
    """The layer and its input with every axis made like this one."""
    count = len(shape) - 1
    update: dict[str, Any] = {}
    for name in LEAST:
        value = getattr(layer, name, None)
        if isinstance(value, tuple):
            update[name] = (value[2 * axis : 2 * axis + 2] if len(value) == 4 else (value[axis],)) * count
    return layer.model_copy(update=update), (shape[0], *(shape[1 + axis],) * count)


def plain(value: Any) -> Any:
    """One number for equal numbers, a list otherwise: how JSON and a query write it."""
    if isinstance(value, tuple):
        return value[0] if len(set(value)) == 1 else list(value)
    return value
