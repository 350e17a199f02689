"""How the training page puts a run and its numbers into words."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from app.engine.configuration import FULL
from app.engine.optimizers import SGD, AnyOptimizer
from app.locale import Language
from app.locale import mark as _
from app.runs.config import RunConfig
from app.runs.estimator import Expected
from app.runs.run import Run
from app.web.first_steps import figures

PATH = "/training"
STATES: Mapping[str, str] = {
    "queued": _("waiting"),
    "running": _("running"),
    "paused": _("paused"),
    "finished": _("finished"),
    "stopped": _("stopped"),
    "failed": _("failed"),
    "interrupted": _("interrupted"),
}
KEPT_WHILE_ROOM = _(
    "It is kept while there is room: when the disk is full, paused runs go after those that ended."
)
"""Of a paused run."""
_STARTING = _("starting")
"""Of a run whose trainer has not made its first step yet, which takes some seconds."""
RACERS: Mapping[str, str] = {"momentum": "Momentum", "nesterov": "Nesterov"}
"""Kinds of SGD that have a name and a colour of their own."""


def url_of(run_id: str) -> str:
    return f"{PATH}?{urlencode({'run': run_id})}"


def state_of(run: Run, language: Language) -> str:
    """The state of a run in a word."""
    return language.say(_STARTING if run.state == "running" and run.steps is None else STATES[run.state])


def racer_of(optimizer: AnyOptimizer) -> str:
    """The name under which the palette has a colour for an optimizer."""
    if isinstance(optimizer, SGD) and optimizer.momentum:
        return "nesterov" if optimizer.nesterov else "momentum"
    return optimizer.name


def title_of(run: Run, language: Language) -> str:
    """What a run is called, as its network is in the activations room: ``lenet on digits (9789)``."""
    return str(getattr(run.title, language.code))


def recipe_of(run: Run, language: Language) -> str:
    """What tells a run from others of its network, in one line: ``AdamW lr 0.003 · batch 50 · 10 epochs``."""
    optimizer = run.config.optimizer
    name = RACERS.get(racer_of(optimizer), type(optimizer).__name__)
    epochs = language.say_count("{count} epoch", "{count} epochs", run.config.epochs)
    batch = (
        language.say(_("full batch"))
        if takes_all(run.config)
        else language.say(_("batch {size}"), size=run.config.batch_size)
    )
    return f"{name} lr {figures(optimizer.lr)} · {batch} · {epochs}"


def percent(fraction: object) -> str:
    """As static/src/draw/training-words.ts writes it: ``61.3 %``."""
    return f"{100 * fraction:.1f} %" if isinstance(fraction, int | float) else "–"


def duration(language: Language, seconds: float) -> str:
    """As static/src/draw/training-words.ts writes it: ``2 min 5 s``."""
    whole = round(seconds)
    if seconds < 10:
        return language.say(_("{seconds} s"), seconds=f"{seconds:.1f}")
    if whole < 60:
        return language.say(_("{seconds} s"), seconds=whole)
    if whole < 3600:
        return language.say(_("{minutes} min {seconds} s"), minutes=whole // 60, seconds=whole % 60)
    return language.say(_("{hours} h {minutes} min"), hours=whole // 3600, minutes=whole % 3600 // 60)


def cost(expected: Expected, language: Language) -> str:
    """What a run would take, in a sentence."""
    return language.say(
        _(
            "About {time}, and some seconds to start, when this server has nothing else to do: {steps} steps,"
            " {epoch} an epoch, {memory} MB of memory for {parameters} parameters."
        ),
        time=duration(language, expected.seconds),
        steps=f"{expected.steps:,}",
        epoch=duration(language, expected.seconds_an_epoch),
        memory=f"{expected.memory_bytes / 1e6:,.0f}",
        parameters=f"{expected.parameters:,}",
    )


def notes(config: RunConfig, language: Language, precision: str | None = None) -> tuple[str, ...]:
    """What could not be done as it was asked for, a sentence each; `precision` is what it computes in."""
    found = []
    there = config.source.train_pictures - config.held_out
    if config.train_examples is not None and config.train_examples > there:
        found.append(
            language.say(
                _(
                    "{asked} pictures to learn from were asked for: it learns from all {count} that are not"
                    " held out."
                ),
                asked=f"{config.train_examples:,}",
                count=f"{there:,}",
            )
        )
    if config.batch_size != FULL and int(config.batch_size) > config.examples:
        found.append(
            language.say(
                _("Batches of {asked} were asked for: each update takes all {count} pictures, a full batch."),
                asked=f"{config.batch_size:,}",
                count=f"{config.examples:,}",
            )
        )
    if (config.precision, precision) == ("bfloat16", "float32"):
        found.append(
            language.say(
                _("bfloat16 was asked for: it computes in float32, since bfloat16 is not built in here.")
            )
        )
    return tuple(found)


def waits(run: Run, before: int, language: Language) -> str:
    """For what a run that is waiting waits, `before` of which others have their turn; else nothing."""
    if run.state != "queued":
        return ""
    if before == 0:
        return language.say(_("It begins in a moment."))
    return language.say(_("It begins when its turn comes; runs before it: {count}"), count=before)


def takes_all(config: RunConfig) -> bool:
    """Whether each update takes every training picture."""
    return config.batch_of(config.examples) == config.examples


def figure(value: object) -> str:
    """A loss or a rate to read; a dash where there is none."""
    return figures(value) if isinstance(value, int | float) else "–"
