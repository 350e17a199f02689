"""Everything that decides the weights a training run ends with; checked without loading PyTorch."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from app.arithmetic.fields import Probability, Spec
from app.arithmetic.layers import NetworkSpec
from app.engine import optimizers


def _tuples(value: Any) -> Any:
    """Lists of lists, as JSON has them, are tuples of tuples."""
    if not isinstance(value, list):
        return value
    return tuple(tuple(item) if isinstance(item, list) else item for item in value)


class AugmentationConfig(Spec):
    """Random changes to training pictures; pixels."""

    crop_padding: Annotated[int, Field(ge=0, le=16)] = 4
    flip: bool = True
    cutout: Annotated[int, Field(ge=0, le=31)] = 0


class TrainingConfig(Spec):
    """Everything that decides the weights a run ends with, beside the data and the machine.

    `smaller_until` trains on smaller pictures first: [[0.4, 24]] shows 24 × 24 until 40 % of the steps, in
    about half the time a step; the network must take any size (adaptive pooling before its dense head).
    """

    network: NetworkSpec
    optimizer: optimizers.AnyOptimizer = optimizers.AdamW()
    batch_size: Annotated[int, Field(ge=1, le=50_000)] = 500
    epochs: Annotated[int, Field(ge=1, le=1000)] = 20
    warmup: Probability = 0.2
    label_smoothing: Probability = 0.0
    augmentation: AugmentationConfig = AugmentationConfig()
    smaller_until: Annotated[
        tuple[tuple[Probability, Annotated[int, Field(ge=8, le=32)]], ...],
        BeforeValidator(_tuples),
        Field(max_length=8),
    ] = ()
    held_out: Annotated[int, Field(ge=0, le=25_000)] = 5000
    train_examples: Annotated[int, Field(ge=2, le=50_000)] | None = None
    fold_batch_norm: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
