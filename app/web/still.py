"""The stage as a still drawing, for pages without a script: input, window, kernel, output at one output cell.

Everything is in the drawing's own units, which a page scales. The classes are those of the moving stage
(``static/src/draw``), so that one style sheet colours both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.arithmetic.geometry import Axis, Share, Slide, Stamp
from app.arithmetic.layers import MaxPool2d
from app.web.stage_numbers import Convolved, StageNumbers

WIDTH, HEIGHT = 820, 340
CAPTION, MARGIN, BETWEEN = 24, 10, 44
LARGEST_CELL, LEAST_CELL, LEAST_NUMBER = 40, 4, 15
"""Cells from the second size on are drawn one by one, from the third with their numbers in them."""
BIAS_GAP, BIAS_CELL = 6, 24
"""Under the kernel."""

Cells = Iterable[tuple[int, int]]


@dataclass(frozen=True)
class Shape:
    """A path: its class, the idea whose colour it has, and its data."""

    css: str
    idea: str
    path: str


@dataclass(frozen=True)
class Word:
    """A text: its class, its idea, where its middle (captions: its start) lies, and its words."""

    css: str
    idea: str
    x: float
    y: float
    text: str


@dataclass
class Still:
    """The drawing, in the order in which it is painted."""

    width: int = WIDTH
    height: int = HEIGHT
    box: tuple[float, float, float, float] = (0, 0, WIDTH, HEIGHT)
    """What is drawn on, without the captions: left, top, width, height."""
    shapes: list[Shape] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    number_size: float = 12


@dataclass(frozen=True)
class _Grid:
    """Square cells; the first row and column are negative where padding lies before cell 0."""

    rows: range
    columns: range
    x: float = 0
    y: float = 0
    cell: float = 0

    def at(self, x: float, cell: float) -> _Grid:
        y = (HEIGHT + CAPTION - len(self.rows) * cell) / 2
        return _Grid(self.rows, self.columns, round(x), round(y), cell)

    def left(self, column: int) -> float:
        return self.x + (column - self.columns.start) * self.cell

    def top(self, row: int) -> float:
        return self.y + (row - self.rows.start) * self.cell

    def squares(self, cells: Cells, inset: float = 0) -> str:
        side = self.cell - 2 * inset
        return "".join(
            f"M{self.left(column) + inset:g} {self.top(row) + inset:g}h{side:g}v{side:g}h{-side:g}z"
            for row, column in cells
        )

    def block(self, rows: range, columns: range) -> str:
        width, height = len(columns) * self.cell, len(rows) * self.cell
        return f"M{self.left(columns.start):g} {self.top(rows.start):g}h{width:g}v{height:g}h{-width:g}z"

    def lines(self, rows: range, columns: range) -> str:
        if self.cell < LEAST_CELL:
            return ""
        return self.squares((row, column) for row in rows for column in columns)


def still(axes: Sequence[Axis], cell: tuple[int, int], numbers: StageNumbers, words: dict[str, str]) -> Still:
    """The drawing of a possible layer's two axes at output `cell`; `words` are the captions by part."""
    rows, columns = axes
    grids = _placed(
        _Grid(_input_span(rows), _input_span(columns)),
        _Grid(range(_kernel(rows)), range(_kernel(columns))),
        _Grid(_output_span(rows), _output_span(columns)),
    )
    left, top = grids[0].x, min(grid.y for grid in grids)
    right = grids[-1].x + len(grids[-1].columns) * grids[-1].cell
    bottom = max(grid.y + len(grid.rows) * grid.cell for grid in grids)
    drawing = Still(
        box=(left - 2, top - 2, right - left + 4, bottom - top + 4),
    )
    _draw_input(drawing, grids[0], axes, cell)
    _draw_kernel(drawing, grids[1], numbers, words)
    _draw_output(drawing, grids[2], axes, cell)
    for name, grid in zip(("input", "kernel", "output"), grids, strict=True):
        drawing.words.append(Word("caption", name, grid.x, grid.y - 9, words[name]))
        _write(drawing, name, grid, numbers, cell)
    longest = max((len(word.text) for word in drawing.words if word.css == "number"), default=1)
    drawing.number_size = round(min(16, grids[0].cell * 0.46, grids[0].cell * 1.5 / longest), 1)
    return drawing


def _placed(*grids: _Grid) -> tuple[_Grid, ...]:
    across = (WIDTH - 2 * MARGIN - 2 * BETWEEN) / sum(len(grid.columns) for grid in grids)
    room = HEIGHT - 2 * MARGIN - CAPTION
    bias = 2 * (BIAS_GAP + BIAS_CELL)  # for the kernel lies in the middle
    down = min(
        room / max(len(grid.rows) for grid in grids),
        max(room - bias, room / 2) / len(grids[1].rows),
    )
    cell = min(LARGEST_CELL, across, down)
    cell = float(int(cell)) if cell >= LEAST_CELL else cell
    x = (WIDTH - 2 * BETWEEN - sum(len(grid.columns) for grid in grids) * cell) / 2
    placed = []
    for grid in grids:
        placed.append(grid.at(x, cell))
        x += len(grid.columns) * cell + BETWEEN
    return tuple(placed)


def _input_span(axis: Axis) -> range:
    if not isinstance(axis, Slide):
        return range(axis.size)
    reached = axis.window(axis.output - 1).stop
    return range(-axis.before, max(axis.size + axis.after, reached))


def _output_span(axis: Axis) -> range:
    if not isinstance(axis, Stamp):
        return range(axis.output)
    stamped = (axis.size - 1) * axis.stride + axis.extent - axis.padding
    return range(-axis.padding, max(stamped, axis.output))


