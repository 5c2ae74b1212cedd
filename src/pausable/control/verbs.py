"""The verbs: what each command does, and what is answered. They decide nothing of the wire."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable.control import commands, replies
from pausable.control.looks import LISTED, Looks, undecided
from pausable.control.parts import Hold, Straggler
from pausable.control.picture import take_picture
from pausable.control.quiescence_wait import AnswerWait, QuiescenceWait
from pausable.control.selection import select
from pausable.control.targets import Refusal, ScopeTarget
from pausable.errors import ScopeEnded
from pausable.scopes.outpost import merged, outposts

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable._core.ports import Wakeable
    from pausable.control.commands import Selection
    from pausable.control.connection import Connection
    from pausable.control.outside import OutsideHolds
    from pausable.control.replies import Reply
    from pausable.control.targets import Target
    from pausable.scopes.fault import Fault

__all__ = ["Verbs"]

ASIDE = (commands.Stop, commands.Decide, commands.Faults, commands.Where)
"""Commands that may run code of the program, as done callbacks and texts of exceptions are: each is
done on a thread of its own, for that code may block."""

_ANSWER = 2.0  # seconds: clients expect what they do not wait for within five
_LONGEST_WAIT = 86_400.0  # seconds


class Verbs(Looks):
    """Does what commands ask for, each by the method that is named as it."""

    def __init__(self, name: str, outside: OutsideHolds, waker: Wakeable) -> None:
        """Serve under this *name*; *waker* is woken when a wait may be over."""
        super().__init__(name, outside)
        self._waker = waker

    def is_aside(self, command: commands.Command) -> bool:
        """Say whether a command is to be done on a thread of its own.

        A status is, where others are asked for it: on the server's it is as they were last seen.
        """
        return isinstance(command, ASIDE) or (
            isinstance(command, commands.Status) and bool(outposts())
        )

    def do(self, command: commands.Command, connection: Connection) -> Reply | None:
        """Do a command, and return what is to be answered; None if that comes later.

        Raises:
            Refusal: it cannot be done.
        """
        verb: Callable[[Any, Connection], Reply | None] = getattr(
            self, f"_{type(command).__name__.lower()}"
        )
        try:
            return verb(command, connection)
        except ScopeEnded as error:
            raise Refusal("ended", str(error)) from error
        except ValueError as error:
            raise Refusal("bad-value", str(error)) from error

    # Pause and resume.

    def _pause(self, command: commands.Pause, connection: Connection) -> Reply | None:
        began = time.monotonic()
        if command.wait is not None and command.wait < 0:
            raise Refusal("bad-value", "wait must be zero or more seconds")
        targets = select(command.on)
        changed, ended = 0, None
        for target in targets:
            try:
                changed += self._outside.pause(connection.party, target, command)
            except ScopeEnded as error:
                ended = error
        holds = self._outside.on({each.id for each in targets}, connection.party)
        if ended is not None and not holds:
            raise ended

        def reply(is_quiescent: bool) -> Reply:
            waited = time.monotonic() - began
            return self._paused(command, connection, targets, changed, is_quiescent, waited)

        unsettled = [each for one in targets for each in one.outposts() if not each.is_settled()]
        if not command.wait and unsettled:
            # Others start their tasks: until they have answered, some may.
            by = began + _ANSWER
            answered = partial(_whether_quiescent, targets, reply)
            connection.waits.append(AnswerWait(unsettled, self._waker, by, answered))
            return None
        if not command.wait:
            return _whether_quiescent(targets, reply)
        deadline = began + min(command.wait, _LONGEST_WAIT)
        live = [each.hold for each in holds]
        connection.waits.append(QuiescenceWait(live, self._waker, deadline, reply))
        return None

    def _paused(
        self,
        command: commands.Pause,
        connection: Connection,
        targets: list[Target],
        changed: int,
        is_quiescent: bool,
        waited: float,
    ) -> Reply:
        late = [] if is_quiescent else merged(one.stragglers() for one in targets)
        own = self._outside.on({each.id for each in targets}, connection.party)
        describe = self.describer(connection)
        return replies.Paused(
            id=command.id,
            selected=len(targets),
            changed=changed,
            is_quiescent=bool(own) and is_quiescent,
            stragglers=[
                Straggler(
                    task=each.task,
                    path=each.path,
                    id=each.id,
                    where=None if each.where is None else str(each.where),
                    seconds=each.seconds,
                    why=each.why,
                )
                for each in late[:LISTED]
            ],
            unlisted=max(len(late) - LISTED, 0),
            holds=[describe(each.hold.status()) for each in own[:LISTED]],
            waited=waited,
        )

    def _resume(self, command: commands.Resume, connection: Connection) -> Reply:
        targets = select(command.on)
        pace = (command.stagger, command.jitter)
        all_of_them = list(targets)
        if command.below:
            all_of_them += [each for target in targets for each in target.below()]
        if command.whose == "anybody":
            changed = sum(each.resume(None, *pace) for each in all_of_them)
            self._outside.forget_over()
        else:
            party = connection.party if command.whose == "own" else None
            chosen = self._outside.on({each.id for each in all_of_them}, party)
            changed = self._outside.release(chosen, *pace)
        left = self._left(targets, connection)
        return replies.Resumed(
            id=command.id,
            selected=len(targets),
            changed=changed,
            is_paused=any(each.is_paused() for each in targets),
            left=left[:LISTED],
            unlisted=max(len(left) - LISTED, 0),
        )

    def _left(self, targets: list[Target], connection: Connection) -> list[Hold]:
        """List what holds the targets still: on themselves, above and below."""
        seen = take_picture(self.name, targets, LISTED, self.describer(connection))
        found = list(seen.process.holds)
        for scope in seen.scopes.values():
            found += scope.holds
        for task in seen.tasks.values():
            found += task.holds
        return found

    # Change.

    def _decide(self, command: commands.Decide, _connection: Connection) -> Reply:
        found = undecided(select(command.on))
        if not found:
            raise Refusal("not-possible", "no task of what is selected waits for a decision")
        changed = sum(_decided(each, command) for each in found)
        return replies.Decided(id=command.id, selected=len(found), changed=changed)

    def _stop(self, command: commands.Stop, _connection: Connection) -> Reply:
        targets = _explicit(command.on)
        changed = sum(each.stop(command.reason) for each in targets)
        return replies.Stopped(id=command.id, selected=len(targets), changed=changed)

    def _resize(self, command: commands.Resize, _connection: Connection) -> Reply:
        targets = _explicit(command.on)
        scopes = [each.handle for each in targets if isinstance(each, ScopeTarget)]
        if len(scopes) != len(targets):
            raise Refusal("not-possible", "only pools and groups have a limit: select one of those")
        changed = 0
        for handle in scopes:
            try:
                changed += handle.resize(command.limit)
            except TypeError as error:
                raise Refusal("not-possible", str(error)) from error
        return replies.Resized(id=command.id, selected=len(scopes), changed=changed)


def _whether_quiescent(targets: list[Target], reply: Callable[[bool], Reply]) -> Reply:
    return reply(all(each.is_quiescent() for each in targets))


def _explicit(on: Selection) -> list[Target]:
    """Find what is selected, which must be said: this is not to happen to all by a slip.

    Raises:
        Refusal: nothing was said.
    """
    if not on.all and on.path is None and on.id is None and on.glob is None:
        raise Refusal("bad-value", 'say what: "on": {"path": ...}, or {"all": true} for everything')
    return select(on)


def _decided(fault: Fault, command: commands.Decide) -> bool:
    if command.how == "resolve":
        return fault.resolve(command.value)
    return {"retry": fault.retry, "fail": fault.fail, "skip": fault.skip}[command.how]()
