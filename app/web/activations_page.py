"""The activations page: what networks make of a picture, complete without a script.

The page carries the answer of the activations API, so that its script paints every map without asking again.
The same page, fetched by the script, is what changes when the picture, the crop or the networks change: what
is on it is said in one place, its templates.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from starlette.responses import Response

from app.engine.checkpoints import UnknownNetwork
from app.engine.library import Library
from app.locale import Language
from app.locale import mark as _
from app.pictures import samples
from app.web import activations_views as views
from app.web.activations_answers import Links
from app.web.activations_asked import after_loading, version_of
from app.web.activations_bars import answer, title, title_of
from app.web.activations_picture import picture
from app.web.activations_strips import strips
from app.web.disconnects import unless_gone
from app.web.errors import shows_problems
from app.web.feature import Feature, Room
from app.web.language import language_of
from app.web.looks import Look, Looks
from app.web.numbers import percent
from app.web.problem import Problem, type_of
from app.web.strict import page_router
from app.web.upload import FileTooLarge
from app.web.views import render

PATH = "/activations"
FIRST_NETWORK, FIRST_IMAGE = "tinyvgg", "sample-cat"
"""What an address that says nothing shows."""

pages = page_router()


@dataclass(frozen=True)
class Asked:
    """What an address asks to see: one network's layers, and what it and others answer."""

    network: str
    image: str
    crop: str | None
    compare: tuple[str, ...]
    layer: str | None

    def url(self, **changes: str | None) -> str:
        """The page with some of this changed; None takes a name out."""
        pairs = {
            "network": self.network,
            "image": self.image,
            "crop": self.crop,
            "compare": ",".join(self.compare) or None,
            **changes,
        }
        return f"{PATH}?{urlencode({name: value for name, value in pairs.items() if value}, safe=',')}"

    @property
    def kept(self) -> tuple[tuple[str, str], ...]:
        """What a form that chooses the networks to compare leaves as it is."""
        pairs = (("network", self.network), ("image", self.image), ("crop", self.crop))
        return tuple((name, value) for name, value in pairs if value)


def _asked(
    request: Request,
    network: str | None = None,
    image: str | None = None,
    crop: str | None = None,
    compare: Annotated[list[str] | None, Query()] = None,
    layer: str | None = None,
) -> Asked:
    library: Library = request.app.state.library
    first = FIRST_NETWORK if FIRST_NETWORK in library.checkpoints else next(iter(library.checkpoints), "")
    chosen = network or first
    named = dict.fromkeys(name for written in compare or () for name in written.split(",") if name)
    others = tuple(name for name in named if name != chosen)
    return Asked(chosen, image or FIRST_IMAGE, crop or None, others, layer)


AskedDep = Annotated[Asked, Depends(_asked)]


async def with_problem(request: Request, problem: Problem) -> Response:
    """The same page with nothing to see: what is wrong, the layers, and the samples to begin with."""
    query = request.query_params
    asked = _asked(
        request, query.get("network"), query.get("image"), query.get("crop"), query.getlist("compare")
    )
    known = request.app.state.library.checkpoints
    asked = replace(
        asked,
        network=asked.network if asked.network in known else "",
        compare=tuple(name for name in asked.compare if name in known),
    )
    return render(request, _page(request, asked, [], problem))


async def with_refusal(request: Request, problem: Problem) -> Response:
    """The page of who sent a picture that was not taken: why, and where to choose another."""
    if problem.type == type_of("body-too-large"):  # of which the file is what a person knows
        told = FileTooLarge(request.app.state.settings.max_picture_bytes)
        problem = replace(problem, detail=language_of(request.scope).say(told.message, **told.values))
    return render(request, _page(request, replace(_asked(request), image=""), [], problem))


