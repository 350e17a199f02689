"""The optimizers page: a race on a loss surface, which runs in the browser; the rules are here without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar
from urllib.parse import urlencode

from fastapi import Query, Request
from starlette.responses import Response

from app.locale import mark as _
from app.web.feature import Feature, Room
from app.web.strict import page_router
from app.web.update_rules import RULES, UpdateRule
from app.web.views import Page, render

PATH = "/optimizers"
pages = page_router()

SURFACES: Mapping[str, str] = {
    "ravine": _("Ravine"),
    "rosenbrock": _("Rosenbrock"),
    "saddle": _("Saddle"),
    "beale": _("Beale"),
    "himmelblau": _("Himmelblau"),
    "bumps": _("Bumps"),
    "line": _("Real data"),
}
"""The surfaces, by the names that addresses and the browser have for them."""

STARTS: Mapping[str, tuple[str, str, str]] = {
    "ravine": ("-3.5", "1.5", "100"),
    "rosenbrock": ("-1.4", "1.6", "400"),
    "saddle": ("1.8", "0.01", "80"),
    "beale": ("1", "1.5", "150"),
    "himmelblau": ("-0.2", "-1", "80"),
    "bumps": ("3.7", "2.6", "100"),
    "line": ("-1", "2.8", "120"),
}
"""θ₁, θ₂ and the number of steps that a surface begins with."""
RATES: Mapping[str, tuple[str, ...]] = {
    "ravine": ("0.07", "0.01", "0.01", "0.5", "0.05", "0.2", "0.2"),
    "rosenbrock": ("0.001", "0.001", "0.001", "0.5", "0.01", "0.1", "0.1"),
    "saddle": ("0.1", "0.05", "0.05", "0.3", "0.05", "0.1", "0.1"),
    "beale": ("0.01", "0.002", "0.002", "0.5", "0.05", "0.1", "0.1"),
    "himmelblau": ("0.005", "0.002", "0.002", "0.5", "0.1", "0.2", "0.2"),
    "bumps": ("0.1", "0.02", "0.02", "0.5", "0.05", "0.2", "0.2"),
    "line": ("0.1", "0.02", "0.02", "0.5", "0.1", "0.2", "0.2"),
}
"""Learning rates that do well on a surface, in the order of RULES."""
CHOSEN = ("sgd", "momentum", "rmsprop", "adam")
"""Who runs where the address says nothing."""
SHARED: Mapping[str, tuple[str, str]] = {
    "momentum": ("0.9", _("μ of momentum and Nesterov")),
    "alpha": ("0.99", _("α of RMSprop: how much of the past is kept")),
    "beta1": ("0.9", _("β₁ of Adam and AdamW: of the slopes")),
    "beta2": ("0.999", _("β₂ of Adam and AdamW: of their squares")),
    "weight_decay": ("0", _("λ of all: the pull towards 0")),
}
"""PyTorch's other arguments: where they begin, and what they are."""
BATCH_SIZES: Mapping[str, str] = {
    "24": _("all 24 examples"),
    "4": _("mini-batches of 4"),
    "1": _("one at a time"),
}


@dataclass(frozen=True)
class Runner:
    """One optimizer as a row of the form."""

    name: str
    title: str
    runs: bool
    rate: str


@dataclass(frozen=True)
class NumberField:
    """One number of the form; `text` is as it was typed."""

    name: str
    label: str
    text: str
    meaning: str = ""


@dataclass(frozen=True)
class SurfaceTab:
    """One surface to switch to."""

    name: str
    title: str
    url: str
    current: bool


@dataclass(frozen=True)
class OptimizersPage(Page):
    """A race that is set up, and the rules of all that may run."""

    template: ClassVar[str] = "optimizers.html"
    surface: str
    tabs: tuple[SurfaceTab, ...]
    runners: tuple[Runner, ...]
    shared: tuple[NumberField, ...]
    start: tuple[NumberField, ...]
    course: tuple[NumberField, ...]
    batch_sizes: Mapping[str, str]
    batch_size: str
    shown: str
    rules: tuple[UpdateRule, ...]
    query: str
    """The whole state as a query, for the page's script."""


@pages.get(PATH)
async def optimizers(request: Request, optimizer: Annotated[list[str] | None, Query()] = None) -> Response:
    query = request.query_params
    surface = query.get("surface", "")
    if surface not in SURFACES:
        surface = next(iter(SURFACES))
    texts = {name: query.get(name, text).strip() for name, text in _beginning(surface).items()}
    chosen = tuple(name for name in RULES if name in (optimizer or CHOSEN)) or CHOSEN
    batch_size = query.get("batch_size", "")
    if batch_size not in BATCH_SIZES:
        batch_size = next(iter(BATCH_SIZES))
    shown = query.get("shown", "")
    others = {name: query[name] for name in ("step", "speed") if name in query}
    pairs = [("surface", surface), *(("optimizer", name) for name in chosen), *texts.items()]
    state = dict(batch_size=batch_size, shown=shown if shown in RULES else chosen[0], **others)
    return render(
        request,
        OptimizersPage(
            surface=surface,
            tabs=tuple(_tab(name, title, name == surface) for name, title in SURFACES.items()),
            runners=tuple(
                Runner(name, rule.title, name in chosen, texts[f"{name}_lr"]) for name, rule in RULES.items()
            ),
            shared=tuple(NumberField(name, name, texts[name], said) for name, (_t, said) in SHARED.items()),
            start=(
                NumberField("theta1", "θ₁", texts["theta1"]),
                NumberField("theta2", "θ₂", texts["theta2"]),
            ),
            course=(
                NumberField("steps", "steps", texts["steps"]),
                NumberField("seed", "seed", texts["seed"]),
            ),
            batch_sizes=BATCH_SIZES,
            batch_size=batch_size,
            shown=state["shown"],
            rules=tuple(RULES.values()),
            query=urlencode([*pairs, *state.items()], safe=","),
        ),
    )


def _beginning(surface: str) -> dict[str, str]:
    """Every number of the form as a surface begins."""
    first, second, steps = STARTS[surface]
    rates = {f"{name}_lr": rate for name, rate in zip(RULES, RATES[surface], strict=True)}
    shared = {name: text for name, (text, _meaning) in SHARED.items()}
    return {**rates, **shared, "theta1": first, "theta2": second, "steps": steps, "seed": "1"}


def _tab(name: str, title: str, current: bool) -> SurfaceTab:  # noqa: FBT001
    beginning = _beginning(name)
    own = {key: text for key, text in beginning.items() if key not in SHARED}
    return SurfaceTab(name, title, f"{PATH}?{urlencode({'surface': name, **own})}", current)


feature = Feature(routers=(pages,), room=Room(PATH, _("Optimizers")))
