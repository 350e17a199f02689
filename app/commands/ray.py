"""``convscope ray train`` and ``ray submit``: ``convscope train`` on the machines of a Ray cluster."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands import training
from app.commands.training import console, errors
from app.settings import Settings

Workers = Annotated[int, typer.Option(min=1, help="Processes that share every batch.")]

commands = typer.Typer(no_args_is_help=True, help="Train on a Ray cluster; needs convscope\\[ray].")
_others = {"allow_extra_args": True, "ignore_unknown_options": True}


@commands.command(context_settings=_others)
def train(
    context: typer.Context,
    workers: Workers = 2,
    address: Annotated[
        str | None, typer.Option(help="The cluster; RAY_ADDRESS, else one made here.", metavar="HOST:PORT")
    ] = None,
) -> None:
    """Train in processes on a Ray cluster; takes the options of `convscope train`.

    A worker has a core, with --device cuda a GPU. When one is lost, all go on from the last checkpoint. Every
    machine must see the folders of networks, data and state.
    """
    options = _options(context.args)
    cluster = _cluster()
    folder = options["state"] or Settings().training_dir
    status = cluster.together(
        in_worker, options, workers, folder / "ray", address=address, gpus=options["device"] == "cuda"
    )
    raise typer.Exit(status)


@commands.command(context_settings=_others)
def submit(
    context: typer.Context,
    workers: Workers = 2,
    address: Annotated[
        str | None,
        typer.Option(help="The cluster's dashboard; RAY_API_SERVER_ADDRESS unless set.", metavar="URL"),
    ] = None,
) -> None:
    """Submit a training as a Ray Job; takes the options of `convscope train`, with the cluster's paths."""
    _options(context.args)
    command = ["python", "-m", "app.cli", "ray", "train", "--workers", str(workers), *context.args]
    try:
        job = _cluster().submit(command, address)
    except ConnectionError as error:
        errors.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(1) from None
    console.print(f"{job}: follow it with ray job logs --follow {job}", soft_wrap=True)


def in_worker(options: Mapping[str, Any]) -> int:
    """``convscope train`` in one of the processes; its exit status, since what was refused is so again."""
    try:
        training.train(**options)
    except typer.Exit as leaving:
        return int(leaving.exit_code)
    return 0


def _options(arguments: Sequence[str]) -> dict[str, Any]:
    """What ``convscope train`` would be called with, paths made absolute, since workers are elsewhere."""

    @functools.wraps(training.train)
    def taken(**options: Any) -> dict[str, Any]:
        return options

    command = typer.Typer(add_completion=False)
    command.command()(taken)
    options: dict[str, Any] = command(list(arguments), standalone_mode=False)
    if options["run"] is not None:
        raise typer.BadParameter("a run of a server's has one process", param_hint="--run")
    if options["device"] == "auto":
        options["device"] = "cpu"
    return {key: each.resolve() if isinstance(each, Path) else each for key, each in options.items()}


def _cluster() -> Any:
    """What speaks with Ray, where that is installed."""
    from app.engine import cluster

    if not cluster.is_installed():
        errors.print("[red]Ray is not installed: pip install 'convscope\\[ray]'[/red]", soft_wrap=True)
        raise typer.Exit(1)
    return cluster
