"""What has been loaded is not walked by every full collection, and is the collector's again at the end."""

from __future__ import annotations

import gc
import time
from pathlib import Path

from tests.web.activations.place import serve, write_models


def test_what_is_loaded_is_spared_while_the_server_runs(tmp_path: Path) -> None:
    write_models(tmp_path / "models")
    before = gc.get_freeze_count()
    with serve(tmp_path):
        deadline = time.monotonic() + 20
        while gc.get_freeze_count() <= before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert gc.get_freeze_count() > 10 * len(gc.get_objects())
    assert gc.get_freeze_count() == 0
