"""Settings of the tests of pictures."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
from hypothesis import settings
from PIL import Image

from app.pictures.normalise import prepare
from tests.pictures.normalising import LIMITS

settings.register_profile("on any machine", deadline=None)
settings.load_profile("on any machine")


@pytest.fixture
def like_the_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pillow is set as the decoders' processes set it."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    with warnings.catch_warnings():
        prepare(LIMITS)
        yield
