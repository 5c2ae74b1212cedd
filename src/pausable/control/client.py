"""The client: speaks with one program that serves. It needs nothing but the stdlib.

A short command is to take hardly longer than the interpreter's start. So replies are dicts, whose
shapes type checkers know (`reply_shapes`), and what is imported here is what a socket needs.
`programs` finds the address.
"""

from __future__ import annotations

import json
import time
from collections import deque

from pausable.control.route import ControlError, Refused, Unreachable
from pausable.control.wire import Wire

# As `typing` has it, whose import takes long.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Any, Literal, Self

    from pausable.control.reply_shapes import (
        Decided,
        Event,
        FaultsFound,
        Paused,
        Resized,
        Resumed,
        Sample,
        Stacks,
        StatusTaken,
        Stopped,
        Welcome,
    )
    from pausable.control.shapes import Selection

__all__ = ["TIMEOUT", "Client", "ControlError", "Refused", "Unreachable"]

TIMEOUT = 5.0
"""How many seconds a client waits for what comes at once, if nothing else is said."""

_VERSION = 1


class Client(Wire):
    """A connection to one program. For one thread at a time; to be closed, or used with `with`.

    Each command has a method, which returns the reply as a dict. None waits for longer than it is
    given, *timeout* seconds by default. The holds that it places stay, but for those that end with
    the connection.

    *on* selects what a command applies to: ``{"path": "shop/images"}``, ``{"id": 7}``,
    ``{"glob": "shop/*"}`` or ``{"all": True}``, which is the process and the default.

    Raises:
        Unreachable: nobody answers in time, or somebody else's program would.
        Refused: the program says that it cannot be done. So do all methods.
    """

    def __init__(self, address: str, *, timeout: float = TIMEOUT) -> None:
        """Connect to the socket at *address*: see `find` and `processes`."""
        super().__init__(address, timeout)
        self._number = 0
        self._watch = 0  # the number of the watch; 0 for none
        self._seen: deque[dict[str, Any]] = deque()  # what came of the watch while other was read
        if self._token is not None:
            try:
                self._ask("hello", token=self._token)
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> Self:
        """Be closed at the end of the block."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.close()

    # Commands.

    def hello(self) -> Welcome:
        """Ask who serves there."""
        reply: Welcome = self._ask("hello")
        return reply

    def pause(
        self,
        on: Selection | None = None,
        reason: str = "paused",
        *,
        running: Literal["rest", "finish"] = "rest",
        duration: float | None = None,
        ends: Literal["resume", "connection"] = "resume",
        wait: float | None = None,
    ) -> Paused:
        """Place a hold on what is selected: when this has returned, no task of it starts.

        With *wait*, return when each started task of it rests, or after so many seconds: the reply
        says whether, and names the stragglers.
        """
        reply: Paused = self._ask(
            "pause",
            _more=wait or 0.0,
            on=on,
            reason=reason,
            running=running,
            duration=duration,
            ends=ends,
            wait=wait,
        )
        return reply

    def resume(
        self,
        on: Selection | None = None,
        *,
        whose: Literal["anybody", "outside", "own"] = "anybody",
        below: bool = False,
        stagger: float | None = None,
        jitter: float | None = None,
    ) -> Resumed:
        """Release the holds that pauses placed on what is selected; holds of guards stay.

        Of *anybody*, of those who came by a socket, or of this connection. With *below*, also those
        on the scopes and tasks below.
        """
        reply: Resumed = self._ask(
            "resume", on=on, whose=whose, below=below, stagger=stagger, jitter=jitter
        )
        return reply

    def stop(self, on: Selection, reason: str = "stopped") -> Stopped:
        """End the tasks that are selected."""
        reply: Stopped = self._ask("stop", on=on, reason=reason)
        return reply

    def status(self, on: Selection | None = None, *, tasks: int = 100) -> StatusTaken:
        """Ask for a picture of the process, and of what is selected; so many *tasks* at most."""
        reply: StatusTaken = self._ask("status", on=on, tasks=tasks)
        return reply

    def faults(self, on: Selection | None = None, *, locals: bool = False) -> FaultsFound:  # noqa: A002
        """List the faults that wait for a decision, with the *locals* where each was raised."""
        reply: FaultsFound = self._ask("faults", on=on, locals=locals)
        return reply

    def decide(
        self,
        on: Selection,
        how: Literal["retry", "fail", "skip", "resolve"],
        value: object = None,
    ) -> Decided:
        """Decide the faults of the tasks that are selected; "resolve" gives them *value*."""
        reply: Decided = self._ask("decide", on=on, how=how, value=value)
        return reply

    def resize(self, on: Selection, limit: int | None) -> Resized:
        """Set how many tasks of a pool or group run at once."""
        reply: Resized = self._ask("resize", on=on, limit=limit)
        return reply

    def where(
        self,
        on: Selection | None = None,
        *,
        tasks: int = 20,
        locals: bool = False,  # noqa: A002
    ) -> Stacks:
        """Ask for the stacks of started tasks, with the local variables of those that rest."""
        reply: Stacks = self._ask("where", on=on, tasks=tasks, locals=locals)
        return reply

    def watch(
        self, on: Selection | None = None, *, hz: float = 10.0, tasks: int = 100
    ) -> Iterator[Sample | Event]:
        """Yield what changes, from now on: samples, at *hz* a second at most, and rare events.

        The first sample has everything, later ones what has changed. Other commands may be given
        meanwhile; a second watch ends this one, and so does closing the iterator.

        Raises:
            Unreachable: nothing has come for so long that the program must hang, or have ended.
            ValueError: *hz* is not more than zero.
        """
        if not hz > 0:
            msg = f"hz must be more than zero samples a second, not {hz!r}"
            raise ValueError(msg)
        self._ask("watch", on=on, hz=hz, tasks=tasks)
        self._watch = mine = self._number
        self._seen.clear()
        return self._watched(mine)

    def _watched(self, mine: int) -> Iterator[Sample | Event]:
        try:
            while self._watch == mine:
                frame: Any = self._seen.popleft() if self._seen else self._receive(self.timeout)
                if frame["id"] == mine:
                    yield frame
        except Unreachable:
            self._watch = 0
            raise
        finally:
            self._end_watch(mine)

    def _end_watch(self, mine: int) -> None:
        """Be sent no more, unless the connection is gone or has another watch."""
        if self._watch == mine and not self._is_closed:
            self._watch = 0
            try:
                self._ask("watch", hz=0.0)
            except ControlError:  # it has ended in the meantime
                self.close()

    def _ask(self, do: str, *, _more: float = 0.0, **fields: object) -> Any:  # noqa: ANN401 - by what it asks
        """Give a command, and return its reply."""
        self._number += 1
        frame = {"do": do, "v": _VERSION, "id": self._number}
        frame.update((name, value) for name, value in fields.items() if value is not None)
        if do == "resize":
            frame["limit"] = fields["limit"]  # where null means something
        deadline = time.monotonic() + self.timeout
        self._send(json.dumps(frame).encode() + b"\n", deadline)
        while True:
            left = deadline + _more - time.monotonic()
            reply = self._receive(left)
            if reply["reply"] == "error" and reply["id"] in (self._number, 0):
                raise self._error(reply)
            if reply["id"] == self._number:
                return reply
            if reply["id"] == self._watch:
                self._seen.append(reply)
