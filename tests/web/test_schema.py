"""The whole API against its description: schemathesis makes up requests, the answers must be as told."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.main import FEATURES, create_app
from app.runs import estimator
from app.settings import Settings
from app.web import runs
from tests.web.conftest import Server, get
from tests.web.runs_untrained import ESTIMATE, untrained

pytestmark = pytest.mark.slow  # a minute, most of it schemathesis making sense of nested schemas
READY_SECONDS = 120
EXAMPLES = int(os.environ.get("CONVSCOPE_SCHEMA_EXAMPLES", "12"))
"""Of each operation, beside its boundary cases."""
LEFT_OUT = [positive_data_acceptance]
"""What fits the schema may still be impossible to compute: that is what 422 is for."""

schema = schemathesis.openapi.from_dict(create_app(Settings()).openapi())


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the whole application answers, its networks loaded; no run is tried or trained."""
    folder: Path = tmp_path_factory.mktemp("pictures")
    features = [untrained if feature is runs.feature else feature for feature in FEATURES]
    trial = (sys.executable, "-c", f"print({ESTIMATE!r})")
    with (
        pytest.MonkeyPatch.context() as patch,
        Server(features, pictures_url=f"file://{folder}", runs_dir=folder / "runs") as server,
    ):
        patch.setattr(estimator, "COMMAND", trial)
        deadline = time.monotonic() + READY_SECONDS
        while b" 200 " not in server.ask(get(b"/readyz", b"Connection: close\r\n"), timeout=60)[:20]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield f"http://127.0.0.1:{server.port}"


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_described(case: Any, address: str) -> None:
    case.call_and_validate(base_url=address, excluded_checks=LEFT_OUT)
