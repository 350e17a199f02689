"""A port for a server that a test starts in another process."""

from __future__ import annotations

import random
import socket

_PORTS = range(20_000, 32_000)
"""Below those that systems give to whoever asks for any (Linux from 32,768 on). One of those could be given
to another test while our server still starts, and that test's server would answer in place of ours."""
_choice = random.SystemRandom()


def free_port() -> int:
    """One on which nothing listens, and which nothing else is given by chance."""
    while True:
        port = _choice.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
