"""The retreat: how work that met the failure stands back until its guard is healthy.

A task rests, and may be the one that tries first. Not everywhere may it rest: not in a `shield()`
block, nor in those that a `Stopped` runs through, in one that counts as rest already, or in one of
a hold of its own. There it waits, like whoever is no task: it keeps its thread, and tries when the
guard is healthy. A probe waits for no guard at all, and neither does a finalizer that has
interrupted the guard itself: each would wait for itself.

When the time of a task is up it is let go on, wherever it rests: see `reprieve`.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable.guards.machine import SHORTEST, State
from pausable.scopes.attendance import checkpoint, current_task, is_immune, may_rest
from pausable.scopes.numbers import optional_seconds
from pausable.scopes.standpoint import check_may_wait, here
from pausable.scopes.timer import clock

if TYPE_CHECKING:
    from pausable.guards.sentry import Sentry

__all__ = ["Retreat"]


class Retreat:
    """Where work waits for one guard. All methods are called by the work itself."""

    def __init__(self, sentry: Sentry) -> None:
        """Make one that nobody is in."""
        self.sentry: Sentry = sentry

    def enter(self, attempts: object = None, timeout: float | None = None) -> None:
        """Rest while tripped where a task may, as work begins.

        When time is up the work begins all the same: it finds out for itself.
        """
        task: Any = current_task()
        if task is None or self._is_within():
            return
        if timeout is None:
            self._rest(task, math.inf)
            return
        until = clock() + timeout
        self.limit(attempts, until)
        try:
            self._rest(task, until)
        finally:
            self.unlimit(attempts)

    def limit(self, attempts: object, until: float) -> None:
        """Let the task that calls go at *until* if it rests then, be it here or at a safe point."""
        task: Any = current_task()
        if task is not None:
            limits = self.sentry.reprieves.limits
            self.sentry.holds.decide(limits.__setitem__, attempts, (task, until))

    def unlimit(self, attempts: object) -> None:
        """Let its time run no more."""
        self.sentry.holds.ask(self.sentry.reprieves.limits.pop, attempts, None)

    def stand_back(self, task: object, until: float, row: int) -> bool:
        """Wait until the work may be tried again; False when late, or if nobody is to wait.

        *task* is the one that the caller is in, if it is in any.

        It has failed *row* times in a row without a trip: after too many, it waits nevertheless.
        """
        pause, sentry = self._pause(row), self.sentry
        if self._is_within() or sentry.machine.state is State.LET_GO:
            return False
        if pause:
            sentry.bystanders.wait(self._is_tripped, _left(min(clock() + pause, until)))
            if clock() >= until:
                return False
        if task is not None and not self._rest(task, until):
            return False
        if self._is_held(task):
            sentry.bystanders.wait(partial(self._may_go, task), _left(until))
            self._give_up(task)
        return self._may_try(task)

    async def stand_back_async(self, task: Any, until: float, row: int) -> bool:
        """Do as `stand_back`; but where no task could rest or stop, without blocking the loop."""
        sentry = self.sentry
        if task is not None and not is_immune(task):
            return self.stand_back(task, until, row)
        if self._is_within() or sentry.machine.state is State.LET_GO:
            return False
        pause = self._pause(row)
        if pause:
            left = _left(min(clock() + pause, until))
            await sentry.bystanders.wait_async(self._is_tripped, left)
            if clock() >= until:
                return False
        if self._is_held(task):
            await sentry.bystanders.wait_async(partial(self._may_go, task), _left(until))
            self._give_up(task)
        return self._may_try(task)

    def wait_healthy(self, timeout: float | None) -> bool:
        """Wait until the guard is healthy: see `Guard.wait_healthy`."""
        seconds = optional_seconds("timeout", timeout)
        check_may_wait(self.sentry.holds.lock)
        if self._is_within():
            msg = f"a probe cannot wait for a guard, such as {self.sentry.holds.name!r}"
            raise RuntimeError(msg)
        return self.sentry.bystanders.wait(self._is_healthy, seconds)

    # What is waited for, and whether to wait.

    def _is_within(self) -> bool:
        """Say whether the caller would wait for itself.

        That is a probe, its own or another's, or a finalizer that has interrupted the guard.
        """
        is_asked: bool = getattr(here, "is_asked", False)
        return is_asked or self.sentry.holds.is_deciding()

    def _is_healthy(self) -> bool:
        return self.sentry.machine.state is State.HEALTHY

    def _is_tripped(self) -> bool:
        return self.sentry.machine.state.holds

    def _may_go(self, task: object) -> bool:
        return not self._is_held(task)

    def _is_held(self, task: object) -> bool:
        """Say whether *task* is to stand back: the guard is tripped, and this is not the trial."""
        trial = self.sentry.trial
        return self.sentry.machine.state.holds and not (trial is not None and trial.task is task)

    def _may_try(self, task: object) -> bool:
        machine, trial = self.sentry.machine, self.sentry.trial
        return machine.state is State.HEALTHY or (trial is not None and trial.task is task)

    def _pause(self, row: int) -> float:
        """Return for how long to wait after so many failures in a row that did not trip the guard.

        For other work succeeds in between: without a wait this would be tried at full speed.
        """
        settings = self.sentry.settings
        if row <= settings.after:
            return 0.0
        return max(settings.backoff.longest(settings.every, row - settings.after - 1), SHORTEST)

    # The rest of a task.

    def _rest(self, task: Any, until: float) -> bool:
        """Rest until the task may go, or as it may not rest here; False when time is up."""
        sentry = self.sentry
        holds, spared = sentry.holds, sentry.reprieves.spared
        while True:
            is_held = task in holds.tasks and task not in spared  # since it has met the failure
            if not is_held:
                holds.decide(sentry.hold, task, until)
            checkpoint()
            if task in spared:
                return False
            # A hold that was seen without the lock may have gone since, and the guard tripped anew.
            has_gone = is_held and task not in holds.tasks
            if not self._is_held(task) or not (may_rest(task) or has_gone):
                return True

    def _give_up(self, task: Any) -> None:
        """Let a task go on that has waited without rest, if that was in vain."""
        if task is not None and self._is_held(task):
            self.sentry.holds.decide(self._spare, task)

    def _spare(self, task: Any) -> None:
        if self._is_held(task):
            self.sentry.reprieves.spare(task)


def _left(until: float) -> float | None:
    return None if until == math.inf else max(until - clock(), 0.0)
