"""One forward pass that keeps what every layer made of a picture.

The pass calls the declared layers one by one. There are no hooks: on a module that several threads share
they hand one request's activations to another. PyTorch is imported where a network is run: the types here are
for modules that an application imports while it starts.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.arithmetic import network as arithmetic
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.geometry import Shape
from app.arithmetic.layers import Softmax
from app.arithmetic.specification import NetworkSpec, Place, walk
from app.engine import checkpoints
from app.engine.checkpoints import BrokenNetwork, Checkpoint, Described
from app.locale import mark as _

if TYPE_CHECKING:
    from torch import Tensor, nn

Activation = npt.NDArray[np.float32]
"""float32 (C, H, W), or (F,) after a flatten; read-only."""

INPUT = "input"
"""The address of what enters the network, which no layer has."""
INPUT_SHAPE = (3, 32, 32)
"""What every network that is looked into takes."""
MAX_VALUES = 10**9
"""Most values that the activations of one picture may have together."""


class UnknownLayer(LookupError):
    """No layer of the network has this address or name.

    Attributes:
        nearest: the address or name most like it.
    """

    message = _("The network {network} has no such layer.")
    field = "layer"

    def __init__(self, network: str, nearest: str) -> None:
        self.values = {"network": network}
        self.nearest = nearest
        super().__init__(self.message.format_map(self.values))


@dataclass(frozen=True)
class Step:
    """One layer of a network at work.

    Attributes:
        sources: addresses of the activations that enter it, :data:`INPUT` for the picture: one, of a residual
            the two that it adds.
    """

    place: Place
    module: nn.Module
    sources: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """A network ready to run. Threads share it: nothing in it ever changes.

    Attributes:
        steps: every layer by its address, in order of execution; what is inside a residual comes before it.
        shapes: of every activation by its layer's address, and of the :data:`INPUT`.
        addresses: of the layers by name.
    """

    checkpoint: Described
    steps: Mapping[str, Step]
    shapes: Mapping[str, Shape]
    addresses: Mapping[str, str]

    def step(self, layer: str) -> Step:
        """The layer with this address (``3.layers.1``) or name (``conv2d_1``). Raises UnknownLayer."""
        address = self.addresses.get(layer, layer)
        if address not in self.steps:
            raise UnknownLayer(self.checkpoint.name, self._nearest(layer[:100]))
        return self.steps[address]

    def _nearest(self, layer: str) -> str:
        *_before, last = self.steps
        if layer.isdecimal():
            return last
        return difflib.get_close_matches(layer, [*self.steps, *self.addresses], 1, cutoff=0)[0]


@dataclass(frozen=True)
class Trace:
    """What one forward pass made.

    Attributes:
        pixels: uint8 (32, 32, 3), the picture.
        input: float32 (3, 32, 32), the normalised picture that entered.
        activations: every layer's activation by its address, in order of execution.
        logits: float32 (classes,), the scores before the softmax.
        probabilities: float32 (classes,).
    """

    pixels: npt.NDArray[np.uint8]
    input: Activation
    activations: Mapping[str, Activation]
    logits: Activation
    probabilities: Activation

    def activation(self, address: str) -> Activation:
        """A layer's activation, or what entered the network."""
        return self.input if address == INPUT else self.activations[address]

    @property
    def size_bytes(self) -> int:
        """Bytes of all arrays; what two layers share is counted twice."""
        return self.input.nbytes + sum(activation.nbytes for activation in self.activations.values())


def load(checkpoint: Checkpoint) -> LoadedNetwork:
    """The network with its weights, run once, so that the next run is as fast as any.

    Raises:
        BrokenNetwork: its weights are not those its card names, or it does not make of a picture of
            3 × 32 × 32 a score for every class, or too many values on the way.
    """
    return _ready(checkpoint, lambda: checkpoints.load(checkpoint))


def load_with(described: Described, weights: bytes) -> LoadedNetwork:
    """The network with these weights, a safetensors file; as :func:`load`."""
    return _ready(described, lambda: checkpoints.fitted(described, weights))


