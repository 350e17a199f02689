"""``convscope conv`` and ``convscope shape``: the API's arithmetic in the shell."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.commands.refusals import found_in, refuse

if TYPE_CHECKING:
    from app.arithmetic import network
    from app.arithmetic.description import Description

AsJson = Annotated[bool, typer.Option("--json", help="Print the API's answer.")]
Number = Annotated[str | None, typer.Option(metavar="N")]
Size = Annotated[str | None, typer.Option(metavar="N[,N]", help="One number, or one for each axis.")]

MAX_FILE_BYTES = 64 * 1024
console = Console(highlight=False)


def conv(  # noqa: PLR0917  a convolution has as many arguments
    operation: Annotated[
        str,
        typer.Option(help="conv1d conv2d conv3d conv_transpose2d max_pool2d avg_pool2d adaptive_avg_pool2d"),
    ] = "conv2d",
    in_channels: Number = None,
    length: Number = None,
    depth: Number = None,
    height: Number = None,
    width: Number = None,
    out_channels: Number = None,
    kernel_size: Size = None,
    stride: Size = None,
    padding: Annotated[
        str | None, typer.Option(metavar="N[,N]", help="Or same, valid, or top,bottom,left,right.")
    ] = None,
    dilation: Size = None,
    groups: Number = None,
    bias: Annotated[bool | None, typer.Option("--bias/--no-bias")] = None,
    padding_mode: Annotated[str | None, typer.Option(help="zeros reflect replicate circular")] = None,
    output_padding: Size = None,
    ceil_mode: Annotated[bool | None, typer.Option("--ceil-mode/--floor-mode")] = None,
    count_include_pad: Annotated[bool | None, typer.Option("--count-include-pad/--count-exclude-pad")] = None,
    output_size: Size = None,
    check: Annotated[bool, typer.Option("--check", help="Ask the real PyTorch module as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Explain one layer on one input: sizes, formula, counts, repairs, PyTorch's line.

    convscope conv --height 7 --kernel-size 3 --stride 3
    """
    given = {name: value for name, value in locals().items() if name not in {"operation", "check", "as_json"}}
    from app.arithmetic.description import describe
    from app.arithmetic.errors import InvalidSpec
    from app.arithmetic.parsing import OPERATIONS, read

    if operation not in OPERATIONS:
        raise typer.BadParameter(f"It is one of: {', '.join(OPERATIONS)}.", param_hint="--operation")
    texts = {name: _text(value) for name, value in given.items() if value is not None}
    try:
        layer, shape = read(operation, texts)
        described = describe(layer, shape)
    except InvalidSpec as error:
        refuse([error, *error.also], as_json=as_json)
    if check:
        from app.engine.oracle import agrees

        described = described.model_copy(update={"checked_by_torch": agrees(layer, shape)})
    if as_json:
        typer.echo(described.model_dump_json())
    else:
        _show_layer(described)


def shape(
    file: Annotated[str, typer.Argument(help="A network as JSON (NetworkSpec); - reads standard input.")],
    as_json: AsJson = False,
    pytorch: Annotated[
        bool, typer.Option("--pytorch", help="Print the network as a PyTorch module.")
    ] = False,
) -> None:
    """Count a network layer by layer: shapes, parameters, multiply-accumulates, receptive fields."""
    from pydantic import ValidationError

    from app.arithmetic.errors import InvalidSpec
    from app.arithmetic.network import tabulate
    from app.arithmetic.specification import NetworkSpec

    text = _read(file)
    try:
        table = tabulate(NetworkSpec.model_validate_json(text))
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            refuse(
                [InvalidSpec("network", "This is not valid JSON.")], as_json=as_json, code="invalid-request"
            )
        refuse(found_in(error), as_json=as_json, code="invalid-request")
    except InvalidSpec as error:
        rows = (error.extra or {}).get("layers", [])
        if rows and not as_json:
            _show_rows(rows)
        refuse([error, *error.also], as_json=as_json, extra=error.extra)
    if as_json:
        typer.echo(table.model_dump_json())
    elif pytorch:
        typer.echo(table.pytorch)
    else:
        _show_network(table)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(file: str) -> bytes:
    """The bytes of a file or of standard input, no more than the API takes."""
    try:
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.", param_hint="FILE") from error
    if len(data) > MAX_FILE_BYTES:
        raise typer.BadParameter(f"{file} is larger than {MAX_FILE_BYTES} bytes.", param_hint="FILE")
    return data


def _show_layer(described: Description) -> None:
    """A few lines to read, most wanted first."""
    console.print(Text(described.pytorch, "bold"))
    grid = Table.grid(padding=(0, 2))
    grid.add_row("output", f"{_size(described.input)} → [bold green]{_size(described.output)}[/]")
    for name, latex in described.formula.axes.items():
        grid.add_row(name, readable(latex))
    unread = {side: cells for side, cells in described.unread.items() if cells}
    if unread:
        grid.add_row("never read", ", ".join(f"{cells} at the {side}" for side, cells in unread.items()))
    for repair in described.repairs:
        (name, value), *_ = repair.change.items()
        grid.add_row("would fit", f"{name}={json.dumps(value)} → {_size(repair.output)}")
    counts = described.parameters
    factors = "·".join(str(factor.value) for factor in counts.factors)
    if counts.total:
        grid.add_row("parameters", f"{counts.total:,} = {factors} + {counts.bias:,}")
    grid.add_row("multiply-accumulates", f"{described.macs:,}")
    grid.add_row("activation", f"{described.activation_bytes:,} bytes")
    if described.checked_by_torch is not None:
        grid.add_row("PyTorch", "agrees" if described.checked_by_torch else "[bold red]disagrees[/]")
    console.print(grid)


def readable(latex: str) -> str:
    """The formula with numbers as one line of text: ⌊(7 - 3 + 2·0)/3 + 1⌋ = ⌊2.33⌋ = 2."""
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/\2", latex)
    signs = {"lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "le": "≤", "cdot": "·"}
    text = re.sub(r"\\(left|right)", "", text)
    text = re.sub(r" ?\\(lfloor|lceil) ?", lambda sign: f" {signs[sign[1]]}", text)
    text = re.sub(r" ?\\(rfloor|rceil)", lambda sign: signs[sign[1]], text)
    text = re.sub(r"\\(le|cdot)", lambda sign: signs[sign[1]], text)
    return text.replace(" · ", "·").strip()


def _size(sizes: dict[str, int]) -> str:
    return " × ".join(str(size) for size in sizes.values())


def _show_network(table: network.Table) -> None:
    _show_rows([row.model_dump() for row in table.layers])
    total = table.total
    console.print(
        f"{total.parameters:,} parameters, {total.macs:,} multiply-accumulates, "
        f"{total.activation_bytes:,} bytes of activations"
    )


def _show_rows(rows: list[dict[str, Any]]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("layer", "name", "output"):
        table.add_column(name, no_wrap=True)
    for name in ("parameters", "macs", "field", "jump", "start"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        field = row["receptive_field"]
        table.add_row(
            row["address"],
            row["name"],
            f"[green]{'×'.join(map(str, row['output_shape']))}[/]",
            f"{row['parameters']:,}",
            f"{row['macs']:,}",
            _both(field["size"]),
            "whole" if field["jump"] is None else _both(field["jump"]),
            _both(field["start"]),
        )
    console.print(table)


def _both(pair: list[float]) -> str:
    """Rows and columns; once where they are equal."""
    return f"{pair[0]:g}" if pair[0] == pair[1] else f"{pair[0]:g}, {pair[1]:g}"