@pages.get(PATH)
@shows_problems(with_problem)
async def activations(request: Request, asked: AskedDep) -> Response:
    """Raises UnknownNetwork, NetworkLoading, InferenceBusy, PictureUnknown, InvalidSpec (the crop)."""
    await after_loading(request, asked.network, *asked.compare)
    library: Library = request.app.state.library
    looks: Looks = request.app.state.looks
    networks = [library.network(name) for name in (asked.network, *asked.compare)]
    found = await unless_gone(
        request, _all(looks.get(network, asked.image, asked.crop) for network in networks)
    )
    is_sample = asked.image in samples.SAMPLES
    caching = {} if is_sample else {"Cache-Control": "private, no-cache"}
    return render(request, _page(request, asked, found, None), headers=caching)


async def _all(wanted: Iterable[Awaitable[Look]]) -> list[Look]:
    return await asyncio.gather(*wanted)


def _page(
    request: Request, asked: Asked, looks: Sequence[Look], problem: Problem | None
) -> views.ActivationsPage:
    settings = request.app.state.settings
    library: Library = request.app.state.library
    language = language_of(request.scope)
    checkpoint = library.checkpoints.get(asked.network)
    look = looks[0] if looks else None
    links = Links(asked.network, asked.image, asked.crop, version_of(look.network)) if look else None
    return views.ActivationsPage(
        network=asked.network,
        image=asked.image,
        networks=_networks(language, library, asked),
        samples=tuple(
            views.SampleChoice(
                sample.name,
                f"/api/v1/images/{sample.id}/thumbnail.webp",
                asked.url(image=sample.id, crop=None),
                sample.id == asked.image,
            )
            for sample in samples.SAMPLES.values()
        ),
        strips=strips(
            language, checkpoint, look, links, lambda address: asked.url(layer=address), asked.layer
        )
        if checkpoint
        else (),
        picture=picture(language, look, asked.image) if look else None,
        answer=answer(language, looks) if looks else None,
        look=views.look_data(look, links) if look and links else None,
        problem=problem,
        again_url=asked.url(layer=asked.layer) if problem and problem.status == 503 and asked.image else None,
        nearest=_nearest(language, library, asked, problem) if problem else None,
        whole_url=asked.url(crop=None) if problem and problem.error_of("crop") else None,
        kept=asked.kept,
        largest_bytes=settings.max_picture_bytes,
        picture_hours=round(settings.picture_lifetime_seconds / 3600),
    )


def _networks(language: Language, library: Library, asked: Asked) -> tuple[views.NetworkChoice, ...]:
    """Every network, the least accurate first."""
    return tuple(
        views.NetworkChoice(
            name=checkpoint.name,
            title=title(language, checkpoint),
            accuracy=f"{percent(checkpoint.card.test_accuracy)} %",
            hint=language.say(
                _("{title}. Test accuracy {accuracy} %, {parameters} parameters."),
                title=title_of(language, checkpoint),
                accuracy=percent(checkpoint.card.test_accuracy),
                parameters=f"{checkpoint.card.parameters:,}",
            ),
            url=asked.url(network=checkpoint.name, compare=",".join(_others(asked, checkpoint.name)) or None),
            current=checkpoint.name == asked.network,
            compared=checkpoint.name in asked.compare,
        )
        for checkpoint in sorted(library.checkpoints.values(), key=lambda each: each.card.test_accuracy)
    )


def _nearest(
    language: Language, library: Library, asked: Asked, problem: Problem
) -> views.NearestNetwork | None:
    """In place of a network that is not here, the one whose name is most like it."""
    error = problem.error_of(UnknownNetwork.field)
    checkpoint = library.checkpoints.get(error.nearest) if error and error.nearest else None
    if checkpoint is None:
        return None
    name = checkpoint.name
    beside = ",".join(dict.fromkeys((*asked.compare, name)))
    url = asked.url(compare=beside) if asked.network else asked.url(network=name)
    return views.NearestNetwork(title(language, checkpoint), url)


def _others(asked: Asked, chosen: str) -> tuple[str, ...]:
    """The networks beside another chosen one: where several are compared, the set stays the same."""
    if not asked.compare:
        return ()
    return tuple(name for name in (asked.network, *asked.compare) if name != chosen)


feature = Feature(routers=(pages,), room=Room(PATH, _("Activations")))
