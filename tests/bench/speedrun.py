"""A speedrun of our own against the published one: core-seconds from the start of a process to its end.

Ours is trained by our trainer (`trained`), the published one by plain PyTorch (`published`), on this
machine, seed after seed, and both are looked at once, with mirror images as speedruns count. How much of the
difference is our trainer's is told too: the published recipe in it. All that takes the better part of an
hour, so it runs only when it is named, and it writes models/speedrun/bench.json. SPEEDRUN_SEEDS and
SPEEDRUN_BASELINE_SEEDS say how many of each.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

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
    ours = [_ours("speedrun", seed) for seed in range(runs)]
    published = [_published(seed) for seed in range(baselines)]
    in_ours = _ours("baseline", 0)
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


def _ours(name: str, seed: int) -> tuple[float, float]:
    return _run("tests.bench.trained", name, str(seed))


def _published(seed: int) -> tuple[float, float]:
    return _run("tests.bench.published", str(seed))


def _run(module: str, *arguments: str) -> tuple[float, float]:
    """The accuracy that a program tells, and its core-seconds."""
    command = [sys.executable, "-m", module, *arguments]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return float(told), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"
