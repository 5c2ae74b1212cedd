"""What is different without the GIL: for tests that also run there."""

from __future__ import annotations

import pytest

from pausable._core.gil import HAS_GIL

__all__ = ["needs_frames"]

needs_frames = pytest.mark.skipif(
    not HAS_GIL, reason="without the GIL nobody looks at the frames of threads that run"
)
