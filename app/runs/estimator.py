"""What a run would cost, found out by trying it: each trial in a process of its own, few at once.

Whoever asks for the same at the same time waits for the same trial; one that nobody waits for any more is
ended. PyTorch is imported by the trial alone.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import tempfile
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass

from app.arithmetic.errors import InvalidSpec
from app.arithmetic.network import trace
from app.engine.sharing import Shared
from app.runs.config import RunConfig
from app.runs.errors import EstimateFailed, EstimatesBusy
from app.runs.launcher import environment

logger = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", "-m", "app.runs.trial")
NO_DEVICE, OUT_OF_MEMORY = 4, 5
"""Exit statuses of a trial."""
_MOST_KEPT = 128


@dataclass(frozen=True)
class Expected:
    """What a run is expected to cost here when the machine has nothing else to do.

    Attributes:
        seconds: trained, without the start of the trainer's process.
    """

    seconds: float
    seconds_an_epoch: float
    memory_bytes: int
    examples_per_second: float
    steps: int
    parameters: int


class Estimator:
    """Tries runs, one at a time. For one event loop.

    Args:
        waiting: how many more trials may wait.
        seconds: how long a trial may take.
    """

    def __init__(self, *, waiting: int, seconds: int, nice: int, threads: int | None) -> None:
        self._arguments = (str(seconds), str(nice), str(threads or 0))
        self._most, self._seconds = 1 + waiting, seconds
        self._turn = asyncio.Lock()
        self._known: OrderedDict[str, Expected] = OrderedDict()
        self._underway: Shared[str, Expected] = Shared()

    async def expected(self, config: RunConfig) -> Expected:
        """What the run would cost. Cancelling the call ends the trial where nobody else waits for it.

        Raises:
            EstimatesBusy: as many trials wait as may.
            EstimateFailed: it took too long.
            InvalidSpec: there is no such device, or not the memory.
        """
        # Nothing that is estimated depends on the seed.
        key = config.model_copy(update={"seed": 0}).model_dump_json()
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        if not self._underway.has(key) and len(self._underway) >= self._most:
            raise EstimatesBusy
        return await self._underway.result(key, lambda: self._try(key, config))

    async def _try(self, key: str, config: RunConfig) -> Expected:
        async with self._turn:
            expected = _read(await self._run(key), config)
        self._known[key] = expected
        while len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        return expected

    async def _run(self, asked: str) -> bytes:
        # From a file: it does not matter when a trial that fails at once stops reading.
        with tempfile.TemporaryFile() as given:
            given.write(asked.encode())
            given.seek(0)
            process = await asyncio.create_subprocess_exec(
                *COMMAND,
                *self._arguments,
                stdin=given,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                # A thread that waits for others must not look as if it computed.
                env=environment({"OMP_WAIT_POLICY": "passive"}),
            )
        try:
            async with asyncio.timeout(self._seconds):
                told, complaints = await process.communicate()
        except TimeoutError:
            raise EstimateFailed from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        match process.returncode:
            case 0:
                return told
            case status if status == NO_DEVICE:
                raise InvalidSpec("device", "This server has no such device.", None, "auto")
            case status if status == OUT_OF_MEMORY:
                raise InvalidSpec("batch_size", "The memory is not enough for a few steps of this run.")
            case status:
                logger.error("a run could not be tried (%s): %s", status, complaints.decode(errors="replace"))
                raise EstimateFailed


def _read(told: bytes, config: RunConfig) -> Expected:
    found = json.loads(told)
    return Expected(
        seconds=found["seconds"],
        seconds_an_epoch=found["seconds"] / config.epochs,
        memory_bytes=found["memory_bytes"],
        examples_per_second=found["examples_per_second"],
        steps=found["steps"],
        parameters=sum(each.cost.parameters for each in trace(config.network)),
    )
