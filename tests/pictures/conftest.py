"""Settings of the tests of pictures."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("on any machine", deadline=None)
settings.load_profile("on any machine")
