"""Whether this Python has the GIL: it decides what may be done without a lock.

With it, whoever appends to a list and then looks is seen by whoever looks and then takes; and the
frames of threads that run may be looked at, since they stand still meanwhile. Without it, loads and
stores may pass each other, and frames are gone while one walks them.
"""

from __future__ import annotations

import sys

__all__ = ["HAS_GIL"]

HAS_GIL: bool = bool(getattr(sys, "_is_gil_enabled", lambda: True)())
