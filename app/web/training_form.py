"""The form that starts or forks a run: its fields, what is wrong with them, and what it asks for."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from app.arithmetic.specification import NetworkSpec
from app.engine import recipes
from app.engine.configuration import AugmentationConfig
from app.engine.optimizers import OPTIMIZERS
from app.engine.schedules import SCHEDULES
from app.engine.sources import SOURCES, SourceName
from app.locale import mark as _
from app.runs.config import RunConfig
from app.runs.data import CIFAR10_FILES
from app.settings import Settings
from app.web import json_body
from app.web.plain_form import Texts
from app.web.problem import FieldError, Problem
from app.web.problems import BadField, UnreadableBody
from app.web.runs import ForkBody, RunBody
from app.web.training_fields import Field, fields, own_fields, texts_of, values_of, written
from app.web.training_meanings import MEANINGS

OWN = "own"
"""Stands for a specification of one's own where a network is chosen."""
FILLED = "filled"
"""The hidden field that says with which network's recipe the form was filled in."""
FIRST_NETWORKS: Mapping[SourceName, str] = {"cifar10": "speedrun", "digits": "lenet"}
"""What the form begins with: on two cores the one takes minutes, the other seconds."""
DATASETS: Mapping[SourceName, str] = {"cifar10": _("CIFAR-10"), "digits": _("Handwritten digits")}
ON_DIGITS = {"dataset": "digits", "augmentation.flip": "", "held_out": ""}
FIRST_ON_DIGITS = {**ON_DIGITS, "optimizer": "adamw", "batch_size": "50", "epochs": "10"}
"""Where CIFAR-10 is not on this machine."""
_KINDS: Mapping[str, Mapping[str, type[Any]]] = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES}
_MAIN = ("batch_size", "epochs", "seed", "device")
_ELSEWHERE = ("network", "dataset", "augmentation", *_KINDS, "fold_batch_norm")
"""Fields with a part of the form of their own; of a run that is only watched, no norm is folded."""
_PLAIN = tuple(name for name in RunConfig.model_fields if name not in _ELSEWHERE)


@dataclass(frozen=True)
class Choice:
    """One of several kinds, and the fields that come with it."""

    name: str
    title: str
    is_chosen: bool
    fields: tuple[Field, ...] = ()
    is_here: bool = True
    """Whether what it needs is on this server."""


@dataclass(frozen=True)
class Fork:
    """From which run, and after which of the epochs that are kept."""

    run_id: str
    network: str
    dataset: str
    epochs: tuple[int, ...]
    epoch: int
    error: FieldError | None


@dataclass(frozen=True)
class TrainingForm:
    """The whole form; `sentence` says what is wrong with it that no field shows."""

    networks: tuple[Choice, ...]
    specification: str
    specification_error: FieldError | None
    datasets: tuple[Choice, ...]
    optimizers: tuple[Choice, ...]
    schedules: tuple[Choice, ...]
    main: tuple[Field, ...]
    augmentation: tuple[Field, ...]
    more: tuple[Field, ...]
    more_is_open: bool
    fork: Fork | None
    filled: str
    errors: Mapping[str, FieldError]
    sentence: str
    estimate: str = ""
    """What the run would cost, a sentence, where that was asked."""

    @property
    def meanings(self) -> Mapping[str, str]:
        """What each field means, by its name."""
        return MEANINGS


def first_texts(settings: Settings) -> dict[str, str]:
    """What stands in the form at first: the recipe of a small network, on pictures that are here."""
    dataset: SourceName = "cifar10" if "cifar10" in _here(settings) else "digits"
    shipped = recipes.names(settings.models_dir)
    name = next((name for name in shipped if name == FIRST_NETWORKS[dataset]), shipped[0])
    if dataset == "cifar10":
        return recipe_texts(settings.models_dir, name)
    plain = RunConfig(network=recipes.read(settings.models_dir, name).training.network)
    return {**texts_of_run(plain), "network": name, **FIRST_ON_DIGITS, FILLED: name}


