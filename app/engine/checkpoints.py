"""A network on disk: ``models/<name>/`` with network.json, weights.safetensors and card.json.

No pickle anywhere. Weights are read only if their SHA-256 is the card's and their names and shapes are those
of the specification. PyTorch is imported where weights are touched: reading a card must not take its seconds.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field, ValidationError
from safetensors import SafetensorError

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.fields import Probability, Spec
from app.arithmetic.specification import NetworkSpec
from app.engine.durable import write_atomically
from app.engine.sources import SourceName
from app.locale import mark as _

if TYPE_CHECKING:
    from torch import nn

WEIGHTS, NETWORK, CARD = "weights.safetensors", "network.json", "card.json"
MAX_WEIGHTS_BYTES = 500_000_000


class UnknownNetwork(LookupError):
    """No network of that name is in the models folder.

    Attributes:
        nearest: the name most like it, or None where there is no network at all.
    """

    message = _("There is no network of this name.")
    field = "name"

    def __init__(self, name: str, known: Iterable[str] = ()) -> None:
        self.name = name
        self.nearest = next(iter(difflib.get_close_matches(name[:100], list(known), 1, cutoff=0)), None)
        super().__init__(f"There is no network called {name}.")


class BrokenNetwork(RuntimeError):
    """A network's folder is incomplete, altered, or its weights do not fit its specification."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"The network {name} cannot be loaded: {reason}.")


class Open(Spec):
    """Closed to nothing: a card may say more than is read here."""

    model_config = ConfigDict(extra="allow", strict=False)


class Title(Spec):
    """What the network is called on pages."""

    en: str
    ko: str


class Normalisation(Open):
    """Subtracted from and divided into values in [0, 1], by channel."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class Facts(Open):
    """What a network is called, what it tells apart, and how it takes its pictures."""

    name: str
    title: Title
    classes: Annotated[list[str], Field(min_length=1)]
    normalisation: Normalisation
    dataset: SourceName = "cifar10"
    shuffled_pixels: bool = False
    """Whether it learned pictures with their pixels shuffled, and takes them so."""


class Card(Facts):
    """Where a network comes from and how good it is.

    `test_accuracy` is a fraction of the test pictures of `dataset` (CIFAR-10's 10,000): one pass, float32, no
    test-time augmentation.
    """

    test_accuracy: Probability
    held_out_accuracy: Probability | None = None
    parameters: int
    sha256: str
    seed: int
    epochs: int
    command: str
    trained_seconds: float
    device: str
    torch_version: str


@dataclasses.dataclass(frozen=True)
class Described:
    """A network without its weights; `digest` changes with anything that changes an activation."""

    name: str
    network: NetworkSpec
    card: Facts
    digest: str


@dataclasses.dataclass(frozen=True)
class Checkpoint(Described):
    """A network read from its folder but not built."""

    card: Card
    folder: Path


def names(models: Path) -> list[str]:
    """The networks in a folder, in alphabetical order."""
    return sorted(path.parent.name for path in models.glob(f"*/{CARD}"))


def find(folders: Sequence[Path], name: str) -> Checkpoint:
    """The network of this name in the first of some folders that has it; as :func:`read`."""
    known = {each: folder for folder in reversed(folders) for each in names(folder)}
    if name not in known:
        raise UnknownNetwork(name, known)
    return read(known[name], name)


def read(models: Path, name: str) -> Checkpoint:
    """Specification and card, without touching the weights.

    Raises:
        UnknownNetwork: there is no such folder.
        BrokenNetwork: a file is missing or does not say what it must.
    """
    known = names(models)
    if name not in known:
        raise UnknownNetwork(name, known)
    folder = models / name
    try:
        specification = (folder / NETWORK).read_bytes()
        network = NetworkSpec.model_validate_json(specification)
        card = Card.model_validate_json((folder / CARD).read_bytes())
    except (OSError, ValidationError, InvalidSpec) as error:
        raise BrokenNetwork(name, "its specification or card is not readable") from error
    parts = (specification, card.sha256.encode(), card.normalisation.model_dump_json().encode())
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
    return Checkpoint(name=name, network=network, card=card, digest=digest, folder=folder)


def load(checkpoint: Checkpoint) -> nn.Sequential:
    """The network with its weights, as :func:`fitted` makes it.

    Raises:
        BrokenNetwork: the weights are missing, altered, or not those of the specification.
    """
    path = checkpoint.folder / WEIGHTS
    try:
        if path.stat().st_size > MAX_WEIGHTS_BYTES:
            raise BrokenNetwork(checkpoint.name, "its weights are too large")
        data = path.read_bytes()
    except OSError as error:
        raise BrokenNetwork(checkpoint.name, "its weights are not readable") from error
    if hashlib.sha256(data).hexdigest() != checkpoint.card.sha256:
        raise BrokenNetwork(checkpoint.name, "its weights are not those its card names")
    return fitted(checkpoint, data)


def fitted(described: Described, weights: bytes) -> nn.Sequential:
    """The network with these weights, float32, in evaluation mode, on the CPU, its parameters frozen.

    Raises:
        BrokenNetwork: they are not those of the specification.
    """
    from safetensors.torch import load as tensors_from_bytes  # noqa: PLC0415

    from app.engine.networks import TooManyParameters, build  # noqa: PLC0415

    try:
        built = build(described.network)
        built.load_state_dict(tensors_from_bytes(weights))
    except TooManyParameters as error:
        raise BrokenNetwork(described.name, str(error)) from error
    except (RuntimeError, SafetensorError) as error:
        raise BrokenNetwork(described.name, "its weights do not fit its specification") from error
    return built.eval().requires_grad_(requires_grad=False)


def weights_of(built: nn.Module) -> bytes:
    """A module's state dict as safetensors, the same bytes for the same weights."""
    from safetensors.torch import save as bytes_of_tensors  # noqa: PLC0415

    return bytes_of_tensors({key: value.cpu().contiguous() for key, value in built.state_dict().items()})


def save(models: Path, network: NetworkSpec, weights: bytes, card: Card) -> Path:
    """Writes a network's folder; the card last, since a folder without one is not listed."""
    folder = models / card.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD).unlink(missing_ok=True)
    write_atomically(folder / WEIGHTS, weights)
    write_atomically(folder / NETWORK, _pretty(network))
    write_atomically(folder / CARD, (card.model_dump_json(indent=2) + "\n").encode())
    return folder


def _pretty(network: NetworkSpec) -> bytes:
    """One layer a line."""
    data = network.dump()
    rows = ",\n    ".join(json.dumps(layer) for layer in data["layers"])
    head = f'{{\n  "name": {json.dumps(data["name"])},\n  "input": {json.dumps(data["input"])},\n'
    return f'{head}  "layers": [\n    {rows}\n  ]\n}}\n'.encode()
