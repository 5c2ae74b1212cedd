"""A future that records each move of its state, for tests of the table of moves."""

from __future__ import annotations

from concurrent.futures import InvalidStateError
from typing import Any

from pausable import Future
from pausable._core.states import MOVES, PENDING

__all__ = ["RecordingFuture", "attempt", "check_moves"]

DEFINED = Future._state  # the slot, or whatever it is


class RecordingFuture(Future):
    """A future whose state cannot change unseen, on whichever thread."""

    moves: list[tuple[str, str]]

    @property
    def _state(self) -> str:
        return DEFINED.__get__(self)

    @_state.setter
    def _state(self, new: str) -> None:
        if not hasattr(self, "moves"):  # pools make their futures without `__init__`
            self.moves = []
        old = getattr(self, "_last_state", new)
        if old != new:
            self.moves.append((old, new))
        self._last_state = new
        DEFINED.__set__(self, new)


def check_moves(future: RecordingFuture) -> None:
    """Check that a future began as pending, has only moved along MOVES, and is where it says."""
    moves = future.moves
    assert set(moves) <= MOVES, moves
    states = [PENDING, *(new for _, new in moves)]
    assert [old for old, _ in moves] == states[:-1]
    assert future._state == states[-1]


def attempt(call: Any, *arguments: Any) -> Any:
    """Call, and return the refusal if the state does not allow it."""
    try:
        return call(*arguments)
    except (InvalidStateError, RuntimeError) as error:
        return error
