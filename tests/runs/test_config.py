"""What a run is asked to do: read back as it was, changed for a fork, bounded before it is allocated."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.fields import Spec
from app.engine import recipes
from app.engine.configuration import TrainingConfig
from app.runs.config import RunConfig, checked, request_model, requested
from app.settings import Settings
from tests.runs.examples import NETWORK, body, config

MODELS = Settings().models_dir
REQUEST = request_model("Request", Spec)


def test_a_configuration_reads_back_unchanged() -> None:
    asked = config(smaller_until=[], optimizer={"name": "adam", "betas": [0.8, 0.9]}, batch_size="full")
    assert RunConfig.model_validate_json(asked.model_dump_json()) == asked
    assert checked(asked.dump()) == asked
    assert asked.training == TrainingConfig(**dict(asked.training))


def test_a_shipped_network_is_trained_as_its_recipe_says_it_is_built() -> None:
    asked = REQUEST.model_validate({"network": "tinyvgg", "epochs": 3, "dataset": "digits"})
    meant = requested(asked, MODELS)
    assert any(layer.type == "batch_norm2d" for layer in meant.network.layers)
    assert (meant.epochs, meant.dataset, meant.held_out) == (3, "digits", meant.source.held_out)


@pytest.mark.parametrize("name", sorted(path.parent.name for path in MODELS.glob("*/recipe.json")))
def test_what_is_left_out_of_a_shipped_network_is_as_in_its_recipe(name: str) -> None:
    recipe = recipes.read(MODELS, name).training
    meant = requested(REQUEST.model_validate({"network": name}), MODELS).training
    of_the_machine = {"precision": "auto", "fold_batch_norm": False, "seed": 0}
    assert meant == recipe.model_copy(update=of_the_machine)
    own = {"optimizer": {"name": "adam"}, "schedule": {"name": "constant"}, "dataset": "digits"}
    changed = requested(REQUEST.model_validate({"network": name, **own}), MODELS)
    assert (changed.optimizer.name, changed.schedule.name, changed.warmup) == ("adam", "constant", 0.0)
    assert (changed.epochs, changed.batch_size) == (recipe.epochs, recipe.batch_size)
    assert changed.held_out == changed.source.held_out


def test_what_is_left_out_is_as_the_engine_has_it() -> None:
    meant = requested(REQUEST.model_validate({"network": NETWORK}), Path("nowhere"))
    plain = TrainingConfig(network=meant.network)
    assert meant.training == plain


def test_a_changed_schedule_comes_with_its_usual_warm_up() -> None:
    origin = config(warmup=0.5)
    assert origin.with_changes({"epochs": 9}).warmup == 0.5
    assert origin.with_changes({"schedule": {"name": "cosine"}}).warmup == config().warmup
    assert origin.with_changes({"schedule": {"name": "cosine"}, "warmup": 0.25}).warmup == 0.25


def test_a_change_to_nothing_is_one_to_the_usual_value() -> None:
    origin = config(warmup=0.5, train_examples=100, held_out=10, batch_size=7)
    changed = origin.with_changes(dict.fromkeys(("warmup", "train_examples", "held_out", "batch_size")))
    assert changed == config().with_changes(
        dict.fromkeys(("warmup", "train_examples", "held_out", "batch_size"))
    )
    assert (changed.train_examples, changed.warmup) == (None, 0.2)


def test_changes_that_do_not_go_together_are_refused_at_their_field() -> None:
    with pytest.raises(InvalidSpec) as caught:
        config().with_changes({"smaller_until": [[0.5, 24]]})
    assert caught.value.field == "smaller_until"


def test_the_bound_on_memory_goes_by_what_the_engine_takes_at_once() -> None:
    wide = {"type": "conv2d", "out_channels": 400, "kernel_size": 1}
    network = {**NETWORK, "layers": [wide, {"type": "flatten"}, {"type": "linear", "out_features": 10}]}
    assert checked(body(network=network, batch_size="full")).batch_size == "full"
    wider = {**NETWORK, "layers": [{**wide, "out_channels": 500}, *network["layers"][1:]]}
    with pytest.raises(InvalidSpec) as caught:
        checked(body(network=wider, batch_size="full"))
    assert caught.value.field == "batch_size"
    assert checked(body(network=wider, batch_size=caught.value.nearest)).batch_size == caught.value.nearest
    assert checked(body(network=wider, batch_size="full", sam_rho=0.1)).batch_size == "full"
