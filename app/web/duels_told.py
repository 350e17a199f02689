"""A duel as it is shown: its sentences, its chart and its table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from app.engine.duels import Outcome, Report
from app.engine.optimizers import OPTIMIZERS
from app.locale import mark as _
from app.web.duels_chart import Chart, Series, chart
from app.web.numbers import percent
from app.web.training_words import PATH, RACERS

RUNS: Mapping[str, Mapping[str, str]] = {
    "pixels": {
        "mlp": _("MLP"),
        "cnn": _("CNN"),
        "mlp-shuffled": _("MLP, pixels shuffled"),
        "cnn-shuffled": _("CNN, pixels shuffled"),
    },
    "sharing": {
        "shared": _("shared"),
        "local": _("not shared, as many maps"),
        "wide": _("shared, as many parameters"),
    },
    "batches": {
        "full": _("full batch: all pictures"),
        "mini": _("mini-batch: 100 pictures"),
        "single": _("one picture at a time"),
    },
    "labels": {"cnn": _("true labels"), "cnn-shuffled": _("shuffled labels")},
    "pruning": {"mlp": _("MLP")},
}
"""What the runs of each duel are called, or its groups of runs that differ in their rate."""


_OF_PROCESSOR = re.compile(r"CPU, (\d+) threads?, (.+)")
"""How reports name a device that is no GPU."""


@dataclass(frozen=True)
class Row:
    """A line's first cell, a message, and its numbers."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """One duel: what is asked, what was done, what came of it; sentences are messages with `values`."""

    name: str
    question: str
    setup: str
    result: str
    lesson: str
    values: Mapping[str, str]
    x_title: str
    chart: Chart
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    again: tuple[tuple[str, str], ...]
    """What each of its runs is called, and where the form is filled in with it."""
    command: str
    threads: int
    """Of the processor that trained it; 0 where a GPU did."""
    device: str
    """What kind of processor, or which GPU."""
    torch_version: str
    see: tuple[str, str] | None = None
    """A sentence that says where there is more about it, and that address."""


def tell(
    report: Report,
    question: str,
    *,
    series: Sequence[Series],
    over_epochs: Outcome | None = None,
    x_marks: Sequence[tuple[str, float]] = (),
    head: tuple[str, ...] = (),
    x_title: str = _("epoch"),
    **sentences: object,
) -> Told:
    """A duel to be shown, over the epochs of `over_epochs` or over the marks that are given."""
    if over_epochs is not None:
        epochs = over_epochs.epochs
        marked = [epoch for epoch in epochs if epoch == 1 or epoch % max(1, len(epochs) // 6) == 0]
        x_marks = [(str(epoch), epoch) for epoch in marked]
        head = tuple(str(epoch) for epoch in marked)
    places = [place for place, x in enumerate(series[0].x) if over_epochs is None or str(x) in head]
    of_processor = _OF_PROCESSOR.fullmatch(report.device)
    return Told(
        name=report.name,
        question=question,
        x_title=x_title,
        chart=chart(series, x_marks),
        head=head,
        rows=tuple(Row(each.label, tuple(percent(each.y[place]) for place in places)) for each in series),
        again=tuple(_again(report)),
        command=report.command,
        threads=int(of_processor[1]) if of_processor else 0,
        device=of_processor[2] if of_processor else report.device,
        torch_version=report.torch_version,
        **sentences,  # type: ignore[arg-type]  # the sentences of the teller, by name
    )


def _again(report: Report) -> Iterator[tuple[str, str]]:
    """Every run, or of each group the one that is shown."""
    has_groups = any(each.group for each in report.outcomes)
    for outcome in report.chosen().values() if has_groups else report.outcomes:
        address = f"{PATH}?{urlencode({'duel': f'{report.name}/{outcome.name}'})}"
        yield word_of_run(report.name, outcome.group or outcome.name), address


def word_of_run(duel: str, name: str) -> str:
    """What a run of a duel, or a group of runs, is called: a message, or an optimizer's name."""
    words = RUNS.get(duel, RACERS)
    return words[name] if name in words else OPTIMIZERS[name].__name__


def tested(outcome: Outcome, label: str, idea: str, *, dashed: bool) -> Series:
    """The test accuracy after each epoch."""
    return Series(label, idea, dashed, outcome.epochs, outcome.test_accuracy)


def trained(outcome: Outcome, label: str, idea: str) -> Series:
    """The accuracy on the training pictures in each epoch."""
    return Series(label, idea, dashed=False, x=outcome.epochs, y=outcome.train_accuracy)


def last(report: Report, name: str) -> str:
    """The test accuracy that a run ended with, in percent."""
    return percent(report.outcome(name).test_accuracy[-1])


def examples(report: Report, name: str) -> str:
    """How many pictures a run was trained on."""
    return f"{report.outcome(name).configuration['train_examples']:,}"


def whole_percent(share: float) -> str:
    """A share of 1 as ``40 %``."""
    return f"{round(100 * share)} %"
