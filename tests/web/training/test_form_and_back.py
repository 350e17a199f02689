"""The form of a run says all of the run."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.optimizers import OPTIMIZERS
from app.engine.schedules import SCHEDULES
from app.runs.config import RunConfig, requested
from app.settings import Settings
from app.web import training_filled, training_form
from tests.runs.examples import config


def numbers(kind: Any) -> st.SearchStrategy[Any]:
    """Configurations of a kind, far from their defaults."""
    fields: dict[str, Any] = {}
    for name, info in kind.model_fields.items():
        if info.annotation is bool:
            fields[name] = st.booleans()
        elif name in ("lr", "weight_decay", "eps", "other_lr"):
            fields[name] = st.floats(1e-12, 1, exclude_min=True)
        elif name == "betas":
            fields[name] = st.tuples(st.floats(0, 0.9999), st.floats(0, 0.9999))
        elif name == "milestones":
            fields[name] = st.lists(st.floats(0, 1), max_size=4).map(tuple)
        elif name == "anneal_strategy":
            fields[name] = st.sampled_from(["cos", "linear"])
    return st.builds(kind, **fields)


@settings(max_examples=80, deadline=None)
@given(
    optimizer=st.sampled_from(list(OPTIMIZERS.values())).flatmap(numbers),
    schedule=st.sampled_from(list(SCHEDULES.values())).flatmap(numbers),
    batch_size=st.integers(2, 50_000) | st.just("full"),
    seed=st.integers(0, 2**31 - 1),
    cutout=st.integers(0, 31),
    held_out=st.integers(0, 1000),
    train_examples=st.none() | st.integers(2, 1000),
    swa_start=st.floats(0, 1),
    swa_fraction=st.floats(0, 1, exclude_min=True),
    sam_rho=st.floats(0, 10),
)
def test_a_run_comes_back_from_its_form_unchanged(**values: Any) -> None:
    cutout = values.pop("cutout")
    if getattr(values["optimizer"], "nesterov", False):
        values["optimizer"] = values["optimizer"].model_copy(update={"dampening": 0.0})
    asked = config(batch_size=64)
    run = asked.model_copy(
        update={**values, "augmentation": asked.augmentation.model_copy(update={"cutout": cutout})}
    )
    texts = training_filled.texts_of_run(run)
    again = requested(training_form.asked(texts, Settings()), Settings().models_dir)
    assert again == RunConfig.model_validate_json(run.model_dump_json())
