"""The holds that came from outside: who of the clients has placed which, and what ends them.

A hold stays when its client goes, unless it was to end with the connection; the others can be
released by whoever comes later. When the program serves no more, nobody outside can release them:
then all of them end.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Literal

from pausable.control.parts import Hold as HoldPart

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pausable.control.commands import Pause
    from pausable.control.targets import Target
    from pausable.scopes.hold import Hold
    from pausable.snapshots import HoldStatus

__all__ = ["OutsideHold", "OutsideHolds", "Party"]

Key = tuple[int, float, str]
Ends = Literal["resume", "connection", "itself", "guard", "decision"]

_BY_RESUME: Ends = "resume"
_REMEMBERED = 1000  # holds that are over, of which is known who placed them
_numbers = count(1)  # of parties


def _key(status: HoldStatus) -> Key:
    """Return what tells a hold from others, also in a snapshot."""
    return status.id, status.placed_at, status.owner


class OutsideHold:
    """A hold that a client has placed."""

    __slots__ = ("ends", "hold", "key", "target", "terms")

    def __init__(self, target: Target, hold: Hold, command: Pause) -> None:
        """Keep what it is on, and what was asked for."""
        self.target: Target = target
        self.hold: Hold = hold
        self.key: Key = _key(hold.status())
        self.ends = command.ends
        self.terms: tuple[object, ...] = _terms(command)

    def is_over(self) -> bool:
        """Say whether it holds no longer."""
        return self.hold.is_released()


def _terms(command: Pause) -> tuple[object, ...]:
    return command.reason, command.running, command.duration, command.ends


class Party:
    """One client, as an owner of holds: at most one on each scope or task."""

    __slots__ = ("holds", "number", "owner")

    def __init__(self, owner: str) -> None:
        """Begin with no hold; *owner* is what statuses show."""
        self.owner: str = owner
        self.number: int = next(_numbers)
        self.holds: dict[int, OutsideHold] = {}  # by the id of what is held

    def forget_over(self) -> None:
        """Forget those that hold no longer."""
        for number, each in tuple(self.holds.items()):
            if each.is_over():
                del self.holds[number]


class OutsideHolds:
    """The holds of all clients of this program. Used by the server's thread."""

    def __init__(self) -> None:
        """Begin with none."""
        self._holds: dict[Key, OutsideHold] = {}
        # Who has placed which, and what was to end it; also of some that are over, since events are
        # told later. Plain facts: they keep nothing alive.
        self._placed: dict[Key, tuple[int, Ends]] = {}

    def pause(self, party: Party, target: Target, command: Pause) -> bool:
        """Place a hold for *party*, in the place of one that it has there; false if as that is.

        The new one is placed first: in between, nothing starts.

        Raises:
            ScopeEnded: the target is over.
        """
        before = party.holds.get(target.id)
        if before is not None and before.is_over():
            before = None
        if before is not None and before.terms == _terms(command) and command.duration is None:
            return False
        made = OutsideHold(target, target.pause(command, party.owner), command)
        if made.is_over():  # it was on a task that is over
            return False
        party.holds[target.id] = self._holds[made.key] = made
        self._note(made, party)
        if before is not None:
            before.hold.release()
        self.forget_over()
        return True

    def _note(self, made: OutsideHold, party: Party) -> None:
        self._placed[made.key] = (party.number, made.ends)
        if len(self._placed) > _REMEMBERED + len(self._holds):
            del self._placed[next(each for each in self._placed if each not in self._holds)]

    def release(self, chosen: Iterable[OutsideHold], *pace: float | None) -> int:
        """Release some of them; return how many held still."""
        count = sum(each.target.resume(each.hold, *pace) for each in chosen)
        self.forget_over()
        return count

    def on(self, ids: set[int], party: Party | None) -> list[OutsideHold]:
        """List those on the targets of these ids: of *party*, or of all."""
        holds = self._holds if party is None else {each.key: each for each in party.holds.values()}
        return [each for each in holds.values() if each.target.id in ids and not each.is_over()]

    def leave(self, party: Party) -> int:
        """Release what was to end with the connection of *party*; return how many."""
        ending = [key for key, each in party.holds.items() if each.ends == "connection"]
        return sum(party.holds.pop(key).hold.release() for key in ending)

    def end_all(self) -> int:
        """Release all; return how many held still."""
        ending, self._holds = self._holds, {}
        return sum(each.hold.release() for each in ending.values())

    def forget_over(self) -> None:
        """Forget those that hold no longer: nothing of what was held is kept for them."""
        for key, each in tuple(self._holds.items()):
            if each.is_over():
                del self._holds[key]

    def part_of(self, status: HoldStatus, party: Party) -> HoldPart:
        """Describe a hold to *party*; also one that is over since, as an event tells of it."""
        number, ends = self._placed.get(_key(status), (None, _BY_RESUME))
        left = None
        if status.kind == "guard":
            ends = "guard"
        elif status.kind == "fault":
            ends = "decision"
        elif status.duration is not None:
            ends = "itself"
            left = max(status.duration - status.seconds, 0.0)
        return HoldPart(
            scope=status.scope,
            path=status.path,
            id=status.id,
            reason=status.reason,
            owner=status.owner,
            kind="pause" if status.kind == "process" else status.kind,
            running=status.running,
            placed_at=status.placed_at,
            age=status.seconds,
            ends=ends,
            left=left,
            is_own=number == party.number,
            is_outside=number is not None,
            where=None if status.place is None else str(status.place),
        )
