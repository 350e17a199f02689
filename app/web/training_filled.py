"""What stands in the form of a run: a recipe, a run's configuration, and what its buttons make of that."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.arithmetic.specification import NetworkSpec
from app.engine import recipes
from app.engine.configuration import AugmentationConfig
from app.engine.optimizers import OPTIMIZERS
from app.engine.schedules import SCHEDULES
from app.engine.sources import SOURCES, SourceName
from app.runs.config import RunConfig
from app.runs.data import CIFAR10_FILES
from app.settings import Settings
from app.web.plain_form import Texts
from app.web.training_fields import own_fields, texts_of, written

OWN = "own"
"""Stands for a specification of one's own where a network is chosen."""
FILLED = "filled"
"""The hidden field that says whose recipe the form was filled in with; of usual values it says `OWN`."""
EDITED = f"{OWN}:"
"""Stands before the recipe's name where the network is that one's, edited."""
FIRST_NETWORKS: Mapping[SourceName, str] = {"cifar10": "speedrun", "digits": "lenet"}
"""What the form begins with: on two cores the one takes minutes, the other seconds."""
ON_DIGITS: Mapping[str, str] = {"dataset": "digits", "augmentation.flip": "", "held_out": ""}
FIRST_ON_DIGITS = {**ON_DIGITS, "optimizer": "adamw", "batch_size": "50", "epochs": "10"}
"""Where CIFAR-10 is not on this machine."""
KINDS: Mapping[str, Mapping[str, type[Any]]] = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES}
"""What there is one of several kinds of, each with fields of its own."""
_ELSEWHERE = ("network", "dataset", "augmentation", *KINDS, "fold_batch_norm")
"""Fields with a part of the form of their own; of a run that is only watched, no norm is folded."""
PLAIN = tuple(name for name in RunConfig.model_fields if name not in _ELSEWHERE)
"""Fields that are filled in by themselves."""


def first_texts(settings: Settings) -> dict[str, str]:
    """What stands in the form at first: the recipe of a small network, on pictures that are here."""
    dataset: SourceName = "cifar10" if "cifar10" in here(settings) else "digits"
    shipped = recipes.names(settings.models_dir)
    name = next((name for name in shipped if name == FIRST_NETWORKS[dataset]), shipped[0])
    if dataset == "cifar10":
        return recipe_texts(settings.models_dir, name)
    plain = RunConfig(network=recipes.read(settings.models_dir, name).training.network)
    return {**texts_of_run(plain), "network": name, **FIRST_ON_DIGITS, FILLED: name}


def asked_for(given: Texts, settings: Settings) -> dict[str, str]:
    """The form that an address asks for: what it gives, and the rest as for the network and pictures in it.

    Raises:
        UnknownNetwork, BrokenRecipe
    """
    named = {name: given[name] for name in ("network", "specification", "dataset") if name in given}
    return {**with_way({**first_texts(settings), **named}, settings), **given}


def recipe_texts(models: Path, name: str) -> dict[str, str]:
    """The form filled in with a shipped network's recipe; the number format is this machine's affair.

    Raises:
        UnknownNetwork, BrokenRecipe
    """
    training = recipes.read(models, name).training
    config = RunConfig(**{**dict(training), "precision": "auto"})
    return {**texts_of_run(config), "network": name, FILLED: name}


def texts_of_own(network: NetworkSpec, dataset: SourceName) -> dict[str, str]:
    """The form filled in for a network of one's own, of which no recipe is known."""
    texts = {**texts_of_run(RunConfig(network=network, dataset=dataset)), FILLED: OWN}
    return {**texts, **ON_DIGITS} if dataset == "digits" else texts


def texts_of_run(config: RunConfig) -> dict[str, str]:
    """The form filled in with a run's configuration, its network as a specification."""
    texts = {
        "network": OWN,
        "specification": specification(config.network),
        "dataset": config.dataset,
        **texts_of(config, "", PLAIN),
        **texts_of(config.augmentation, "augmentation", own_fields(AugmentationConfig)),
    }
    for what, kinds in KINDS.items():
        chosen = getattr(config, what)
        texts[what] = chosen.name
        for name, kind in kinds.items():
            values = chosen if name == chosen.name else kind()
            texts |= texts_of(values, name, own_fields(kind))
    return texts


