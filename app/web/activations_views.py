"""What the activations page shows, as the typed context of its template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup
from pydantic_core import to_json

from app.web.activations_answers import Links, activations_answer
from app.web.activations_bars import Answer
from app.web.activations_picture import ShownPicture
from app.web.activations_strips import Strip
from app.web.looks import Look
from app.web.problem import Problem
from app.web.views import Page


@dataclass(frozen=True)
class NetworkChoice:
    """A network to look into, or to see beside the one that is looked into."""

    name: str
    title: str
    accuracy: str
    hint: str
    url: str
    current: bool
    compared: bool


@dataclass(frozen=True)
class NearestNetwork:
    """What is offered where an address names a network that is not here."""

    title: str
    url: str


@dataclass(frozen=True)
class SampleChoice:
    """A bundled picture; `name` is a message."""

    name: str
    thumbnail: str
    url: str
    current: bool


@dataclass(frozen=True)
class LookData:
    """What the page's script needs: one JSON document, and the sheet to be fetched meanwhile."""

    json: Markup
    sheet_url: str


@dataclass(frozen=True)
class ActivationsPage(Page):
    """A network's layers, and what they make of a picture; without one (see `problem`) only the layers.

    Attributes:
        image: empty where a picture that was sent has been refused.
        again_url: where the same may be asked for again; None where that is of no use.
    """

    template: ClassVar[str] = "activations.html"
    network: str
    image: str
    networks: tuple[NetworkChoice, ...]
    samples: tuple[SampleChoice, ...]
    strips: tuple[Strip, ...]
    picture: ShownPicture | None
    answer: Answer | None
    look: LookData | None
    problem: Problem | None
    again_url: str | None
    nearest: NearestNetwork | None
    whole_url: str | None
    kept: tuple[tuple[str, str], ...]
    largest_bytes: int
    picture_hours: int


def look_data(look: Look, links: Links) -> LookData:
    """The API's answer for a ``<script type="application/json">``, which nothing in it can end."""
    text = to_json(activations_answer(look, links), inf_nan_mode="null").decode()
    return LookData(Markup(text.replace("<", "\\u003c")), links.sheet)  # noqa: S704  no < is left in it
