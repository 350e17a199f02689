"""``convscope duel``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.training import DataFolder, ModelsFolder, console, errors
from app.settings import Settings

if TYPE_CHECKING:
    from app.engine.duels import Contender
    from app.engine.training import TrainingEvent


def duel(
    name: Annotated[str, typer.Argument(help="pixels, sharing, batches, optimizers, pruning or labels.")],
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")] = "auto",
    data: DataFolder = None,
    models: ModelsFolder = None,
) -> None:
    """Train the runs of a duel and write down what came of them, for the page /duels."""
    from app.engine import duelling, duels
    from app.engine.datasets import DataUnreachable
    from app.engine.devices import NoDevice, choose_device
    from app.engine.training import Diverged, EpochEnded

    def tell(contender: Contender, event: TrainingEvent) -> None:
        if isinstance(event, EpochEnded) and event.test:
            right = f"trained {event.train_accuracy:.2%}, test {event.test.accuracy:.2%}"
            console.print(f"{contender.name}: epoch {event.epoch}: {right}")

    settings = Settings()
    try:
        report = duelling.fight(duels.duel(name), data or settings.data, choose_device(device), tell)
    except (DataUnreachable, Diverged, NoDevice, duels.UnknownDuel) as error:
        errors.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(1) from None
    for pruned in report.pruned:
        console.print(f"{pruned.share:.0%} of the weights 0: {pruned.test_accuracy:.2%}")
    console.print(f"written to {duelling.write(models or settings.models_dir, report)}")
