"""Which networks can be trained on which pictures, and in which ways: arithmetic, never PyTorch."""

from __future__ import annotations

from app.arithmetic import network as arithmetic
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.layers import BatchNorm1d, BatchNorm2d, Conv2d, Linear
from app.arithmetic.specification import InputShape, NetworkSpec
from app.engine.sources import SIDE, Source

WIDEST_VECTOR = 16
"""Numbers of 32 bits that a processor's instruction takes at once, AVX-512's."""


def check_network(network: NetworkSpec, source: Source) -> None:
    """Whether the network can be trained on the source.

    Raises:
        InvalidSpec: it breaks (with the layer's address); or, of no field, since it is all of it: it takes
            other pictures, does not end in a number a class, or has nothing to learn.
    """
    entering = (network.input.channels, network.input.height, network.input.width)
    if entering != (3, SIDE, SIDE):
        raise InvalidSpec(
            "",
            "It must take pictures of 3 × {side} × {side}; it takes {shape}.",
            {"side": SIDE, "shape": _shape(entering)},
        )
    traced = list(arithmetic.trace(network))
    if (leaving := traced[-1].leaving) != (len(source.classes),):
        raise InvalidSpec(
            "",
            "It must end in {count} numbers, one a class; it ends in {shape}.",
            {"count": len(source.classes), "shape": _shape(leaving)},
        )
    if not any(each.cost.parameters for each in traced):
        raise InvalidSpec("", "None of its layers has anything to learn.")


def check_smaller(network: NetworkSpec, side: int) -> None:
    """Whether it takes pictures of side × side with the same weights. Raises InvalidSpec."""
    shown = network.model_copy(update={"input": InputShape(channels=3, height=side, width=side)})
    try:
        fits = [each.cost.parameters for each in arithmetic.trace(shown)]
        fits_as_well = fits == [each.cost.parameters for each in arithmetic.trace(network)]
    except InvalidSpec:
        fits_as_well = False
    if not fits_as_well:
        raise InvalidSpec(
            "smaller_until",
            "The network does not take pictures of {side} × {side} as well: empty this field, or put an "
            "adaptive pooling before its dense layers.",
            {"side": side},
        )


def needs_channels_first(network: NetworkSpec) -> bool:
    """Whether a processor must train it channels first in float32, for a fault of oneDNN's.

    Where pictures are channels-last and have fewer channels than a vector has numbers, the gradient of a
    strided 1 × 1 convolution's weight is written beyond its end (uxlfoundation/oneDNN#6035).
    """
    return any(
        isinstance(layer := each.place.layer, Conv2d)
        and layer.kernel_size == (1, 1)
        and max(layer.stride) > 1
        and each.entering[0] < WIDEST_VECTOR
        for each in arithmetic.trace(network)
    )


def check_lone_pictures(network: NetworkSpec) -> None:
    """Whether it learns from one picture a step. Raises InvalidSpec."""
    for traced in arithmetic.trace(network):
        lone = len(traced.entering) == 1 or traced.entering[1:] == (1, 1)
        if lone and isinstance(traced.place.layer, BatchNorm1d | BatchNorm2d):
            raise InvalidSpec(
                "batch_size",
                "With one picture a step, {name} has nothing to take a mean of: take at least 2.",
                {"name": traced.place.name},
                2,
            )


def check_whitened(network: NetworkSpec) -> None:
    """Whether it can begin whitened (:mod:`app.engine.beginning`). Raises InvalidSpec."""
    first, *_between, last = network.layers
    if not isinstance(last, Linear):
        raise InvalidSpec("initialisation", "Only a network whose last layer is linear begins whitened.")
    if not isinstance(first, Conv2d) or first.groups > 1:
        raise InvalidSpec("initialisation", "Only a network whose first layer is a conv2d begins whitened.")
    height, width = first.kernel_size
    if first.out_channels > (most := 2 * network.input.channels * height * width):
        raise InvalidSpec(
            "initialisation",
            "There are {most} directions to whiten, and the first layer has {count} channels.",
            {"most": most, "count": first.out_channels},
        )


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
