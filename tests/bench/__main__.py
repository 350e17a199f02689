"""Runs the parts named on the command line, or all that do not take an hour, and prints their figures."""

from __future__ import annotations

import importlib
import pkgutil
import sys

from rich.console import Console

import tests.bench
from tests.bench.measurement import Measurement

NOT_PARTS = {"__main__", "measurement"}


def parts() -> list[str]:
    """Every module here that measures something, unless it does ONLY_WHEN_NAMED."""
    found = [module.name for module in pkgutil.iter_modules(tests.bench.__path__)]
    modules = {
        name: importlib.import_module(f"tests.bench.{name}") for name in found if name not in NOT_PARTS
    }
    return [
        name
        for name, module in modules.items()
        if hasattr(module, "measure") and not hasattr(module, "ONLY_WHEN_NAMED")
    ]


def main() -> int:
    """0 where every figure is within its bound, else 1."""
    console, all_hold = Console(width=120), True
    for part in sys.argv[1:] or parts():
        console.rule(part)
        measured: Measurement
        for measured in importlib.import_module(f"tests.bench.{part}").measure():
            verdict = "" if not measured.bound else "ok" if measured.holds else "[red]MISSED[/red]"
            figure = f"{measured.value:,.2f} {measured.unit}"
            console.print(f"{measured.what:<78} {figure:>16} {measured.bound:>9} {verdict}", highlight=False)
            all_hold &= measured.holds
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main())
