"""What is raised when a program cannot be attached to."""

from __future__ import annotations

__all__ = ["AttachRefused"]


class AttachRefused(Exception):
    """Raised when a program cannot be attached to, or detached from; it has not been changed.

    The message says why, and what would help.
    """
