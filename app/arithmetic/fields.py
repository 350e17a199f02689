"""The types of a specification's fields: numbers with their ranges, one number standing for every axis."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MAX_SIDE = 16_384
"""Largest height, width, depth or length, and largest kernel, stride, padding or dilation, in cells."""
MAX_CHANNELS = 1_000_000
"""Largest number of channels or features."""


def repeat(count: int) -> BeforeValidator:
    """One number stands for the same number on every axis, as in PyTorch; a list becomes a tuple."""

    def expand(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return (value,) * count
        return tuple(value) if isinstance(value, list) else value

    return BeforeValidator(expand, json_schema_input_type=int | list[int])


Size = Annotated[int, Field(ge=1, le=MAX_SIDE)]
Extent = Annotated[int, Field(ge=0, le=MAX_SIDE)]
Channels = Annotated[int, Field(ge=1, le=MAX_CHANNELS)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

Size1 = Annotated[tuple[Size], repeat(1)]
Size2 = Annotated[tuple[Size, Size], repeat(2)]
Size3 = Annotated[tuple[Size, Size, Size], repeat(3)]
Extent1 = Annotated[tuple[Extent], repeat(1)]
Extent2 = Annotated[tuple[Extent, Extent], repeat(2)]
Extent3 = Annotated[tuple[Extent, Extent, Extent], repeat(3)]
Sides2 = Annotated[tuple[Extent, Extent, Extent, Extent], repeat(4)]
"""Asymmetric padding: top, bottom, left, right."""
Named = Literal["same", "valid"]
PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


class Spec(BaseModel):
    """Strict, closed and immutable."""

    # Built when first used, so that importing the arithmetic stays quick.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)
