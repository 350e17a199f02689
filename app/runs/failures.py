"""Why a run fails, in a code that people get a sentence for."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from app.engine import devices
from app.engine.datasets import DataUnreachable
from app.engine.events import Diverged
from app.runs.states import DATA_MISSING, DISK_FULL, DIVERGED, NO_DEVICE, OUT_OF_MEMORY


class Failed(Exception):
    """The run has failed: a code of :mod:`app.runs.states`, and what fills its sentence."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(code)


@contextmanager
def named() -> Iterator[None]:
    """Errors that a person can do something about become Failed, with a code."""
    try:
        yield
    except Diverged as error:
        raise Failed(DIVERGED, message=error.message, **error.values) from error
    except DataUnreachable as error:
        raise Failed(DATA_MISSING) from error
    except devices.NoDevice as error:
        raise Failed(NO_DEVICE) from error
    except MemoryError as error:
        raise Failed(OUT_OF_MEMORY) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Failed(DISK_FULL) from error
        raise
    except RuntimeError as error:
        if devices.is_out_of_memory(error):
            raise Failed(OUT_OF_MEMORY) from error
        raise
