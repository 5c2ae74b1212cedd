"""The details: who holds what is selected, why, and who still runs under its closed gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pausable.control.words import held_by, number
from pausable.scopes.prose import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable.control.shapes import Task
    from pausable.tui.place import Place

__all__ = ["details"]

_LISTED = 8  # tasks that still run


def details(place: Place) -> str:
    """Tell of a place, in some lines."""
    with place.link.lock:
        return "\n".join(_lines(place))


def _lines(place: Place) -> Iterator[str]:
    yield place.name
    for hold in place.holds:
        yield f"  {held_by(place.link.mirror.hold_of(place.row.id, hold))}"
    part, task = place.part, place.task
    if part is not None and part["is_paused"] and not part["holds"]:
        yield "  held above: see the holds of the scopes that it is in"
    if task is not None and task["where"]:
        yield plain(f"  {task['state']} at {task['where']}")
    going = _still_running(place)
    if going:
        yield f"  pausing: {number(len(going), 'task')} still running"
    for each in going[:_LISTED]:
        where = f" at {each['where']}" if each["where"] else ""
        yield plain(f"    {each['path']}{where}")


def _still_running(place: Place) -> list[Task]:
    """List the fact beside the request: who still runs under a closed gate."""
    mirror = place.link.mirror
    within = set(mirror.scopes) if place.row.kind == "process" else {place.row.id}
    for scope in sorted(mirror.scopes):  # those above have smaller ids
        if mirror.scopes[scope]["parent"] in within:
            within.add(scope)
    return [
        task
        for task in mirror.tasks.values()
        if task["state"] == "pausing" and (task["scope"] in within or task["id"] in within)
    ]
