"""What each duel asks, did and found, in sentences with the numbers that were measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.engine.duels import Report
from app.locale import mark as _
from app.web import duels_races
from app.web.duels_chart import Series
from app.web.duels_told import Told, examples, last, tell, tested, trained, whole_percent, word_of_run
from app.web.numbers import percent

QUESTIONS: Mapping[str, str] = {
    "pixels": _("Does it matter which pixels are neighbours?"),
    "sharing": _("What is it worth that a kernel is shared by all places?"),
    "batches": _("How many pictures should make one update?"),
    "optimizers": _("Which optimizer learns soonest?"),
    "pruning": _("How many of its weights does an MLP need?"),
    "labels": _("Can a CNN learn what has no reason?"),
}
"""What each duel asks."""
_LOSS_ALLOWED = 0.01
"""How much accuracy pruning may cost to count as none."""


def _pixels(report: Report, question: str) -> Told:
    names = {
        "mlp": ("kernel", False),
        "cnn": ("input", False),
        "mlp-shuffled": ("kernel", True),
        "cnn-shuffled": ("input", True),
    }
    lines = [
        tested(report.outcome(name), word_of_run("pixels", name), idea, dashed=dashed)
        for name, (idea, dashed) in names.items()
    ]
    mlp, cnn, mlp_shuffled, cnn_shuffled = (last(report, name) for name in names)
    return tell(
        report,
        question,
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


def _sharing(report: Report, question: str) -> Told:
    shared, local, wide = (report.outcome(name) for name in ("shared", "local", "wide"))
    values = {f"{each.name}_parameters": f"{each.parameters:,}" for each in (shared, local, wide)}
    return tell(
        report,
        question,
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
            tested(shared, word_of_run("sharing", "shared"), "input", dashed=False),
            tested(local, word_of_run("sharing", "local"), "kernel", dashed=False),
            tested(wide, word_of_run("sharing", "wide"), "input", dashed=True),
        ],
        over_epochs=shared,
    )


def _labels(report: Report, question: str) -> Told:
    true, shuffled = report.outcome("cnn"), report.outcome("cnn-shuffled")
    series = [
        trained(true, _("true labels, trained on"), "input"),
        tested(true, _("true labels, test"), "input", dashed=True),
        trained(shuffled, _("shuffled labels, trained on"), "stride"),
        tested(shuffled, _("shuffled labels, test"), "stride", dashed=True),
    ]
    return tell(
        report,
        question,
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


def _pruning(report: Report, question: str) -> Told:
    shares = [each.share for each in report.pruned]
    accuracies = [each.test_accuracy for each in report.pruned]
    share, left = max(
        pair for pair in zip(shares, accuracies, strict=True) if pair[1] >= accuracies[0] - _LOSS_ALLOWED
    )
    at_most = report.pruned[-1]
    return tell(
        report,
        question,
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
    return _TELLERS[report.name](report, QUESTIONS[report.name])


_TELLERS: Mapping[str, Callable[[Report, str], Told]] = {
    "pixels": _pixels,
    "sharing": _sharing,
    "batches": duels_races.batches,
    "optimizers": duels_races.optimizers,
    "pruning": _pruning,
    "labels": _labels,
}
