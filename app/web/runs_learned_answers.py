"""What is answered about what a run has learned, as its description says it."""

from __future__ import annotations

from pydantic import BaseModel, Field

from app.engine.filters import Filters
from app.engine.outcomes import Outcome
from app.web.runs_answers import EXAMPLE_ID
from app.web.runs_dependencies import Kept

Kernel = list[list[list[float | None]]]


class FiltersAnswer(BaseModel):
    """The first filters of a network after an epoch, 64 at most."""

    epoch: int = Field(examples=[2])
    address: str = Field(description="Of their layer.", examples=["0"])
    name: str = Field(examples=["conv2d_1"])
    shape: list[int] = Field(
        description="[K, C, height, width]. A row of a dense layer is as large as the picture.",
        examples=[[16, 3, 3, 3]],
    )
    kernels: list[Kernel] = Field(description="Numbers of five digits, in the order of the shape.")


class ConfusionAnswer(BaseModel):
    """What a network takes the test pictures for after an epoch."""

    epoch: int = Field(examples=[2])
    classes: list[str] = Field(examples=[["cat", "dog"]])
    matrix: list[list[int]] = Field(
        description="Pictures, by their class (rows) and the class predicted (columns).",
        examples=[[[812, 188], [231, 769]]],
    )
    accuracy: float = Field(description="The fraction on the diagonal.", examples=[0.7905])


class MistakeAnswer(BaseModel):
    """A test picture that is taken for something else."""

    index: int = Field(description="Among the test pictures.", examples=[4711])
    label: str = Field(examples=["cat"])
    predicted: str = Field(examples=["dog"])
    probability: float | None = Field(description="Of the class predicted.", examples=[0.998])
    image: str = Field(
        description="A 32 × 32 PNG.", examples=[f"/api/v1/runs/{EXAMPLE_ID}/pictures/4711.png"]
    )


class MistakesAnswer(BaseModel):
    """The most confident mistakes on the test pictures after an epoch."""

    epoch: int = Field(examples=[2])
    mistakes: list[MistakeAnswer] = Field(description="The surest first, 24 at most.")


def filters_answer(kept: Kept, filters: Filters) -> FiltersAnswer:
    return FiltersAnswer(
        epoch=kept.epoch,
        address=filters.address,
        name=filters.name,
        shape=list(filters.kernels.shape),
        kernels=filters.rounded(),
    )


def confusion_answer(kept: Kept, outcome: Outcome) -> ConfusionAnswer:
    return ConfusionAnswer(
        epoch=kept.epoch,
        classes=list(kept.run.config.source.classes),
        matrix=[list(row) for row in outcome.matrix],
        accuracy=outcome.accuracy,
    )


def mistakes_answer(kept: Kept, outcome: Outcome) -> MistakesAnswer:
    classes = kept.run.config.source.classes
    mistakes = [
        MistakeAnswer(
            index=mistake.index,
            label=classes[mistake.label],
            predicted=classes[mistake.predicted],
            probability=mistake.probability,
            image=f"/api/v1/runs/{kept.run.id}/pictures/{mistake.index}.png",
        )
        for mistake in outcome.mistakes
    ]
    return MistakesAnswer(epoch=kept.epoch, mistakes=mistakes)
