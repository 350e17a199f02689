"""A network layer by layer: shapes, counts and receptive fields, up to the layer where it breaks."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.arithmetic import geometry, receptive_field
from app.arithmetic.cost import Cost, cost
from app.arithmetic.description import Answer
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.geometry import Shape, Windowed
from app.arithmetic.layers import AnyLayer, Flatten, Residual
from app.arithmetic.network_source import row_expression, source
from app.arithmetic.receptive_field import Branches, Everything, Path, Window
from app.arithmetic.shapes import joined, output_shape
from app.arithmetic.specification import NetworkSpec, Place, walk

MAX_PARAMETERS = 10**10
"""Most parameters of a network that are counted."""

Paths = tuple[Path, Path]
"""The steps from the network's input to a layer, along the rows and along the columns."""


@dataclass(frozen=True, slots=True)
class Traced:
    """One layer in its place: what enters and leaves it, what it costs, the way from the input to it."""

    place: Place
    entering: Shape
    leaving: Shape
    cost: Cost
    paths: Paths


class FieldAnswer(Answer):
    """What a unit sees of the input, in rows and columns: unit i, `size` cells from start + i · jump on."""

    size: list[int]
    jump: list[int | float] | None
    start: list[int]


class Row(Answer):
    """One layer of a network: its place, its line of PyTorch, its output, its cost, its receptive field."""

    address: str
    name: str
    type: str
    pytorch: str
    output_shape: list[int]
    parameters: int
    macs: int
    activation_bytes: int
    receptive_field: FieldAnswer


class Total(Answer):
    """The sums over all layers, each counted once."""

    parameters: int
    macs: int
    activation_bytes: int


class Table(Answer):
    """A network's layers in order of execution; a residual comes after what is inside it."""

    layers: list[Row]
    total: Total
    pytorch: str


def tabulate(network: NetworkSpec) -> Table:
    """The table of a network.

    Raises:
        InvalidSpec: it breaks; with the layer's address, and in `extra` the address and the rows before it.
    """
    rows: list[Row] = []
    shapes: dict[str, tuple[Shape, Shape]] = {}
    try:
        for traced in trace(network):
            shapes[traced.place.address] = traced.entering, traced.leaving
            rows.append(_row(network, traced))
    except InvalidSpec as error:
        error.extra = {"address": error.address, "layers": [row.model_dump() for row in rows]}
        raise
    total = Total(
        parameters=sum(row.parameters for row in rows),
        macs=sum(row.macs for row in rows),
        activation_bytes=sum(row.activation_bytes for row in rows),
    )
    return Table(layers=rows, total=total, pytorch=source(network, shapes, total.parameters))


def trace(network: NetworkSpec) -> Iterator[Traced]:
    """Every layer in order of execution; a residual comes after the layers and the shortcut inside it.

    Raises:
        InvalidSpec: with its address, at the layer that PyTorch would refuse or with which there are more
            parameters than are counted.
    """
    places = {place.address: place for place in walk(network.layers)}
    shape = (network.input.channels, network.input.height, network.input.width)
    parameters = 0
    for traced in _follow(network.layers, "", shape, ((), ()), places):
        parameters += traced.cost.parameters
        if parameters > MAX_PARAMETERS:
            raise InvalidSpec(
                "layers",
                "With this layer there are {count} parameters; at most {most} are counted.",
                {"count": parameters, "most": MAX_PARAMETERS},
                address=traced.place.address,
            )
        yield traced


def box(network: NetworkSpec, address: str, row: int = 0, column: int = 0) -> tuple[int, int, int, int]:
    """The input cells that one unit can see, exactly: top, left, bottom, right, the last two exclusive.

    It is the smallest box around the input cells whose value can change the unit's, whatever the weights.
    Units of flat layers have row and column 0. Of a unit that sees nothing the box is 0, 0, 0, 0.
    """
    traced = next(each for each in trace(network) if each.place.address == address)
    rows = receptive_field.cells(traced.paths[0], row)
    columns = receptive_field.cells(traced.paths[1], column)
    if not rows or not columns:
        return 0, 0, 0, 0
    return min(rows), min(columns), max(rows) + 1, max(columns) + 1


def _follow(
    layers: Sequence[AnyLayer], prefix: str, shape: Shape, before: Paths, places: dict[str, Place]
) -> Generator[Traced, None, tuple[Shape, Paths]]:
    """Goes through a sequence; returns what leaves it and the steps through it."""
    through: Paths = ((), ())
    for index, layer in enumerate(layers):
        address = f"{prefix}{index}"
        here = _after(before, through)
        try:
            if isinstance(layer, Residual):
                left, main = yield from _follow(layer.layers, f"{address}.layers.", shape, here, places)
                shortcut = layer.shortcut or ()
                right, side = yield from _follow(shortcut, f"{address}.shortcut.", shape, here, places)
                leaving = joined(shape, left, right)
                through = _after(through, _fork(main, side))
            else:
                leaving = output_shape(layer, shape)
                through = _after(through, _steps(layer, shape))
        except InvalidSpec as error:
            for each in (error, *error.also):
                each.address = each.address or address
            raise
        yield Traced(places[address], shape, leaving, cost(layer, shape, leaving), _after(before, through))
        shape = leaving
    return shape, through


def _after(first: Paths, second: Paths) -> Paths:
    return first[0] + second[0], first[1] + second[1]


def _fork(main: Paths, side: Paths) -> Paths:
    return (Branches((main[0], side[0])),), (Branches((main[1], side[1])),)


def _steps(layer: AnyLayer, shape: Shape) -> Paths:
    """The step through one layer along rows and columns; none where it works cell by cell, or on one row."""
    if isinstance(layer, Windowed):
        mode = getattr(layer, "padding_mode", "zeros")
        rows, columns = geometry.axes(layer, shape)
        return (Window(rows, mode),), (Window(columns, mode),)
    if isinstance(layer, Flatten) and len(shape) == 3:
        return (Everything(shape[1]),), (Everything(shape[2]),)
    return (), ()


def _row(network: NetworkSpec, traced: Traced) -> Row:
    sizes = network.input.height, network.input.width
    outputs = traced.leaving[1:] if len(traced.leaving) == 3 else (1, 1)
    fields = [
        receptive_field.field(path, size, output)
        for path, size, output in zip(traced.paths, sizes, outputs, strict=True)
    ]
    jumps = [field.jump for field in fields]
    return Row(
        address=traced.place.address,
        name=traced.place.name,
        type=traced.place.layer.type,
        pytorch=row_expression(traced.place.layer, traced.entering, traced.leaving),
        output_shape=list(traced.leaving),
        parameters=traced.cost.parameters,
        macs=traced.cost.macs,
        activation_bytes=traced.cost.activation_bytes,
        receptive_field=FieldAnswer(
            size=[field.size for field in fields],
            jump=None if None in jumps else [_number(jump) for jump in jumps if jump is not None],
            start=[field.start for field in fields],
        ),
    )


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
