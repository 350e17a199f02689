"""Whether PyTorch would run a layer on an input; if not, the field at fault and its nearest valid value.

Every check names the arguments that may be blamed, most likely first, with the direction in which each
helps. What is proposed has been tried: put in place, it is accepted. Where no single change is enough, the
errors together are: with all their values in place the layer is accepted.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd, isqrt
from typing import Any

from app.arithmetic import geometry
from app.arithmetic.acceptance_rules import ALONG_AXES, RULES, Violation, has_four_sides
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.fields import MAX_SIDE
from app.arithmetic.geometry import AXES, Shape, Windowed
from app.arithmetic.layers import Conv1d, Conv2d, Conv3d, ConvTranspose2d

LEAST = {"kernel_size": 1, "stride": 1, "dilation": 1, "padding": 0, "output_padding": 0}
"""The arguments with a value for every axis, and the least each may be."""
MOST_CHANGES = 4
"""Most changes proposed together; more are never needed (tested)."""


def violation(layer: Windowed, shape: Shape, first: int = 0) -> Violation | None:
    """The first check, from the number `first` on, that fails for the layer on (C, …) `shape`.

    None where PyTorch accepts the layer.
    """
    for order, rule in enumerate(RULES[first:], first):
        found = rule(layer, shape)
        if found is not None:
            axis = AXES[len(shape) - 1].index(str(found.values.get("axis", AXES[len(shape) - 1][0])))
            return Violation(found.message, found.blame, found.values, order, axis)
    return None


def check(layer: Windowed, shape: Shape) -> None:
    """Return where PyTorch accepts the layer on (C, …) `shape`.

    Raises:
        InvalidSpec: the first error with its nearest valid value; its `also` holds the others.
    """
    found = violation(layer, shape)
    if found is not None:
        errors: dict[str, InvalidSpec] = {}
        for error in _errors(layer, shape, found):
            errors.setdefault(error.field, error).nearest = error.nearest
        first, *others = errors.values()
        first.also = tuple(others)
        raise first


def _errors(layer: Windowed, shape: Shape, found: Violation) -> list[InvalidSpec]:
    """The errors of a refused layer, with as few changes as make it accepted."""
    for changes in range(1, MOST_CHANGES + 1):
        errors = _mended(layer, shape, found, changes)
        if errors is not None:
            return errors
    return [InvalidSpec(next(iter(found.blame)), found.message, found.values)]


def _mended(layer: Windowed, shape: Shape, found: Violation, changes: int) -> list[InvalidSpec] | None:
    """At most so many changes that make the layer accepted, as errors; None where there are none."""
    for name in found.blame:
        for value in _proposals(layer, shape, name, found):
            changed = layer.model_copy(update={name: value})
            rest = violation(changed, shape)
            error = InvalidSpec(name, found.message, found.values, plain(value))
            if rest is None:
                return [error]
            later = _mended(changed, shape, rest, changes - 1) if changes > 1 else None
            if later is not None:
                return [error, *later]
    return None


def _proposals(layer: Windowed, shape: Shape, name: str, found: Violation) -> Iterator[Any]:
    """Values of the argument nearest to the one given that mend what was found, along all axes or one."""
    if name == "padding_mode":
        yield "zeros"
    elif name == "groups" and isinstance(layer, Conv1d | Conv2d | Conv3d | ConvTranspose2d):
        common, given = gcd(shape[0], layer.out_channels), layer.groups
        small = [n for n in range(1, isqrt(common) + 1) if common % n == 0]
        yield min((*small, *(common // n for n in small)), key=lambda n: (abs(n - given), n))
    elif not (name == "padding" and has_four_sides(layer)):
        count = len(shape) - 1
        given_values = tuple(_value_along(layer, name, axis) for axis in range(count))
        nearest = [_nearest_along(layer, shape, name, axis, found) for axis in range(count)]
        values = tuple(old if new is None else new for new, old in zip(nearest, given_values, strict=True))
        if values != given_values:
            yield values
        if nearest[found.axis] is not None:
            yield tuple((values if axis == found.axis else given_values)[axis] for axis in range(count))


def _nearest_along(layer: Windowed, shape: Shape, name: str, axis: int, found: Violation) -> int | None:
    """The same along one axis: walk from bound to bound until no check that this argument can mend fails."""
    value = _value_along(layer, name, axis)
    layer, shape = alike(layer, shape, axis)
    turned = 0
    while True:
        changed = _with(layer, name, value)
        failed = violation(changed, shape, ALONG_AXES)
        if failed is None:
            return value
        direction = failed.blame.get(name, 0)
        if direction in (0, -turned):
            return value if RULES[found.order](changed, shape) is None else None
        bound = _bound(layer, shape, name, value, direction, failed)
        if bound is None:
            return None
        value, turned = bound, direction


def _bound(
    layer: Windowed, shape: Shape, name: str, value: int, direction: int, failed: Violation
) -> int | None:
    """The first value from `value` on, in the direction, at which the failed check holds: by bisection."""
    rule = RULES[failed.order]
    bad, good = value, LEAST[name] if direction < 0 else MAX_SIDE
    if rule(_with(layer, name, good), shape) is not None:
        return None
    while abs(good - bad) > 1:
        middle = (good + bad) // 2
        if rule(_with(layer, name, middle), shape) is None:
            good = middle
        else:
            bad = middle
    return good


def _value_along(layer: Windowed, name: str, axis: int) -> int:
    """What the argument is along one axis; the larger side of a named padding."""
    if name == "padding":
        return max(geometry.paddings(layer)[axis])
    value: int = getattr(layer, name)[axis]
    return value


def _with(layer: Windowed, name: str, value: int) -> Windowed:
    """The layer with one value of the argument on every axis."""
    return layer.model_copy(update={name: (value,) * (layer.axes or 0)})


def alike(layer: Windowed, shape: Shape, axis: int) -> tuple[Windowed, Shape]:
    """The layer and its input with every axis made like this one."""
    count = len(shape) - 1
    update: dict[str, Any] = {}
    for name in LEAST:
        value = getattr(layer, name, None)
        if isinstance(value, tuple):
            update[name] = (value[2 * axis : 2 * axis + 2] if len(value) == 4 else (value[axis],)) * count
    return layer.model_copy(update=update), (shape[0], *(shape[1 + axis],) * count)


def plain(value: Any) -> Any:
    """One number for equal numbers, a list otherwise: how JSON and a query write it."""
    if isinstance(value, tuple):
        return value[0] if len(set(value)) == 1 else list(value)
    return value
