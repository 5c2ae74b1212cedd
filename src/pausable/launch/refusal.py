"""What is raised where a program cannot be run with pauses."""

from __future__ import annotations

__all__ = ["LaunchRefused"]


class LaunchRefused(Exception):
    """Raised when a program cannot be run under us; the message says why, and what would help."""
