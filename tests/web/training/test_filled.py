"""What the form is filled in with: the recipe of the network chosen, or usual values for one's own."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from app.engine.configuration import AugmentationConfig
from app.engine.sources import SOURCES
from app.runs.config import RunConfig
from app.runs.data import CIFAR10_FILES
from app.settings import Settings
from app.web import training_fields, training_filled
from tests.runs.examples import NETWORK
from tests.web.training.place import Place, run_of


def test_a_recipe_is_filled_in_and_layers_are_edited(place: Place) -> None:
    recipe = json.loads((place.settings.models_dir / "lenet" / "recipe.json").read_text())["training"]
    filled = place.send("/training/form", {**place.first(), "recipe": "lenet", "dataset": "digits"})
    assert f'name="epochs"\n             value="{recipe["epochs"]}"' in filled.text
    assert re.search(r'name="dataset" value="digits"[^>]* checked', filled.text), "CIFAR-10 is not here"
    edited = place.send("/training/form", {**place.first(), "edit": "mlp"})
    written = re.search(r"<textarea[^>]*>(.*?)</textarea>", edited.text, re.DOTALL)
    assert written
    own = {**place.first(), "network": "own", "specification": html.unescape(written[1])}
    assert run_of(place, place.send("/training", own)).config.network.name == "mlp"


def test_another_network_is_trained_as_its_recipe_says_where_nothing_else_was_asked(place: Place) -> None:
    models = place.settings.models_dir
    filled = {**training_filled.recipe_texts(models, "speedrun"), **training_filled.ON_DIGITS}
    run = run_of(place, place.send("/training", {**filled, "network": "lenet", "seed": "7"}))
    lenet = training_filled.recipe_texts(models, "lenet")
    asked = training_filled.texts_of_run(run.config)
    others = {"network", "specification", "seed", *training_filled.ON_DIGITS}
    assert {name for name in asked if asked[name] != lenet[name]} <= others
    assert run.config.seed == 7
    assert (run.config.network.name, run.config.dataset) == ("lenet", "digits")
    changed = {**filled, "network": "tinyvgg", "epochs": "3"}
    other = run_of(place, place.send("/training", changed)).config
    assert (other.network.name, other.epochs, other.optimizer.name) == ("tinyvgg", 3, "muon")


def test_a_network_of_ones_own_does_not_get_a_recipe_that_was_made_for_another(place: Place) -> None:
    speedrun = training_filled.recipe_texts(place.settings.models_dir, "speedrun")
    filled = {**speedrun, **training_filled.ON_DIGITS}
    own = {**filled, "network": "own", "specification": json.dumps(NETWORK), "seed": "7"}
    config = run_of(place, place.send("/training", own)).config
    unmirrored = AugmentationConfig(flip=False)  # a mirrored digit is none
    assert config == RunConfig(network=config.network, dataset="digits", seed=7, augmentation=unmirrored)
    asked = place.send("/training/form", {**filled, "network": "own", "recipe": "own", "epochs": "3"})
    assert re.search(r'name="optimizer" value="adamw"[^>]* checked', asked.text)
    changed = place.send("/training", {**own, "epochs": "3"})
    assert changed.status_code == 422
    assert '<a href="#smaller_until-wrong">' in changed.text


def test_an_address_that_names_a_network_has_the_form_filled_in_for_it(place: Place) -> None:
    own = {"network": "own", "specification": json.dumps(NETWORK), "epochs": "3"}
    texts = training_filled.asked_for(own, place.settings)
    assert (texts["optimizer"], texts["epochs"], texts["smaller_until"]) == ("adamw", "3", "")
    texts = training_filled.asked_for({"network": "tinyvgg", "batch_size": "20"}, place.settings)
    recipe = training_filled.recipe_texts(place.settings.models_dir, "tinyvgg")
    assert (texts["epochs"], texts["batch_size"]) == (recipe["epochs"], "20")


def test_layers_that_are_edited_come_with_their_recipe(place: Place) -> None:
    speedrun = training_filled.recipe_texts(place.settings.models_dir, "speedrun")
    texts = training_filled.with_use({**speedrun, "edit": "mlp"}, place.settings)
    mlp = training_filled.recipe_texts(place.settings.models_dir, "mlp")
    ours = {"network", "dataset", "filled", *training_filled.ON_DIGITS}
    assert {name: text for name, text in texts.items() if name not in ours} == {
        name: text for name, text in mlp.items() if name not in ours
    }
    assert texts["network"] == "own"
    assert training_filled.with_way(texts, place.settings) == texts
    other = training_filled.with_way({**texts, "network": "tinyvgg"}, place.settings)
    tinyvgg = training_filled.recipe_texts(place.settings.models_dir, "tinyvgg")
    assert {name for name, text in other.items() if text != tinyvgg.get(name, "")} <= ours - {"filled"}


@pytest.mark.parametrize("name", ["convnet", "lenet", "mlp", "speedrun", "tinyvgg"])
@pytest.mark.parametrize("dataset", ["cifar10", "digits"])
def test_a_network_of_ones_own_and_back_is_the_recipe_again(place: Place, name: str, dataset: str) -> None:
    recipe = {**training_filled.recipe_texts(place.settings.models_dir, name), "dataset": dataset}
    own = training_filled.with_way({**recipe, "network": "own"}, place.settings)
    assert (own["optimizer"], own["filled"]) == ("adamw", "own")
    back = training_filled.with_way({**own, "network": name}, place.settings)
    same = {"dataset", "duel", "specification", *training_filled.ON_DIGITS}
    assert {key for key, text in back.items() if text != recipe.get(key, "")} <= same
    changed = training_filled.with_way({**own, "network": name, "epochs": "3"}, place.settings)
    assert (changed["optimizer"], changed["epochs"]) == ("adamw", "3")


def test_a_recipe_leaves_the_pictures_that_were_chosen(tmp_path: Path) -> None:
    (tmp_path / CIFAR10_FILES).mkdir(parents=True)
    everything, digits_alone = Settings(data=tmp_path), Settings(data=tmp_path / "none")
    for settings, chosen, left in (
        (everything, "digits", "digits"),
        (everything, "cifar10", "cifar10"),
        (everything, "", "cifar10"),
        (digits_alone, "cifar10", "digits"),
    ):
        texts = {**training_filled.first_texts(settings), "dataset": chosen, "recipe": "convnet"}
        filled = training_filled.with_use(texts, settings)
        assert (filled["dataset"], filled["filled"]) == (left, "convnet")
        assert (filled["augmentation.flip"] == "on") is (left == "cifar10")


def test_an_emptied_field_means_what_it_then_shows(place: Place) -> None:
    """Of a shipped network that is what its recipe says, which the form showed before."""
    recipe = training_filled.recipe_texts(place.settings.models_dir, "lenet")
    texts = {**recipe, **training_filled.ON_DIGITS}
    typed = ("batch_size", "epochs", "augmentation.crop_padding")
    of_optimizer = [name for name in texts if name.startswith(f"{recipe['optimizer']}.") and texts[name]]
    names = [name for name in (*typed, *of_optimizer) if texts[name] != training_fields.ON]
    emptied = {**texts, **dict.fromkeys(names, "")}
    page = place.send("/training/form", emptied).text
    for name in names:
        assert re.search(rf'name="{re.escape(name)}"\s+value=""[^>]*placeholder="{recipe[name]}"', page), name
    assert run_of(place, place.send("/training", emptied)).config == (
        run_of(place, place.send("/training", texts)).config
    )


def test_what_goes_by_pictures_and_schedule_is_usual_where_it_is_emptied(place: Place) -> None:
    """Either may be chosen after the form was written, and grey words with it."""
    recipe = training_filled.recipe_texts(place.settings.models_dir, "convnet")
    texts = {**recipe, **training_filled.ON_DIGITS, "schedule": "one_cycle", "warmup": "", "held_out": ""}
    page = place.send("/training/form", texts).text
    for name in ("warmup", "held_out"):
        assert re.search(rf'name="{name}"\s+value=""[^>]*placeholder="usual"', page), name
    config = run_of(place, place.send("/training", texts)).config
    assert (config.warmup, config.held_out) == (0.3, SOURCES["digits"].held_out)


def test_an_emptied_field_of_a_network_of_ones_own_has_its_usual_value(place: Place) -> None:
    own = {"network": "own", "specification": json.dumps(NETWORK), "dataset": "digits", "optimizer": "sgd"}
    texts = {**training_filled.asked_for(own, place.settings), "sgd.lr": "", "batch_size": ""}
    page = place.send("/training/form", texts).text
    assert re.search(r'name="sgd.lr"\s+value=""[^>]*placeholder="0.1"', page)
    assert re.search(r'name="batch_size"\s+value=""[^>]*placeholder="usual"', page)
    config = run_of(place, place.send("/training", texts)).config
    assert (config.optimizer.lr, config.batch_size) == (0.1, 50)


def test_it_is_said_where_values_were_filled_in_for_another_network(place: Place) -> None:
    """Where something else was changed, another network keeps what stands in the form."""
    lenet = {**training_filled.recipe_texts(place.settings.models_dir, "lenet"), **training_filled.ON_DIGITS}
    changed = {**lenet, "epochs": "3", "network": "mlp"}
    page = place.send("/training/form", changed).text
    assert "These values were filled in for lenet, not for mlp." in page
    assert "Fill in the recipe of mlp" in page
    own = {**changed, "network": "own", "specification": json.dumps(NETWORK)}
    assert "for lenet, not for a network of your own." in place.send("/training/form", own).text
    for silent in (lenet, {**lenet, "network": "mlp"}, {**changed, "recipe": "mlp"}):
        assert "These values were filled in for" not in place.send("/training/form", silent).text
