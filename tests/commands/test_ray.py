"""Trainings on a Ray cluster of two machines, which are two nodes on this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from app.cli import app
from app.engine import cluster
from tests.engine import on_ray, together

ROOT = Path(__file__).resolve().parents[2]
RECIPE = {
    "title": {"en": "Small", "ko": "작은"},
    "training": {**together.configured().model_dump(mode="json"), "dataset": "digits", "epochs": 20},
}


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """Two nodes of a core each, so that two workers are on different ones."""
    pytest.importorskip("ray", reason="Ray is an option, and not installed here")
    from ray.cluster_utils import Cluster  # noqa: PLC0415

    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
        patch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        head = {"num_cpus": 1, "object_store_memory": 100_000_000, "include_dashboard": True}
        made = Cluster(initialize_head=True, head_node_args=head)
        made.add_node(num_cpus=1, object_store_memory=100_000_000)
        made.wait_for_nodes()
        yield made
        made.shutdown()


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with one recipe, and nothing trained."""
    (tmp_path / "models" / "small").mkdir(parents=True)
    (tmp_path / "models" / "small" / "recipe.json").write_text(json.dumps(RECIPE))
    return tmp_path / "models"


def line(models: Path, name: str) -> list[str]:
    state = str(models.parent / name)
    return ["--network", "small", "--name", name, "--models", str(models), "--state", state]


def test_refused_before_a_cluster_is_asked(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def invoke(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["ray", *arguments])
        return result.exit_code, result.output

    monkeypatch.setattr(cluster, "is_installed", lambda: False)
    for verb in ("train", "submit"):
        assert "No such option: --nowhere" in invoke(verb, "--nowhere", "1")[1]
        assert "one process" in invoke(verb, "--run", "x")[1]
        status, output = invoke(verb, "--workers", "2", *line(models, "missing"))
        assert status == 1
        assert "convscope[ray]" in output


def test_workers_are_told_what_train_would_be_and_their_status_is_ours(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def together(*asked_for: Any, **more: Any) -> object:
        asked.extend(asked_for)
        return asked_for[0](asked_for[1])

    monkeypatch.chdir(models.parent)
    monkeypatch.setattr(cluster, "is_installed", lambda: True)
    monkeypatch.setattr(cluster, "together", together)
    arguments = ["--workers", "3", "--models", "models", "--state", "state", "--network"]
    assert CliRunner().invoke(app, ["ray", "train", *arguments, "nowhere"]).exit_code == 1
    _, options, workers, folder = asked
    assert (options["network"], options["device"], workers) == ("nowhere", "cpu", 3)
    assert (options["models"], options["state"]) == (models, models.parent / "state")
    assert folder == models.parent / "state" / "ray"
    assert CliRunner().invoke(app, ["ray", "train", *arguments, "small"]).exit_code == 0
    assert (models / "small" / "card.json").exists()


def test_the_web_process_has_no_ray() -> None:
    asked = "import sys, app.main, app.cli; sys.exit('ray' in sys.modules)"
    subprocess.run([sys.executable, "-c", asked], check=True, cwd=ROOT)


@pytest.mark.slow
def test_two_workers_give_the_curve_and_the_weights_of_one_process(nodes: Any, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    expected = together.train(tmp_path / "one")
    argument = {"folder": str(tmp_path / "two")}
    curve = cluster.together(on_ray.train, argument, 2, tmp_path / "ray", address=nodes.address)
    assert isinstance(curve, dict)
    assert curve["world"] == 2
    assert len(expected["losses"]) == 21
    for series in ("losses", "norms", "measured"):
        assert curve[series] == pytest.approx(expected[series], rel=2e-3, abs=1e-4), series
    ours, weights = (load_file(tmp_path / name / "weights.safetensors") for name in ("two", "one"))
    assert ours.keys() == weights.keys()
    for key, value in weights.items():
        torch.testing.assert_close(ours[key], value, rtol=5e-3, atol=1e-3)


@pytest.mark.slow
def test_a_job_that_loses_a_node_goes_on_to_the_weights_of_an_unbroken_one(nodes: Any, models: Path) -> None:
    from ray.job_submission import JobSubmissionClient  # noqa: PLC0415

    unbroken = ["ray", "train", "--address", nodes.address, *line(models, "unbroken")]
    assert CliRunner().invoke(app, unbroken).exit_code == 0
    address = f"http://{nodes.head_node.webui_url}"
    options = [*line(models, "job"), "--checkpoint-seconds", "0"]
    submitted = CliRunner().invoke(app, ["ray", "submit", "--address", address, "--workers", "2", *options])
    assert submitted.exit_code == 0, submitted.output
    job = submitted.output.split(":")[0]
    client = JobSubmissionClient(address)

    def ended() -> bool:
        return str(client.get_job_status(job).value) in {"SUCCEEDED", "FAILED", "STOPPED"}

    state = models.parent / "job"
    until(lambda: ended() or any(state.glob("step-*.json")))
    assert not ended(), client.get_job_logs(job)[-3000:]
    nodes.remove_node(next(iter(nodes.worker_nodes)), allow_graceful=False)
    nodes.add_node(num_cpus=1, object_store_memory=100_000_000)
    until(ended)
    log = client.get_job_logs(job)
    assert client.get_job_status(job).value == "SUCCEEDED", log[-3000:]
    assert "going on from step" in log
    ours, expected = (load_file(models / name / "weights.safetensors") for name in ("job", "unbroken"))
    assert ours.keys() == expected.keys()
    assert all(torch.equal(ours[key], value) for key, value in expected.items())


def until(done: Callable[[], bool], seconds: float = 240) -> None:
    last = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < last, "waited too long"
        time.sleep(0.1)
