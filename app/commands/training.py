"""``convscope train``, ``evaluate`` and ``models``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.commands.refusals import found_in, refuse
from app.settings import Settings

if TYPE_CHECKING:
    from app.engine.configuration import TrainingConfig
    from app.engine.training import Finished, TrainingEvent
    from app.runs.trainer import Terms

DataFolder = Annotated[Path | None, typer.Option(help="Folder of torchvision's CIFAR-10.", metavar="FOLDER")]
ModelsFolder = Annotated[Path | None, typer.Option(help="Folder of networks.", metavar="FOLDER")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

console = Console()
errors = Console(stderr=True)


def train(
    network: Annotated[str, typer.Option(help="A network with a recipe in the models folder.")] = "tinyvgg",
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Instead of the recipe's.")] = None,
    dataset: Annotated[str | None, typer.Option(help="cifar10, or digits, which need no download.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="sgd adagrad rmsprop adam adamw muon")] = None,
    lr: Annotated[float | None, typer.Option(help="The peak learning rate.")] = None,
    batch_size: Annotated[str | None, typer.Option(metavar="N|full", help="Pictures a step.")] = None,
    schedule: Annotated[str | None, typer.Option(help="cosine constant step linear one_cycle")] = None,
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")] = "auto",
    data: DataFolder = None,
    models: ModelsFolder = None,
    name: Annotated[str | None, typer.Option(help="What to call it; its network's name unless set.")] = None,
    state: Annotated[
        Path | None, typer.Option(help="Where an interrupted run goes on from.", metavar="FOLDER")
    ] = None,
    checkpoint_seconds: Annotated[
        float, typer.Option(min=0, help="At most so much is lost when it is killed.")
    ] = 60,
    target_accuracy: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Status 1 unless this share of the test pictures, seen with their mirror images, is right "
            "in the training's number format.",
        ),
    ] = None,
    trial: Annotated[
        bool, typer.Option("--trial", help="End with the held-out accuracy: no test, nothing written.")
    ] = False,
    *,
    run: Annotated[str | None, typer.Option(help="A run of the server's, which starts this itself.")] = None,
) -> None:
    """Train a network; killed and called again, it goes on where it was.

    torchrun --nproc-per-node 2 -m app.cli train … trains it in two processes, which share every batch.
    """
    if run is not None:
        from app.runs import data as pictures_of_runs
        from app.runs import trainer

        raise typer.Exit(trainer.main(run, terms(Settings()), pictures_of_runs.load))
    from pydantic import ValidationError

    from app.arithmetic.errors import InvalidSpec
    from app.engine import datasets, processes, recipes
    from app.engine.checkpoints import UnknownNetwork
    from app.engine.configuration import changed
    from app.engine.devices import NoDevice, choose_device
    from app.engine.parts import train_all
    from app.engine.training import Diverged

    settings = Settings()
    models, data = models or settings.models_dir, data or settings.data
    options: dict[str, Any] = {
        "epochs": epochs,
        "seed": seed,
        "dataset": dataset,
        "optimizer": optimizer,
        "lr": lr,
    }
    options |= {"batch_size": _number(batch_size), "schedule": schedule}
    try:
        recipe = recipes.read(models, network)
        whole, recipe = recipe, recipes.altered(recipe, changed(recipe.training, **options), name)
        if len(recipe.parts) < len(whole.parts):
            console.print(f"With other values, only the first of its {len(whole.parts)} trainings is made.")
        config = recipe.training
        together, chosen = processes.join(choose_device(device))
        pictures = datasets.load(config.dataset, data, train=True, download=True)
        folder = state or settings.training_dir / config.network.name
        events = train_all(recipe.parts, pictures, chosen, folder, checkpoint_seconds, together)
        finished, held_out = _followed(events, len(recipe.parts))
        if finished is None or trial:
            return
        given = {"network": network, **options, "name": name}
        command = "convscope train" + "".join(
            f" --{key.replace('_', '-')} {value}" for key, value in given.items() if value is not None
        )
        card = recipes.ship(models, recipe, finished, held_out, data, command, chosen)
        console.print(f"{card.name}: {card.test_accuracy:.2%} of the test pictures, in {models / card.name}")
        if not _reaches(target_accuracy, finished, config, data):
            raise typer.Exit(1)
    except ValidationError as error:
        refuse(found_in(error))
    except InvalidSpec as error:
        refuse([error])
    except (datasets.DataUnreachable, NoDevice, UnknownNetwork, recipes.BrokenRecipe, Diverged) as error:
        errors.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(1) from None
    finally:
        processes.leave()


def _followed(
    events: Iterable[tuple[int, TrainingEvent]], parts: int
) -> tuple[Finished | None, float | None]:
    """Shows what happens in each part. How the last one ended, if that is told, and the held-out accuracy."""
    from app.engine.training import EpochEnded, Finished, Started

    finished: Finished | None = None
    held_out: float | None = None
    with _progress() as progress:
        for number, event in events:
            _show(progress, event)
            match event:
                case Started():
                    held_out = None
                    if number:
                        progress.console.print(f"part {number + 1} of {parts}")
                case EpochEnded():
                    held_out = event.held_out_accuracy
                case Finished():
                    finished = event
    return finished, held_out


def _reaches(target: float | None, finished: Finished, config: TrainingConfig, data: Path) -> bool:
    """Whether the network names that share of the test pictures right, and says so; without one any does."""
    if target is None:
        return True
    from app.engine import datasets, evaluation
    from app.engine.devices import CPU, named_pace
    from app.engine.shuffling import test_pictures

    pace = evaluation.CHANNELS_LAST if config.precision == "auto" else named_pace(config.precision, CPU)
    test = test_pictures(datasets.load(config.dataset, data, train=False), config.shuffled)
    reached = evaluation.accuracy(finished.network, test, pace, mirrored=True)
    console.print(f"{reached:.2%} with mirror images, where the target is {target:.2%}")
    return reached >= target


def _number(text: str | None) -> int | str | None:
    return int(text) if text is not None and text.isdecimal() else text


def terms(settings: Settings) -> Terms:
    """Under which the trainer of a run works."""
    from app.runs.trainer import Terms

    return Terms(
        url=settings.runs_store_url,
        folder=settings.runs_dir,
        data=settings.data,
        wall_seconds=settings.run_wall_seconds,
        lease_seconds=settings.run_lease_seconds,
        checkpoint_seconds=settings.run_checkpoint_seconds,
        epochs_bytes=settings.runs_store_bytes // 4,
        nice=settings.run_nice,
        threads=settings.run_threads,
    )


def evaluate(
    name: Annotated[str, typer.Argument(help="A network in the models folder.")],
    data: DataFolder = None,
    models: ModelsFolder = None,
    as_json: AsJson = False,
) -> None:
    """Measure a network on its test pictures: one pass, float32, no test-time augmentation."""
    from app.engine import checkpoints, datasets, evaluation
    from app.engine.shuffling import with_shuffled_pixels

    settings = Settings()
    try:
        checkpoint = checkpoints.read(models or settings.models_dir, name)
        built = checkpoints.load(checkpoint)
        pictures = datasets.load(checkpoint.card.dataset, data or settings.data, train=False)
        if checkpoint.card.shuffled_pixels:
            pictures = with_shuffled_pixels(pictures)
    except (datasets.DataUnreachable, checkpoints.UnknownNetwork, checkpoints.BrokenNetwork) as error:
        errors.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    measured = evaluation.accuracy(built, pictures)
    if as_json:
        typer.echo(json.dumps({"name": name, "test_accuracy": measured}))
    else:
        card = checkpoint.card.test_accuracy
        console.print(f"{name}: {measured:.2%} of {len(pictures):,} (card: {card:.2%})")


def models(models: ModelsFolder = None, as_json: AsJson = False) -> None:
    """List the networks that are here."""
    from app.engine import checkpoints

    folder = models or Settings().models_dir
    if as_json:
        from app.web.networks import SUMMARIES, summaries

        typer.echo(SUMMARIES.dump_json(summaries(folder)).decode())
        return
    cards = [checkpoints.read(folder, name).card for name in checkpoints.names(folder)]
    table = Table("name", "test accuracy", "parameters", "command", box=None)
    for card in cards:
        table.add_row(card.name, f"{card.test_accuracy:.2%}", f"{card.parameters:,}", card.command)
    console.print(table)


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
        TextColumn("loss {task.fields[loss]:.3f}  {task.fields[pace]:.0f} pictures/s"),
    )
    return Progress(*columns, console=console)


def _show(progress: Progress, event: TrainingEvent) -> None:
    from app.engine.training import EpochEnded, Started, Stepped

    match event:
        case Started():
            progress.add_task("step", total=event.steps, completed=event.step, loss=float("nan"), pace=0.0)
            if event.step:
                console.print(f"going on from step {event.step}")
        case Stepped():
            task = progress.task_ids[-1]
            progress.update(task, completed=event.step, loss=event.loss, pace=event.examples_per_second)
        case EpochEnded():
            held = "" if event.held_out_accuracy is None else f", held out {event.held_out_accuracy:.2%}"
            progress.console.print(
                f"epoch {event.epoch}: loss {event.train_loss:.3f}{held} ({event.seconds:.0f} s)"
            )
