"""Pydantic's validation errors as sentences: field, fault, nearest value; never the input itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.layers import LAYER_TYPES
from app.locale import mark as _

MOST_FAULTS = 8
"""A request with everything wrong is told of the first few."""

_SIZES = {"kernel_size", "stride", "padding", "output_padding", "dilation", "output_size"}
_TAGGED = {"optimizer", "schedule", "batch_size"}
"""Fields after which pydantic says which of several models it has tried."""
_PLACES = {"query", "path", "body", "header", "cookie"}

_MESSAGES: Mapping[str, str] = {
    "missing": _("This is missing."),
    "extra_forbidden": _("There is no field of this name here."),
    "repeated": _("This is given more than once."),
    "greater_than_equal": _("This must be at least {ge}."),
    "greater_than": _("This must be more than {gt}."),
    "less_than_equal": _("This must be at most {le}."),
    "less_than": _("This must be less than {lt}."),
    "finite_number": _("This must be a finite number."),
    "int_type": _("This must be a whole number."),
    "int_parsing": _("This must be a whole number."),
    "int_parsing_size": _("This number is too large."),
    "int_from_float": _("This must be a whole number."),
    "float_type": _("This must be a number."),
    "float_parsing": _("This must be a number."),
    "bool_type": _("This must be true or false."),
    "bool_parsing": _("This must be true or false."),
    "string_type": _("This must be text."),
    "string_too_long": _("This must have at most {max_length} characters."),
    "string_too_short": _("This must have at least {min_length} characters."),
    "string_pattern_mismatch": _(
        "A name is of at most 40 Latin letters (a network's of small ones), digits, - and _:"
        " it must match {pattern}."
    ),
    "too_long": _("This must have at most {max_length} entries."),
    "too_short": _("This must have at least {min_length} entries."),
    "list_type": _("This must be a list."),
    "tuple_type": _("This must be a list."),
    "dict_type": _("This must be an object."),
    "model_type": _("This must be an object."),
    "model_attributes_type": _("This must be an object."),
    "union_tag_not_found": _("This needs a type."),
    "union_tag_invalid": _("There is no such type. The types are: {expected_tags}."),
    "literal_error": _("This must be one of: {expected}."),
    "enum": _("This must be one of: {expected}."),
}
_TOO_SHORT = _("This list is too short: a value is missing.")
_OTHERWISE = _("This value cannot be used.")
_NOT_A_SIZE = _("This must be a whole number, or one for each axis.")
_BOUNDS = {"greater_than_equal": "ge", "less_than_equal": "le"}


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a request, not yet in a language."""

    field: str
    message: str
    values: Mapping[str, object]
    nearest: Any = None


def faults(errors: Iterable[Mapping[str, Any]]) -> list[Fault]:
    """The first :data:`MOST_FAULTS` fields at fault, one fault each: one that knows what would do, if any."""
    found: dict[str, Fault] = {}
    for error in errors:
        if error["type"] == "default_factory_not_called":  # for want of a field that is itself at fault
            continue
        fault = _fault(error)
        if fault.field not in found or (found[fault.field].nearest is None and fault.nearest is not None):
            found[fault.field] = fault
    return list(found.values())[:MOST_FAULTS]


def _fault(error: Mapping[str, Any]) -> Fault:
    kind, context = str(error["type"]), dict(error.get("ctx") or {})
    raised = context.get("error")
    if isinstance(raised, InvalidSpec):
        address = f"layers.{raised.address}" if getattr(raised, "address", None) else ""
        name = ".".join(part for part in (_name(error["loc"]), address, raised.field) if part)
        return Fault(name, raised.message, raised.values, raised.nearest)
    values = {name: value for name, value in context.items() if isinstance(value, (int, float, str))}
    name = _name(error["loc"])
    is_size = kind in {"tuple_type", "list_type"} and name.rpartition(".")[2] in _SIZES
    message = _NOT_A_SIZE if is_size else _MESSAGES.get(kind, _OTHERWISE)
    if kind == "missing" and isinstance(error["loc"][-1], int):
        message = _TOO_SHORT
    return Fault(name, message, values, context.get(_BOUNDS.get(kind, "")))


def _name(location: Iterable[object]) -> str:
    """``("body", "layers", 3, "conv2d", "stride", 0)`` as ``layers.3.stride``; at most 100 characters.

    Pydantic's own words in it are left out: which layer type or which way of writing a size it tried. So is
    the place of a number in a size, for one number is written as well as two.
    """
    parts = list(location)
    if parts and parts[0] in _PLACES:
        parts = parts[1:]
    named: list[str] = []
    for before, part in zip([None, *parts], parts, strict=False):
        is_tag = (isinstance(before, int) and part in LAYER_TYPES) or before in _TAGGED
        is_label = isinstance(part, str) and "[" in part
        is_axis = isinstance(part, int) and bool(named) and named[-1] in _SIZES
        if not (is_tag or is_label or is_axis):
            named.append(str(part))
    return "".join(character if character.isprintable() else "?" for character in ".".join(named))[:100]
