"""What came of the duels whose runs are each tried with several learning rates."""

from __future__ import annotations

from dataclasses import replace

from app.engine.duels import Outcome, Report
from app.locale import mark as _
from app.web.duels_chart import Series
from app.web.duels_told import Told, tell, trained, word_of_run
from app.web.first_steps import figures
from app.web.numbers import percent
from app.web.optimizers_page import PATH as OPTIMIZERS_PATH


def batches(report: Report, question: str) -> Told:
    """Full batch, mini-batches and single pictures."""
    groups = report.chosen()
    ideas = {"full": "kernel", "mini": "input", "single": "stride"}
    of_one = groups["single"]
    pictures, epochs = of_one.configuration["train_examples"], of_one.epochs[-1]
    return tell(
        report,
        question,
        setup=_(
            "One small CNN with the same first weights learns the same {examples} pictures {epochs} times "
            "over by plain gradient descent: each update goes down the gradient of all of them, of {batch}, "
            "or of a single one. Each is tried with three learning rates; shown is the one that does best on "
            "{held_out} pictures held out. The curves are of the pictures trained on."
        ),
        result=_(
            "The full batch makes {full_updates} updates and ends with {full} % right, mini-batches make "
            "{mini_updates} and end with {mini} %, single pictures {single_updates} and {single} %."
        ),
        lesson=_(
            "The more pictures an update looks at, the longer it takes. A few already tell about where down "
            "is, so many rough steps lead further than a few exact ones. One at a time is rougher still, "
            "needs a smaller rate, and leaves most of a processor idle: so people take mini-batches."
        ),
        values={
            "examples": f"{pictures:,}",
            "epochs": str(epochs),
            "batch": str(groups["mini"].configuration["batch_size"]),
            "held_out": f"{of_one.configuration['held_out']:,}",
            **{f"{name}_updates": f"{_updates(outcome):,}" for name, outcome in groups.items()},
            **{name: percent(outcome.train_accuracy[-1]) for name, outcome in groups.items()},
        },
        series=[
            replace(trained(groups[name], word_of_run("batches", name), idea), dashed=name == "single")
            for name, idea in ideas.items()
        ],
        over_epochs=of_one,
    )


def _updates(outcome: Outcome) -> int:
    pictures, size = (outcome.configuration[key] for key in ("train_examples", "batch_size"))
    return outcome.epochs[-1] * (1 if size == "full" else int(pictures) // int(size))


def optimizers(report: Report, question: str) -> Told:
    """Eight of them."""
    racers = report.chosen()
    names = {group: word_of_run("optimizers", group) for group in racers}
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
        question,
        setup=_(
            "One small CNN with the same first weights, the same {examples} pictures in the same batches of "
            "{batch}, and eight optimizers. Each is tried with three learning rates; shown is the one that "
            "does best on {held_out} pictures held out. The curves are of the pictures trained on."
        ),
        result=_(
            "In the first epoch {ahead} gets {most} % right and {behind} {least} %; in the last, number "
            "{epochs}, all are between {low} % and {high} %."
        ),
        lesson=_("With a rate that suits it every one of them learns. What differs is how soon."),
        see=(_("A race of all of them but Muon shows why."), OPTIMIZERS_PATH),
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


def _rate(outcome: Outcome) -> str:
    return figures(outcome.configuration["optimizer"]["lr"])
