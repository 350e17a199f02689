"""What the training page says of the run that it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.engine.sources import SourceName
from app.locale import Language
from app.locale import mark as _
from app.pictures.samples import SAMPLES
from app.runs.run import Run
from app.runs.states import DIVERGED, ENDED, RESUMABLE
from app.web.runs_answers import PACE_POINTS, RunAnswer, mean_pace
from app.web.training_filled import calmer, texts_of_run
from app.web.training_form import TrainingForm
from app.web.training_rows import Compared, RunRow
from app.web.training_words import (
    KEPT_WHILE_ROOM,
    duration,
    figure,
    notes,
    percent,
    racer_of,
    recipe_of,
    state_of,
    title_of,
    waits,
)
from app.web.views import Page

DOWNLOADS: Mapping[str, str] = {
    "csv": _("Numbers (CSV)"),
    "script": _("Script (PyTorch alone)"),
    "weights": _("Weights (safetensors)"),
    "folder": _("Network as a folder (ZIP)"),
    "tensorboard": _("Event file (TensorBoard)"),
}
SCRIPT_OF_DIGITS = _("Script (PyTorch and scikit-learn)")
"""What a script is called whose pictures scikit-learn has."""
FIRST_SAMPLES: Mapping[SourceName, str] = {"cifar10": "sample-cat", "digits": "sample-three"}
"""Of each set of pictures one of the kind."""
MOST_ROWS = 200
"""Of the epochs in the table; of more some at even distances."""


@dataclass(frozen=True)
class EpochRow:
    """What was measured after an epoch, to read; a dash where nothing was."""

    epoch: int
    step: str
    train_loss: str
    test_loss: str
    train_accuracy: str
    test_accuracy: str
    held_out_accuracy: str


@dataclass(frozen=True)
class OpenRun:
    """The run that the page shows."""

    id: str
    title: str
    racer: str
    recipe: str
    notes: tuple[str, ...]
    """What of it could not be done as it was asked, and what may become of it."""
    waits: str
    """For what, in a sentence; empty where it does not."""
    state: str
    state_word: str
    is_ended: bool
    wish: str
    failure: str
    actions: tuple[str, ...]
    calmer: tuple[tuple[str, str], ...]
    """The form's texts for a fork with a tenth of the rate, where the run has diverged."""
    same: tuple[tuple[str, str], ...]
    """The form's texts for a fork that changes nothing."""
    accuracy: str
    accuracy_of: str
    left: str
    took: str
    epoch: int
    epochs: int
    batch_size: int
    """Pictures that a step takes."""
    pace_points: int
    """Over how many of the latest steps the pace is a mean, by which the time left is told."""
    loss: str
    speed: str
    sentence: str
    rows: tuple[EpochRow, ...]
    kept: tuple[int, ...]
    classes: Mapping[str, str]
    """What the pictures may show, by the API's names, in words."""
    samples: tuple[tuple[str, str], ...]
    """Pictures whose maps are offered: their ids, and what they are called."""
    sample: str
    """Id of the picture whose maps are offered first: of the kind that the run's pictures are."""
    origin: tuple[str, int] | None
    """The run it was forked from, and after which epoch."""
    network_name: str
    downloads: tuple[tuple[str, str], ...]
    """What can be taken home now, in words, and its address."""
    configuration: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TrainingPage(Page):
    """A figure of one run, a comparison of several, or the form; beside the list of all runs."""

    template: ClassVar[str] = "training.html"
    rows: tuple[RunRow, ...]
    most_rows: int
    run: OpenRun | None
    compared: tuple[Compared, ...]
    form: TrainingForm | None
    gone: str
    """The beginning of the id of the run that was deleted just now."""
    too_few: bool
    """Whether fewer runs than two were to be compared."""
    looks: tuple[tuple[str, str], ...]
    """How the figure is looked at, as the query says it."""


