"""What Python's cyclic collector need not walk again and again.

PyTorch, FastAPI and the networks are 400,000 objects that stay until the end. A full collection walks
them all, in 0.2 seconds in which none of our threads runs, and comes every hundred requests or so.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def spare_loaded() -> None:
    """Leaves what is there now out of every collection to come. Call it when all has been loaded."""
    gc.collect()
    gc.freeze()


@contextmanager
def sparing() -> Iterator[None]:
    """What is spared in here is the collector's again at the end."""
    try:
        yield
    finally:
        gc.unfreeze()
