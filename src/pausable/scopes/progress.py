"""The progress bar of a scope: it knows about pauses, and stands still in them. Needs rich.

Nothing is drawn by the clock while nothing can change. The events of the scope wake the bar's one
thread, which looks at the scope's status, draws, and lets some time pass before it draws again;
only while tasks run does it look without an event, for the time that is left to count down. A
paused pool with a bar costs what a paused pool costs.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol, Self

from pausable._core.parker import Parker
from pausable.scopes.common_log import ERROR, say
from pausable.scopes.numbers import optional_seconds

try:
    from rich import get_console
    from rich.live import Live
    from rich.text import Text
except ImportError as _error:
    _message = "a progress bar needs rich: pip install 'pausable[progress]'"
    raise ImportError(_message, name="rich") from _error

from pausable.scopes.bars import picture, plain_lines
from pausable.scopes.status import scope_status

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rich.console import Console, RenderableType

    from pausable._core.tree import Node
    from pausable.events import Event
    from pausable.snapshots import ScopeStatus

__all__ = ["Progress"]

_ON_TERMINAL = 0.25  # seconds between two looks at least
_ON_PAPER = 1.0
_NO_MORE = "the progress of %r cannot be shown any more"


class Observed(Protocol):
    """What a bar shows: a pool, a group."""

    _p_node: Node

    def observe(self, callback: Callable[[Event], object]) -> Callable[[], None]:
        """Call *callback* with each event; return what ends that."""


class Progress:
    """A bar that shows how far a pool or a group is, made by `progress()` and used with `with`.

        with pool.progress():
            for future in as_completed(futures):
                ...

    It shows the tasks that are done, running, resting and queued, the holds with their reasons, and
    an estimate of the active time that is left; below that a line for each group. In a terminal it
    redraws itself; elsewhere it prints a line when something has changed. It ends with the block,
    however that is left, and does not wait for tasks.
    """

    def __init__(
        self,
        scope: Observed,
        *,
        total: int | None = None,
        description: str | None = None,
        console: Console | None = None,
        transient: bool = False,
        refresh: float | None = None,
        groups: bool = True,
    ) -> None:
        """Make a bar for *scope*; nothing is shown before the `with` block.

        Args:
            scope: The pool or group.
            total: How many tasks there will be, when not all have been submitted yet.
            description: What to call it; the name of the scope by default.
            console: Where to draw; rich's default console, on stdout, if none is given.
            transient: Leave nothing of the bar in the terminal when it ends.
            refresh: How many seconds to let pass after each drawing; 0.25 in a terminal, else 1.
            groups: Show a line for each group.

        Raises:
            TypeError: *total* is no whole number, *description* no text, *refresh* no number.
            ValueError: *total* is negative, *refresh* is negative or NaN.
        """
        _check(total, description)
        self._scope = scope
        self._total = total
        self._description = description
        self._console = console or get_console()
        self._transient = transient
        self._groups = groups
        self._is_live = self._console.is_terminal and self._console.is_interactive
        usual = _ON_TERMINAL if self._is_live else _ON_PAPER
        self._refresh = optional_seconds("refresh", usual if refresh is None else refresh)
        self._live: Live | None = None
        self._thread: threading.Thread | None = None
        self._unobserve: Callable[[], None] = lambda: None
        self._printed: dict[str, str] = {}
        # Woken by events. No `threading.Event`: a finalizer or signal handler that interrupts a
        # thread in one, and pauses the scope, would come back to it and wait for itself.
        self._parker = Parker()
        self._ending = threading.Event()

    def __enter__(self) -> Self:
        """Begin to show progress.

        Raises:
            RuntimeError: it is shown already.
        """
        if self._thread is not None:
            msg = f"the progress of {self._scope._p_node.name!r} is shown already"
            raise RuntimeError(msg)
        self._since = self._status = scope_status(self._scope._p_node)
        self._printed.clear()
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="pausable-progress", daemon=True)
        try:
            if self._is_live:
                self._live = Live(
                    console=self._console,
                    get_renderable=self._picture,
                    auto_refresh=False,
                    transient=self._transient,
                )
                self._live.start()
            self._unobserve = self._scope.observe(self._notice)
            self._thread.start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Show how things stand at the end, and end the thread."""
        self._end()

    def _end(self) -> None:
        self._unobserve()
        self._ending.set()
        self._parker.wake()
        thread, self._thread = self._thread, None
        live, self._live = self._live, None
        try:
            if thread is not None and thread.ident is not None:
                thread.join()
        finally:
            if live is not None:
                self._stop(live)

    def _stop(self, live: Live) -> None:
        """Draw once more, and give the terminal back."""
        self._status = scope_status(self._scope._p_node)
        try:
            live.stop()
        except Exception as error:  # noqa: BLE001 - the terminal is gone; the block's work counts
            say(ERROR, _NO_MORE, self._scope._p_node.name, error=error)

    # The thread.

    def _notice(self, _: Event) -> None:
        self._parker.wake()

    def _run(self) -> None:
        """Draw whenever something has changed, and not too often.

        An event between a look and the next park is not lost: it ends that park.
        """
        try:
            while not self._ending.is_set():
                self._show()
                if not self._ending.wait(self._refresh):
                    self._parker.park(self._patience())
            self._show()
        except Exception as error:  # noqa: BLE001 - the terminal is gone
            say(ERROR, _NO_MORE, self._scope._p_node.name, error=error)

    def _patience(self) -> float | None:
        """Return how long to wait for an event: for ever, unless time is shown and passes."""
        status = self._status
        ticks = self._live is not None and status.running and not status.is_paused
        return _ON_PAPER if ticks else None

    def _show(self) -> None:
        self._status = scope_status(self._scope._p_node)
        live = self._live
        if live is not None:
            live.refresh()
        elif not self._is_live:
            self._print(self._status)

    def _picture(self) -> RenderableType:
        return picture(
            self._status,
            total=self._total,
            since=self._since,
            description=self._description,
            groups=self._groups,
        )

    def _print(self, status: ScopeStatus) -> None:
        """Print a line for each scope whose line has changed."""
        lines = plain_lines(
            status,
            total=self._total,
            since=self._since,
            description=self._description,
            groups=self._groups,
        )
        for path, (line, left) in lines.items():
            if self._printed.get(path) != line:
                self._printed[path] = line
                text = f"{line}, {left}" if left else line
                self._console.print(Text(text), soft_wrap=True, highlight=False)


def _check(total: int | None, description: str | None) -> None:
    if total is not None:
        if isinstance(total, bool) or not isinstance(total, int):
            msg = f"total must be a whole number of tasks, not {total!r}"
            raise TypeError(msg)
        if total < 0:
            msg = f"total must be zero or more tasks, not {total!r}"
            raise ValueError(msg)
    if description is not None and not isinstance(description, str):
        msg = f"description must be text, not {description!r}"
        raise TypeError(msg)
