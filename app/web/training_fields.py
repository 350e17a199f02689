"""A configuration's fields as a form has them: what the pydantic models say, as names, texts and values.

A field of a model is one of the form, under the model's prefix: ``adam.betas``. A new hyperparameter needs
nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.web.plain_form import Texts
from app.web.problem import FieldError

Kind = Literal["text", "list", "flag", "choice"]
ON = "on"
"""What a checkbox sends."""


@dataclass(frozen=True)
class Field:
    """One field to fill in; `text` is as it was typed, of a flag ``on`` or nothing."""

    name: str
    label: str
    kind: Kind
    text: str
    options: tuple[str, ...]
    error: FieldError | None
    usual: str
    """What it means where it is empty; empty where other fields decide, or where nothing is meant."""

    @property
    def nearest(self) -> str:
        """The nearest value that would be accepted, as it would be typed; empty where none is known."""
        return written(self.error.nearest) if self.error else ""


def fields(
    model: type[BaseModel],
    prefix: str,
    texts: Texts,
    errors: Mapping[str, FieldError],
    names: Collection[str],
    usual: Texts,
) -> tuple[Field, ...]:
    """The fields called `names` of a model, in the model's order; `usual` is what empty ones mean."""
    return tuple(
        Field(
            full,
            name,
            _kind(info),
            texts.get(full, ""),
            _options(info),
            errors.get(full),
            usual.get(full, ""),
        )
        for name, full, info in _named(model, prefix, names)
    )


def texts_of(values: BaseModel, prefix: str, names: Collection[str]) -> dict[str, str]:
    """A model's values as they would be typed; what a factory would give anyway is left blank."""
    found = {}
    for name, full, info in _named(type(values), prefix, names):
        value = getattr(values, name)
        factory: Any = info.default_factory
        is_usual = factory is not None and value == factory(dict(values))
        found[full] = "" if is_usual else written(value)
    return found


def usual_of(model: type[BaseModel], prefix: str, names: Collection[str]) -> dict[str, str]:
    """What fields that are typed into mean where they are empty; nothing where other fields decide."""
    return {
        full: "" if info.default_factory else written(info.default)
        for name, full, info in _named(model, prefix, names)
        if _kind(info) in ("text", "list") and not _may_be_none(info) and not _is_of_any_length(info)
    }


def values_of(model: type[BaseModel], prefix: str, texts: Texts, names: Collection[str]) -> dict[str, Any]:
    """What the texts say, to be validated by the model; what is blank is left out."""
    found: dict[str, Any] = {}
    for name, full, info in _named(model, prefix, names):
        text, kind = texts.get(full, ""), _kind(info)
        if kind == "flag":
            found[name] = text == ON
        elif kind == "list":
            if text or _is_of_any_length(info):
                found[name] = _list(text)
        elif text:
            found[name] = text if kind == "choice" else _number(text)
    return found


def own_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Every field of one kind of several; not the name that tells it from the others."""
    return tuple(name for name in model.model_fields if name != "name")


def written(value: object) -> str:
    """A value as it would be typed."""
    if value is None or value is False:
        return ""
    if value is True:
        return ON
    if isinstance(value, tuple | list):
        return json.dumps(value)[1:-1]
    return str(value)


def _named(
    model: type[BaseModel], prefix: str, names: Collection[str]
) -> Iterator[tuple[str, str, FieldInfo]]:
    for name, info in model.model_fields.items():
        if name in names:
            yield name, f"{prefix}.{name}" if prefix else name, info


def _kind(info: FieldInfo) -> Kind:
    if info.annotation is bool:
        return "flag"
    if get_origin(info.annotation) is Literal:
        return "choice"
    return "list" if get_origin(info.annotation) is tuple else "text"


def _may_be_none(info: FieldInfo) -> bool:
    """Whether an empty field says that there is no value."""
    return not info.is_required() and info.default is None and info.default_factory is None


def _is_of_any_length(info: FieldInfo) -> bool:
    """Whether an empty field says that the list is empty."""
    return Ellipsis in get_args(info.annotation)


def _options(info: FieldInfo) -> tuple[str, ...]:
    return get_args(info.annotation) if _kind(info) == "choice" else ()


def _number(text: str) -> int | float | str:
    """The number that a text says, else the text, for the model to refuse."""
    plain = text.replace("−", "-")
    if "_" in plain or not plain.isascii():  # a number to Python, but to nobody who types one
        return text
    for read in (int, float):
        try:
            return read(plain)
        except ValueError:
            continue
    return text


def _list(text: str) -> Any:
    """``0.9, 0.999`` as a list, else the text, for the model to refuse."""
    try:
        return json.loads(f"[{text}]")
    except (ValueError, RecursionError):
        return text
