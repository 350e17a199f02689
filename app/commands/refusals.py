"""How a command refuses what it was given: every field at fault, the reason, what would do; exit status 2."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from pydantic import ValidationError

    from app.arithmetic.errors import InvalidSpec

errors = Console(stderr=True, highlight=False)


def found_in(error: ValidationError) -> list[InvalidSpec]:
    """What pydantic found, as the arithmetic says it."""
    from app.arithmetic.errors import InvalidSpec
    from app.web.validation import faults

    found = faults(error.errors())
    return [InvalidSpec(each.field, each.message, each.values, each.nearest) for each in found]


def refuse(
    found: list[InvalidSpec],
    *,
    as_json: bool = False,
    extra: Any = None,
    code: str = "invalid-specification",
) -> NoReturn:
    """Say what is wrong at which field, with --json as the API does, and end with 2."""
    named = [(f"layers.{e.address}.{e.field}" if e.address else e.field, e.reason, e.nearest) for e in found]
    if as_json:
        from app.web.problem import FieldError, without_request

        typer.echo(without_request(code, [FieldError(*each) for each in named], extra or {}))
    for field, reason, nearest in named:
        hint = "" if nearest is None else f" The nearest that works: {json.dumps(nearest)}."
        errors.print(Text.assemble((field, "bold red"), f": {reason}{hint}"), soft_wrap=True)
    raise typer.Exit(2)