def recipe_texts(models: Path, name: str) -> dict[str, str]:
    """The form filled in with a shipped network's recipe; the number format is this machine's affair.

    Raises:
        UnknownNetwork, BrokenRecipe
    """
    training = recipes.read(models, name).training
    config = RunConfig(**{**dict(training), "precision": "auto"})
    return {**texts_of_run(config), "network": name, FILLED: name}


def texts_of_run(config: RunConfig) -> dict[str, str]:
    """The form filled in with a run's configuration, its network as a specification."""
    texts = {
        "network": OWN,
        "specification": specification(config.network),
        "dataset": config.dataset,
        **texts_of(config, "", _PLAIN),
        **texts_of(config.augmentation, "augmentation", own_fields(AugmentationConfig)),
    }
    for what, kinds in _KINDS.items():
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


def asked(texts: Texts, settings: Settings) -> BaseModel:
    """The request for a run that a form means, as the API takes it.

    Raises:
        RequestValidationError, BadField (the specification is no JSON), InvalidSpec
    """
    network: Any = texts.get("network", "")
    if network == OWN:
        try:
            network = json_body.parse(texts.get("specification", "").encode(), settings.max_json_depth)
        except UnreadableBody as error:
            raise BadField(_("This is not valid JSON."), field="network") from error
        if isinstance(network, str):
            network = {}
    return _validated(RunBody, {"network": network, "dataset": texts.get("dataset"), **_values(texts)})


def changes(texts: Texts) -> tuple[int | None, dict[str, Any]]:
    """The epoch to fork from, and what is other than in the run that is forked: None where a field is empty.

    Raises:
        RequestValidationError, InvalidSpec
    """
    usual = {name: None for name in _PLAIN if texts.get(name) == ""}
    values = {**usual, **_values(texts)} | ({"epoch": _whole(texts["epoch"])} if texts.get("epoch") else {})
    body = _validated(ForkBody, values)
    found: dict[str, Any] = json.loads(body.model_dump_json(exclude_unset=True))
    return found.pop("epoch", None), found


def form(texts: Texts, settings: Settings, problem: Problem | None, fork: Fork | None) -> TrainingForm:
    """The form with these texts, and with what is wrong at the fields."""
    errors = _errors(problem, texts)
    more = fields(RunConfig, "", texts, errors, [name for name in _PLAIN if name not in _MAIN])
    known = {*texts, "network", "specification"}
    unplaced = problem is not None and (not problem.errors or any(name not in known for name in errors))
    return TrainingForm(
        networks=tuple(
            Choice(name, name, name == texts.get("network"))
            for name in (*recipes.names(settings.models_dir), OWN)
        ),
        specification=texts.get("specification", ""),
        specification_error=errors.get("specification"),
        datasets=tuple(
            Choice(name, DATASETS[name], name == texts.get("dataset"), is_here=name in _here(settings))
            for name in SOURCES
        ),
        optimizers=_choices("optimizer", texts, errors),
        schedules=_choices("schedule", texts, errors),
        main=fields(RunConfig, "", texts, errors, _MAIN),
        augmentation=fields(
            AugmentationConfig, "augmentation", texts, errors, own_fields(AugmentationConfig)
        ),
        more=more,
        more_is_open=any(field.error for field in more),
        fork=fork,
        filled=texts.get(FILLED, ""),
        errors=errors,
        sentence=problem.detail if problem and unplaced else "",
    )


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
        changed |= {"network": OWN, "specification": specification(network)}
    if "recipe" in texts:
        changed = _with_recipe(changed, texts["recipe"], settings)
    return changed


