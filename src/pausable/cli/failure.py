"""What a command raises when it cannot do what it was asked for."""

from __future__ import annotations

__all__ = ["CommandFailed"]


class CommandFailed(Exception):
    """Raised when a command cannot do it; `main` prints the message and ends with *code*.

    The message is one sentence that says what would help.
    """

    def __init__(self, message: str, code: int = 1) -> None:
        """Keep the exit code beside the message."""
        super().__init__(message)
        self.code = code
