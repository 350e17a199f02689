"""What networks answer about a picture: a bar a class, a sentence a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.engine.checkpoints import Described
from app.locale import Language
from app.locale import mark as _
from app.web.looks import Look
from app.web.numbers import percent

CLASSES = (
    _("airplane"),
    _("automobile"),
    _("bird"),
    _("cat"),
    _("deer"),
    _("dog"),
    _("frog"),
    _("horse"),
    _("ship"),
    _("truck"),
)
"""CIFAR-10's classes, here to be translated; others are shown as their card names them."""


@dataclass(frozen=True)
class Bar:
    """A class's probability by one network: a width in percent and as text."""

    percent: str
    text: str
    is_largest: bool


@dataclass(frozen=True)
class AnswerRow:
    """One class, a bar a network; `index` is its place among the first network's logits."""

    name: str
    index: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Answer:
    """What the networks say: their titles, a sentence each, and the table."""

    titles: tuple[str, ...]
    sentences: tuple[str, ...]
    rows: tuple[AnswerRow, ...]


def answer(language: Language, looks: Sequence[Look]) -> Answer:
    """The table of the classes, ordered by what the first network answers."""
    checkpoints = [look.network.checkpoint for look in looks]
    answers = [_probabilities(look) for look in looks]
    winners = [max(each, key=each.__getitem__) for each in answers]
    titles = tuple(title(language, checkpoint) for checkpoint in checkpoints)
    sentences = tuple(
        language.say(
            _("{network}: {class_name}, {percent} %"),
            network=name,
            class_name=language.say(winner),
            percent=percent(each[winner]),
        )
        for name, winner, each in zip(titles, winners, answers, strict=True)
    )
    rows = tuple(
        AnswerRow(
            language.say(name),
            checkpoints[0].card.classes.index(name),
            tuple(
                _bar(each.get(name), is_largest=name == winner)
                for winner, each in zip(winners, answers, strict=True)
            ),
        )
        for name in sorted(answers[0], key=answers[0].__getitem__, reverse=True)
    )
    return Answer(titles, sentences, rows)


def _probabilities(look: Look) -> dict[str, float]:
    classes = look.network.checkpoint.card.classes
    return dict(zip(classes, look.trace.probabilities.tolist(), strict=True))


def _bar(share: float | None, *, is_largest: bool) -> Bar:
    """Of a class that a network does not know, nothing."""
    if share is None:
        return Bar("0", "–", is_largest=False)
    return Bar(f"{100 * share:.2f}", f"{percent(share)} %", is_largest)


def title(language: Language, checkpoint: Described) -> str:
    """What the network is called: of its title the part before a colon."""
    return title_of(language, checkpoint).partition(":")[0]


def title_of(language: Language, checkpoint: Described) -> str:
    """The network's title in full."""
    return str(getattr(checkpoint.card.title, language.code))
