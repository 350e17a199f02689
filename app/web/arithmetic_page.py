"""The arithmetic page: the PyTorch call as a form, and what it gives, complete without a script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import ClassVar, Literal
from urllib.parse import urlencode

from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from app.arithmetic import parsing
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.geometry import AXES
from app.locale import mark as _
from app.web.errors import shows_problems
from app.web.feature import Feature, Room
from app.web.language import language_of
from app.web.layer_answer import LayerAnswer, answer, query_of, rule_in_letters, text_of
from app.web.problem import FieldError, Problem
from app.web.strict import page_router
from app.web.views import Page, render

PATH = "/arithmetic"
pages = page_router()

OPERATIONS: Mapping[str, tuple[str, str]] = {
    "conv2d": (_("Convolution"), "nn.Conv2d"),
    "conv_transpose2d": (_("Transposed convolution"), "nn.ConvTranspose2d"),
    "max_pool2d": (_("Max pooling"), "nn.MaxPool2d"),
    "avg_pool2d": (_("Average pooling"), "nn.AvgPool2d"),
    "adaptive_avg_pool2d": (_("Adaptive pooling"), "nn.AdaptiveAvgPool2d"),
}
"""The operations of the page: what they are called, and PyTorch's constructor."""

STARTS: Mapping[str, Mapping[str, str]] = {
    "conv2d": {"height": "7", "width": "7", "kernel_size": "3", "stride": "2", "padding": "1"},
    "conv_transpose2d": {"height": "4", "width": "4", "kernel_size": "3", "stride": "2", "padding": "1"},
    "max_pool2d": {"height": "4", "width": "4", "kernel_size": "2"},
    "avg_pool2d": {"height": "4", "width": "4", "kernel_size": "2"},
    "adaptive_avg_pool2d": {"height": "7", "width": "7", "output_size": "3"},
}
"""What each operation starts with where the address says nothing; the lecture's examples."""

IDEAS = {
    "in_channels": "channels",
    "out_channels": "channels",
    "groups": "channels",
    "height": "input",
    "width": "input",
    "kernel_size": "kernel",
    "bias": "kernel",
    "stride": "stride",
    "padding": "padding",
    "padding_mode": "padding",
    "output_padding": "padding",
    "count_include_pad": "padding",
    "dilation": "dilation",
    "ceil_mode": "output",
    "output_size": "output",
}
"""The idea whose colour an argument has."""
LETTERS = (
    ("N", "input", "height, width", _("the input's size")),
    ("F", "kernel", "kernel_size", _("how many cells the kernel spans")),
    ("S", "stride", "stride", _("how many cells from one window to the next")),
    ("P", "padding", "padding", _("cells added around the input")),
    ("D", "dilation", "dilation", _("cells from one weight to the next")),
    ("K", "channels", "out_channels", _("how many filters there are, and so maps in the output")),
    ("O", "output", "output", _("the output's size")),
)
"""The lecture's letters, the idea whose colour each has, PyTorch's name, and what it means."""
CHOICES = {
    "bias": ("true", "false"),
    "ceil_mode": ("false", "true"),
    "count_include_pad": ("true", "false"),
    "padding_mode": ("zeros", "reflect", "replicate", "circular"),
}
"""Arguments that are one of a few words, PyTorch's default first."""
ABSENT = {
    "in_channels": "1",
    "out_channels": "1",
    "stride": "1",
    "padding": "0",
    "output_padding": "0",
    "dilation": "1",
    "groups": "1",
}
"""What a form shows for an argument that the address leaves out."""


@dataclass(frozen=True)
class Argument:
    """One argument as a form's field; `value` is the text as it was typed."""

    name: str
    idea: str
    value: str
    kind: Literal["numbers", "choice"]
    options: tuple[str, ...] = ()
    error: FieldError | None = None
    nearest_url: str | None = None


@dataclass(frozen=True)
class Tab:
    """One operation to switch to."""

    name: str
    url: str
    current: bool


