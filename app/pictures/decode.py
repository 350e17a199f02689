"""Decodes pictures of strangers in a few killable processes, fed through a short queue.

A thread cannot be stopped, and a decoder that crashes takes its process along. So every picture is decoded
in a process that is small (it never imports torch), bounded in memory, killed at its time limit, and
replaced then and after some hundred pictures.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from app.pictures.decoder import Decoder, DecoderDied
from app.pictures.errors import (
    PictureBroken,
    PictureError,
    PicturesBusy,
    PictureTooLarge,
    PictureTooSlow,
    PictureUnsupported,
)
from app.pictures.normalise import Limits
from app.pictures.picture import Picture
from app.pictures.verdict import NotDecoded, Verdict

logger = logging.getLogger(__name__)

_START_SECONDS = 30.0
_PAUSE_AFTER_FAILED_START_SECONDS = 1.0


@dataclass(frozen=True)
class PoolSettings:
    """How many decoders there are, what each may take, how many pictures may wait for one and for how long.

    Attributes:
        pictures_a_decoder: after so many pictures a decoder is replaced.
        memory_bytes: address space of one decoder, Python and the memory it shares with its parent included.
        file_bytes: longest file.
    """

    decoders: int = 2
    waiting: int = 32
    wait_seconds: float = 6.0
    decode_seconds: float = 10.0
    pictures_a_decoder: int = 500
    memory_bytes: int = 512 * 2**20
    file_bytes: int = 10 * 2**20
    limits: Limits = field(default_factory=Limits)


@dataclass(eq=False)
class _Job:
    data: bytes | bytearray
    result: asyncio.Future[Picture]


class DecodePool:
    """``async with DecodePool(settings) as pool: picture = await pool.decode(data)``, in one event loop."""

    def __init__(self, settings: PoolSettings) -> None:
        self._settings = settings
        self._waiting: deque[_Job] = deque()
        self._arrived = asyncio.Event()
        self._idle = 0
        self._runners: list[asyncio.Task[None]] = []
        self._decoders: set[Decoder] = set()

    async def __aenter__(self) -> Self:
        self._runners = [asyncio.create_task(self._run()) for _ in range(self._settings.decoders)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for runner in self._runners:
            runner.cancel()
        await asyncio.gather(*self._runners, return_exceptions=True)
        while self._waiting:
            self._refuse(self._waiting.popleft())

    @property
    def ready(self) -> bool:
        """Whether at least one decoder has started and is alive."""
        return any(decoder.alive for decoder in self._decoders)

    async def decode(self, data: bytes | bytearray) -> Picture:
        """The normalised picture of a file (see :mod:`app.pictures.normalise` for the rules).

        Cancelling the call takes the picture out of the queue, unless its decoding has begun.

        Raises:
            PicturesBusy: the queue is full, or no decoder was free in time.
            PictureUnsupported, PictureTooLarge, PictureBroken, PictureTooSlow
        """
        if len(self._waiting) - self._idle >= self._settings.waiting:
            raise self._busy()
        job = _Job(data, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._arrived.set()
        timer = asyncio.get_running_loop().call_later(self._settings.wait_seconds, self._give_up, job)
        try:
            return await job.result
        finally:
            timer.cancel()
            if job in self._waiting:
                self._waiting.remove(job)

    def _busy(self) -> PicturesBusy:
        return PicturesBusy(retry_after_seconds=math.ceil(self._settings.wait_seconds / 2))

    def _refuse(self, job: _Job) -> None:
        if not job.result.done():
            job.result.set_exception(self._busy())

    def _give_up(self, job: _Job) -> None:
        if job in self._waiting:
            self._waiting.remove(job)
            self._refuse(job)

    async def _run(self) -> None:
        """Keeps one decoder at work: starts it, feeds it, and starts another when it has ended."""
        while True:
            try:
                decoder = await self._start()
            except (OSError, TimeoutError, DecoderDied):
                logger.exception("a decoding process cannot be started")
                await asyncio.sleep(_PAUSE_AFTER_FAILED_START_SECONDS)
                continue
            self._decoders.add(decoder)
            try:
                for _ in range(self._settings.pictures_a_decoder):
                    job = await self._next_job()
                    if not decoder.alive:  # it died while idle; the picture has not been near it
                        self._waiting.appendleft(job)
                        self._arrived.set()
                        break
                    if not await self._serve(decoder, job):
                        break
            finally:
                self._decoders.remove(decoder)
                decoder.kill()

    async def _start(self) -> Decoder:
        decoder = Decoder(self._settings.file_bytes, self._settings.memory_bytes, self._settings.limits)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await decoder.started()
        except BaseException:
            decoder.kill()
            raise
        return decoder

    async def _next_job(self) -> _Job:
        self._idle += 1
        try:
            while not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
        finally:
            self._idle -= 1
        return self._waiting.popleft()

    async def _serve(self, decoder: Decoder, job: _Job) -> bool:
        """Decodes one picture and answers its job, whatever happens; whether the decoder can take another."""
        try:
            async with asyncio.timeout(self._settings.decode_seconds):
                picture = await decoder.decode(job.data)
        except asyncio.CancelledError:
            self._refuse(job)
            raise
        except Exception as error:
            if not isinstance(error, (NotDecoded, TimeoutError, DecoderDied)):
                logger.exception("a decoding process is used wrongly")
            if not job.result.done():
                job.result.set_exception(self._explain(error))
            return isinstance(error, NotDecoded)
        if not job.result.done():
            job.result.set_result(picture)
        return True

    def _explain(self, error: Exception) -> PictureError:
        """What the sender of a picture is told."""
        limits = self._settings.limits
        verdict = error.verdict if isinstance(error, NotDecoded) else Verdict.BROKEN
        if verdict is Verdict.UNSUPPORTED:
            return PictureUnsupported()
        if verdict is Verdict.TOO_LARGE:
            return PictureTooLarge(megapixels=limits.pixels // 1_000_000, side=limits.side_px)
        if isinstance(error, TimeoutError):
            return PictureTooSlow(seconds=round(self._settings.decode_seconds))
        return PictureBroken()