def open_run(run: Run, answer: RunAnswer, precision: str | None, before: int, language: Language) -> OpenRun:
    """The run that is open.

    Args:
        answer: what the API says of it.
        precision: what it computes in, None before it does.
        before: how many runs are at work or have waited for longer.
    """
    epochs = answer.history.epochs
    rows = [dict(zip(epochs, values, strict=True)) for values in zip(*epochs.values(), strict=True)]
    last = rows[-1] if rows else {}
    losses = answer.history.steps.get("loss", [])
    speeds = answer.history.steps.get("examples_per_second", [])
    digits = run.config.training.dataset == "digits"
    words = {**DOWNLOADS, "script": SCRIPT_OF_DIGITS} if digits else DOWNLOADS
    accuracy = run.test_accuracy if run.test_accuracy is not None else last.get("test_accuracy")
    left = "" if answer.seconds_left is None else duration(language, answer.seconds_left)
    return OpenRun(
        id=run.id,
        title=title_of(run, language),
        racer=racer_of(run.config.optimizer),
        recipe=recipe_of(run, language),
        notes=(
            *notes(run.config, language, precision),
            *((language.say(KEPT_WHILE_ROOM),) if run.state == "paused" else ()),
        ),
        waits=waits(run, before, language),
        state=run.state,
        state_word=state_of(run, language),
        is_ended=run.state in ENDED,
        wish=run.wish or "",
        failure=answer.failure.detail if answer.failure else "",
        actions=_actions(run),
        calmer=tuple(calmer(run.config).items()) if run.failure == DIVERGED else (),
        same=tuple(texts_of_run(run.config).items()),
        accuracy=percent(accuracy),
        accuracy_of=language.say(_("of the test pictures right")),
        left=left,
        took=duration(language, run.active_seconds),
        epoch=answer.progress.epoch,
        epochs=answer.progress.epochs,
        batch_size=run.config.batch_of(run.config.examples),
        pace_points=PACE_POINTS,
        loss=figure(losses[-1] if losses else None),
        speed=figure(mean_pace(speeds)),
        sentence=_sentence(answer, accuracy, language),
        rows=tuple(_epoch_row(each) for each in reversed(rows[:: max(1, -(-len(rows) // MOST_ROWS))])),
        kept=tuple(answer.kept_epochs),
        classes={name: language.say(name) for name in run.config.source.classes},
        samples=tuple((sample.id, language.say(sample.name)) for sample in SAMPLES.values()),
        sample=FIRST_SAMPLES[run.config.training.dataset],
        origin=(answer.fork_of.id, answer.fork_of.epoch) if answer.fork_of else None,
        network_name=answer.network_name or "",
        downloads=tuple((words.get(name, name), address) for name, address in answer.links.items()),
        configuration=tuple(
            (name, _plainly(value)) for name, value in answer.configuration.items() if name != "network"
        ),
    )


def _plainly(value: object) -> str:
    """A value of the configuration, to be read."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plainly(each)}" for name, each in value.items())
    if value is None or value == []:
        return "–"
    return value if isinstance(value, str) else json.dumps(value)


def _actions(run: Run) -> tuple[str, ...]:
    """What may be asked of a run now, by the names of the API."""
    found: list[str] = []
    if run.state in ("queued", "running", "interrupted") and run.wish is None:
        found.append("pause")
    if run.wish == "pause" or (run.state in RESUMABLE and run.failure != DIVERGED):
        found.append("resume")
    if not run.is_ended and run.wish != "stop":
        found.append("stop")
    return (*found, "delete")


def _sentence(answer: RunAnswer, accuracy: float | None, language: Language) -> str:
    """The figure in a sentence."""
    if answer.test_accuracy is not None:
        return language.say(
            _("The finished network names {accuracy} of the test pictures right."), accuracy=percent(accuracy)
        )
    if accuracy is None:
        return language.say(_("No epoch has ended yet."))
    return language.say(
        _("After epoch {epoch} of {epochs} the network names {accuracy} of the test pictures right."),
        epoch=answer.progress.epoch,
        epochs=answer.progress.epochs,
        accuracy=percent(accuracy),
    )


def _epoch_row(values: Mapping[str, Any]) -> EpochRow:
    return EpochRow(
        epoch=int(values["epoch"]),
        step=f"{int(values['step']):,}",
        train_loss=figure(values.get("train_loss")),
        test_loss=figure(values.get("test_loss")),
        train_accuracy=percent(values.get("train_accuracy")),
        test_accuracy=percent(values.get("test_accuracy")),
        held_out_accuracy=percent(values.get("held_out_accuracy")),
    )
