"""A server whose activations are asked for, and what is known about its networks and pictures."""

from __future__ import annotations

import io
import json
import shutil
import time
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import numpy.typing as npt

from app.engine import checkpoints
from app.pictures.picture import Picture
from app.pictures.store import PictureStore
from app.settings import Settings
from app.web import activations, activations_page, images, networks, operations
from app.web.activations_answers import ActivationsAnswer
from tests import small_networks
from tests.web.conftest import Server

FEATURES = (
    operations.feature,
    images.feature,
    activations.feature,
    activations_page.feature,
    networks.feature,
)
SHIPPED = Settings().models_dir
SHIPPED_NAMES = checkpoints.names(SHIPPED)
SMALL_NAMES = ["everything", "plain"]
CLIENTS = 16
POINTWISE: small_networks.Layers = (
    {"type": "conv2d", "out_channels": 8, "kernel_size": 1},
    {"type": "relu"},
    {"type": "max_pool2d", "kernel_size": 32},
    {"type": "flatten"},
    {"type": "linear", "out_features": 10},
)
"""Whose maps of a picture of one colour are of one value."""

Pixels = npt.NDArray[np.uint8]


class Place:
    """A server with its models and its picture folder, and a client of it."""

    def __init__(self, base: str, models: Path, store: PictureStore) -> None:
        self.models = models
        self.store = store
        self.base = base
        self.client = httpx2.Client(base_url=base, timeout=60)

    def for_another(self) -> Place:
        """The same with a client of its own."""
        return Place(self.base, self.models, self.store)

    def keep(self, pixels: Pixels) -> str:
        return self.store.put(Picture(pixels)).id

    def get(self, path: str, **query: Any) -> httpx2.Response:
        return self.client.get(path, params=query)

    def activations(self, name: str, image: str, **query: Any) -> dict[str, Any]:
        answer = self.get(f"/networks/{name}/activations", image=image, **query)
        assert answer.status_code == 200, answer.text
        ActivationsAnswer.model_validate_json(answer.content)
        found: dict[str, Any] = json.loads(answer.content, parse_constant=refuse)
        return found

    def values(self, name: str, layer: str, image: str, **query: Any) -> npt.NDArray[np.float32]:
        answer = self.get(f"/networks/{name}/activations/{layer}.npy", image=image, **query)
        assert answer.status_code == 200, answer.text
        found: npt.NDArray[np.float32] = np.load(io.BytesIO(answer.content), allow_pickle=False)
        return found


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} in JSON")


def pixels(seed: int, height: int = 32, width: int = 32) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def write_models(folder: Path) -> None:
    """The shipped networks, and two small ones that have every layer type."""
    for name in SHIPPED_NAMES:
        shutil.copytree(SHIPPED / name, folder / name)
    small_networks.write(folder, "everything", small_networks.EVERYTHING)
    small_networks.write(folder, "plain", small_networks.PLAIN)
    small_networks.write(folder, "pointwise", POINTWISE)


def ready(server: Server) -> None:
    deadline = time.monotonic() + 60
    while httpx2.get(f"http://127.0.0.1:{server.port}/readyz").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


class serve:  # noqa: N801  used as a function
    """``with serve(folder) as place:``, on the models and the pictures in a folder."""

    def __init__(self, folder: Path, **options: Any) -> None:
        url = f"file://{folder}/pictures"
        self.server = Server(FEATURES, models_dir=folder / "models", pictures_url=url, **options)
        self.folder = folder
        self.url = url

    def __enter__(self) -> Place:
        self.server.__enter__()
        ready(self.server)
        base = f"http://127.0.0.1:{self.server.port}/api/v1"
        return Place(base, self.folder / "models", PictureStore(self.url, 3600, 10**9))

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()


def close_to(made: npt.NDArray[np.float32], expected: npt.NDArray[Any]) -> bool:
    largest = float(np.abs(expected).max())
    return made.shape == expected.shape and bool(np.allclose(made, expected, rtol=1e-5, atol=1e-5 * largest))
