"""The `convscope` command; what a command needs is imported when it runs, so that help loads no torch."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.commands import arithmetic, duels, ray, training

app = typer.Typer(no_args_is_help=True, add_completion=False, help="See convolution.")


@app.callback()
def _root() -> None:
    """See convolution: its arithmetic, its sliding window, and what a CNN makes of your picture."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 unless set.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 8000 unless set.")] = None,
    workers: Annotated[int | None, typer.Option(help="Server processes; at most 2 unless set.")] = None,
) -> None:
    """Serve the pages and the API. Everything else is set by CONVSCOPE_… in the environment."""
    from app.settings import Settings  # noqa: PLC0415
    from app.web import serving  # noqa: PLC0415

    given: dict[str, Any] = {"host": host, "port": port, "workers": workers}
    options = {name: value for name, value in given.items() if value is not None}
    settings = Settings(**options)
    if settings.workers == 1:
        from app.main import create_app  # noqa: PLC0415

        raise typer.Exit(serving.serve(settings, create_app(settings)))
    environment = {f"CONVSCOPE_{name.upper()}": str(value) for name, value in options.items()}
    raise typer.Exit(serving.serve_in_processes(settings, "app.main:application", environment))


app.command()(arithmetic.conv)
app.command()(arithmetic.shape)
app.command()(training.train)
app.command()(training.evaluate)
app.command()(training.models)
app.command()(duels.duel)
app.add_typer(ray.commands, name="ray")


def main() -> None:
    """The entry point of the `convscope` script."""
    app()


if __name__ == "__main__":
    main()
