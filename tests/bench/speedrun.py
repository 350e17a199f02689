"""A speedrun of our own against the published one: core-seconds from the start of a process to its end.

Ours is trained by ``convscope train``, the published one by plain PyTorch (`published`), on this machine,
seed after seed, and looked at with mirror images as speedruns count. How much of the difference is our
trainer's is told too: the published recipe in it. All that takes the better part of an hour, so it runs only
when it is named, and it writes models/speedrun/bench.json. SPEEDRUN_SEEDS and SPEEDRUN_BASELINE_SEEDS say how
many of each.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

from app.engine import checkpoints, datasets, recipes
from app.engine.evaluation import accuracy
from app.settings import Settings
from tests.bench.measurement import Measurement

ONLY_WHEN_NAMED = True
COMMAND = "make bench PARTS=speedrun"
TARGET, SHARE = 0.94, 0.55


def measure() -> Iterator[Measurement]:
    """The mean accuracy of the seeds, and the core-seconds of both."""
    folder = Settings().models_dir
    runs = int(os.environ.get("SPEEDRUN_SEEDS", "5"))
    baselines = int(os.environ.get("SPEEDRUN_BASELINE_SEEDS", "2"))
    ours = [_ours(folder, "speedrun", seed) for seed in range(runs)]
    published = [_published(seed) for seed in range(baselines)]
    in_ours = _ours(folder / "speedrun", "baseline", 0)
    accuracies, seconds = zip(*ours, strict=True)
    baseline_accuracies, baseline_seconds = zip(*published, strict=True)
    ratio = statistics.mean(seconds) / statistics.mean(baseline_seconds)
    told = {
        "accuracies": accuracies,
        "core_seconds": round(statistics.mean(seconds), 1),
        "baseline_accuracies": baseline_accuracies,
        "baseline_core_seconds": round(statistics.mean(baseline_seconds), 1),
        "baseline_in_our_trainer": {"accuracy": in_ours[0], "core_seconds": round(in_ours[1], 1)},
        "command": COMMAND,
        "torch_version": str(torch.__version__),
        "cpu": _processor(),
    }
    (folder / "speedrun" / "bench.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    spread = f", {min(accuracies):.2%} to {max(accuracies):.2%}"
    yield Measurement(f"mean of {runs} seeds{spread}", 100 * statistics.mean(accuracies), "%", 100 * TARGET)
    yield Measurement("the published one", 100 * statistics.mean(baseline_accuracies), "%")
    yield Measurement("core-seconds", statistics.mean(seconds), "s")
    yield Measurement("core-seconds, the published one", statistics.mean(baseline_seconds), "s")
    yield Measurement("core-seconds, the published one in our trainer", in_ours[1], "s")
    yield Measurement("ours / the published one", ratio, at_most=SHARE)


def _ours(folder: Path, name: str, seed: int) -> tuple[float, float]:
    """Accuracy with mirror images, and the core-seconds of the whole command, start and end included."""
    with tempfile.TemporaryDirectory() as place:
        models = Path(place) / "models"
        (models / name).mkdir(parents=True)
        shutil.copy(folder / name / recipes.RECIPE, models / name)
        command = [sys.executable, "-m", "app.cli", "train", "--network", name, "--seed", str(seed)]
        command += ["--models", str(models), "--state", str(Path(place) / "state"), "--device", "cpu"]
        _, core_seconds = _told([*command, "--checkpoint-seconds", "3600"])
        built = checkpoints.load(checkpoints.read(models, name))
    test = datasets.load("cifar10", Settings().data, train=False)
    return accuracy(built, test, mirrored=True), core_seconds


def _published(seed: int) -> tuple[float, float]:
    told, core_seconds = _told([sys.executable, "-m", "tests.bench.published", str(seed)])
    return float(told), core_seconds


def _told(command: list[str]) -> tuple[str, float]:
    """What a command says, and its core-seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"