def with_way(texts: Texts, settings: Settings) -> dict[str, str]:
    """The texts, with its own recipe for a network that was chosen where nothing else was.

    What the form was filled in with for another network is not asked for it.

    Raises:
        UnknownNetwork, BrokenRecipe
    """
    chosen, filled = texts.get("network", ""), texts.get(FILLED, "")
    shipped = recipes.names(settings.models_dir)
    if chosen == filled or chosen not in shipped or filled not in shipped:
        return dict(texts)
    kept = {name: texts[name] for name in ("seed", "device") if name in texts}
    other = {"network", "specification", "dataset", *ON_DIGITS, *kept}
    for given in (recipe_texts(settings.models_dir, filled), first_texts(settings)):
        if all(texts.get(name, "") == text for name, text in given.items() if name not in other):
            return {**_with_recipe(texts, chosen, settings), **kept}
    return dict(texts)


def _with_recipe(texts: Texts, name: str, settings: Settings) -> dict[str, str]:
    """Filled in with a recipe, for the pictures that are chosen where they are here."""
    filled = recipe_texts(settings.models_dir, name)
    if texts.get("dataset") in _here(settings):
        filled["dataset"] = texts["dataset"]
    if filled["dataset"] not in _here(settings) or filled["dataset"] == "digits":
        filled |= ON_DIGITS
    return {**texts, **filled}


def _here(settings: Settings) -> Collection[SourceName]:
    """The picture sets that are on this server."""
    return [name for name in SOURCES if name != "cifar10" or (settings.data / CIFAR10_FILES).is_dir()]


def _values(texts: Texts) -> dict[str, Any]:
    values = values_of(RunConfig, "", texts, _PLAIN)
    for what, kinds in _KINDS.items():
        chosen = texts.get(what, "")
        kind = kinds.get(chosen)
        values[what] = {"name": chosen, **(values_of(kind, chosen, texts, own_fields(kind)) if kind else {})}
    own = own_fields(AugmentationConfig)
    return {**values, "augmentation": values_of(AugmentationConfig, "augmentation", texts, own)}


def _validated(model: Any, values: dict[str, Any]) -> BaseModel:
    try:
        validated: BaseModel = model.model_validate(values)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
    return validated


def _choices(what: str, texts: Texts, errors: Mapping[str, FieldError]) -> tuple[Choice, ...]:
    chosen = texts.get(what)
    return tuple(
        Choice(name, kind.__name__, name == chosen, fields(kind, name, texts, errors, own_fields(kind)))
        for name, kind in _KINDS[what].items()
    )


def _errors(problem: Problem | None, texts: Texts) -> dict[str, FieldError]:
    """What is wrong by the name of the form's field: `optimizer.lr` is ``adam.lr`` here."""
    found: dict[str, FieldError] = {}
    for error in problem.errors if problem else ():
        first, *rest = error.field.split(".")
        name = error.field
        if first in _KINDS and rest:
            name = f"{texts.get(first, '')}.{rest[0]}"
        elif first in ("network", "layers", "name"):
            name = "specification" if texts.get("network") == OWN else "network"
        elif first != "augmentation":
            name = first
        found.setdefault(name, error)
    return found


def _whole(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def fork_of(
    run_id: str, config: RunConfig, kept: Sequence[int], texts: Texts, problem: Problem | None
) -> Fork:
    """What the form says of the run that it forks."""
    epoch = _whole(texts.get("epoch", ""))
    chosen = epoch if isinstance(epoch, int) else max(kept, default=0)
    error = problem.error_of("epoch") if problem else None
    return Fork(run_id, config.network.name, config.dataset, tuple(kept), chosen, error)


def calmer(config: RunConfig) -> dict[str, str]:
    """The form's texts for the same run with a tenth of its learning rates."""
    kind = config.optimizer.name
    rates = [name for name in ("lr", "other_lr") if hasattr(config.optimizer, name)]
    tenths = {f"{kind}.{name}": float(f"{getattr(config.optimizer, name) / 10:.3g}") for name in rates}
    return {**texts_of_run(config), **{name: written(rate) for name, rate in tenths.items()}}
