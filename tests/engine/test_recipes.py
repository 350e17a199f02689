"""What a network's card says of how it was trained."""

from __future__ import annotations

import pytest
import torch

from app.engine import recipes


@pytest.mark.parametrize(("threads", "said"), [(1, "CPU, 1 thread, "), (2, "CPU, 2 threads, ")])
def test_a_device_is_described_in_words(monkeypatch: pytest.MonkeyPatch, threads: int, said: str) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert recipes.describe(torch.device("cpu")).startswith(said)
