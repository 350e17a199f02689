"""The networks of runs as they were after their epochs, kept loaded for the questions that follow."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from pathlib import Path

from app.engine.activations import LoadedNetwork
from app.engine.inference import Inference
from app.engine.sharing import Shared
from app.runs.learned import network_after
from app.runs.run import Run
from app.web.runs_dependencies import Kept

MOST_LOADED = 8
"""The one unused for longest is let go."""
_Key = tuple[Path, int]


class Networks:
    """The networks of runs after their epochs, loaded when they are asked for. For one event loop."""

    def __init__(self) -> None:
        self._loaded: OrderedDict[_Key, LoadedNetwork] = OrderedDict()
        self._underway: Shared[_Key, LoadedNetwork] = Shared()

    async def after(self, kept: Kept, inference: Inference) -> LoadedNetwork:
        """The network of a run after an epoch, loaded on one of the threads of `inference`.

        Raises:
            InferenceBusy, UnknownEpoch, BrokenNetwork
        """
        key = (kept.weights, kept.written_at)
        if key in self._loaded:
            self._loaded.move_to_end(key)
            return self._loaded[key]
        return await self._underway.result(key, lambda: self._load(key, kept.run, inference))

    async def _load(self, key: _Key, run: Run, inference: Inference) -> LoadedNetwork:
        loaded = await inference.run(partial(network_after, run, key[0]))
        self._loaded[key] = loaded
        while len(self._loaded) > MOST_LOADED:
            self._loaded.popitem(last=False)
        return loaded