def _kernel(axis: Axis) -> int:
    return axis.longest if isinstance(axis, Share) else axis.kernel


def _draw_input(drawing: Still, grid: _Grid, axes: Sequence[Axis], cell: tuple[int, int]) -> None:
    rows, columns = (range(axis.size) for axis in axes)
    if grid.cell < LEAST_CELL:
        drawing.shapes.append(Shape("pad", "padding", grid.block(grid.rows, grid.columns)))
        _draw_block(drawing, "input", grid, rows, columns)
        drawing.shapes.append(Shape("taps", "kernel", grid.block(*_reach(axes, cell))))
        return
    ring = [(r, c) for r in grid.rows for c in grid.columns if r not in rows or c not in columns]
    drawing.shapes.append(Shape("pad", "padding", grid.squares(ring, 1)))
    _draw_block(drawing, "input", grid, rows, columns, lines=False)
    window = grid.squares(
        (row, column) for row, _ in axes[0].taps(cell[0]) for column, _ in axes[1].taps(cell[1])
    )
    drawing.shapes.append(Shape("ground", "kernel", window))
    drawing.shapes.append(Shape("lines", "input", grid.lines(rows, columns)))
    unread = [_never_read(axis, span) for axis, span in zip(axes, (grid.rows, grid.columns), strict=True)]
    hatched = [(r, c) for r in grid.rows for c in grid.columns if r in unread[0] or c in unread[1]]
    drawing.shapes.append(Shape("unread", "padding", grid.squares(hatched)))
    drawing.shapes.append(Shape("taps", "kernel", window))


def _reach(axes: Sequence[Axis], cell: tuple[int, int]) -> tuple[range, range]:
    """The rows and the columns from a window's first cell to its last."""
    rows, columns = (
        [at for at, _ in axis.taps(index)] or [0] for axis, index in zip(axes, cell, strict=True)
    )
    return range(min(rows), max(rows) + 1), range(min(columns), max(columns) + 1)


def _never_read(axis: Axis, span: range) -> set[int]:
    end = axis.size + (axis.after if isinstance(axis, Slide) else 0)
    return {cell for cell in span if cell < end} - {
        cell for index in range(axis.output) for cell, _ in axis.taps(index)
    }


def _draw_kernel(drawing: Still, grid: _Grid, numbers: StageNumbers, words: dict[str, str]) -> None:
    """The weights and under them the bias; of a pooling, which has none, only the window's outline."""
    if not isinstance(numbers.layer, Convolved):
        drawing.shapes.append(Shape("block empty", "kernel", grid.block(grid.rows, grid.columns)))
        middle = grid.left(grid.columns.start) + len(grid.columns) * grid.cell / 2
        height = grid.top(grid.rows.start) + len(grid.rows) * grid.cell / 2
        sign = "max" if isinstance(numbers.layer, MaxPool2d) else "mean"
        drawing.words.append(Word("sign", "kernel", middle, height, sign))
        return
    _draw_block(drawing, "kernel", grid, grid.rows, grid.columns)
    if numbers.bias_text is None:
        return
    left = grid.x + len(grid.columns) * grid.cell - BIAS_CELL
    top = grid.y + len(grid.rows) * grid.cell + BIAS_GAP
    cell = _Grid(range(1), range(1), round(max(left, grid.x + BIAS_CELL)), round(top), BIAS_CELL)
    _draw_block(drawing, "kernel", cell, cell.rows, cell.columns, lines=False)
    middle = cell.y + BIAS_CELL / 2
    drawing.words.append(Word("bias", "kernel", cell.x - 5, middle, f"+ {words['bias']}"))
    drawing.words.append(Word("number", "kernel", cell.x + BIAS_CELL / 2, middle, numbers.bias_text))


def _draw_output(drawing: Still, grid: _Grid, axes: Sequence[Axis], cell: tuple[int, int]) -> None:
    rows, columns = (range(axis.output) for axis in axes)
    if grid.cell >= LEAST_CELL:
        cut = [(r, c) for r in grid.rows for c in grid.columns if r not in rows or c not in columns]
        drawing.shapes.append(Shape("cut", "padding", grid.squares(cut, 1)))
    computed = ((r, c) for r in rows for c in columns if (r, c) <= cell)
    if grid.cell >= LEAST_CELL:
        drawing.shapes.append(Shape("block", "output", grid.squares(computed)))
        drawing.shapes.append(Shape("lines", "output", grid.lines(rows, columns)))
        drawing.shapes.append(Shape("border", "output", grid.block(rows, columns)))
    else:
        _draw_block(drawing, "output", grid, rows, columns)
    drawing.shapes.append(Shape("current", "output", grid.squares([cell])))


def _draw_block(
    drawing: Still, idea: str, grid: _Grid, rows: range, columns: range, *, lines: bool = True
) -> None:
    drawing.shapes.append(Shape("block", idea, grid.block(rows, columns)))
    if lines:
        drawing.shapes.append(Shape("lines", idea, grid.lines(rows, columns)))
    drawing.shapes.append(Shape("border", idea, grid.block(rows, columns)))


def _write(drawing: Still, name: str, grid: _Grid, numbers: StageNumbers, cell: tuple[int, int]) -> None:
    if grid.cell < LEAST_NUMBER:
        return
    for row in grid.rows:
        for column in grid.columns:
            text = numbers.text(name, row, column, cell)
            if text:
                x, y = grid.left(column) + grid.cell / 2, grid.top(row) + grid.cell / 2
                drawing.words.append(Word("number", name, x, y, text))
