"""Changes of one argument that make a kernel fit its input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.arithmetic import acceptance, geometry
from app.arithmetic.fields import MAX_SIDE
from app.arithmetic.geometry import AXES, Shape, Slide, Windowed
from app.arithmetic.layers import AvgPool2d, MaxPool2d

REPAIRED = ("padding", "kernel_size", "stride")
"""The arguments a repair may change, one at a time, in the order in which repairs are offered."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One argument's value that makes every axis fit, and the output sizes it gives by axis name."""

    field: str
    value: int | list[int]
    output: dict[str, int]


def repairs(layer: Windowed, shape: Shape) -> tuple[Repair, ...]:
    """The nearest value of each argument that makes every axis fit; empty where every axis does.

    `layer` is one that PyTorch accepts on (C, …) `shape`. Where an axis does not fit at least one is found: a
    stride of 1 always fits. Only where ceil_mode accepts a kernel larger than the padded input, and some axis
    is dilated, there may be none.
    """
    axes = geometry.axes(layer, shape)
    if all(axis.exact.denominator == 1 for axis in axes):
        return ()
    found = []
    for name in REPAIRED:
        values = [_nearest_fit(layer, shape, name, index) for index in range(len(axes))]
        changed = tuple(value for value in values if value is not None)
        if len(changed) < len(values):
            continue
        mended = layer.model_copy(update={name: changed})
        if acceptance.violation(mended, shape) is None:
            sizes = (axis.output for axis in geometry.axes(mended, shape))
            found.append(
                Repair(name, acceptance.plain(changed), dict(zip(AXES[len(axes)], sizes, strict=True)))
            )
    return tuple(found)


def _nearest_fit(layer: Windowed, shape: Shape, name: str, index: int) -> int | None:
    """The argument's value nearest to the one given, the smaller of two, with which the axis fits."""
    axis = geometry.axes(layer, shape)[index]
    if not isinstance(axis, Slide):
        return None
    alike, alike_shape = acceptance.alike(layer, shape, index)
    stride_is_kernel = isinstance(layer, MaxPool2d | AvgPool2d) and layer.stride is None
    farthest = MAX_SIDE if name == "stride" or stride_is_kernel else axis.stride  # remainders come again
    for value in _outward(_given(axis, name), acceptance.LEAST[name], farthest):
        if _remainder(axis, name, value, stride_is_kernel=stride_is_kernel) == 0:
            changed = alike.model_copy(update={name: (value,) * (len(shape) - 1)})
            if acceptance.violation(changed, alike_shape) is None:
                return value
    return None


def _given(axis: Slide, name: str) -> int:
    return {"padding": (axis.before + axis.after) // 2, "kernel_size": axis.kernel, "stride": axis.stride}[
        name
    ]


def _outward(given: int, least: int, farthest: int) -> Iterator[int]:
    """The value given, then the values at growing distance."""
    yield given
    for distance in range(1, farthest + 1):
        if given - distance >= least:
            yield given - distance
        if given + distance <= MAX_SIDE:
            yield given + distance


def _remainder(axis: Slide, name: str, value: int, *, stride_is_kernel: bool) -> int:
    """The cells left after the last whole step, 0 where the axis fits."""
    padded, extent, stride = axis.padded, axis.extent, axis.stride
    if name == "padding":
        padded = axis.size + 2 * value
    elif name == "kernel_size":
        extent = axis.dilation * (value - 1) + 1
        stride = value if stride_is_kernel else stride
    else:
        stride = value
    return (padded - extent) % stride
