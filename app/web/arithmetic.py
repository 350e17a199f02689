"""The arithmetic of one layer: its API, the same for every operation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model
from pydantic_core import PydanticUndefined

from app.arithmetic import parsing, solutions, walkthrough
from app.arithmetic.description import Description, describe
from app.arithmetic.fields import MAX_CHANNELS
from app.engine.oracle import Oracle
from app.web.feature import Feature
from app.web.strict import api_router, body_limit

api = api_router("/arithmetic", tags=["arithmetic"])

ABOUT = {
    "in_channels": "Channels of the input; 1 unless said.",
    "length": "Cells of the input.",
    "depth": "Cells of the input along the depth; the height unless said.",
    "height": "Rows of the input.",
    "width": "Columns of the input; the height unless said.",
    "out_channels": "Feature maps of the output; 1 unless said.",
    "kernel_size": "Cells of the kernel.",
    "stride": "Cells from one window to the next; 1 unless said, for pooling the kernel's size.",
    "padding": "Cells added on both sides; convolutions take same and valid, conv2d top,bottom,left,right.",
    "dilation": "Cells from one weight of the kernel to the next; 1 unless said.",
    "groups": "Groups that the channels are divided into; 1 unless said.",
    "bias": "true (unless said) or false.",
    "padding_mode": "What padding is filled with: zeros (unless said), reflect, replicate or circular.",
    "output_padding": "Cells added at the end of the output; 0 unless said.",
    "ceil_mode": "Round the output size up: true or false (unless said).",
    "count_include_pad": "Whether the mean counts padding: true (unless said) or false.",
    "output_size": "Cells of the output.",
    "channel": "The output channel, counted from 0.",
    "slice": "The output cell along the depth, counted from 0.",
    "row": "The output row, counted from 0.",
    "column": "The output column, counted from 0.",
    "input": "Cells of the input.",
    "output": "Cells of the output.",
    "max_kernel_size": "The largest kernel to try; 11 unless said.",
}
"""What a query name means; a size is one number for all axes or one for each, height before width."""
EXAMPLES = {
    "height": "7",
    "length": "7",
    "kernel_size": "3",
    "output_size": "3",
    "input": "32",
    "output": "16",
}
NUMBERS = r"^[0-9]+(,[0-9]+)*$"
PATTERNS = {"bias": "^(true|false)$", "ceil_mode": "^(true|false)$", "count_include_pad": "^(true|false)$"}
PATTERNS |= {
    "padding_mode": "^(zeros|reflect|replicate|circular)$",
    "padding": "^(same|valid|[0-9]+(,[0-9]+)*)$",
}


class SolutionAnswer(BaseModel):
    """One way to turn the input's size into the output's; it fits when no cell is left unread."""

    kernel_size: int
    stride: int
    padding: int
    dilation: int
    fits: bool


class SolutionsAnswer(BaseModel):
    """Those that fit first, then by kernel_size, stride, padding."""

    solutions: list[SolutionAnswer]


class UnitBody(BaseModel):
    """What is multiplied: nested lists with PyTorch's axes, without the batch. Pooling takes no weight."""

    model_config = ConfigDict(strict=True, extra="forbid")

    input: list[Any] = Field(examples=[[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]])
    weight: list[Any] | None = Field(None, examples=[[[[[1, 0], [0, -1]]]]])
    bias: list[Any] | None = Field(None, examples=[[0.5]])


class OutputCellAnswer(BaseModel):
    """One output cell written out: products = operands × weights, Σ products + bias = value.

    `cells` are the operands' rows and columns in the input; outside it they lie in the padding. Pooling has
    no weights; its operand is null where it takes no part. What is not finite is null.
    """

    cells: list[list[int]]
    operands: list[Any]
    weights: list[Any] | None
    products: list[Any] | None
    channel_sums: list[float | None] | None
    bias: float | None
    divisor: int | None
    winner: list[int] | None
    value: float | None


def _query(title: str, names: Iterable[str], required: Iterable[str]) -> Any:
    """A query of texts, described name by name; :mod:`app.arithmetic.parsing` reads the texts."""
    fields: dict[str, Any] = {}
    for name in names:
        shown = WithJsonSchema({"type": "string", "pattern": PATTERNS.get(name, NUMBERS)})
        default = PydanticUndefined if name in required else None
        examples = [EXAMPLES[name]] if name in EXAMPLES else None
        about = Field(default, description=ABOUT[name], examples=examples)
        fields[name] = (Annotated[str | None, shown], about)
    return Annotated[create_model(title, **fields), Query()]


def _texts(query: BaseModel) -> dict[str, str]:
    return query.model_dump(exclude_unset=True)


def _names(operation: str) -> tuple[str, ...]:
    return (*parsing.argument_names(operation), *parsing.fixed_names(operation))


def _add_description(operation: str) -> None:
    async def answer(request: Request, query: Any) -> Description:
        layer, shape = parsing.read(operation, _texts(query))
        oracle: Oracle = request.app.state.oracle
        return describe(layer, shape, checked_by_torch=oracle.verdict(layer, shape))

    names, required = _names(operation), parsing.required_names(operation)
    answer.__annotations__["query"] = _query(f"{operation}_query", names, required)
    api.get(
        f"/{operation}",
        summary=f"The arithmetic of {operation}",
        operation_id=operation,
    )(answer)


def _add_unit(operation: str) -> None:
    places = walkthrough.PLACES[parsing.OPERATIONS[operation].axes or 2]

    def answer(query: Any, body: UnitBody) -> OutputCellAnswer:
        texts = _texts(query)
        channel, *place = (
            parsing.whole_number(name, texts.pop(name), 0, MAX_CHANNELS) for name in ("channel", *places)
        )
        layer, shape = parsing.read(operation, texts)
        unit = walkthrough.Unit(channel, tuple(place))
        return OutputCellAnswer(**asdict(walkthrough.walk_through(layer, shape, unit, **dict(body))))

    names, required = _names(operation), parsing.required_names(operation)
    answer.__annotations__["query"] = _query(
        f"{operation}_unit_query", (*names, "channel", *places), (*required, "channel", *places)
    )
    api.post(
        f"/{operation}/unit",
        summary=f"One output cell of {operation} written out",
        operation_id=f"{operation}_unit",
    )(body_limit(lambda settings: settings.max_unit_json_bytes)(answer))


def _solve(query: Any) -> SolutionsAnswer:
    found = solutions.read(_texts(query))
    return SolutionsAnswer(solutions=[SolutionAnswer(**each._asdict()) for each in found])


_solve.__annotations__["query"] = _query("solve_query", solutions.LIMITS, ("input", "output"))
api.get("/solve", summary="Every layer that turns one size into another", operation_id="solve")(_solve)
for _operation in parsing.OPERATIONS:
    _add_description(_operation)
    _add_unit(_operation)


@asynccontextmanager
async def _with_oracle(app: FastAPI) -> AsyncIterator[None]:
    app.state.oracle = Oracle()
    app.state.oracle.start()
    try:
        yield
    finally:
        await run_in_threadpool(app.state.oracle.stop)


feature = Feature(routers=(api,), lifespan=_with_oracle)