def specification(network: NetworkSpec) -> str:
    """A network as JSON to read and change: a layer a line."""
    data = network.dump()
    layers = ",\n    ".join(json.dumps(layer) for layer in data["layers"])
    head = f'"name": {json.dumps(data["name"])},\n  "input": {json.dumps(data["input"])}'
    return f'{{\n  {head},\n  "layers": [\n    {layers}\n  ]\n}}'


def with_use(texts: Texts, settings: Settings) -> dict[str, str]:
    """The texts after a button of the form: a nearest value taken, a recipe filled in, a network to edit.

    Raises:
        UnknownNetwork, BrokenRecipe
    """
    changed = {name: text for name, text in texts.items() if name not in ("use", "edit", "recipe")}
    if "use" in texts:
        name, _equals, text = texts["use"].partition("=")
        changed[name] = text
    if "edit" in texts:
        network = recipes.read(settings.models_dir, texts["edit"]).training.network
        changed = with_way({**changed, "network": texts["edit"]}, settings)
        changed |= {"network": OWN, "specification": specification(network), FILLED: EDITED + texts["edit"]}
    if "recipe" in texts:
        changed = _with_recipe(changed, texts["recipe"], settings)
    return changed


def with_way(texts: Texts, settings: Settings) -> dict[str, str]:
    """The texts, with its own recipe for a network that was chosen where nothing else was.

    What the form was filled in with for another network is not asked for it; for a network of one's own what
    is usual is.

    Raises:
        UnknownNetwork, BrokenRecipe
    """
    chosen, origin = texts.get("network", ""), filled_for(texts, settings)
    if not origin:
        return dict(texts)
    kept = {name: texts[name] for name in ("seed", "device") if name in texts}
    other = {"network", "specification", "dataset", FILLED, *ON_DIGITS, *kept}
    own = _usual(texts, settings) if origin == OWN else recipe_texts(settings.models_dir, origin)
    for given in (own, first_texts(settings)):
        if all(texts.get(name, "") == text for name, text in given.items() if name not in other):
            return {**_with_recipe(texts, chosen, settings), **kept}
    return dict(texts)


def filled_for(texts: Texts, settings: Settings) -> str:
    """For which network the form was filled in, where it is another way than that of the one chosen.

    That may be the same network, whose layers were edited before.
    """
    chosen, filled = texts.get("network", ""), texts.get(FILLED, "")
    if chosen in (filled, filled.partition(":")[0]):
        return ""
    origin = filled.removeprefix(EDITED)
    return origin if {chosen, origin} <= {*recipes.names(settings.models_dir), OWN} else ""


def _with_recipe(texts: Texts, name: str, settings: Settings) -> dict[str, str]:
    """Filled in with a recipe, for the pictures that are chosen where they are here."""
    if name == OWN:
        filled = _usual(texts, settings)
    else:
        filled = recipe_texts(settings.models_dir, name)
        if texts.get("dataset") in here(settings):
            filled["dataset"] = texts["dataset"]
        if filled["dataset"] not in here(settings) or filled["dataset"] == "digits":
            filled |= ON_DIGITS
    return {**{name: text for name, text in texts.items() if name != "duel"}, **filled}


def _usual(texts: Texts, settings: Settings) -> dict[str, str]:
    dataset = next((name for name in here(settings) if name == texts.get("dataset")), here(settings)[0])
    first = recipes.read(settings.models_dir, first_texts(settings)["network"]).training.network
    usual = texts_of_own(first, dataset)
    return {**usual, "specification": texts.get("specification", usual["specification"])}


def here(settings: Settings) -> Sequence[SourceName]:
    """The picture sets that are on this server."""
    return [name for name in SOURCES if name != "cifar10" or (settings.data / CIFAR10_FILES).is_dir()]


def calmer(config: RunConfig) -> dict[str, str]:
    """The form's texts for the same run with a tenth of its learning rates."""
    kind = config.optimizer.name
    rates = [name for name in ("lr", "other_lr") if hasattr(config.optimizer, name)]
    tenths = {f"{kind}.{name}": float(f"{getattr(config.optimizer, name) / 10:.3g}") for name in rates}
    return {**texts_of_run(config), **{name: written(rate) for name, rate in tenths.items()}}
