"""Two processes train the network that one trains: same curve, same statistics, one of them tells."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from app.arithmetic.errors import InvalidSpec
from app.engine import training
from app.engine.devices import CPU
from app.engine.processes import ALONE, Processes, join
from tests.engine import together
from tests.engine.training_data import coloured_pictures


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes left behind, which `torchrun` started on this machine."""
    made = tmp_path_factory.mktemp("together")
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"]
    launch += ["--rdzv-backend=c10d", "--rdzv-endpoint=127.0.0.1:0", "--local-addr=127.0.0.1"]
    loopback = next(name for _, name in socket.if_nameindex() if name.startswith("lo"))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": loopback}
    done = subprocess.run(
        [*launch, together.__file__, str(made)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return made


def told(folder: Path, rank: int) -> dict[str, Any]:
    return dict(json.loads((folder / f"{rank}.json").read_text()))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The same run in this process."""
    made = tmp_path_factory.mktemp("alone")
    return together.train(made), made


def test_two_processes_give_the_curve_of_one(folder: Path, alone: tuple[dict[str, Any], Path]) -> None:
    curve, expected = told(folder, 0)["curve"], alone[0]
    assert len(expected["losses"]) == 21
    for series in ("losses", "norms", "measured"):
        assert curve[series] == pytest.approx(expected[series], rel=2e-3, abs=1e-4), series
    assert curve["losses"][:5] == pytest.approx(expected["losses"][:5], rel=1e-5)


def test_two_processes_look_together_for_the_worst_place_nearby(folder: Path, tmp_path: Path) -> None:
    curve, expected = told(folder, 0)["sharp"], together.train(tmp_path, config=together.sharp())
    assert len(expected["losses"]) == 6
    for series in ("losses", "norms", "measured"):
        assert curve[series] == pytest.approx(expected[series], rel=2e-3, abs=1e-4), series


def test_they_end_with_the_weights_of_one(folder: Path, alone: tuple[dict[str, Any], Path]) -> None:
    ours = load_file(folder / "whole" / "weights.safetensors")
    expected = load_file(alone[1] / "weights.safetensors")
    assert ours.keys() == expected.keys()
    for key, value in expected.items():
        torch.testing.assert_close(ours[key], value, rtol=5e-3, atol=1e-3)


def test_a_paused_run_of_two_goes_on_where_it_was(folder: Path) -> None:
    curve, resumed = told(folder, 0)["curve"], told(folder, 0)["resumed"]
    assert resumed["losses"] == curve["losses"][together.PAUSED_AT :]
    whole, paused = (load_file(folder / name / "weights.safetensors") for name in ("whole", "paused"))
    for key, value in whole.items():
        assert torch.equal(value, paused[key]), key


def test_one_process_goes_on_from_a_checkpoint_of_two(folder: Path, tmp_path: Path) -> None:
    for path in (folder / "paused").glob(f"step-{together.PAUSED_AT:08d}.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    resumed = together.train(tmp_path)
    expected = told(folder, 0)["curve"]["losses"][together.PAUSED_AT :]
    assert resumed["losses"] == pytest.approx(expected, rel=2e-3, abs=1e-4)


def test_only_the_first_process_tells_and_writes(folder: Path) -> None:
    assert [told(folder, rank)["rank"] for rank in (0, 1)] == [0, 1]
    assert told(folder, 1)["world"] == 2
    assert told(folder, 1)["curve"] == {"losses": [], "norms": [], "measured": []}


def test_they_leave_no_thread_behind_that_would_outlive_the_interpreter(folder: Path) -> None:
    assert [told(folder, rank)["left"] for rank in (0, 1)] == [[], []]


def test_batch_norm_and_dropout_are_those_of_the_whole_batch(folder: Path) -> None:
    expected = together.passed()
    first, second = (
        {key: torch.tensor(value) for key, value in told(folder, rank)["passed"].items()} for rank in (0, 1)
    )
    for key, value in expected.items():
        if key in {"outputs", "inputs.grad"}:
            torch.testing.assert_close(torch.cat([first[key], second[key]]), value, rtol=1e-4, atol=1e-4)
        else:
            torch.testing.assert_close(first[key], value, rtol=1e-4, atol=1e-3)
            assert torch.equal(first[key], second[key]), key


@pytest.mark.parametrize("world", [1, 2, 3, 7])
def test_shares_are_everything_once_and_nearly_equal(world: int) -> None:
    shares = [Processes(rank, world).share(10, 33) for rank in range(world)]
    assert [place for share in shares for place in range(share.start, share.stop)] == list(range(10, 33))
    sizes = {share.stop - share.start for share in shares}
    assert max(sizes) - min(sizes) <= 1


def test_alone_nothing_is_exchanged() -> None:
    tensor = torch.arange(3.0)
    ALONE.sum_in_place([tensor])
    assert tensor.tolist() == [0, 1, 2]
    assert ALONE.from_first(b"abc", CPU) == b"abc"
    for flag in (True, False):
        assert ALONE.any(flag, CPU) is flag
    assert join(CPU) == (ALONE, CPU)


def test_a_step_needs_a_picture_for_each_process(tmp_path: Path) -> None:
    config = together.configured().model_copy(update={"batch_size": 2})
    with pytest.raises(InvalidSpec, match="fewer than the 3 processes"):
        next(training.train(config, coloured_pictures(320), CPU, tmp_path, processes=Processes(0, 3)))
