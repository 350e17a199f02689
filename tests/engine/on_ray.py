"""What Ray's workers call in the tests; they import it by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from app.engine.devices import CPU
from app.engine.processes import join, leave
from tests.engine import together


def train(argument: Mapping[str, Any]) -> dict[str, Any]:
    """The curve that this process is told of."""
    torch.set_num_threads(1)
    processes, _ = join(CPU)
    try:
        return together.train(Path(argument["folder"]), processes) | {"world": processes.world}
    finally:
        leave()
