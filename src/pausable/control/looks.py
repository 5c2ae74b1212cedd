"""The looks: what commands answer that change nothing, statuses, watches, stacks and faults."""

from __future__ import annotations

import os
import platform
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pausable.control import commands, replies
from pausable.control.commands import VERSION, Selection
from pausable.control.parts import Fault, Hold, Stack
from pausable.control.picture import take_picture
from pausable.control.selection import check_one, select
from pausable.control.subscription import Subscription
from pausable.control.targets import Refusal
from pausable.errors import NotSupported
from pausable.scopes.fault import faults_of
from pausable.scopes.reprs import short_repr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pausable.control.connection import Connection
    from pausable.control.outside import OutsideHolds
    from pausable.control.picture import Picture
    from pausable.control.replies import Reply
    from pausable.control.targets import Target
    from pausable.scopes.fault import Fault as LiveFault
    from pausable.scopes.future import Future
    from pausable.snapshots import HoldStatus, TaskStatus

__all__ = ["LISTED", "Looks", "undecided"]

LISTED = 50
"""How many holds, stragglers or faults a reply lists, at most."""


class Looks:
    """Answers what only looks, each command by the method that is named as it."""

    def __init__(self, name: str, outside: OutsideHolds) -> None:
        """Answer as the program of this *name*."""
        self.name = name
        self.started_at: float = time.time()
        self._outside = outside

    def describer(self, connection: Connection) -> Callable[[HoldStatus], Hold]:
        """Return what describes holds to a client."""
        return lambda status: self._outside.part_of(status, connection.party)

    def _hello(self, command: commands.Hello, _connection: Connection) -> Reply:
        return replies.Welcome(
            id=command.id,
            v=VERSION,
            pid=os.getpid(),
            name=self.name,
            argv=[str(each) for each in sys.argv],
            python=platform.python_version(),
            pausable=sys.modules["pausable"].__version__,  # the package that this is a part of
            started_at=self.started_at,
        )

    def _status(self, command: commands.Status, connection: Connection) -> Reply:
        targets = select(command.on)
        seen = take_picture(self.name, targets, command.tasks, self.describer(connection))
        return replies.StatusTaken(
            id=command.id,
            at=time.time(),
            process=seen.process,
            scopes=list(seen.scopes.values()),
            tasks=list(seen.tasks.values()),
            unlisted=seen.unlisted,
        )

    def look_at(self, watch: Subscription, connection: Connection) -> Picture:
        """Take a picture of what is watched; there may be no such thing yet, or no more."""
        try:
            targets = select(watch.on)
        except Refusal:
            targets = []
        return take_picture(self.name, targets, watch.tasks, self.describer(connection))

    def _watch(self, command: commands.Watch, connection: Connection) -> Reply:
        if command.hz < 0:
            raise Refusal("bad-value", "hz must be zero or more samples a second")
        on = command.on
        check_one(on)
        if on.id is not None:
            on = Selection(path=select(on)[0].path)  # events have paths
        elif on.path is not None:
            select(on)
        connection.watch = None
        if command.hz:
            now = time.monotonic()
            connection.watch = Subscription(command.id, on, command.hz, command.tasks, now)
        watch = connection.watch
        return replies.Watching(id=command.id, hz=0.0 if watch is None else watch.hz)

    def _where(self, command: commands.Where, _connection: Connection) -> Reply:
        targets = select(command.on)
        tasks = [task for target in targets for task in target.tasks()]
        started = [task for task in tasks if task.running()]
        stacks = [_stack(task, wants_locals=command.locals) for task in started[: command.tasks]]
        elsewhere = [
            task
            for target in targets
            for outpost in target.outposts()
            for task in outpost.tasks()
            if task.state not in ("queued", "done")
        ]
        left = max(command.tasks - len(stacks), 0)
        return replies.Stacks(
            id=command.id,
            stacks=stacks + [_line(task) for task in elsewhere[:left]],
            unlisted=max(len(started) + len(elsewhere) - command.tasks, 0),
        )

    def _faults(self, command: commands.Faults, _connection: Connection) -> Reply:
        found = undecided(select(command.on))
        return replies.FaultsFound(
            id=command.id,
            faults=[_fault(each, wants_locals=command.locals) for each in found[:LISTED]],
            unlisted=max(len(found) - LISTED, 0),
        )


def undecided(targets: Iterable[Target]) -> list[LiveFault]:
    """List the faults of the tasks of *targets*, oldest first."""
    found: dict[int, LiveFault] = {}
    for target in targets:
        ids = {task.id for task in target.tasks()}
        nodes = {task._p_node for task in target.tasks()}
        for node in nodes:
            found.update((each._number, each) for each in faults_of(node) if each.task.id in ids)
    return [found[number] for number in sorted(found)]


def _fault(fault: LiveFault, *, wants_locals: bool) -> Fault:
    values = {name: short_repr(value) for name, value in fault.locals.items()}
    return Fault(
        id=fault.task.id,
        path=fault.task.path,
        task=fault.task.name,
        scope=0 if fault.task._p_node is None else fault.task._p_node.identity.id,
        reason=fault.reason,
        traceback=fault.traceback,
        locals=values if wants_locals else None,
    )


def _line(task: TaskStatus) -> Stack:
    """Say where a task is that is elsewhere: its line is all that there is."""
    return Stack(
        id=task.id,
        path=task.path,
        task=task.name,
        state=task.state,
        lines=[] if task.where is None else [str(task.where)],
        locals=None,
    )


def _stack(task: Future[Any], *, wants_locals: bool) -> Stack:
    values = None
    try:
        lines = [f"{at.filename}:{at.lineno} in {at.name}: {at.line}" for at in task.stack()]
        if wants_locals:
            with suppress(RuntimeError):  # it runs
                values = task.locals()
    except NotSupported:  # its frames are in another process: its line is all that there is
        place = task.where()
        lines = [] if place is None else [str(place)]
    return Stack(
        id=task.id,
        path=task.path,
        task=task.name,
        state=task.status().state,
        lines=lines,
        locals=values,
    )
