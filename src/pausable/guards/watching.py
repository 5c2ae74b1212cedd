"""Watching: what a guard does on its own: it holds, probes, lets one task try, and releases.

The decisions are the machine's; here is what follows from them, under the guard's lock, and the
probe, on the watcher's thread and under no lock.
"""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable._core import times
from pausable._core.times import clock
from pausable.guards.keeper import Keeper, logger
from pausable.guards.machine import Machine, Rules, State
from pausable.guards.probes.calls import failure_of, said
from pausable.guards.trials import Trial
from pausable.guards.waits import Waits
from pausable.guards.watcher import watcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.guards.probes.calls import Probe
    from pausable.threads.future import Future
    from pausable.threads.timer import Alarm

    Todo = list[Callable[[], object]]

__all__ = ["Watching"]


class Watching(Keeper):
    """A keeper that probes a resource."""

    def __init__(
        self,
        name: str,
        probe: Probe,
        rules: Rules,
        trip_on: tuple[type[Exception], ...],
        stagger: float,
    ) -> None:
        """Begin healthy."""
        super().__init__(name)
        self._probe = probe
        self._rules = rules
        self._trip_on = trip_on
        self._stagger = stagger
        self._start()

    def _start(self) -> None:
        self._machine = Machine(self._rules)
        self._trial: Trial | None = None
        self._alarm: Alarm | None = None
        self._waits = Waits(self.look_around)

    def _begin_anew(self) -> None:
        super()._begin_anew()
        self._start()

    def wait_healthy(self, timeout: float | None = None) -> bool:
        """Wait until it is healthy, *timeout* seconds at most; return whether it is.

        A task that waits so counts as at rest.
        """
        return self._waits.wait(self._is_healthy, times.optional_seconds("timeout", timeout))

    def _is_healthy(self) -> bool:
        return self._machine.state is State.HEALTHY

    def _is_needed(self) -> bool:
        """Say whether anybody depends on it, or waits for it."""
        return self._dependents.are_there() or self._waits.are_there()

    # What follows.

    def _follow(self, todo: Todo) -> None:
        machine, now = self._machine, clock()
        if machine.state is not State.HEALTHY and self._dependents.reason is None:
            self._dependents.hold(f"{self.name}: {machine.reason}", todo)
            todo.append(partial(logger.warning, "guard %r has tripped: %s", *self._said()))
        if self._trial is not None and self._trial.epoch != machine.epoch:
            self._trial.end(todo)
        if machine.state is State.TRIAL:
            self._try(todo)
        else:
            self._trial = None
        if machine.state is State.HEALTHY and self._dependents.reason is not None:
            self._dependents.release(self._stagger, todo)
            todo.append(partial(logger.info, "guard %r is healthy again", self.name))
            todo.append(self._waits.tell)
        if self._is_needed():
            machine.watch(now)
        else:
            machine.rest()
        self._schedule()

    def _try(self, todo: Todo) -> None:
        """Let one task try, unless one does."""
        machine, last = self._machine, self._trial
        if last is not None and last.epoch == machine.epoch:
            return
        trial = self._trial = Trial.begin(self._dependents, machine.epoch, last, todo)
        if trial is None:
            machine.skip_trial(clock())
            return
        told = partial(self._trial_ended, trial.epoch)
        todo.append(partial(trial.task.add_done_callback, told))
        todo.append(partial(logger.info, "guard %r lets %s try", self.name, trial.task.name))

    def _trial_ended(self, epoch: int, task: Future[Any]) -> None:
        """Note that the task of a trial is over: it has told something now, or another is to."""
        error = None if task.cancelled() else task.exception()
        tells = not task.cancelled() and error is None
        machine = self._machine

        def change(_todo: Todo) -> None:
            if machine.epoch != epoch:
                return
            if tells:
                machine.work_succeeded(epoch, clock())
            elif isinstance(error, self._trip_on):
                machine.work_failed(epoch, said(error), clock())
            else:
                machine.begin_trial(clock())

        self._change(change)

    # The looks.

    def _schedule(self) -> None:
        """Have the watcher look when the machine says so. Under the lock."""
        due, alarm = self._machine.due, self._alarm
        if alarm is not None and alarm.when == due and alarm.call is not None:
            return
        if alarm is not None:
            alarm.cancel()
        self._alarm = None
        if due is None:
            return
        if self._machine.state is State.HEALTHY:  # it need not outlive what depends on it
            self._alarm = watcher.call_at(due, partial(_look_of, weakref.ref(self)))
        else:
            self._alarm = watcher.call_at(due, self._look)

    def _look(self) -> None:
        """Look at the resource, or after the trial. On the watcher's thread."""
        machine = self._machine
        with self._lock:
            trial = self._trial
            if not self._is_needed() and machine.rest():
                return
            wanted = trial is None and machine.begin_probe()
        if trial is not None:
            self._change(partial(self._look_after, trial))
        if not wanted:
            return
        why = failure_of(self._probe)

        def change(_todo: Todo) -> None:
            if why is None:
                machine.probe_succeeded(clock())
            else:
                machine.probe_failed(why, clock())

        self._change(change)

    def _look_after(self, trial: Trial, _todo: Todo) -> None:
        """Let another task try if the one that does is kept from it."""
        machine = self._machine
        if trial is not self._trial:
            return
        machine.look_again(clock())
        if trial.is_stuck():
            machine.begin_trial(clock())

    def _said(self) -> tuple[str, str | None]:
        return self.name, self._machine.reason


def _look_of(reference: weakref.ref[Watching]) -> None:
    guard = reference()
    if guard is not None:
        guard._look()
