"""A drop-in for the thread pool of `multiprocessing.pool`, whose calls can be paused.

from pausable.pool import ThreadPool
"""

from __future__ import annotations

from pausable.threads.thread_pool import ThreadPool

__all__ = ["ThreadPool"]
