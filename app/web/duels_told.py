"""What each duel asks, did and found, in sentences with the numbers that were measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.engine.duels import Outcome, Report
from app.locale import mark as _
from app.web.duels_chart import Chart, Series, chart
from app.web.numbers import percent

QUESTIONS: Mapping[str, str] = {
    "pixels": _("Does it matter which pixels are neighbours?"),
    "sharing": _("What is it worth that a kernel is shared by all places?"),
    "pruning": _("How many of its weights does an MLP need?"),
    "labels": _("Can a CNN learn what has no reason?"),
}
"""What each duel asks."""
_LOSS_ALLOWED = 0.01
"""How much accuracy pruning may cost to count as none."""


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
    command: str
    device: str
    torch_version: str


def _pixels(report: Report) -> Told:
    names = {
        "mlp": (_("MLP"), "kernel", False),
        "cnn": (_("CNN"), "input", False),
        "mlp-shuffled": (_("MLP, pixels shuffled"), "kernel", True),
        "cnn-shuffled": (_("CNN, pixels shuffled"), "input", True),
    }
    lines = [
        _tested(report.outcome(name), label, idea, dashed=dashed)
        for name, (label, idea, dashed) in names.items()
    ]
    mlp, cnn, mlp_shuffled, cnn_shuffled = (_last(report, name) for name in names)
    return _told(
        report,
        setup=_(
            "An MLP and a CNN with about as many parameters ({mlp_parameters} and "
            "{cnn_parameters}) learn from the same {examples} pictures: once as they are, once "
            "with the pixels of every picture shuffled, all in the same way."
        ),
        result=_(
            "The MLP gets {mlp} % of the test pictures right, and {mlp_shuffled} % with shuffled "
            "pixels; the CNN {cnn} %, and only {cnn_shuffled} % with shuffled pixels."
        ),
        lesson=_(
            "To an MLP no pixel is beside another, so it learns the same of any order. A kernel "
            "looks for what neighbours have to do with each other, and after the shuffle they "
            "have nothing to do with each other."
        ),
        values={
            "mlp_parameters": f"{report.outcome('mlp').parameters:,}",
            "cnn_parameters": f"{report.outcome('cnn').parameters:,}",
            "examples": _examples(report, "mlp"),
            "mlp": mlp,
            "cnn": cnn,
            "mlp_shuffled": mlp_shuffled,
            "cnn_shuffled": cnn_shuffled,
        },
        series=lines,
        over_epochs=report.outcome("mlp"),
    )


def _sharing(report: Report) -> Told:
    shared, local, wide = (report.outcome(name) for name in ("shared", "local", "wide"))
    values = {f"{each.name}_parameters": f"{each.parameters:,}" for each in (shared, local, wide)}
    return _told(
        report,
        setup=_(
            "A small CNN, and the same network with kernels of its own at every place: as many maps, "
            "but {local_parameters} parameters instead of {shared_parameters}. A third one shares its "
            "kernels and has as many parameters in more maps ({wide_parameters}). All learn from the "
            "same {examples} pictures."
        ),
        result=_(
            "Without sharing {local} % of the test pictures are right, with it {shared} %; but spent on "
            "shared kernels as many parameters give {wide} %."
        ),
        lesson=_(
            "What a kernel learns at one place it knows at all others. With kernels of its own each "
            "place must learn it again, from what it has seen itself. The same weights, shared, see more."
        ),
        values={
            **values,
            "examples": _examples(report, "shared"),
            **{name: _last(report, name) for name in ("shared", "local", "wide")},
        },
        series=[
            _tested(shared, _("shared"), "input", dashed=False),
            _tested(local, _("not shared, as many maps"), "kernel", dashed=False),
            _tested(wide, _("shared, as many parameters"), "input", dashed=True),
        ],
        over_epochs=shared,
    )


def _labels(report: Report) -> Told:
    true, shuffled = report.outcome("cnn"), report.outcome("cnn-shuffled")
    series = [
        _trained(true, _("true labels, trained on"), "input"),
        _tested(true, _("true labels, test"), "input", dashed=True),
        _trained(shuffled, _("shuffled labels, trained on"), "stride"),
        _tested(shuffled, _("shuffled labels, test"), "stride", dashed=True),
    ]
    return _told(
        report,
        setup=_(
            "A CNN learns {examples} pictures with their labels, and once more with each "
            "picture's label dealt out at random."
        ),
        result=_(
            "It ends with {memorised} % of the random labels right, which it can only know by "
            "heart, and with {chance} % of the test pictures, as if it guessed. With the true "
            "labels the same training gives {true} % of the test pictures."
        ),
        lesson=_(
            "What a network gets right of the pictures it is trained on says nothing yet: only "
            "pictures it has not seen tell whether it has learned a rule."
        ),
        values={
            "examples": _examples(report, "cnn"),
            "memorised": percent(shuffled.train_accuracy[-1]),
            "chance": _last(report, "cnn-shuffled"),
            "true": _last(report, "cnn"),
        },
        series=series,
        over_epochs=true,
    )


def _pruning(report: Report) -> Told:
    shares = [each.share for each in report.pruned]
    accuracies = [each.test_accuracy for each in report.pruned]
    enough = [
        share for share, left in zip(shares, accuracies, strict=True) if left >= accuracies[0] - _LOSS_ALLOWED
    ]
    at_most = report.pruned[-1]
    return _told(
        report,
        setup=_(
            "Of a trained MLP with {parameters} parameters the smallest weights are set to 0, "
            "more and more of them. It is not trained again."
        ),
        result=_(
            "With {share} of its weights at 0 it still gets {left} % of the test pictures right, "
            "of {whole} % with all of them. With {most} at 0 it is {least} %."
        ),
        lesson=_(
            "A dense layer has a weight for every pair of pixel and neuron, and many of these "
            "pairs mean next to nothing. A convolution does without them from the start."
        ),
        values={
            "parameters": f"{report.outcome('mlp').parameters:,}",
            "share": _whole_percent(enough[-1]),
            "left": percent(accuracies[len(enough) - 1]),
            "whole": percent(accuracies[0]),
            "most": _whole_percent(at_most.share),
            "least": percent(at_most.test_accuracy),
        },
        series=[Series(_("test accuracy"), "kernel", dashed=False, x=shares, y=accuracies)],
        x_marks=[(_whole_percent(share), share) for share in (0, 0.2, 0.4, 0.6, 0.8, 0.99)],
        head=tuple(_whole_percent(share) for share in shares),
        x_title=_("weights set to 0, the smallest first"),
    )


def _told(
    report: Report,
    *,
    series: Sequence[Series],
    over_epochs: Outcome | None = None,
    x_marks: Sequence[tuple[str, float]] = (),
    head: tuple[str, ...] = (),
    x_title: str = _("epoch"),
    **sentences: object,
) -> Told:
    if over_epochs is not None:
        epochs = over_epochs.epochs
        marked = [epoch for epoch in epochs if epoch == 1 or epoch % max(1, len(epochs) // 6) == 0]
        x_marks = [(str(epoch), epoch) for epoch in marked]
        head = tuple(str(epoch) for epoch in marked)
    places = [place for place, x in enumerate(series[0].x) if over_epochs is None or str(x) in head]
    return Told(
        name=report.name,
        question=QUESTIONS[report.name],
        x_title=x_title,
        chart=chart(series, x_marks),
        head=head,
        rows=tuple(Row(each.label, tuple(percent(each.y[place]) for place in places)) for each in series),
        command=report.command,
        device=report.device,
        torch_version=report.torch_version,
        **sentences,  # type: ignore[arg-type]  # the sentences of the teller, by name
    )


def _tested(outcome: Outcome, label: str, idea: str, *, dashed: bool) -> Series:
    return Series(label, idea, dashed, outcome.epochs, outcome.test_accuracy)


def _trained(outcome: Outcome, label: str, idea: str) -> Series:
    return Series(label, idea, dashed=False, x=outcome.epochs, y=outcome.train_accuracy)


def _last(report: Report, name: str) -> str:
    return percent(report.outcome(name).test_accuracy[-1])


def _examples(report: Report, name: str) -> str:
    return f"{report.outcome(name).configuration['train_examples']:,}"


def _whole_percent(share: float) -> str:
    return f"{round(100 * share)} %"


def told(report: Report) -> Told:
    """A measured duel, to be shown."""
    return _TELLERS[report.name](report)


_TELLERS: Mapping[str, Callable[[Report], Told]] = {
    "pixels": _pixels,
    "sharing": _sharing,
    "pruning": _pruning,
    "labels": _labels,
}
