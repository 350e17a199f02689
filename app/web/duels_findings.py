"""What each duel asks, did and found, in sentences with the numbers that were measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.engine.duels import Outcome, Report
from app.engine.optimizers import OPTIMIZERS
from app.locale import mark as _
from app.web.duels_chart import Series
from app.web.duels_told import Told, examples, last, tell, tested, trained, whole_percent
from app.web.first_steps import figures
from app.web.numbers import percent
from app.web.training_words import RACERS

QUESTIONS: Mapping[str, str] = {
    "pixels": _("Does it matter which pixels are neighbours?"),
    "sharing": _("What is it worth that a kernel is shared by all places?"),
    "optimizers": _("Which optimizer learns soonest?"),
    "pruning": _("How many of its weights does an MLP need?"),
    "labels": _("Can a CNN learn what has no reason?"),
}
"""What each duel asks."""
_LOSS_ALLOWED = 0.01
"""How much accuracy pruning may cost to count as none."""


def _pixels(report: Report) -> Told:
    names = {
        "mlp": (_("MLP"), "kernel", False),
        "cnn": (_("CNN"), "input", False),
        "mlp-shuffled": (_("MLP, pixels shuffled"), "kernel", True),
        "cnn-shuffled": (_("CNN, pixels shuffled"), "input", True),
    }
    lines = [
        tested(report.outcome(name), label, idea, dashed=dashed)
        for name, (label, idea, dashed) in names.items()
    ]
    mlp, cnn, mlp_shuffled, cnn_shuffled = (last(report, name) for name in names)
    return tell(
        report,
        QUESTIONS[report.name],
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
            "examples": examples(report, "mlp"),
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
    return tell(
        report,
        QUESTIONS[report.name],
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
            "examples": examples(report, "shared"),
            **{name: last(report, name) for name in ("shared", "local", "wide")},
        },
        series=[
            tested(shared, _("shared"), "input", dashed=False),
            tested(local, _("not shared, as many maps"), "kernel", dashed=False),
            tested(wide, _("shared, as many parameters"), "input", dashed=True),
        ],
        over_epochs=shared,
    )


def _optimizers(report: Report) -> Told:
    racers = report.chosen()
    names = {group: _name(outcome) for group, outcome in racers.items()}
    first = {group: outcome.train_accuracy[0] for group, outcome in racers.items()}
    ahead, behind = max(first, key=first.__getitem__), min(first, key=first.__getitem__)
    at_the_end = [outcome.train_accuracy[-1] for outcome in racers.values()]
    series = [
        Series(
            f"{names[group]}, lr {_rate(outcome)}",
            group,
            dashed=place % 2 == 1,
            x=outcome.epochs,
            y=outcome.train_accuracy,
            palette="racer",
        )
        for place, (group, outcome) in enumerate(racers.items())
    ]
    return tell(
        report,
        QUESTIONS[report.name],
        setup=_(
            "One small CNN with the same first weights, the same {examples} pictures in the same batches of "
            "{batch}, and eight optimizers. Each is tried with three learning rates; shown is the one that "
            "does best on {held_out} pictures held out. The curves are of the pictures trained on."
        ),
        result=_(
            "In the first epoch {ahead} gets {most} % right and {behind} {least} %; in the last, number "
            "{epochs}, all are between {low} % and {high} %."
        ),
        lesson=_(
            "With a rate that suits it every one of them learns. What differs is how soon; the race on the "
            "optimizers' page shows why."
        ),
        values={
            "examples": f"{racers[ahead].configuration['train_examples']:,}",
            "batch": str(racers[ahead].configuration["batch_size"]),
            "held_out": f"{racers[ahead].configuration['held_out']:,}",
            "ahead": names[ahead],
            "behind": names[behind],
            "most": percent(first[ahead]),
            "least": percent(first[behind]),
            "epochs": str(racers[ahead].epochs[-1]),
            "low": percent(min(at_the_end)),
            "high": percent(max(at_the_end)),
        },
        series=series,
        over_epochs=racers[ahead],
    )


def _name(outcome: Outcome) -> str:
    """The optimizer's, as people call it."""
    return RACERS.get(outcome.group, OPTIMIZERS[outcome.configuration["optimizer"]["name"]].__name__)


def _rate(outcome: Outcome) -> str:
    return figures(outcome.configuration["optimizer"]["lr"])


def _labels(report: Report) -> Told:
    true, shuffled = report.outcome("cnn"), report.outcome("cnn-shuffled")
    series = [
        trained(true, _("true labels, trained on"), "input"),
        tested(true, _("true labels, test"), "input", dashed=True),
        trained(shuffled, _("shuffled labels, trained on"), "stride"),
        tested(shuffled, _("shuffled labels, test"), "stride", dashed=True),
    ]
    return tell(
        report,
        QUESTIONS[report.name],
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
            "examples": examples(report, "cnn"),
            "memorised": percent(shuffled.train_accuracy[-1]),
            "chance": last(report, "cnn-shuffled"),
            "true": last(report, "cnn"),
        },
        series=series,
        over_epochs=true,
    )


def _pruning(report: Report) -> Told:
    shares = [each.share for each in report.pruned]
    accuracies = [each.test_accuracy for each in report.pruned]
    share, left = max(
        pair for pair in zip(shares, accuracies, strict=True) if pair[1] >= accuracies[0] - _LOSS_ALLOWED
    )
    at_most = report.pruned[-1]
    return tell(
        report,
        QUESTIONS[report.name],
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
            "share": whole_percent(share),
            "left": percent(left),
            "whole": percent(accuracies[0]),
            "most": whole_percent(at_most.share),
            "least": percent(at_most.test_accuracy),
        },
        series=[Series(_("test accuracy"), "kernel", dashed=False, x=shares, y=accuracies)],
        x_marks=[(whole_percent(share), share) for share in (0, 0.2, 0.4, 0.6, 0.8, 0.99)],
        head=tuple(whole_percent(share) for share in shares),
        x_title=_("weights set to 0, the smallest first"),
    )


def told(report: Report) -> Told:
    """A measured duel, to be shown."""
    return _TELLERS[report.name](report)


_TELLERS: Mapping[str, Callable[[Report], Told]] = {
    "pixels": _pixels,
    "sharing": _sharing,
    "optimizers": _optimizers,
    "pruning": _pruning,
    "labels": _labels,
}
