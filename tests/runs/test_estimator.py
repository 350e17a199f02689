"""Estimates are tried in processes of their own: once for all who ask, few at a time, for nobody never."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.arithmetic.errors import InvalidSpec
from app.runs import estimator
from app.runs.errors import EstimateFailed, EstimatesBusy
from app.runs.estimator import Estimator
from app.runs.identity import started
from tests.runs.examples import config

ANSWER = '{"seconds": 6.0, "steps": 36, "memory_bytes": 5, "examples_per_second": 100.0}'
Trial = Callable[[str], None]


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    """Makes a trial do something else, after it has left a file called by its process."""

    def does(source: str) -> None:
        lines = f"import os, sys, time, pathlib; pathlib.Path({str(tmp_path)!r}, str(os.getpid())).touch()\n"
        monkeypatch.setattr(estimator, "COMMAND", (sys.executable, "-c", lines + source))

    does(f"time.sleep(0.3); print('{ANSWER}')")
    yield does
    assert all(started(process) is None for process in processes(tmp_path))


def made(**options: Any) -> Estimator:
    return Estimator(**{"waiting": 1, "seconds": 20, "nice": 19, "threads": 1, **options})


def processes(folder: Path) -> list[int]:
    return [int(path.name) for path in folder.iterdir()]


async def until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def test_a_trial_of_real_steps_says_what_a_run_costs() -> None:
    expected = asyncio.run(made(seconds=60).expected(config(dataset="digits", held_out=37)))
    assert expected.steps == 2 * (1400 // 32)
    assert expected.seconds == pytest.approx(2 * expected.seconds_an_epoch)
    assert expected.parameters == 3 * 9 * 4 + 2 * 4 + 4 * 8 * 8 * 10 + 10
    assert min(expected.memory_bytes, expected.examples_per_second) > 0


def test_who_asks_for_the_same_waits_for_the_same(trial: Trial, tmp_path: Path) -> None:
    async def ask() -> None:
        asked = made()
        found = await asyncio.gather(*(asked.expected(config(seed=seed)) for seed in range(20)))
        assert len(set(found)) == 1
        assert await asked.expected(config()) == found[0]

    asyncio.run(ask())
    assert len(processes(tmp_path)) == 1


def test_what_is_too_much_is_sent_away(trial: Trial, tmp_path: Path) -> None:
    async def ask() -> list[Any]:
        asked = made()
        asks = (asked.expected(config(epochs=epochs)) for epochs in range(1, 6))
        return await asyncio.gather(*asks, return_exceptions=True)

    answers = asyncio.run(ask())
    assert [type(each) for each in answers[2:]] == [EstimatesBusy] * 3
    assert [each.steps for each in answers[:2]] == [36, 36]
    assert len(processes(tmp_path)) == 2


def test_a_trial_that_nobody_waits_for_is_ended(trial: Trial, tmp_path: Path) -> None:
    trial("time.sleep(60)")

    async def leave() -> None:
        asked = made()
        two = [asyncio.create_task(asked.expected(config())) for _ in range(2)]
        await until(lambda: processes(tmp_path))
        two[0].cancel()
        await asyncio.sleep(0.1)
        (process,) = processes(tmp_path)
        assert started(process) is not None
        two[1].cancel()
        await until(lambda: started(process) is None)
        trial(f"print('{ANSWER}')")
        assert (await asked.expected(config())).steps == 36

    asyncio.run(leave())


def test_a_trial_that_takes_too_long_is_ended(trial: Trial) -> None:
    trial("time.sleep(60)")
    with pytest.raises(EstimateFailed):
        asyncio.run(made(seconds=1).expected(config()))


@pytest.mark.parametrize(
    ("status", "field"), [(estimator.NO_DEVICE, "device"), (estimator.OUT_OF_MEMORY, "batch_size")]
)
def test_why_a_trial_failed_is_told(trial: Trial, status: int, field: str) -> None:
    trial(f"sys.exit({status})")
    with pytest.raises(InvalidSpec) as refused:
        asyncio.run(made().expected(config()))
    assert refused.value.field == field


def test_a_device_that_is_not_there_is_told() -> None:
    if os.path.exists("/dev/nvidia0"):  # noqa: PTH110
        pytest.skip("there is a GPU here")
    with pytest.raises(InvalidSpec) as refused:
        asyncio.run(made(seconds=60).expected(config(device="cuda")))
    assert (refused.value.field, refused.value.nearest) == ("device", "auto")
