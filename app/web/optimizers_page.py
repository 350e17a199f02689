"""The optimizers page: a race on a loss surface, which runs in the browser; the rules are here without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar
from urllib.parse import urlencode

from fastapi import Query, Request
from starlette.responses import Response

from app.locale import Language
from app.locale import mark as _
from app.web import first_steps
from app.web.feature import Feature, Room
from app.web.language import language_of
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
SHARED = {"momentum": "0.9", "alpha": "0.99", "beta1": "0.9", "beta2": "0.999", "weight_decay": "0"}
"""PyTorch's other arguments, and where they begin."""
LETTERS = (
    ("η", "lr", _("how far a step goes: the learning rate")),
    ("μ", "momentum", _("Momentum, Nesterov: how much of the velocity is kept")),
    ("α", "alpha", _("RMSprop: how much of the past squares is kept")),
    ("β₁", "beta1", _("Adam, AdamW: how much of the past slopes is kept")),
    ("β₂", "beta2", _("Adam, AdamW: how much of the past squares is kept")),
    ("λ", "weight_decay", _("all: how strongly the parameters are pulled towards 0")),
    ("ε", "eps", _("a tiny number, so that nothing is divided by 0")),
)
"""The letters of the rules, PyTorch's names, and what they mean."""
BATCH_SIZES = ("24", "4", "1")
"""Examples that a gradient is the mean over, all of them first."""


@dataclass(frozen=True)
class Runner:
    """One optimizer as a row of the form."""

    name: str
    title: str
    runs: bool
    rate: str
    wrong: str
    """What is wrong with the rate, a sentence; empty where nothing is."""


@dataclass(frozen=True)
class NumberField:
    """One number of the form; `text` is as it was typed."""

    name: str
    label: str
    text: str
    wrong: str


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
    has_examples: bool
    """Whether the loss is of data, so that there are batches."""
    tabs: tuple[SurfaceTab, ...]
    runners: tuple[Runner, ...]
    shared: tuple[NumberField, ...]
    start: tuple[NumberField, ...]
    course: tuple[NumberField, ...]
    kept: tuple[tuple[str, str], ...]
    """What the form leaves as it is."""
    shown: str
    rules: tuple[UpdateRule, ...]
    letters: tuple[tuple[str, str, str], ...]
    names: tuple[str, ...]
    """Who runs, as written."""
    rows: tuple[first_steps.Row, ...]
    """The first steps; none where a number cannot be read, or where gradients are of batches."""
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
    wrong = _wrong(texts, language_of(request.scope))

    def number(name: str, label: str) -> NumberField:
        return NumberField(name, label, texts[name], wrong.get(name, ""))

    return render(
        request,
        OptimizersPage(
            has_examples=surface == "line",
            tabs=tuple(_tab(name, surface) for name in SURFACES),
            runners=tuple(
                Runner(name, rule.title, name in chosen, texts[f"{name}_lr"], wrong.get(f"{name}_lr", ""))
                for name, rule in RULES.items()
            ),
            shared=tuple(number(name, name) for name in SHARED),
            start=(number("theta1", "θ₁"), number("theta2", "θ₂")),
            course=(number("steps", _("steps")),),
            kept=(("surface", surface), ("batch_size", batch_size), ("seed", texts["seed"])),
            shown=state["shown"],
            rules=tuple(RULES.values()),
            letters=LETTERS,
            names=tuple(RULES[name].title for name in chosen),
            rows=_rows(surface, chosen, texts) if not wrong and _is_whole(surface, batch_size) else (),
            query=urlencode([*pairs, *state.items()], safe=","),
        ),
    )


def _is_whole(surface: str, batch_size: str) -> bool:
    """Whether every gradient is of the whole loss."""
    return surface != "line" or batch_size == next(iter(BATCH_SIZES))


def _rows(surface: str, chosen: tuple[str, ...], texts: Mapping[str, str]) -> tuple[first_steps.Row, ...]:
    numbers = {name: first_steps.read(name, text) or 0.0 for name, text in texts.items()}
    return first_steps.rows(surface, chosen, numbers)


def _wrong(texts: Mapping[str, str], language: Language) -> dict[str, str]:
    """A sentence for every number that cannot be read."""
    found = {}
    for name, text in texts.items():
        if first_steps.read(name, text) is None:
            least, most = map(first_steps.figures, first_steps.range_of(name))
            found[name] = language.say(_("A number from {least} to {most}."), least=least, most=most)
    return found


def _beginning(surface: str) -> dict[str, str]:
    """Every number of the form as a surface begins."""
    first, second, steps = STARTS[surface]
    rates = {f"{name}_lr": rate for name, rate in zip(RULES, RATES[surface], strict=True)}
    return {**rates, **SHARED, "theta1": first, "theta2": second, "steps": steps, "seed": "1"}


def _tab(name: str, surface: str) -> SurfaceTab:
    beginning = _beginning(name)
    own = {key: text for key, text in beginning.items() if key not in SHARED}
    url = f"{PATH}?{urlencode({'surface': name, **own})}"
    return SurfaceTab(name, SURFACES[name], url, name == surface)


feature = Feature(routers=(pages,), room=Room(PATH, _("Optimizers")))