def _ready(described: Described, build: Callable[[], nn.Sequential]) -> LoadedNetwork:
    """`build` is called when the shapes are known to be possible."""
    import torch  # noqa: PLC0415

    shapes = _shapes(described)
    steps = _steps(described.network, build())
    with torch.inference_mode():
        _run(steps.values(), torch.zeros(1, *INPUT_SHAPE))
    addresses = {step.place.name: address for address, step in steps.items()}
    return LoadedNetwork(
        described, MappingProxyType(steps), MappingProxyType(shapes), MappingProxyType(addresses)
    )


def trace(network: LoadedNetwork, pixels: npt.NDArray[np.uint8]) -> Trace:
    """One forward pass of a picture, uint8 (32, 32, 3), in float32 on the CPU.

    The same picture gives the same numbers to the last bit.
    """
    import torch  # noqa: PLC0415

    from app.engine.datasets import normalise  # noqa: PLC0415
    from app.engine.shuffling import shuffle_pixels  # noqa: PLC0415

    card = network.checkpoint.card
    normalisation = card.normalisation
    *_before, last = network.steps.values()
    with torch.inference_mode():
        picture = torch.tensor(pixels).unsqueeze(0)
        if card.shuffled_pixels:
            picture = shuffle_pixels(picture)
        entering = normalise(picture, normalisation.mean, normalisation.std).contiguous()
        made = _run(network.steps.values(), entering)
        final = made[last.place.address]
        if isinstance(last.place.layer, Softmax):
            logits, probabilities = made[last.sources[0]], final
        else:
            logits, probabilities = final, final.softmax(1)
    activations = MappingProxyType({address: _array(made[address]) for address in network.steps})
    return Trace(pixels, _array(entering), activations, _array(logits), _array(probabilities))


def _shapes(checkpoint: Described) -> dict[str, Shape]:
    """The shape of every activation, worked out before there is one. Raises BrokenNetwork."""
    entering = checkpoint.network.input
    shapes: dict[str, Shape] = {INPUT: (entering.channels, entering.height, entering.width)}
    if shapes[INPUT] != INPUT_SHAPE:
        raise BrokenNetwork(checkpoint.name, "it does not take a picture of 3 × 32 × 32")
    try:
        shapes.update({each.place.address: each.leaving for each in arithmetic.trace(checkpoint.network)})
    except InvalidSpec as error:
        raise BrokenNetwork(checkpoint.name, error.reason) from error
    *_before, last = shapes.values()
    if last != (len(checkpoint.card.classes),):
        raise BrokenNetwork(checkpoint.name, "it does not end in a score for every class")
    if sum(map(prod, shapes.values())) > MAX_VALUES:
        raise BrokenNetwork(checkpoint.name, f"it makes more than {MAX_VALUES} values of one picture")
    return shapes


def _steps(network: NetworkSpec, built: nn.Sequential) -> dict[str, Step]:
    """Every layer with its module, in order of execution."""
    from app.engine.networks import Residual  # noqa: PLC0415

    places = {place.address: place for place in walk(network.layers)}
    steps: dict[str, Step] = {}

    def follow(modules: nn.Sequential, prefix: str, source: str) -> str:
        """Adds a sequence that `source` enters; the address of what leaves it."""
        for index, module in enumerate(modules):
            address = f"{prefix}{index}"
            sources: tuple[str, ...] = (source,)
            if isinstance(module, Residual):
                sources = (
                    follow(module.layers, f"{address}.layers.", source),
                    follow(module.shortcut, f"{address}.shortcut.", source),
                )
            steps[address] = Step(places[address], module, sources)
            source = address
        return source

    follow(built, "", INPUT)
    return steps


def _run(steps: Iterable[Step], entering: Tensor) -> dict[str, Tensor]:
    """Every activation with its batch axis, (1, …), by address; the input first."""
    made = {INPUT: entering}
    for step in steps:
        if len(step.sources) == 2:  # a residual's two branches
            left, right = step.sources
            made[step.place.address] = made[left] + made[right]
        else:
            made[step.place.address] = step.module(made[step.sources[0]])
    return made


def _array(batch: Tensor) -> Activation:
    """The one item of a batch as a read-only array that shares its memory."""
    array: Activation = batch[0].contiguous().numpy()
    array.flags.writeable = False
    return array
