"""What a sliding window does along one axis: output size, exact fraction, windows, cells never read.

Sizes, strides and indices are in cells. An index is a cell of the input before padding, so cells of the
padding before it are negative. Every rule is PyTorch's; the tests compare each with the real module.
Deep learning's convolution is cross-correlation: the kernel is not flipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from app.arithmetic.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose2d,
    LocallyConnected2d,
    MaxPool2d,
)

Shape = tuple[int, ...]
"""Channels, then height before width: (C, length), (C, H, W), (C, D, H, W); or (features,)."""

AXES: dict[int, tuple[str, ...]] = {
    1: ("length",),
    2: ("height", "width"),
    3: ("depth", "height", "width"),
}
"""The names of the spatial axes, by their number."""

Operation = Conv1d | Conv2d | Conv3d | ConvTranspose2d | MaxPool2d | AvgPool2d | AdaptiveAvgPool2d
"""PyTorch's layers whose units look at a window of the layer before."""
Windowed = Operation | LocallyConnected2d
"""The same with the one that is not PyTorch's."""


@dataclass(frozen=True, slots=True)
class Slide:
    """A kernel that slides: convolution and pooling.

    `ceil_mode` rounds up, but a window must start inside the input or the padding before it.
    """

    size: int
    kernel: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1
    ceil_mode: bool = False

    @property
    def extent(self) -> int:
        """Cells from the kernel's first weight to its last, the gaps of dilation included."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def padded(self) -> int:
        """Cells of the input with its padding."""
        return self.size + self.before + self.after

    @property
    def exact(self) -> Fraction:
        return Fraction(self.padded - self.extent, self.stride) + 1

    @property
    def output(self) -> int:
        room = self.padded - self.extent
        if not self.ceil_mode:
            return room // self.stride + 1
        rounded_up = -(-room // self.stride) + 1
        starts_outside = (rounded_up - 1) * self.stride >= self.size + self.before
        return rounded_up - 1 if starts_outside else rounded_up

    @property
    def unread(self) -> int:
        return max(0, self.padded - (self.output - 1) * self.stride - self.extent)

    def window(self, index: int) -> range:
        """The input cells under the kernel at output cell `index`."""
        start = index * self.stride - self.before
        return range(start, start + self.extent, self.dilation)

    def taps(self, index: int) -> list[tuple[int, int]]:
        return [(cell, weight) for weight, cell in enumerate(self.window(index))]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A kernel stamped once per input cell: transposed convolution. Padding is cut off the output."""

    size: int
    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    output_padding: int = 0

    @property
    def extent(self) -> int:
        """Cells from the stamp's first weight to its last."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def output(self) -> int:
        return (self.size - 1) * self.stride + self.extent + self.output_padding - 2 * self.padding

    @property
    def exact(self) -> Fraction:
        return Fraction(self.output)

    @property
    def unread(self) -> int:
        return 0

    def taps(self, index: int) -> list[tuple[int, int]]:
        """Empty where no stamp lands; input cells ascending, so kernel indices descend."""
        landed = []
        for weight in reversed(range(self.kernel)):
            cell, between = divmod(index + self.padding - weight * self.dilation, self.stride)
            if between == 0 and 0 <= cell < self.size:
                landed.append((cell, weight))
        return landed


@dataclass(frozen=True, slots=True)
class Share:
    """The input divided among `output` windows that may overlap: adaptive pooling."""

    size: int
    output: int

    @property
    def exact(self) -> Fraction:
        return Fraction(self.output)

    @property
    def unread(self) -> int:
        return 0

    @property
    def longest(self) -> int:
        """Cells of the longest window: one begins at each fraction of a cell that the sizes share."""
        common = gcd(self.size, self.output)
        return -(-(self.size // common - 1) // (self.output // common)) + 1

    def window(self, index: int) -> range:
        """The input cells of output cell `index`: ⌊iN/O⌋ up to, but not including, ⌈(i+1)N/O⌉."""
        return range(index * self.size // self.output, -(-(index + 1) * self.size // self.output))

    def taps(self, index: int) -> list[tuple[int, int]]:
        return [(cell, weight) for weight, cell in enumerate(self.window(index))]


Axis = Slide | Stamp | Share
"""One spatial axis of a layer on its input.

All have `size` (input cells), `output` (output cells, at least 1 where PyTorch accepts the layer), `exact`
(the output size before rounding), `unread` (cells of the padded input after the last window's last cell) and
`taps(index)`: the (input index, kernel index) pairs that make output cell `index`, padding included.
"""


def paddings(layer: Windowed) -> tuple[tuple[int, int], ...]:
    """The cells padded before and after each axis; "same" puts the odd cell after, as PyTorch does."""
    if isinstance(layer, AdaptiveAvgPool2d):
        return ((0, 0), (0, 0))
    if layer.padding == "same":
        totals = (d * (f - 1) for d, f in zip(layer.dilation, layer.kernel_size, strict=True))
        return tuple((total // 2, total - total // 2) for total in totals)
    if layer.padding == "valid":
        return ((0, 0),) * len(layer.kernel_size)
    if len(layer.padding) == 4:
        top, bottom, left, right = layer.padding
        return ((top, bottom), (left, right))
    return tuple((cells, cells) for cells in layer.padding)


def axes(layer: Windowed, shape: Shape) -> tuple[Axis, ...]:
    """The layer's axes on an input of `shape` (channels first), whether or not PyTorch accepts them."""
    sizes = shape[1:]
    if isinstance(layer, AdaptiveAvgPool2d):
        return tuple(Share(*pair) for pair in zip(sizes, layer.output_size, strict=True))
    if isinstance(layer, ConvTranspose2d):
        arguments = zip(
            sizes,
            layer.kernel_size,
            layer.stride,
            layer.padding,
            layer.dilation,
            layer.output_padding,
            strict=True,
        )
        return tuple(Stamp(*each) for each in arguments)
    stride = layer.step if isinstance(layer, MaxPool2d | AvgPool2d) else layer.stride
    dilation = (1, 1) if isinstance(layer, AvgPool2d | LocallyConnected2d) else layer.dilation
    ceil_mode = isinstance(layer, MaxPool2d | AvgPool2d) and layer.ceil_mode
    return tuple(
        Slide(size, kernel, step, before, after, spread, ceil_mode)
        for size, kernel, step, (before, after), spread in zip(
            sizes, layer.kernel_size, stride, paddings(layer), dilation, strict=True
        )
    )


def copied(cell: int, size: int, mode: str) -> int | None:
    """The input cell whose value a cell of the padded input holds; None where it holds zero.

    `mode` is the padding mode; padding is no longer than PyTorch accepts.
    """
    if 0 <= cell < size:
        return cell
    if mode == "reflect":
        return -cell if cell < 0 else 2 * (size - 1) - cell
    if mode == "replicate":
        return 0 if cell < 0 else size - 1
    return cell % size if mode == "circular" else None


def written(shape: Shape) -> str:
    """A shape as it is said: 3 × 7 × 7."""
    return " × ".join(str(size) for size in shape)
