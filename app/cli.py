"""The `convscope` command. What a command needs is imported when it runs: `convscope --help` loads no torch."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help="See convolution.")


@app.callback()
def _root() -> None:
    """See convolution: its arithmetic, its sliding window, and what a CNN makes of your picture."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 unless set.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 8000 unless set.")] = None,
    workers: Annotated[int | None, typer.Option(help="Server processes; 1 unless set.")] = None,
) -> None:
    """Serve the pages and the API."""
    from app.web.serving import serve as run  # noqa: PLC0415

    run(host=host, port=port, workers=workers)


def main() -> None:
    """The entry point of the `convscope` script."""
    app()


if __name__ == "__main__":
    main()
