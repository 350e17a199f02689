"""The process that tries a few steps of a run: ``python -m app.runs.trial``, a run as JSON to standard input.

It prints what they cost, as JSON, and ends by itself when its time is over, whoever waits for it or not.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys

from app.engine import devices
from app.engine.devices import NoDevice
from app.engine.estimation import estimate
from app.runs.config import RunConfig
from app.runs.estimator import NO_DEVICE, OUT_OF_MEMORY


def main() -> int:
    """Tries one run. Returns the exit status."""
    seconds, nice, threads = map(int, sys.argv[1:])
    signal.alarm(seconds)
    os.nice(nice)
    devices.use_threads(threads or None)
    config = RunConfig.model_validate_json(sys.stdin.buffer.read())
    try:
        device = devices.choose_device(config.device)
        precision = devices.repeatable(config.precision, device)
        tried = config.training.model_copy(update={"precision": precision})
        print(json.dumps(dataclasses.asdict(estimate(tried, device, config.source.test_pictures))))  # noqa: T201
    except NoDevice:
        return NO_DEVICE
    except MemoryError:
        return OUT_OF_MEMORY
    except RuntimeError as error:
        if devices.is_out_of_memory(error):
            return OUT_OF_MEMORY
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
