"""The form that starts or forks a run: its fields, what is wrong with them, and what it asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from app.engine import recipes
from app.engine.configuration import AugmentationConfig
from app.engine.sources import SOURCES, SourceName
from app.locale import mark as _
from app.runs.config import RunConfig
from app.settings import Settings
from app.web import json_body
from app.web.plain_form import Texts
from app.web.problem import FieldError, Problem
from app.web.problems import BadField, UnreadableBody
from app.web.runs import ForkBody, RunBody
from app.web.training_fields import Field, fields, own_fields, values_of
from app.web.training_filled import FILLED, KINDS, OWN, PLAIN, filled_for, here
from app.web.training_meanings import MEANINGS
from app.web.training_usual import usual_texts, with_usual

DATASETS: Mapping[SourceName, str] = {"cifar10": _("CIFAR-10"), "digits": _("Digits (handwritten)")}
_MAIN = ("batch_size", "epochs", "seed", "device")


@dataclass(frozen=True)
class Choice:
    """One of several kinds, and the fields that come with it."""

    name: str
    title: str
    is_chosen: bool
    fields: tuple[Field, ...] = ()
    is_here: bool = True
    """Whether what it needs is on this server."""
    trainings: int = 1
    """How many the recipe of a shipped network has, told of the one that is chosen."""


@dataclass(frozen=True)
class Fork:
    """From which run, and after which of the epochs that are kept."""

    run_id: str
    title: str
    epochs: tuple[int, ...]
    epoch: int
    error: FieldError | None


@dataclass(frozen=True)
class OfDuel:
    """A run of a duel by the name of both; the duel's name and question, and what the run is called there."""

    asked: str
    name: str
    question: str
    run: str


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
    filled_for: str
    """For which network it was filled in, where another is chosen."""
    errors: Mapping[str, FieldError]
    sentence: str
    estimate: str = ""
    """What the run would cost, a sentence, where that was asked."""
    duel: OfDuel | None = None
    """Where the form is filled in with a run of a duel."""

    @property
    def network(self) -> str:
        """The one that is chosen; empty where that is none."""
        return next((each.name for each in self.networks if each.is_chosen), "")

    @property
    def meanings(self) -> Mapping[str, str]:
        """What each field means, by its name."""
        return MEANINGS


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
            raise _no_json(error) from error
        if isinstance(network, str):
            network = {}
    values = _values(with_usual(texts, settings))
    return _validated(RunBody, {"network": network, "dataset": texts.get("dataset"), **values})


def _no_json(error: UnreadableBody) -> BadField:
    """What is said of a specification that cannot be read, and where that is seen, if it is known."""
    cause = error.__cause__
    if not isinstance(cause, json.JSONDecodeError):
        return BadField(_("This is not valid JSON."), field="network")
    if not cause.doc.strip():
        return BadField(_("This is missing."), field="network")
    place = {"line": cause.lineno, "column": cause.colno}
    return BadField(_("This is not valid JSON: see line {line}, column {column}."), place, field="network")


def changes(texts: Texts) -> tuple[int | None, dict[str, Any]]:
    """The epoch to fork from, and what is other than in the run that is forked: None where a field is empty.

    Raises:
        RequestValidationError, InvalidSpec
    """
    usual = {name: None for name in PLAIN if texts.get(name) == ""}
    values = {**usual, **_values(texts)} | ({"epoch": _whole(texts["epoch"])} if texts.get("epoch") else {})
    body = _validated(ForkBody, values)
    found: dict[str, Any] = json.loads(body.model_dump_json(exclude_unset=True))
    return found.pop("epoch", None), found


def _trainings(network: str, settings: Settings) -> int:
    return 1 if network == OWN else len(recipes.read(settings.models_dir, network).parts)


def form(texts: Texts, settings: Settings, problem: Problem | None, fork: Fork | None) -> TrainingForm:
    """The form with these texts, and with what is wrong at the fields."""
    errors = _errors(problem, texts)
    usual, origin = usual_texts(texts, settings), filled_for(texts, settings)
    more = fields(RunConfig, "", texts, errors, [name for name in PLAIN if name not in _MAIN], usual)
    known = {*texts, "network", "specification"}
    unplaced = problem is not None and (not problem.errors or any(name not in known for name in errors))
    return TrainingForm(
        networks=tuple(
            Choice(
                name,
                name,
                is_chosen := name == texts.get("network"),
                trainings=_trainings(name, settings) if is_chosen else 1,
            )
            for name in (*recipes.names(settings.models_dir), OWN)
        ),
        specification=texts.get("specification", ""),
        specification_error=errors.get("specification"),
        datasets=tuple(
            Choice(name, DATASETS[name], name == texts.get("dataset"), is_here=name in here(settings))
            for name in SOURCES
        ),
        optimizers=_choices("optimizer", texts, errors, usual),
        schedules=_choices("schedule", texts, errors, usual),
        main=fields(RunConfig, "", texts, errors, _MAIN, usual),
        augmentation=fields(
            AugmentationConfig, "augmentation", texts, errors, own_fields(AugmentationConfig), usual
        ),
        more=more,
        more_is_open=any(field.error for field in more),
        fork=fork,
        filled=texts.get(FILLED, ""),
        filled_for="" if origin == texts.get("network") else origin,
        errors=errors,
        sentence=problem.detail if problem and unplaced else "",
    )


def _values(texts: Texts) -> dict[str, Any]:
    values = values_of(RunConfig, "", texts, PLAIN)
    for what, kinds in KINDS.items():
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


def _choices(what: str, texts: Texts, errors: Mapping[str, FieldError], usual: Texts) -> tuple[Choice, ...]:
    chosen = texts.get(what)
    return tuple(
        Choice(
            name, kind.__name__, name == chosen, fields(kind, name, texts, errors, own_fields(kind), usual)
        )
        for name, kind in KINDS[what].items()
    )


def _errors(problem: Problem | None, texts: Texts) -> dict[str, FieldError]:
    """What is wrong by the name of the form's field: `optimizer.lr` is ``adam.lr`` here."""
    found: dict[str, FieldError] = {}
    for error in problem.errors if problem else ():
        first, *rest = error.field.split(".")
        name = error.field
        if first in KINDS and rest:
            name = f"{texts.get(first, '')}.{rest[0]}"
        elif first in ("network", "layers", "name"):
            name = "specification" if texts.get("network") == OWN else "network"
        elif first != "augmentation":
            name = first
        found.setdefault(name, error)
    return found


def _whole(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def fork_of(run_id: str, title: str, kept: Sequence[int], texts: Texts, problem: Problem | None) -> Fork:
    """What the form says of the run that it forks."""
    epoch = _whole(texts.get("epoch", ""))
    chosen = epoch if isinstance(epoch, int) else max(kept, default=0)
    error = problem.error_of("epoch") if problem else None
    return Fork(run_id, title, tuple(kept), chosen, error)
