"""Random layers on random inputs, accepted by PyTorch or not; small, so that PyTorch answers at once.

A configuration is read off a string of random bytes: hypothesis draws it ten times faster than a number at a
time.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st

from app.arithmetic.geometry import Operation, Shape
from app.arithmetic.parsing import OPERATIONS

TIMES = int(os.environ.get("CONVSCOPE_EXAMPLES_TIMES", "1"))
"""How many times as many examples as usual: `CONVSCOPE_EXAMPLES_TIMES=20 pytest tests/arithmetic/oracle`."""

Configuration = tuple[dict[str, Any], Shape]
"""PyTorch's keyword arguments without in_channels, and the (C, …) shape of one input."""
Choice = TypeVar("Choice")


def examples(count: int) -> settings:
    """So many examples, the same on every run of the tests."""
    return settings(
        max_examples=count * TIMES,
        deadline=None,
        derandomize=True,
        phases=[
            Phase.explicit,
            Phase.generate,
        ],  # what is drawn is small and printed; shrinking takes minutes
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


class Dice:
    """Throws that are read off bytes, one byte each."""

    def __init__(self, drawn: bytes) -> None:
        self._drawn = iter(drawn)

    def number(self, least: int, most: int) -> int:
        """From `least` to `most`, both included."""
        return least + next(self._drawn) % (most - least + 1)

    def one_of(self, choices: Sequence[Choice]) -> Choice:
        return choices[self.number(0, len(choices) - 1)]

    def numbers(self, count: int, least: int, most: int) -> tuple[int, ...]:
        return tuple(self.number(least, most) for _ in range(count))


dice = st.binary(min_size=32, max_size=32).map(Dice)
"""What a configuration is read off."""


def configuration(operation: str, dice: Dice) -> Configuration:
    """The configuration of an operation that the dice show; a failing test prints it."""
    drawn = _configuration(operation, dice)
    note(f"{operation} {drawn}")
    return drawn


def _configuration(operation: str, dice: Dice) -> Configuration:
    axes = OPERATIONS[operation].axes or 2
    shape = (dice.number(1, 4), *dice.numbers(axes, 1, 9 if axes < 3 else 5))
    if operation == "adaptive_avg_pool2d":
        return {"output_size": dice.numbers(2, 1, 9)}, shape
    arguments: dict[str, Any] = {"kernel_size": dice.numbers(axes, 1, 5)}
    steps = [(1,) * axes, dice.numbers(axes, 1, 4)]
    if "pool" in operation:
        arguments |= {"stride": dice.one_of([None, *steps]), "padding": dice.numbers(axes, 0, 2)}
        arguments["ceil_mode"] = dice.one_of([False, True])
        if operation == "max_pool2d":
            arguments["dilation"] = dice.one_of([(1,) * axes, dice.numbers(axes, 1, 3)])
        else:
            arguments["count_include_pad"] = dice.one_of([True, False])
        return arguments, shape
    arguments |= {
        "out_channels": dice.one_of([1, 2, 3, 4, 6]),
        "stride": dice.one_of(steps),
        "dilation": dice.one_of([(1,) * axes, dice.numbers(axes, 1, 3)]),
        "groups": dice.one_of([1, 1, 1, 2, 3]),
        "bias": dice.one_of([True, False]),
    }
    if operation == "conv_transpose2d":
        arguments |= {"padding": dice.numbers(2, 0, 4), "output_padding": dice.numbers(2, 0, 3)}
        return arguments, shape
    paddings: list[Any] = [dice.numbers(axes, 0, 2), dice.numbers(axes, 0, 4), "same", "valid"]
    paddings += [dice.numbers(4, 0, 3)] if operation == "conv2d" else []
    arguments["padding"] = dice.one_of(paddings)
    arguments["padding_mode"] = dice.one_of(["zeros", "zeros", "reflect", "replicate", "circular"])
    return arguments, shape


def layer_of(operation: str, arguments: dict[str, Any]) -> Operation:
    """The specification of the arguments."""
    return OPERATIONS[operation].model_validate(arguments)
