"""One value of an activation, explained: what it sees of the input, and the numbers that made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.arithmetic import layers as spec
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.geometry import Shape
from app.arithmetic.network import box
from app.engine.activations import INPUT, LoadedNetwork, Trace
from app.engine.operands import CELL_BY_CELL, NAMES, Facts, Index, facts_of, unflattened
from app.locale import mark as _

Box = tuple[int, int, int, int]
"""Top, left, bottom, right in cells, the last two exclusive."""

_BYTE = 255.0


@dataclass(frozen=True)
class Explanation:
    """Where one value comes from.

    Attributes:
        kind: the layer's type, or ``input``.
        value: as the forward pass gave it; not finite where that was not.
        receptive_field: the box around the input cells that it depends on; all 0 where there are none.
        sources: addresses of the activations it is made of.
        facts: the rest, by the names that the API has for it: numbers, and lists of numbers, None where an
            operand takes no part.
    """

    kind: str
    value: float
    receptive_field: Box
    sources: tuple[str, ...]
    facts: Mapping[str, Any]


def explain(
    network: LoadedNetwork,
    trace: Trace,
    address: str,
    channel: int,
    row: int | None = None,
    column: int | None = None,
) -> Explanation:
    """How a layer, or the preparation of the input, came to one of its values.

    Raises:
        InvalidSpec: there is no such value.
    """
    index = _index(network.shapes[address], (channel, row, column))
    value = float(trace.activation(address)[index])
    seen = _receptive_field(network, address, index)
    if address == INPUT:
        return Explanation(INPUT, value, seen, (), _prepared(network, trace, index))
    step = network.steps[address]
    entering = [trace.activation(source) for source in step.sources]
    facts = facts_of(network, step, entering, index)
    return Explanation(step.place.layer.type, value, seen, step.sources, facts)


def _index(shape: Shape, asked: Sequence[int | None]) -> Index:
    """The index of a value in an activation of this shape. Raises InvalidSpec."""
    for name, given, size in zip(NAMES, asked, (*shape, None, None), strict=False):
        if size is None and given is not None:
            raise InvalidSpec(name, _("The values of a flat layer have a channel and nothing else."))
        if size is not None and given is None:
            raise InvalidSpec(name, _("A value of a map has a row and a column."), nearest=0)
        if size is not None and given is not None and not 0 <= given < size:
            nearest = min(max(given, 0), size - 1)
            raise InvalidSpec(name, _("This goes from 0 to {last} here."), {"last": size - 1}, nearest)
    return tuple(given for given in asked if given is not None)


def _receptive_field(network: LoadedNetwork, address: str, index: Index) -> Box:
    """What a value sees; one that was flattened, what the cell of the map sees that it copies."""
    if address == INPUT:
        _channel, row, column = index
        return row, column, row + 1, column + 1
    step = network.steps[address]
    source = step.sources[0]
    if isinstance(step.place.layer, spec.Flatten):
        return _receptive_field(network, source, unflattened(network.shapes[source], index))
    if len(index) == 1 and isinstance(step.place.layer, CELL_BY_CELL):
        return _receptive_field(network, source, index)
    return box(network.checkpoint.network, address, *index[1:])


def _prepared(network: LoadedNetwork, trace: Trace, index: Index) -> Facts:
    """A value of the input is (byte / 255 − mean) / standard deviation."""
    channel, row, column = index
    normalisation = network.checkpoint.card.normalisation
    byte = int(trace.pixels[row, column, channel])
    mean, deviation = normalisation.mean[channel], normalisation.std[channel]
    return {"argument": byte / _BYTE, "byte": byte, "mean": mean, "standard_deviation": deviation}
