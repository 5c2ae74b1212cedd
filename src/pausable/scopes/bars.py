"""The bars: what progress looks like, as something for rich to draw, or as lines of plain text.

Pure: a status in, a picture or text out. Whatever people have named or given as a reason is text
here, never markup and never a control code.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from time import localtime, strftime
from typing import TYPE_CHECKING

from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from pausable.scopes.prose import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from pausable.snapshots import HoldStatus, ScopeStatus

__all__ = ["done_of", "estimate", "picture", "plain_lines", "total_of"]

_BAR_WIDTH = 36
_LABEL_WIDTH = 24
_ENOUGH = 0.5  # seconds of active time to go by
_LISTED = 10  # groups drawn one by one; the last line counts the others


def total_of(status: ScopeStatus, total: int | None = None) -> int:
    """Count all items: those there are, and *total* if more are to come."""
    tasks = status.done + status.running + status.resting + status.queued
    return max(tasks, status.items, total or 0)


def done_of(status: ScopeStatus) -> int:
    """Count the items that are over; each task is one, if it is not many of a `map`."""
    return max(status.done, status.items_done)


def estimate(
    status: ScopeStatus, *, total: int | None = None, since: ScopeStatus | None = None
) -> float | None:
    """Estimate how many seconds of active time are left; None while there is nothing to go by.

    What was done *since* an earlier status, by the active time that passed since: it stands still
    while the scope is paused. Of a scope that is not, without what is held in it.
    """
    done, seconds = done_of(status), status.active_time
    if since is not None:
        done -= done_of(since)
        seconds -= since.active_time
    left = total_of(status, total) - done_of(status) - _held(status)
    if left <= 0:
        return 0.0
    return left * seconds / done if done > 0 and seconds >= _ENOUGH else None


def picture(
    status: ScopeStatus,
    *,
    total: int | None = None,
    since: ScopeStatus | None = None,
    description: str | None = None,
    groups: bool = True,
) -> RenderableType:
    """Draw a bar with counts for a scope, another for each group at work, and the holds."""
    rows = [_Row(status, description or status.name, total, since)]
    more = 0
    if groups:
        shown = [each for each in status.groups.values() if _is_at_work(each)]
        more = len(shown[_LISTED:])
        for each in shown[:_LISTED]:
            before = since.groups.get(each.name) if since is not None else None
            rows.append(_Row(each, f"  {each.name}", None, before))
    parts = list(_draw(rows))
    if more:
        parts.append(Text(f"  and {more} more groups", style="dim"))
    parts += [Text(line, style="yellow") for line in _holds(status)]
    return Group(*parts)


class _Row:
    """What is to be drawn of one scope: its label, its bar, and two texts beside the bar."""

    def __init__(
        self, status: ScopeStatus, label: str, total: int | None, since: ScopeStatus | None
    ) -> None:
        number = total_of(status, total)
        left = _time_left(estimate(status, total=total, since=since))
        self.style = "yellow" if status.is_paused else "bar.complete"
        self.label = Text(plain(label), style="bold", overflow="ellipsis", no_wrap=True)
        self.done = Text(f"{done_of(status)}/{number} done")
        said = filter(None, (_state(status), left, _said_of_held(status)))
        self.rest = Text(", ".join(said), style=self.style)
        indent = len(label) - len(label.lstrip())
        self.unfinished = Text(" " * (indent + 2) + _unfinished(status), style="dim")
        self.bar = ProgressBar(
            total=max(number, 1),  # rich draws a bar of nothing out of nothing as full
            completed=done_of(status),
            complete_style=self.style,
            finished_style="yellow" if status.is_paused else "bar.finished",
        )


def _draw(rows: list[_Row]) -> Iterator[RenderableType]:
    """Draw two lines for each row, the columns of all below each other."""
    widths = [max(len(getattr(row, name)) for row in rows) for name in ("label", "done", "rest")]
    for row in rows:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=min(widths[0], _LABEL_WIDTH))
        grid.add_column(max_width=_BAR_WIDTH)
        grid.add_column(width=widths[1])
        grid.add_column(width=widths[2])
        grid.add_row(row.label, row.bar, row.done, row.rest)
        yield grid
        yield row.unfinished


def plain_lines(
    status: ScopeStatus,
    *,
    total: int | None = None,
    since: ScopeStatus | None = None,
    description: str | None = None,
    groups: bool = True,
) -> dict[str, tuple[str, str]]:
    """Write a line for a scope and each group below it, by their paths.

    A line comes in two parts: what is so, and the time that is left, which is always changing.
    """
    label = description or status.name
    left = _time_left(estimate(status, total=total, since=since))
    lines = {label: (_line(status, label, total), left)}
    if groups:
        for name, each in status.groups.items():
            before = since.groups.get(name) if since is not None else None
            lines |= plain_lines(each, since=before, description=f"{label}/{name}")
    return lines


def _line(status: ScopeStatus, label: str, total: int | None) -> str:
    done = f"{done_of(status)}/{total_of(status, total)} done"
    parts = [f"{plain(label)}: {done}, {_unfinished(status)}"]
    if _held(status):
        parts.append(_said_of_held(status))
    if status.is_paused:
        reasons = "; ".join(_hold(each) for each in status.holds)
        parts.append(f"{_state(status)}: {reasons or 'with the scope above'}")
    return ", ".join(parts)


def _unfinished(status: ScopeStatus) -> str:
    return f"{status.running} running, {status.resting} resting, {status.queued} queued"


def _state(status: ScopeStatus) -> str:
    if not status.is_paused:
        return ""
    return "paused" if status.is_quiescent else "pausing"


def _held(status: ScopeStatus) -> int:
    """Count the items that cannot go on though the scope is not paused: a part of it is."""
    return 0 if status.is_paused else status.items_held


def _said_of_held(status: ScopeStatus) -> str:
    return f"{_held(status)} held" if _held(status) else ""


def _time_left(seconds: float | None) -> str:
    if seconds is None:
        return "ETA unknown"
    return f"ETA {timedelta(seconds=ceil(seconds))}" if seconds else ""


def _holds(status: ScopeStatus) -> Iterator[str]:
    """Name the holds on a scope and on the groups below it, one a line."""
    for hold in status.holds:
        yield f"{plain(status.name)} is held: {_hold(hold)}"
    for each in status.groups.values():
        yield from _holds(each)


def _hold(hold: HoldStatus) -> str:
    """Name a hold. Since when, not how long: a line that stays true need not be drawn again."""
    since = strftime("%H:%M:%S", localtime(hold.placed_at))
    return f"{hold.reason!r} by {plain(hold.owner)} since {since}"


def _is_at_work(status: ScopeStatus) -> bool:
    return bool(status.running or status.resting or status.queued or status.holds)
