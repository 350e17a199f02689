"""From a committed configuration to a network on disk: ``models/<name>/recipe.json`` is how it is trained.

PyTorch is imported where a network is shipped: a server reads recipes while it has not loaded it yet.
"""

from __future__ import annotations

import hashlib
import json
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr, ValidationError

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.fields import Spec
from app.arithmetic.specification import NetworkSpec
from app.engine import checkpoints
from app.engine.checkpoints import Card, Normalisation, Title, UnknownNetwork
from app.engine.configuration import TrainingConfig

if TYPE_CHECKING:
    import torch

    from app.engine.training import Finished

RECIPE = "recipe.json"


CHANGING = frozenset(
    {
        "optimizer",
        "batch_size",
        "epochs",
        "schedule",
        "warmup",
        "swa_start",
        "swa_fraction",
        "sam_rho",
        "label_smoothing",
        "augmentation",
        "smaller_until",
        "seed",
    }
)
"""What trainings of one network on the same pictures may differ in."""


class Recipe(Spec):
    """A network's title and everything that decides its weights.

    `then` is what differs, from `training`, in each training that follows: it begins with the weights that
    the one before ended with.
    """

    title: Title
    training: TrainingConfig
    then: tuple[dict[str, Any], ...] = ()
    _parts: tuple[TrainingConfig, ...] = PrivateAttr()

    def model_post_init(self, _context: object, /) -> None:
        if fixed := sorted({name for changes in self.then for name in changes} - CHANGING):
            raise InvalidSpec(
                "then", "Trainings that follow cannot differ in {names}.", {"names": ", ".join(fixed)}
            )
        whole = self.training.model_dump(mode="json") if self.then else {}
        following = (json.dumps({**whole, **changes}) for changes in self.then)
        self._parts = (self.training, *map(TrainingConfig.model_validate_json, following))

    @property
    def parts(self) -> tuple[TrainingConfig, ...]:
        """The first training and those that follow it."""
        return self._parts


class BrokenRecipe(ValueError):
    """A recipe that does not say what it must."""


def names(models: Path) -> list[str]:
    """The networks that there is a recipe of, in order."""
    return sorted(path.parent.name for path in models.glob(f"*/{RECIPE}"))


def read(models: Path, name: str) -> Recipe:
    """The recipe of the network `name`.

    Raises:
        UnknownNetwork: there is none.
        BrokenRecipe: it cannot be read.
    """
    available = {path.parent.name: path for path in models.glob(f"*/{RECIPE}")}
    if name not in available:
        raise UnknownNetwork(name)
    try:
        return Recipe.model_validate_json(available[name].read_bytes())
    except (ValidationError, InvalidSpec) as error:
        raise BrokenRecipe(f"{available[name]}: {error}") from error


def altered(recipe: Recipe, config: TrainingConfig, name: str | None = None) -> Recipe:
    """The recipe with another configuration, as the network `name`.

    Without a name it keeps its own, except on other pictures than its own: what a network learned of digits
    does not take the place of what it learned of CIFAR-10. What follows goes with what it follows: it is left
    out where more than the seed is another.

    Raises:
        ValidationError: the name is none for a network.
    """
    network, title = config.network, recipe.title
    if config.dataset != recipe.training.dataset:
        name = name or f"{network.name}-{config.dataset}"
        title = Title(en=f"{title.en}, on {config.dataset}", ko=f"{title.ko} ({config.dataset})")
    if name is not None:
        network = NetworkSpec.model_validate_json(json.dumps({**network.dump(), "name": name}))
    is_itself = config.model_copy(update={"seed": recipe.training.seed}) == recipe.training
    training = config.model_copy(update={"network": network})
    return Recipe(title=title, training=training, then=recipe.then if is_itself else ())


def ship(
    models: Path,
    recipe: Recipe,
    finished: Finished,
    held_out_accuracy: float | None,
    data: Path,
    command: str,
    device: torch.device,
) -> Card:
    """Writes the trained network's folder. This is where the test set is looked at, once."""
    import torch  # noqa: PLC0415

    from app.engine import datasets  # noqa: PLC0415
    from app.engine.evaluation import accuracy  # noqa: PLC0415
    from app.engine.folding import fold_batch_norm  # noqa: PLC0415
    from app.engine.shuffling import test_pictures  # noqa: PLC0415

    config, source = recipe.training, recipe.training.source
    network, built = config.network, finished.network
    if config.fold_batch_norm:
        network, built = fold_batch_norm(network, built)
    weights = checkpoints.weights_of(built)
    test = test_pictures(datasets.load(source.name, data, train=False), config.shuffled)
    card = Card(
        name=network.name,
        title=recipe.title,
        classes=list(source.classes),
        normalisation=Normalisation(mean=source.mean, std=source.std),
        test_accuracy=accuracy(built, test),
        dataset=source.name,
        shuffled_pixels=config.shuffled == "pixels",
        held_out_accuracy=held_out_accuracy,
        parameters=sum(parameter.numel() for parameter in built.parameters()),
        sha256=hashlib.sha256(weights).hexdigest(),
        seed=config.seed,
        epochs=sum(part.epochs for part in recipe.parts),
        command=command,
        trained_seconds=round(finished.seconds, 1),
        device=describe(device),
        torch_version=torch.__version__,
    )
    checkpoints.save(models, network, weights, card)
    return card


def describe(device: torch.device) -> str:
    """The device in words: ``CPU, 2 threads, x86_64`` or the accelerator's own name."""
    import torch  # noqa: PLC0415

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"CPU, {threads} thread{'s' if threads > 1 else ''}, {platform.machine()}"
    return device.type
