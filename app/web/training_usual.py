"""What a field of the form means where it is emptied, which then stands in it in grey."""

from __future__ import annotations

from collections.abc import Mapping

from app.engine import recipes
from app.engine.configuration import AugmentationConfig
from app.runs.config import RunConfig
from app.settings import Settings
from app.web.plain_form import Texts
from app.web.training_fields import own_fields, usual_of
from app.web.training_filled import KINDS, PLAIN, recipe_texts

_DECIDED = ("held_out", "warmup")
"""Go by the pictures and the schedule that are chosen, also after the form was written."""


def usual_texts(texts: Texts, settings: Settings) -> Mapping[str, str]:
    """By the names of the form's fields: of a shipped network its recipe's values, else those of any run.

    Left out is what other fields decide, and what says something by being empty.
    """
    found = usual_of(RunConfig, "", PLAIN)
    found |= usual_of(AugmentationConfig, "augmentation", own_fields(AugmentationConfig))
    for kinds in KINDS.values():
        for name, kind in kinds.items():
            found |= usual_of(kind, name, own_fields(kind))
    network = texts.get("network", "")
    if texts.get("fork") or network not in recipes.names(settings.models_dir):
        return {name: text for name, text in found.items() if text}
    recipe = recipe_texts(settings.models_dir, network)
    return {name: recipe[name] for name in found if name not in _DECIDED and recipe[name]}


def with_usual(texts: Texts, settings: Settings) -> dict[str, str]:
    """The texts with what those mean that are empty."""
    usual = usual_texts(texts, settings)
    return {**texts, **{name: text for name, text in usual.items() if not texts.get(name)}}
