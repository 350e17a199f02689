"""What a training run is asked to do. Never PyTorch: a page or an API checks it without."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.fields import Probability, Spec
from app.arithmetic.specification import NetworkSpec
from app.engine import optimizers, schedules
from app.engine.sources import SIDE, SOURCES, Source, SourceName
from app.engine.trainable import check_lone_pictures, check_network, check_smaller, check_whitened

FULL = "full"
AT_ONCE, FEW_AT_ONCE = 1000, 125
"""Most pictures that go through a network at once, and most that look for their worst place together
(:mod:`app.engine.sharpness`). A larger batch goes in equal pieces whose gradients are added up, so that a
full batch needs no more memory; batch norm takes its means within a piece."""
Shuffled = Literal["nothing", "pixels", "labels"]


class AugmentationConfig(Spec):
    """Random changes to training pictures; pixels.

    `flip` mirrors pictures where their source allows it: a mirrored digit is none.
    """

    crop_padding: Annotated[int, Field(ge=0, le=16)] = 4
    flip: bool = True
    cutout: Annotated[int, Field(ge=0, le=31)] = 0


def _tuples(value: Any) -> Any:
    """Lists of lists, as JSON has them, are tuples of tuples."""
    if not isinstance(value, list):
        return value
    return tuple(tuple(item) if isinstance(item, list) else item for item in value)


def _usual_warmup(given: dict[str, Any]) -> float:
    return cast("float", given["schedule"].usual_warmup) if "schedule" in given else 0.0


def _usual_batch_size(given: dict[str, Any]) -> int:
    return SOURCES[cast("SourceName", given.get("dataset", "cifar10"))].batch_size


def _usual_held_out(given: dict[str, Any]) -> int:
    return SOURCES[cast("SourceName", given.get("dataset", "cifar10"))].held_out


class TrainingConfig(Spec):
    """Everything that decides the weights a run ends with, beside the data and the machine.

    `batch_size` "full" takes every training picture for every step. `warmup` is the share of the steps over
    which the rate rises; unless given, the schedule's usual one. From the share `swa_start` of the steps on,
    where the schedule ends, the rate stays at `swa_fraction` of its peak, and the run ends with the mean of
    the weights after each of these steps (:mod:`app.engine.averaging`); shares of the schedule are then of
    what is before. Above 0, `sam_rho` is how far uphill a step takes its gradients
    (:mod:`app.engine.sharpness`), in twice the time and for at most 125 pictures together. `smaller_until`
    trains on smaller pictures first: [[0.4, 24]] shows 24 × 24 until 40 % of the steps, in about half the
    time a step; the network must take any size (adaptive pooling before its dense head). `initialisation`
    "whitened" begins as speedruns do (:mod:`app.engine.beginning`), which needs a convolution first and a
    dense layer last. `shuffled` moves the pixels of every picture, of the test's too, by one fixed shuffle,
    or deals the training labels out anew (:mod:`app.engine.shuffling`).
    """

    later: ClassVar[frozenset[str]] = frozenset(
        {"dataset", "schedule", "swa_start", "swa_fraction", "sam_rho", "initialisation", "shuffled"}
    )

    dataset: SourceName = "cifar10"
    network: NetworkSpec
    optimizer: optimizers.AnyOptimizer = optimizers.AdamW()
    batch_size: Annotated[int, Field(ge=1, le=50_000)] | Literal["full"] = Field(
        default_factory=_usual_batch_size
    )
    epochs: Annotated[int, Field(ge=1, le=1000)] = 20
    schedule: schedules.AnySchedule = schedules.Cosine()
    warmup: Probability = Field(default_factory=_usual_warmup)
    swa_start: Probability = 1.0
    swa_fraction: Annotated[float, Field(gt=0, le=1)] = 0.25
    sam_rho: Annotated[float, Field(ge=0, le=10)] = 0.0
    label_smoothing: Probability = 0.0
    augmentation: AugmentationConfig = AugmentationConfig()
    smaller_until: Annotated[
        tuple[tuple[Probability, Annotated[int, Field(ge=8, le=SIDE)]], ...],
        BeforeValidator(_tuples),
        Field(max_length=8),
    ] = ()
    held_out: Annotated[int, Field(ge=0, le=25_000)] = Field(default_factory=_usual_held_out)
    train_examples: Annotated[int, Field(ge=2, le=50_000)] | None = None
    fold_batch_norm: bool = False
    initialisation: Literal["usual", "whitened"] = "usual"
    shuffled: Shuffled = "nothing"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    precision: Literal["auto", "float32", "bfloat16"] = "auto"

    @field_validator("network")
    @classmethod
    def _takes_the_pictures(cls, network: NetworkSpec, info: ValidationInfo) -> NetworkSpec:
        check_network(network, SOURCES[info.data.get("dataset", "cifar10")])
        return network

    @model_validator(mode="after")
    def _can_be_trained(self) -> TrainingConfig:
        for _, side in self.smaller_until:
            check_smaller(self.network, side)
        if self.held_out > (most := self.source.train_pictures - 2):
            raise InvalidSpec(
                "held_out",
                "Too few pictures are left to train on: hold out at most {most}.",
                {"most": most},
                most,
            )
        if self.batch_size == 1:
            check_lone_pictures(self.network)
        if self.initialisation == "whitened":
            check_whitened(self.network)
        return self

    @property
    def source(self) -> Source:
        """What is known of the pictures."""
        return SOURCES[self.dataset]

    @property
    def examples(self) -> int:
        """How many different pictures are trained on."""
        left = self.source.train_pictures - self.held_out
        return left if self.train_examples is None else min(left, self.train_examples)

    @property
    def at_once(self) -> int:
        """Most pictures that go through the network at once in training."""
        return FEW_AT_ONCE if self.sam_rho else AT_ONCE

    @property
    def mirrors(self) -> bool:
        """Whether training pictures are mirrored."""
        return self.augmentation.flip and self.source.mirrored

    def side_at(self, progress: float) -> int:
        """Height and width of the pictures shown after the share `progress` of the steps, in pixels."""
        return next((side for until, side in self.smaller_until if progress < until), SIDE)

    def rate_at(self, step: int, steps: int) -> float:
        """The learning rate of step `step` of `steps`, from 0, as a fraction of its peak."""
        if self.averages_at(step, steps):
            return self.swa_fraction
        return schedules.fraction(self.schedule, self.warmup, step, math.ceil(self.swa_start * steps))

    def averages_at(self, step: int, steps: int) -> bool:
        """Whether the weights after step `step` of `steps`, from 0, are part of an average."""
        return step >= self.swa_start * steps

    def stages(self) -> Iterator[tuple[float, float]]:
        """The shares of the run, from and until, within which pictures are of one size."""
        begin = 0.0
        for until, _ in (*self.smaller_until, (1.0, SIDE)):
            if until > begin:
                yield begin, until
                begin = until

    def batch_of(self, examples: int) -> int:
        """How many pictures a step takes where there are `examples`."""
        return examples if self.batch_size == FULL else min(int(self.batch_size), examples)


def changed(
    config: TrainingConfig,
    *,
    dataset: str | None = None,
    optimizer: str | None = None,
    lr: float | None = None,
    batch_size: int | str | None = None,
    schedule: str | None = None,
    epochs: int | None = None,
    seed: int | None = None,
) -> TrainingConfig:
    """The configuration with what is given in place of its own.

    Another optimizer or schedule comes with its usual hyperparameters, another dataset with its usual number
    of pictures held out.

    Raises:
        ValidationError: no such name, or a number out of its range.
    """
    data = config.model_dump(mode="json")
    given = {"dataset": dataset, "batch_size": batch_size, "epochs": epochs, "seed": seed}
    data |= {name: value for name, value in given.items() if value is not None}
    if data["dataset"] != config.dataset:
        del data["held_out"]
    if optimizer is not None and optimizer != config.optimizer.name:
        data["optimizer"] = {"name": optimizer}
    if lr is not None:
        data["optimizer"]["lr"] = lr
    if schedule is not None and schedule != config.schedule.name:
        data["schedule"] = {"name": schedule}
        del data["warmup"]
    return TrainingConfig.model_validate_json(json.dumps(data))


def fingerprint(config: TrainingConfig, start: bytes | None = None) -> str:
    """What must agree for a checkpoint to be resumed: the whole configuration, and the weights begun with.

    Fields that a later version added are left out while they have their default, so that such a version still
    goes on from the checkpoints of an earlier one.
    """
    text = config.model_dump_json(exclude=_added_later(config))
    return hashlib.sha256(text.encode() + (hashlib.sha256(start).digest() if start else b"")).hexdigest()


def _added_later(spec: Spec) -> dict[str, Any]:
    """What `exclude` of ``model_dump`` takes."""
    left_out: dict[str, Any] = {}
    for name, value in spec:
        if name in getattr(spec, "later", ()) and value == type(spec).model_fields[name].default:
            left_out[name] = True
        elif isinstance(value, Spec) and (inner := _added_later(value)):
            left_out[name] = inner
    return left_out
