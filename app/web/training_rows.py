"""Runs in the list of the training page, and those of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.locale import Language
from app.locale import mark as _
from app.runs.run import Run
from app.runs.store import RunStore
from app.web.training_words import figure, percent, racer_of, recipe_of, state_of, title_of, url_of

MOST_ROWS = 50
"""Runs in the list of the page, the newest; the API lists more."""


@dataclass(frozen=True)
class RunRow:
    """A run in the list."""

    id: str
    url: str
    title: str
    racer: str
    recipe: str
    state: str
    accuracy: str
    created_at: str
    created: str
    is_open: bool
    is_compared: bool


@dataclass(frozen=True)
class Compared:
    """One of several runs on one chart; `line` tells those apart that have one optimizer."""

    id: str
    url: str
    title: str
    racer: str
    recipe: str
    state: str
    line: int
    accuracy: str
    loss: str


def rows(store: RunStore, language: Language, open_id: str, compared: Sequence[str]) -> tuple[RunRow, ...]:
    """The newest runs; `open_id` is the one that is shown, `compared` those that are ticked."""
    newest = store.newest(MOST_ROWS)
    epochs = store.last_epochs(newest)
    return tuple(_row(each, epochs.get(each.id, {}), language, open_id, compared) for each in newest)


def _row(
    run: Run, epoch: Mapping[str, Any], language: Language, open_id: str, compared: Sequence[str]
) -> RunRow:
    created = datetime.fromtimestamp(run.created_at, UTC)
    return RunRow(
        id=run.id,
        url=url_of(run.id),
        title=title_of(run, language),
        racer=racer_of(run.config.optimizer),
        recipe=_recipe_and_origin(run, language),
        state=state_of(run, language),
        accuracy=percent(_accuracy(run, epoch)),
        created_at=created.isoformat(timespec="seconds"),
        created=f"{created:%m-%d %H:%M} UTC",
        is_open=run.id == open_id,
        is_compared=run.id in compared,
    )


def _accuracy(run: Run, epoch: Mapping[str, Any]) -> Any:
    """Of the finished network, else after the last epoch; None before that."""
    return epoch.get("test_accuracy") if run.test_accuracy is None else run.test_accuracy


def _recipe_and_origin(run: Run, language: Language) -> str:
    if run.forked_epoch is None:
        return recipe_of(run, language)
    origin = language.say(_("forked after epoch {epoch}"), epoch=run.forked_epoch)
    return f"{recipe_of(run, language)} · {origin}"


def compared(
    runs: Sequence[tuple[Run, Mapping[str, Sequence[dict[str, Any]]]]], language: Language
) -> tuple[Compared, ...]:
    """The runs of a comparison, each with its last numbers."""
    seen: dict[str, int] = {}
    found = []
    for run, measured in runs:
        racer = racer_of(run.config.optimizer)
        seen[racer] = seen.get(racer, -1) + 1
        last = measured["epoch"][-1] if measured["epoch"] else {}
        found.append(
            Compared(
                id=run.id,
                url=url_of(run.id),
                title=title_of(run, language),
                racer=racer,
                recipe=_recipe_and_origin(run, language),
                state=state_of(run, language),
                line=seen[racer] % 4,
                accuracy=percent(_accuracy(run, last)),
                loss=figure(last.get("train_loss")),
            )
        )
    return tuple(found)
