"""What the API of runs answers, as its description says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from app.locale import Language
from app.runs.run import Run
from app.runs.states import REASONS, State, Wish

MOST_POINTS = 2000
EXAMPLE_ID = "5f0c8d7be1f94d2ea9a4f0e7c1a2b3d4"
EXAMPLE_RUN = {
    "network": "tinyvgg",
    "dataset": "cifar10",
    "train_examples": 5000,
    "optimizer": {"name": "adamw", "lr": 0.003},
    "batch_size": 100,
    "epochs": 3,
    "seed": 1,
    "device": "auto",
}
EXAMPLE_FORK = {"epoch": 2, "epochs": 5, "optimizer": {"name": "sgd", "lr": 0.05}}
Series = dict[str, list[float | None]]
PACE_POINTS = 20
"""Over how many of the latest steps the pace is a mean, by which the time left is told."""


class Queued(BaseModel):
    """A run that now waits to be started."""

    id: str = Field(examples=[EXAMPLE_ID])


class Estimate(BaseModel):
    """What a run would cost on this server with nothing else to do: a few steps of it were tried."""

    seconds: float = Field(
        description="Of training, without the start of a process: a few seconds.", examples=[118.4]
    )
    seconds_an_epoch: float = Field(examples=[39.5])
    memory_bytes: int = Field(
        description="Weights, gradients, optimizer state, activations, pictures: beyond what PyTorch takes.",
        examples=[734003200],
    )
    examples_per_second: float = Field(description="Trained on, a mean over the run.", examples=[1480.5])
    steps: int = Field(examples=[150])
    parameters: int = Field(examples=[14186])


class RunNow(BaseModel):
    """The state of a run, and what is still to be done about it."""

    id: str = Field(examples=[EXAMPLE_ID])
    state: State = Field(examples=["running"])
    wish: Wish | None = Field(
        description="What a running run was asked for and will do after its current step.",
        examples=["pause"],
    )


class Failure(BaseModel):
    """Why a run has failed."""

    code: str = Field(examples=["disk-full"])
    detail: str = Field(
        description="The same in words.",
        examples=[
            "The loss stopped being a number at step 12, with a learning rate of 10 and batches of 100."
        ],
    )


class Origin(BaseModel):
    """From where a run was forked."""

    id: str = Field(examples=[EXAMPLE_ID])
    epoch: int = Field(description="After which epoch; 0 is before the first step.", examples=[2])


class Progress(BaseModel):
    """How far a run is. What is not known before it has started is null."""

    step: int = Field(examples=[120])
    steps: int | None = Field(examples=[150])
    epoch: int = Field(description="Epochs that have ended.", examples=[2])
    epochs: int = Field(examples=[3])
    saved_step: int = Field(description="What would be left of it if its trainer were killed now.")
    active_seconds: float = Field(description="At work since a person last started it.", examples=[41.5])


class RunSummary(RunNow):
    """A run in one row."""

    network: str = Field(description="Its specification's name.", examples=["tinyvgg"])
    dataset: str = Field(examples=["cifar10"])
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    progress: Progress
    failure: Failure | None
    fork_of: Origin | None
    test_accuracy: float | None = Field(
        description="Of the finished network, a fraction of the test pictures.", examples=[0.61]
    )
    network_name: str | None = Field(
        description="Under which a finished run is found among the networks.",
        examples=[f"run-{EXAMPLE_ID}"],
    )


class History(BaseModel):
    """Series of equal length over steps and over epochs, of at most 2,000 points; what has no value is null.

    A point over steps is a mean over the steps since the point before it.
    """

    steps: Series = Field(
        examples=[{"step": [1, 2], "loss": [2.31, 2.25], "lr": [0.1, 0.2], "examples_per_second": [950, 990]}]
    )
    epochs: Series = Field(
        examples=[
            {"epoch": [1], "step": [50], "train_loss": [1.9], "held_out_accuracy": [0.31], "seconds": [5.2]}
        ]
    )


class RunAnswer(RunSummary):
    """A run: its state, its configuration, its history."""

    configuration: dict[str, Any] = Field(
        description="What it was asked to do, with all defaults; the network as a NetworkSpec.",
        examples=[EXAMPLE_RUN],
    )
    kept_epochs: list[int] = Field(
        description="Epochs whose weights are kept, 0 for before the first step.", examples=[[0, 1, 2]]
    )
    links: dict[str, str] = Field(
        description="What can be downloaded now: `csv` and `script`, and where they are there `weights`, "
        "`folder` and `tensorboard`.",
        examples=[{"csv": f"/api/v1/runs/{EXAMPLE_ID}/history.csv"}],
    )
    seconds_left: float | None = Field(description="At the pace of the latest steps.", examples=[12.5])
    last_event: int = Field(description="The event stream goes on after this one.", examples=[57])
    history: History


def now(run: Run) -> RunNow:
    return RunNow(id=run.id, state=run.state, wish=run.wish)


def summary(run: Run, language: Language) -> dict[str, Any]:
    """What a row tells; the fields of RunSummary."""
    config = run.config
    return {
        "id": run.id,
        "state": run.state,
        "wish": run.wish,
        "network": config.network.name,
        "dataset": config.dataset,
        "created_at": _time(run.created_at),
        "started_at": _time(run.started_at),
        "ended_at": _time(run.ended_at),
        "progress": Progress(
            step=run.step,
            steps=run.steps,
            epoch=run.step // run.steps_per_epoch if run.steps_per_epoch else 0,
            epochs=config.epochs,
            saved_step=run.saved_step,
            active_seconds=round(run.active_seconds, 1),
        ),
        "failure": _failure(run, language),
        "fork_of": None
        if run.forked_from is None
        else Origin(id=run.forked_from, epoch=run.forked_epoch or 0),
        "test_accuracy": run.test_accuracy,
        "network_name": run.network_name if run.state == "finished" else None,
    }


def answer(
    run: Run,
    measured: Mapping[str, Sequence[dict[str, Any]]],
    kept: list[int],
    links: dict[str, str],
    language: Language,
) -> RunAnswer:
    return RunAnswer(
        **summary(run, language),
        configuration=run.config.dump(),
        kept_epochs=kept,
        links=links,
        seconds_left=_seconds_left(run, measured["step"]),
        last_event=run.last_event,
        history=History(steps=series(measured["step"]), epochs=series(measured["epoch"])),
    )


def series(rows: Sequence[dict[str, Any]], most: int = MOST_POINTS) -> Series:
    """Rows of numbers as columns; of more than `most` rows some at even distances, the last among them."""
    stride = max(1, -(-len(rows) // most))
    chosen = list(reversed(rows))[::stride][::-1]
    names = dict.fromkeys(name for row in chosen for name in row)
    return {name: [row.get(name) for row in chosen] for name in names}


def csv(measured: Mapping[str, Sequence[dict[str, Any]]]) -> str:
    """Everything that was recorded: a row a point, first those over steps."""
    rows = [{"kind": kind, **row} for kind in ("step", "epoch") for row in measured[kind]]
    names = ["kind", "step", "epoch"]
    names += [name for name in dict.fromkeys(name for row in rows for name in row) if name not in names]
    lines = [",".join("" if row.get(name) is None else str(row[name]) for name in names) for row in rows]
    return "\r\n".join([",".join(names), *lines, ""])


def _failure(run: Run, language: Language) -> Failure | None:
    if run.failure is None:
        return None
    values = dict(run.reasons)
    sentence = str(values.pop("message", REASONS.get(run.failure, "")))
    return Failure(code=run.failure, detail=language.say(sentence, **values))


def _seconds_left(run: Run, steps: Sequence[dict[str, Any]]) -> float | None:
    if run.state != "running" or run.steps is None:
        return None
    pace = mean_pace([row.get("examples_per_second") for row in steps])
    if pace is None:
        return None
    batch = run.config.batch_of(run.config.examples)
    return round((run.steps - run.step) * batch / pace, 1)


def mean_pace(paces: Sequence[float | None]) -> float | None:
    """Over the latest steps that one is known of; one step alone is fast or slow by chance."""
    known = [pace for pace in paces[-PACE_POINTS:] if pace]
    return sum(known) / len(known) if known else None


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
