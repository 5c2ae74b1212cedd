"""What is different without the GIL: for tests that also run there."""

from __future__ import annotations

import sys

import pytest

__all__ = ["HAS_GIL", "needs_frames"]

HAS_GIL = bool(getattr(sys, "_is_gil_enabled", lambda: True)())

needs_frames = pytest.mark.skipif(
    not HAS_GIL, reason="without the GIL nobody looks at the frames of threads that run"
)