@dataclass(frozen=True)
class ArithmeticPage(Page):
    """The call, and what it gives: an `answer`, or where PyTorch refuses a `problem`."""

    template: ClassVar[str] = "arithmetic.html"
    operation: str
    constructor: str
    tabs: tuple[Tab, ...]
    sizes: tuple[Argument, ...]
    arguments: tuple[Argument, ...]
    problem: Problem | None
    letters: tuple[tuple[str, str, str, str], ...]
    query: str
    """The whole state as a query, for the page's script."""
    answer: LayerAnswer | None = None
    symbolic: Markup | None = None
    """Without an answer: the rule in letters."""
    refusal: str | None = None
    """The problem as the API would say it, so that the page's script need not ask."""


def _with_problem(request: Request, problem: Problem) -> Response:
    return render(request, _page(request, problem))


@pages.get(PATH)
@shows_problems(_with_problem)
async def arithmetic(request: Request) -> Response:
    return render(request, _page(request, None))


def _page(request: Request, problem: Problem | None) -> ArithmeticPage:
    query = request.query_params
    operation, texts = _asked(query)
    state = {name: text for name, text in query.items() if name not in texts}
    fields = {name: _argument(operation, texts, name, problem) for name in parsing.argument_names(operation)}
    page = ArithmeticPage(
        operation=operation,
        constructor=OPERATIONS[operation][1],
        tabs=tuple(_tab(name, operation) for name in OPERATIONS),
        sizes=tuple(fields.pop(name) for name in AXES[2]),
        arguments=tuple(fields.values()),
        problem=problem,
        letters=LETTERS,
        query=urlencode({**state, "operation": operation, **texts}, safe=","),
    )
    if problem:
        return replace(page, symbolic=_symbolic(operation, texts, problem), refusal=_refusal(problem))
    return replace(page, answer=answer(operation, texts, query, language_of(request.scope)))


def _symbolic(operation: str, texts: Mapping[str, str], problem: Problem) -> Markup:
    """The rule of a refused layer: with what is wrong left at its start, else of the layer to start with."""
    wrong = {error.field for error in problem.errors}
    right = {name: text for name, text in texts.items() if text and name not in wrong}
    try:
        return rule_in_letters(operation, {**STARTS[operation], **right})
    except InvalidSpec:
        return rule_in_letters(operation, STARTS[operation])


def _refusal(problem: Problem) -> str:
    errors = [asdict(error) for error in problem.errors]
    return json.dumps(
        {"title": problem.title, "detail": problem.detail, "errors": errors}, ensure_ascii=False
    )


def _asked(query: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The operation and the text of each of its arguments, as people write them in Python."""
    operation = query.get("operation", "")
    if operation not in OPERATIONS:
        operation = next(iter(OPERATIONS))
    names = parsing.argument_names(operation)
    given = {name: _plain(query[name]) for name in names if name in query}
    return operation, given or dict(STARTS[operation])


def _plain(text: str) -> str:
    """``(3, 5)`` and ``"same"`` as the API has them: ``3,5`` and ``same``."""
    return "".join(text.split()).strip("()[]\"'")


def _argument(operation: str, texts: Mapping[str, str], name: str, problem: Problem | None) -> Argument:
    error = problem.error_of(name) if problem else None
    choices = CHOICES.get(name, ())
    absent = choices[0] if choices else ABSENT.get(name, "")
    if name == "stride" and "pool" in operation:
        absent = ""  # the kernel's
    if name == "width":
        absent = texts.get("height", "")
    nearest = None if error is None or error.nearest is None else text_of(error.nearest)
    return Argument(
        name=name,
        idea=IDEAS[name],
        value=texts.get(name, absent),
        kind="choice" if choices else "numbers",
        options=choices,
        error=error,
        nearest_url=None if nearest is None else _url(operation, {**texts, name: nearest}),
    )


def _url(operation: str, texts: Mapping[str, str]) -> str:
    return f"{PATH}?{query_of(operation, texts)}"


def _tab(name: str, operation: str) -> Tab:
    return Tab(OPERATIONS[name][0], _url(name, STARTS[name]), name == operation)


feature = Feature(routers=(pages,), room=Room(PATH, _("Arithmetic")))
