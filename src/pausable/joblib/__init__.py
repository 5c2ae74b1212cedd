"""joblib on a pool of ours: its batches are tasks, and scikit-learn's searches with them.

Importing this registers the backend ``"pausable"``: ``with joblib.parallel_config("pausable",
pool=pool): ...``. It needs joblib, ``pip install pausable[joblib]``.
"""

from __future__ import annotations

from pausable.joblib.backend import Backend
from pausable.joblib.joblib_names import register_parallel_backend

__all__ = ["Backend"]

register_parallel_backend("pausable", Backend)
