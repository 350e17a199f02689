"""A function in several processes on a Ray cluster, and command lines as its jobs; Ray is an option.

Ray Train starts the processes, joins them and, where a machine or a process is lost, starts all again. What
they go on from is the function's to find: our training has its checkpoints, which Ray knows nothing of.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

RESTARTS = 10
"""How often the processes are started again before the run is given up: an error may be in all of them."""


def is_installed() -> bool:
    """Whether Ray is here."""
    return importlib.util.find_spec("ray") is not None


def together(
    function: Callable[[Mapping[str, Any]], object],
    argument: Mapping[str, Any],
    workers: int,
    folder: Path,
    *,
    address: str | None = None,
    gpus: bool = False,
) -> object:
    """Calls the function in `workers` processes of a core each, or a GPU; what the first of them returned.

    `processes.join` finds the others there. Every machine must see `folder`, in which Ray keeps notes of its
    own. The cluster is that of `address` or RAY_ADDRESS, else one of this machine alone, made for it.

    Raises:
        ray.train.TrainingFailedError: it failed too often.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would tell its makers of every cluster.
    import ray  # noqa: PLC0415  an option
    from ray.train import FailureConfig, RunConfig, ScalingConfig  # noqa: PLC0415
    from ray.train.torch import TorchTrainer  # noqa: PLC0415

    ray.init(address=address)
    try:
        trainer = TorchTrainer(
            function,
            train_loop_config=dict(argument),
            scaling_config=ScalingConfig(num_workers=workers, use_gpu=gpus),
            run_config=RunConfig(
                storage_path=str(folder), failure_config=FailureConfig(max_failures=RESTARTS)
            ),
        )
        return trainer.fit().return_value
    finally:
        ray.shutdown()


def submit(command: Sequence[str], address: str | None = None) -> str:
    """Has the cluster run a command line as a job, on one of its machines; the job's number.

    `address` is that of the cluster's dashboard, ``http://host:8265``; RAY_API_SERVER_ADDRESS unless given.
    Raises ConnectionError where nobody answers there.
    """
    from ray.job_submission import JobSubmissionClient  # noqa: PLC0415

    return str(JobSubmissionClient(address).submit_job(entrypoint=shlex.join(command)))
