"""The home page: one figure alive at once, the rooms, and a place to drop a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.optimizers import Point
from app.arithmetic.surfaces import SURFACES
from app.locale import Language
from app.locale import mark as _
from app.web.duels_findings import QUESTIONS
from app.web.feature import Feature
from app.web.first_steps import points
from app.web.language import language_of
from app.web.layer_answer import LayerAnswer, answer, query_of
from app.web.still import Still
from app.web.strict import page_router
from app.web.views import Page, render

OPERATION = "conv2d"
LETTERS = (
    ("N", "height", "input", _("input"), "7"),
    ("F", "kernel_size", "kernel", _("kernel"), "3"),
    ("S", "stride", "stride", _("stride"), "1"),
    ("P", "padding", "padding", _("padding"), "0"),
)
"""The lecture's letters: PyTorch's name, the idea whose colour each has, its word, its first value."""
DOES_NOT_FIT = {"height": "7", "kernel_size": "3", "stride": "3", "padding": "0"}
"""The lecture's (7 − 3)/3 + 1 = 2.33."""
MINIATURES = (
    ("Conv2d", "conv2d", {"height": "5", "kernel_size": "3", "stride": "2", "padding": "1"}, "0,1"),
    ("ConvTranspose2d", "conv_transpose2d", {"height": "3", "kernel_size": "3", "stride": "2"}, "2,2"),
    ("MaxPool2d", "max_pool2d", {"height": "4", "kernel_size": "2"}, "0,1"),
)
"""Layers shown small: PyTorch's name, the operation, its arguments, the output cell."""
RACE = {"sgd": 0.07, "momentum": 0.01, "adam": 0.2}
"""Optimizers shown small, with their rates."""
RACE_STEPS = 40
SURFACE = "ravine"
SHOWN = ("cell", "speed", "x", "w", "b")

pages = page_router()


@dataclass(frozen=True)
class Letter:
    """One letter as a form's field."""

    letter: str
    name: str
    idea: str
    word: str
    value: str


@dataclass(frozen=True)
class Miniature:
    """A layer as a small drawing that leads to the arithmetic page."""

    name: str
    still: Still
    url: str


@dataclass(frozen=True)
class Track:
    """The path of one optimizer, in the units of its drawing: a hundredth of a parameter's."""

    name: str
    path: str


@dataclass(frozen=True)
class HomePage(Page):
    """A figure to start with; `what_if_url` is the same with a stride that does not fit."""

    template: ClassVar[str] = "home.html"
    letters: tuple[Letter, ...]
    answer: LayerAnswer
    query: str
    what_if_url: str
    is_what_if: bool
    """Whether the stride is already the one that the link would set."""
    miniatures: tuple[Miniature, ...]
    tracks: tuple[Track, ...]
    descents: tuple[Track, ...]
    questions: tuple[tuple[str, str], ...]
    """The duels: the place on their page, and what is asked."""


@pages.get("/")
async def home(request: Request) -> Response:
    query = request.query_params
    start = {name: value for _letter, name, _idea, _word, value in LETTERS}
    texts = {name: query.get(name, value).strip() for name, value in start.items()}
    language = language_of(request.scope)
    try:
        answered = answer(OPERATION, texts, query, language)
    except InvalidSpec:  # an address that was typed; the arithmetic page explains, this one begins again
        texts = start
        answered = answer(OPERATION, texts, query, language)
    return render(
        request,
        HomePage(
            letters=tuple(
                Letter(letter, name, idea, word, texts[name]) for letter, name, idea, word, _value in LETTERS
            ),
            answer=answered,
            query=_query(texts, query),
            what_if_url=f"/?{_query(DOES_NOT_FIT, {})}",
            is_what_if=texts["stride"] == DOES_NOT_FIT["stride"],
            miniatures=tuple(_miniature(*each, language) for each in MINIATURES),
            tracks=_tracks(),
            descents=_descents(),
            questions=tuple(QUESTIONS.items()),
        ),
    )


def _miniature(
    name: str, operation: str, texts: Mapping[str, str], cell: str, language: Language
) -> Miniature:
    drawn = answer(operation, texts, {"cell": cell}, language).still
    return Miniature(name, drawn, f"/arithmetic?{query_of(operation, texts)}&cell={cell}")


@cache
def _race() -> Mapping[str, list[Point]]:
    numbers = {"theta1": -3.5, "theta2": 1.5, "momentum": 0.9, "weight_decay": 0.0, "alpha": 0.99}
    numbers |= {"beta1": 0.9, "beta2": 0.999, **{f"{name}_lr": rate for name, rate in RACE.items()}}
    return {name: points(SURFACE, name, numbers, RACE_STEPS) for name in RACE}


@cache
def _tracks() -> tuple[Track, ...]:
    return tuple(
        Track(name, "M" + "L".join(f"{100 * x:.0f} {-100 * y:.0f}" for x, y in gone))
        for name, gone in _race().items()
    )


@cache
def _descents() -> tuple[Track, ...]:
    """The loss of the same race by step: 10 across a step, 100 up for the loss at the start."""
    height = SURFACES[SURFACE].height
    return tuple(
        Track(
            name,
            "M"
            + "L".join(
                f"{10 * step} {-100 * height(each) / height(gone[0]):.1f}" for step, each in enumerate(gone)
            ),
        )
        for name, gone in _race().items()
    )


def _query(texts: Mapping[str, str], query: Mapping[str, str]) -> str:
    shown = {name: query[name] for name in SHOWN if name in query}
    return urlencode({"operation": OPERATION, **texts, **shown}, safe=",:")


feature = Feature(routers=(pages,))
