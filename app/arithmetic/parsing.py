"""A layer and its input from flat arguments, as a query or the shell gives them.

Sizes are one number or one an axis (``3`` or ``3,5``, height before width), flags ``true`` or ``false``. Left
out, ``in_channels`` and ``out_channels`` are 1 and every axis is as long as the height.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, get_args

from app.arithmetic import acceptance
from app.arithmetic.errors import InvalidSpec
from app.arithmetic.fields import MAX_CHANNELS, MAX_SIDE, Named
from app.arithmetic.geometry import AXES, Operation, Shape
from app.arithmetic.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose2d,
    MaxPool2d,
)

OPERATIONS: Mapping[str, type[Operation]] = {
    "conv1d": Conv1d,
    "conv2d": Conv2d,
    "conv3d": Conv3d,
    "conv_transpose2d": ConvTranspose2d,
    "max_pool2d": MaxPool2d,
    "avg_pool2d": AvgPool2d,
    "adaptive_avg_pool2d": AdaptiveAvgPool2d,
}
"""The operations that the arithmetic answers for, by name."""

_CHANNELS = ("in_channels", "out_channels", "groups")
_FLAGS = ("bias", "ceil_mode", "count_include_pad")
_LEAST = {**acceptance.LEAST, "output_size": 1}
_NUMBER = re.compile(r"-?[0-9]+")
_LONGEST = 18
"""Digits of the longest number that is read; a longer one is as good as the largest."""


def argument_names(operation: str) -> tuple[str, ...]:
    """What can be chosen: the input's channels and axes, then the layer's arguments."""
    model, fixed = OPERATIONS[operation], fixed_names(operation)
    own = (name for name in model.model_fields if name not in {"type", "name", *fixed})
    return ("in_channels", *AXES[model.axes or 2], *own)


def fixed_names(operation: str) -> tuple[str, ...]:
    """What may be said but not chosen: PyTorch's transposed convolution has only one padding_mode."""
    return ("padding_mode",) if operation == "conv_transpose2d" else ()


def required_names(operation: str) -> tuple[str, ...]:
    """What cannot be left out."""
    return (
        AXES[1][0] if operation == "conv1d" else "height",
        "output_size" if operation == "adaptive_avg_pool2d" else "kernel_size",
    )


def read(operation: str, texts: Mapping[str, str]) -> tuple[Operation, Shape]:
    """The layer and the (C, …) shape that the texts ask for, such that PyTorch accepts one on the other.

    Raises:
        InvalidSpec: the first error; `also` holds the others. Where all have a nearest value, these together
            make a layer that PyTorch accepts.
    """
    known = (*argument_names(operation), *fixed_names(operation))
    errors: dict[str, InvalidSpec] = {
        name: InvalidSpec(name, "There is no field of this name here.") for name in texts if name not in known
    }
    values: dict[str, Any] = {}
    for name in known:
        if name in texts:
            try:
                values[name] = _value(operation, name, texts[name])
            except InvalidSpec as error:
                errors[name], values[name] = error, _typed(error.nearest)
        elif name in required_names(operation):
            errors[name] = InvalidSpec(name, "This is missing.")
    if all(error.nearest is not None for error in errors.values()):
        layer, shape = _built(operation, values)
        try:
            acceptance.check(layer, shape)
        except InvalidSpec as refused:
            for each in (refused, *refused.also):
                errors.setdefault(each.field, each).nearest = each.nearest
        if not errors:
            return layer, shape
    first, *others = errors.values()
    first.also = tuple(others)
    raise first


def _built(operation: str, values: Mapping[str, Any]) -> tuple[Operation, Shape]:
    model = OPERATIONS[operation]
    axes = AXES[model.axes or 2]
    given = dict(values)
    height = given.get("height", given.get("length"))
    shape = (given.pop("in_channels", 1), *(given.pop(axis, height) for axis in axes))
    if "out_channels" in model.model_fields:
        given.setdefault("out_channels", 1)
    return model(**given), shape


def _value(operation: str, name: str, text: str) -> Any:
    """The value of one argument, ints, a tuple, a flag or a word.

    Raises:
        InvalidSpec: with the nearest value, or the default, or None where there is neither.
    """
    if name in _FLAGS:
        if text not in ("true", "false"):
            raise InvalidSpec(
                name, "This must be true or false.", None, text.lower() in ("true", "1", "yes", "on")
            )
        return text == "true"
    if name == "padding_mode":
        return _choice(name, text, get_args(OPERATIONS[operation].model_fields[name].annotation))
    if name == "padding" and operation in ("conv1d", "conv2d", "conv3d") and text.isalpha():
        return _choice(name, text, get_args(Named))
    return _sizes(operation, name, text)


def _choice(name: str, text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        nearest = difflib.get_close_matches(text, choices, 1, 0.0) or choices
        raise InvalidSpec(
            name, "This must be one of: {expected}.", {"expected": ", ".join(choices)}, nearest[0]
        )
    return text


def whole_number(name: str, text: str, least: int, most: int) -> int:
    """One number from `least` to `most`.

    Raises:
        InvalidSpec: it is not; with the nearest number that is, where a number is given.
    """
    if not _NUMBER.fullmatch(text):
        raise InvalidSpec(name, "This must be a whole number.")
    number = int(text[:_LONGEST])
    if number < least:
        raise InvalidSpec(name, "This must be at least {ge}.", {"ge": least}, least)
    if number > most:
        raise InvalidSpec(name, "This must be at most {le}.", {"le": most}, most)
    return number


def _sizes(operation: str, name: str, text: str) -> int | tuple[int, ...]:
    """One number where the argument is one, else one for every axis."""
    model = OPERATIONS[operation]
    one_number = name in _CHANNELS or any(name in axes for axes in AXES.values())
    count = 1 if one_number else model.axes or 2
    counts = {1, count, 4} if name == "padding" and operation == "conv2d" else {1, count}
    numbers = _numbers(model, name, text)
    least, most = _LEAST.get(name, 1), MAX_CHANNELS if name in _CHANNELS else MAX_SIDE
    near = tuple(min(max(number, least), most) for number in numbers)
    if len(numbers) not in counts:
        nearest = acceptance.plain((near + near[-1:] * count)[:count])
        if len(counts) == 3:
            raise InvalidSpec(
                name, "This takes one number, two, or four: top, bottom, left, right.", {}, nearest
            )
        if count == 1:
            raise InvalidSpec(name, "This takes one number.", {}, nearest)
        raise InvalidSpec(
            name, "This takes one number, or {count}: one for each axis.", {"count": count}, nearest
        )
    if min(numbers) < least:
        raise InvalidSpec(name, "This must be at least {ge}.", {"ge": least}, acceptance.plain(near))
    if max(numbers) > most:
        raise InvalidSpec(name, "This must be at most {le}.", {"le": most}, acceptance.plain(near))
    return numbers[0] if one_number else numbers * (count if len(numbers) == 1 else 1)


def _numbers(model: type[Operation], name: str, text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(_NUMBER.fullmatch(part) for part in parts):
        field = model.model_fields.get(name)
        known = field is not None and not field.is_required()
        nearest = field.default if field is not None and known else None
        raise InvalidSpec(name, "This must be a whole number.", None, acceptance.plain(nearest))
    return tuple(int(part[:_LONGEST]) for part in parts)


def _typed(value: Any) -> Any:
    """A list as a tuple, as the layers hold it."""
    return tuple(value) if isinstance(value, list) else value
