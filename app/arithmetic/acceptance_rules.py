"""The checks that PyTorch makes of a layer and its input, in its order: what fails, and what is to blame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.arithmetic import geometry
from app.arithmetic.geometry import AXES, Shape, Windowed
from app.arithmetic.layers import AvgPool2d, Conv1d, Conv2d, Conv3d, ConvTranspose2d, MaxPool2d


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


def has_four_sides(layer: Windowed) -> bool:
    """Whether it pads each side by a number of its own."""
    return isinstance(layer, Conv2d) and isinstance(layer.padding, tuple) and len(layer.padding) == 4


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
    if isinstance(layer, Conv2d) and has_four_sides(layer) and layer.padding_mode != "zeros":
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
