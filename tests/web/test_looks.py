"""A look is made once for all who ask at the same time, kept while there is room, gone with its picture."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.engine import activations
from app.engine.activations import LoadedNetwork, Trace
from app.engine.inference import Inference
from app.pictures.errors import PictureUnknown
from app.pictures.picture import Picture
from app.pictures.store import PictureStore
from app.web.looks import Looks
from tests import small_networks


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> LoadedNetwork:
    return activations.load(
        small_networks.write(tmp_path_factory.mktemp("models"), "plain", small_networks.PLAIN)
    )


@pytest.fixture
def store(tmp_path: Path) -> PictureStore:
    return PictureStore(f"file://{tmp_path}/pictures", 3600, 10**9)


@pytest.fixture
def inference() -> Iterator[Inference]:
    pool = Inference(threads=2, waiting=32, wait_seconds=5, run_seconds=5, torch_threads=1)
    yield pool
    pool.close()


class Counted:
    """Counts forward passes; each waits until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, held: bool = False) -> None:
        self.passes = 0
        self.opened = threading.Event()
        if not held:
            self.opened.set()
        self._trace = activations.trace
        monkeypatch.setattr(activations, "trace", self)

    def __call__(
        self, network: LoadedNetwork, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    ) -> Trace:
        self.passes += 1
        assert self.opened.wait(10)
        return self._trace(network, pixels)


def keep(store: PictureStore, seed: int) -> str:
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)
    return store.put(Picture(pixels)).id


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


def test_whoever_asks_for_the_same_at_the_same_time_waits_for_the_same_run(
    network: LoadedNetwork, store: PictureStore, inference: Inference, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch, held=True)
    picture = keep(store, 1)

    async def use() -> None:
        looks = Looks(store, inference, 10**8)
        asked = [asyncio.create_task(looks.get(network, picture, None)) for _ in range(16)]
        await until(lambda: counted.passes == 1)
        counted.opened.set()
        found = await asyncio.gather(*asked)
        assert all(look is found[0] for look in found)
        assert await looks.get(network, picture, None) is found[0]
        assert counted.passes == 1

    asyncio.run(use())


def test_one_who_leaves_takes_nothing_from_the_others(
    network: LoadedNetwork, store: PictureStore, inference: Inference, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch, held=True)
    picture = keep(store, 1)

    async def use() -> None:
        looks = Looks(store, inference, 10**8)
        first, second = (asyncio.create_task(looks.get(network, picture, None)) for _ in range(2))
        await until(lambda: counted.passes == 1)
        first.cancel()
        await asyncio.sleep(0)
        counted.opened.set()
        assert (await second).network is network
        assert first.cancelled()

    asyncio.run(use())


def test_when_all_have_left_the_next_one_is_served_afresh(
    network: LoadedNetwork, store: PictureStore, inference: Inference, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch, held=True)
    picture = keep(store, 1)

    async def use() -> None:
        looks = Looks(store, inference, 10**8)
        gone = asyncio.create_task(looks.get(network, picture, None))
        await until(lambda: counted.passes == 1)
        gone.cancel()
        await asyncio.sleep(0)
        next_one = asyncio.create_task(looks.get(network, picture, None))
        counted.opened.set()
        assert (await next_one).network is network

    asyncio.run(use())


def test_a_failure_reaches_everyone_who_waited_and_is_not_kept(
    network: LoadedNetwork, store: PictureStore, inference: Inference
) -> None:
    async def use() -> None:
        looks = Looks(store, inference, 10**8)
        asked = [looks.get(network, "0" * 40, None) for _ in range(3)]
        assert [type(each) for each in await asyncio.gather(*asked, return_exceptions=True)] == [
            PictureUnknown
        ] * 3
        assert (await looks.get(network, keep(store, 1), None)).height == 32

    asyncio.run(use())


def test_a_look_is_gone_with_its_picture(
    network: LoadedNetwork, store: PictureStore, inference: Inference
) -> None:
    picture = keep(store, 1)

    async def use() -> None:
        looks = Looks(store, inference, 10**8)
        await looks.get(network, picture, None)
        store.delete(picture)
        with pytest.raises(PictureUnknown):
            await looks.get(network, picture, None)
        assert not looks.kept_bytes

    asyncio.run(use())


def test_what_is_kept_is_bounded_and_the_latest(
    network: LoadedNetwork, store: PictureStore, inference: Inference, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = [keep(store, seed) for seed in range(4)]
    counted = Counted(monkeypatch)

    async def use() -> None:
        size_bytes = (await Looks(store, inference, 10**8).get(network, pictures[0], None)).trace.size_bytes
        looks = Looks(store, inference, 3 * size_bytes)
        counted.passes = 0
        for picture in (*pictures[:3], pictures[0], pictures[3], pictures[0]):
            await looks.get(network, picture, None)
            assert looks.kept_bytes <= 3 * size_bytes
        assert (
            counted.passes == 4
        )  # the first was still there: asked for again, it was younger than the second
        await looks.get(network, pictures[1], None)
        assert counted.passes == 5
        tiny = Looks(store, inference, size_bytes - 1)
        assert (await tiny.get(network, pictures[0], None)).network is network
        assert not tiny.kept_bytes

    asyncio.run(use())


def test_looks_of_few_networks_are_kept_and_none_keeps_another(
    store: PictureStore, inference: Inference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.looks.MOST_NETWORKS", 2)
    picture = keep(store, 1)
    made: list[weakref.ref[LoadedNetwork]] = []

    async def use() -> None:
        looks = Looks(store, inference, 10**8)
        for seed in range(3):
            checkpoint = small_networks.write(tmp_path, f"run-{seed}", small_networks.PLAIN, seed=seed)
            one = activations.load(checkpoint)
            made.append(weakref.ref(one))
            assert (await looks.get(one, picture, None)).sheet()
        del one
        gc.collect()
        assert [reference() is None for reference in made] == [True, False, False]

    asyncio.run(use())
