"""The networks of a folder: what they are at once, themselves as soon as they are loaded."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from app.engine import activations, checkpoints
from app.engine.activations import LoadedNetwork
from app.engine.checkpoints import BrokenNetwork, Checkpoint, UnknownNetwork
from app.locale import mark as _

logger = logging.getLogger(__name__)


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
    """

    def __init__(self, models: Path) -> None:
        self._loaded: dict[str, LoadedNetwork] = {}
        self._broken: dict[str, BrokenNetwork] = {}
        self._lock = threading.Lock()
        found: dict[str, Checkpoint] = {}
        for name in checkpoints.names(models):
            try:
                found[name] = checkpoints.read(models, name)
            except BrokenNetwork as error:
                self._leave_out(error)
        self.checkpoints: Mapping[str, Checkpoint] = MappingProxyType(found)

    @property
    def is_complete(self) -> bool:
        """Whether every network has been loaded, and none is broken."""
        return not self._broken and len(self._loaded) == len(self.checkpoints)

    def load(self) -> None:
        """Loads every network (seconds). Called again, it does nothing."""
        with self._lock:
            for name, checkpoint in self.checkpoints.items():
                if name in self._loaded or name in self._broken:
                    continue
                try:
                    self._loaded[name] = activations.load(checkpoint)
                except BrokenNetwork as error:
                    self._leave_out(error)

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
        if name not in self.checkpoints:
            raise UnknownNetwork(name, self.checkpoints)
        raise NetworkLoading

    def _leave_out(self, error: BrokenNetwork) -> None:
        logger.error("a network is left out: %s", error)
        self._broken[error.name] = error
