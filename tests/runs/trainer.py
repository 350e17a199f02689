"""The real trainer, on a few made-up pictures: ``python -m tests.runs.trainer train --run ID``.

``CONVSCOPE_TEST_STEP_SECONDS`` makes every step take so much longer, so that there is a moment to kill it in.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from app.commands.training import terms
from app.engine.datasets import Pictures
from app.engine.learner import Learner
from app.engine.sources import SourceName
from app.runs import trainer
from app.settings import Settings
from tests.engine.training_data import coloured_pictures

COMMAND = (sys.executable, "-P", "-m", "tests.runs.trainer", "train")
STEP_SECONDS = "CONVSCOPE_TEST_STEP_SECONDS"


def load(name: SourceName, folder: Path, *, train: bool) -> Pictures:
    """Noisy pictures of ten colours, whatever data set is named."""
    return coloured_pictures(640, seed=0 if train else 1)


if __name__ == "__main__":
    if seconds := float(os.environ.get(STEP_SECONDS, "0")):
        learn = Learner.learn

        def learn_slowly(self: Learner, *given: Any) -> Any:
            time.sleep(seconds)
            return learn(self, *given)

        Learner.learn = learn_slowly  # type: ignore[assignment, method-assign]
    sys.exit(trainer.main(sys.argv[-1], terms(Settings()), load))
