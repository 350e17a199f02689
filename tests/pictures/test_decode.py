"""Decoding processes: bounded, killable and replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import numpy as np
import pytest
from PIL import Image

from app.pictures.decode import DecodePool
from app.pictures.decoder import Decoder, DecoderDied
from app.pictures.errors import (
    PictureBroken,
    PicturesBusy,
    PictureTooLarge,
    PictureTooSlow,
    PictureUnsupported,
)
from tests.pictures import files
from tests.pictures.pools import LEVELS, SMALL, in_a_pool, is_running, process_ids, stopped, until

SIXTEEN_MEGAPIXELS = files.saved(
    Image.new("RGBA", (4000, 4000), (9, 8, 7, 6)), "WEBP", lossless=True, quality=0
)


# Work


def test_a_picture_is_decoded() -> None:
    async def use(pool: DecodePool) -> None:
        picture = await pool.decode(SMALL)
        assert (picture.height, picture.width, picture.format) == (30, 40, "PNG")
        assert np.array_equal(picture.pixels, LEVELS)

    in_a_pool(use)


def test_many_at_once_each_get_their_own() -> None:
    async def use(pool: DecodePool) -> None:
        sent = [files.noise(seed + 1, 50 - seed, seed=seed) for seed in range(30)]
        pictures = await asyncio.gather(*(pool.decode(files.png(levels, files.RGB)) for levels in sent))
        assert all(np.array_equal(got.pixels, levels) for got, levels in zip(pictures, sent, strict=True))

    in_a_pool(use, decoders=2)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"hello", PictureUnsupported),
        (SMALL[:-20], PictureBroken),
        (files.PNG_SIGNATURE + files.header(16_000, 16_000, 2) + files.chunk(b"IEND", b""), PictureTooLarge),
    ],
)
def test_what_cannot_be_decoded_is_said_and_the_process_goes_on(data: bytes, error: type[Exception]) -> None:
    async def use(pool: DecodePool) -> None:
        before = process_ids(pool)
        with pytest.raises(error):
            await pool.decode(data)
        await pool.decode(SMALL)
        assert process_ids(pool) == before

    in_a_pool(use)


def test_a_process_is_replaced_after_so_many_pictures_without_losing_one() -> None:
    async def use(pool: DecodePool) -> None:
        seen = set()
        for _ in range(7):
            assert np.array_equal((await pool.decode(SMALL)).pixels, LEVELS)
            seen.update(process_ids(pool))
        assert len(seen) >= 3
        together = await asyncio.gather(*(pool.decode(SMALL) for _ in range(12)))
        assert all(np.array_equal(picture.pixels, LEVELS) for picture in together)

    in_a_pool(use, pictures_a_decoder=2)


# Bounds


def test_what_takes_too_long_is_killed_and_fails_alone() -> None:
    async def use(pool: DecodePool) -> None:
        hanging = process_ids(pool)
        os.kill(hanging[0], signal.SIGSTOP)
        started = time.monotonic()
        with pytest.raises(PictureTooSlow):
            await pool.decode(SMALL)
        assert time.monotonic() - started < 8
        assert np.array_equal((await pool.decode(SMALL)).pixels, LEVELS)
        assert not is_running(hanging[0])

    in_a_pool(use, decode_seconds=0.3)


def test_a_process_that_dies_fails_one_picture() -> None:
    async def use(pool: DecodePool) -> None:
        with stopped(pool):
            decoding = asyncio.create_task(pool.decode(SMALL))
            await asyncio.sleep(0.05)
            doomed = process_ids(pool)[0]
            os.kill(doomed, signal.SIGKILL)
            with pytest.raises(PictureBroken):
                await decoding
            assert np.array_equal((await pool.decode(SMALL)).pixels, LEVELS)
            assert process_ids(pool) != [doomed]

    with pytest.raises(ProcessLookupError):  # there is nobody left to wake up
        in_a_pool(use)


def test_a_process_that_dies_while_idle_costs_no_picture() -> None:
    async def use(pool: DecodePool) -> None:
        doomed = process_ids(pool)[0]
        os.kill(doomed, signal.SIGKILL)
        await until(lambda: not is_running(doomed))
        assert np.array_equal((await pool.decode(SMALL)).pixels, LEVELS)

    in_a_pool(use)


def test_whatever_goes_wrong_with_a_process_the_pool_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def use(pool: DecodePool) -> None:
        for error in (BrokenPipeError, RuntimeError, DecoderDied):
            with monkeypatch.context() as patch:
                patch.setattr(Decoder, "decode", lambda *_, error=error: fail(error))
                with pytest.raises(PictureBroken):
                    await pool.decode(SMALL)
            assert np.array_equal((await pool.decode(SMALL)).pixels, LEVELS)

    async def fail(error: type[Exception]) -> None:
        raise error

    in_a_pool(use)


def test_a_process_that_hangs_up_is_noticed_when_asking_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def use(pool: DecodePool) -> None:
        decoder = next(iter(pool._decoders))
        os.kill(decoder.process_id, signal.SIGKILL)
        await until(lambda: not is_running(decoder.process_id))
        with pytest.raises(DecoderDied):
            await decoder.decode(SMALL)

    in_a_pool(use)


def test_memory_is_bounded_and_the_process_survives_its_bound() -> None:
    async def use(pool: DecodePool) -> None:
        with pytest.raises(PictureBroken):
            await pool.decode(SIXTEEN_MEGAPIXELS)
        assert np.array_equal((await pool.decode(SMALL)).pixels, LEVELS)

    in_a_pool(use, memory_bytes=200 * 2**20)


def test_the_default_memory_is_enough_for_the_largest_picture() -> None:
    async def use(pool: DecodePool) -> None:
        assert (await pool.decode(SIXTEEN_MEGAPIXELS)).width == 1000

    in_a_pool(use)


def test_beyond_the_queue_is_busy_at_once_and_waiting_ends() -> None:
    async def use(pool: DecodePool) -> None:
        with stopped(pool):
            accepted = [asyncio.create_task(pool.decode(SMALL)) for _ in range(4)]
            await asyncio.sleep(0.05)
            started = time.monotonic()
            with pytest.raises(PicturesBusy) as busy:
                await pool.decode(SMALL)
            assert time.monotonic() - started < 0.25
            assert busy.value.retry_after_seconds >= 1
            await asyncio.sleep(0.5)
        outcomes = await asyncio.gather(*accepted, return_exceptions=True)
        assert [type(outcome).__name__ for outcome in outcomes] == ["Picture"] + 3 * ["PicturesBusy"]
        assert np.array_equal((await pool.decode(SMALL)).pixels, LEVELS)

    in_a_pool(use, waiting=3, wait_seconds=0.3)


def test_whoever_leaves_the_queue_makes_room_and_is_never_started() -> None:
    async def use(pool: DecodePool) -> None:
        with stopped(pool):
            waiting = [asyncio.create_task(pool.decode(SMALL)) for _ in range(4)]
            await asyncio.sleep(0.05)
            for task in waiting[1:]:
                task.cancel()
            await asyncio.gather(*waiting[1:], return_exceptions=True)
            assert not pool._waiting
            late = [asyncio.create_task(pool.decode(SMALL)) for _ in range(3)]
            await asyncio.sleep(0.05)
            assert len(pool._waiting) == 3
        await asyncio.gather(waiting[0], *late)

    in_a_pool(use, waiting=3)


def test_whoever_leaves_while_being_decoded_disturbs_nobody() -> None:
    async def use(pool: DecodePool) -> None:
        before = process_ids(pool)
        with stopped(pool):
            leaving = asyncio.create_task(pool.decode(files.png(files.noise(9, 9), files.RGB)))
            await asyncio.sleep(0.05)
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)
            next_one = asyncio.create_task(pool.decode(SMALL))
        assert np.array_equal((await next_one).pixels, LEVELS)
        assert process_ids(pool) == before

    in_a_pool(use)
