"""The networks of a folder: what they are at once, themselves as soon as they are loaded.

Beside those that were there at the start, a second folder may get and lose networks at any time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from app.engine import activations, checkpoints
from app.engine.activations import LoadedNetwork
from app.engine.checkpoints import BrokenNetwork, Checkpoint, UnknownNetwork
from app.locale import mark as _

logger = logging.getLogger(__name__)

MOST_LOADED_LATER = 8
"""Networks of the second folder that are loaded at once; the one unused for longest is let go."""
_SETTLED_SECONDS = 2.0
"""A folder that changed so lately may change again within the resolution of its time."""


class NetworkLoading(RuntimeError):
    """The network is there, but not yet loaded.

    Attributes:
        retry_after_seconds: when to try again.
    """

    message = _("The network is still being loaded. Try again in a moment.")
    retry_after_seconds = 2


class Library:
    """The networks that were in a folder when the library was made; a broken one is logged and left out.

    Safe to call from several threads.

    Args:
        models: the folder.
        later: one whose networks come and go, or None. A name that is in both means the first folder's.
    """

    def __init__(self, models: Path, later: Path | None = None) -> None:
        self._loaded: dict[str, LoadedNetwork] = {}
        self._broken: dict[str, BrokenNetwork] = {}
        self._lock = threading.Lock()
        shipped, broken = _read(models)
        self._shipped: Mapping[str, Checkpoint] = MappingProxyType(shipped)
        self._broken.update(broken)
        self._later = later
        self._came: Mapping[str, Checkpoint] = MappingProxyType({})
        self._came_loaded: OrderedDict[str, LoadedNetwork] = OrderedDict()
        self._looked_at: tuple[int, bool] | None = None

    @property
    def checkpoints(self) -> Mapping[str, Checkpoint]:
        """Every network that is here now, by its name."""
        return MappingProxyType({**self._look(), **self._shipped})

    @property
    def is_complete(self) -> bool:
        """Whether every network of the first folder has been loaded, and none is broken."""
        return not self._broken and len(self._loaded) == len(self._shipped)

    def load(self) -> None:
        """Loads every network of the first folder (seconds). Called again, it does nothing."""
        with self._lock:
            for name, checkpoint in self._shipped.items():
                if name in self._loaded or name in self._broken:
                    continue
                try:
                    self._loaded[name] = activations.load(checkpoint)
                except BrokenNetwork as error:
                    _tell(error)
                    self._broken[error.name] = error

    def needs_loading(self, name: str) -> bool:
        """Whether :meth:`load_later` must be called, in a thread, before the network is there."""
        came = self._look().get(name)
        if came is None or name in self._shipped:
            return False
        loaded = self._came_loaded.get(name)
        return loaded is None or loaded.checkpoint != came

    def load_later(self, name: str) -> None:
        """Loads a network of the second folder (a part of a second).

        Raises:
            BrokenNetwork: its files are not what they must be.
        """
        with self._lock:
            if self.needs_loading(name):
                checkpoint = self._came.get(name)
                if checkpoint is None:  # removed meanwhile: whoever asks for it is told
                    return
                self._came_loaded[name] = activations.load(checkpoint)
                self._came_loaded.move_to_end(name)
                while len(self._came_loaded) > MOST_LOADED_LATER:
                    self._came_loaded.popitem(last=False)

    def network(self, name: str) -> LoadedNetwork:
        """The network of this name.

        Raises:
            UnknownNetwork: there is none.
            BrokenNetwork: its files are not what they must be.
            NetworkLoading: it is not loaded yet.
        """
        if name in self._loaded:
            return self._loaded[name]
        if name in self._broken:
            raise self._broken[name]
        known = self.checkpoints
        if name not in known:
            raise UnknownNetwork(name, known)
        came = self._came_loaded.get(name)
        if name in self._shipped or came is None or came.checkpoint != known[name]:
            raise NetworkLoading
        with self._lock:
            if name in self._came_loaded:
                self._came_loaded.move_to_end(name)
        return came

    def _look(self) -> Mapping[str, Checkpoint]:
        """The networks of the second folder; read again where the folder has changed."""
        if self._later is None:
            return self._came
        try:
            changed_at = self._later.stat().st_mtime_ns
        except OSError:
            changed_at = 0
        if self._looked_at != (changed_at, True):
            is_settled = time.time() - changed_at / 1e9 > _SETTLED_SECONDS
            self._came = MappingProxyType(_read(self._later)[0])
            self._looked_at = changed_at, is_settled
        return self._came


def _read(folder: Path) -> tuple[dict[str, Checkpoint], dict[str, BrokenNetwork]]:
    """The networks of a folder that can be read, and those that cannot."""
    found: dict[str, Checkpoint] = {}
    broken: dict[str, BrokenNetwork] = {}
    for name in checkpoints.names(folder):
        try:
            found[name] = checkpoints.read(folder, name)
        except BrokenNetwork as error:
            _tell(error)
            broken[name] = error
        except UnknownNetwork:  # gone since we looked for names
            continue
    return found, broken


def _tell(error: BrokenNetwork) -> None:
    logger.error("a network is left out: %s", error)
