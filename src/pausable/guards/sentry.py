"""The sentry: what a guard does on its own: it holds, asks, lets one task try, and releases.

The decisions are the machine's. Whatever happens is told to it in a decision of the joint hold:
under the lock the machine is told, and what it says now is made so (`_follow`). The probe is called
on a thread of its own, and its answer comes as one more decision.
"""

from __future__ import annotations

import math
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

from pausable.guards.bystanders import Bystanders
from pausable.guards.machine import Machine, State
from pausable.guards.question import PATIENCE, Question
from pausable.guards.reprieve import Reprieves
from pausable.guards.trial import Trial
from pausable.guards.watcher import inherited, watcher
from pausable.scopes.attendance import current_task
from pausable.scopes.common_log import INFO, WARNING, is_logged
from pausable.scopes.joint_hold import JointHold
from pausable.scopes.timer import call_aside, clock

if TYPE_CHECKING:
    from pausable.guards.question import Failure, Resource
    from pausable.guards.settings import Settings
    from pausable.scopes.future import Future
    from pausable.scopes.timer import Alarm

__all__ = ["Sentry"]

_HEEDS = "guard %r: the resource asks to be left alone for %.3g s"
_LETS_GO = "guard %r lets go: it has held for %g s, and the last it knows is: %s"


class Sentry:
    """All that one guard knows: its machine, what depends on it, who tries, who waits."""

    def __init__(self, name: str, settings: Settings, resource: Resource) -> None:
        """Begin healthy."""
        self.holds: JointHold = JointHold(name, self._follow, self._look, watcher)
        self.settings: Settings = settings
        self.resource: Resource = resource
        self._begin()
        inherited.add(self)

    def _begin(self) -> None:
        self.machine: Machine = Machine(self.settings)
        self.trial: Trial | None = None
        self.bystanders: Bystanders = Bystanders(self.holds)
        self.reprieves: Reprieves = Reprieves(self.holds)
        self._alarm: Alarm | None = None
        self._heeded = 0.0  # the moment of which the log knows that it is not to ask before

    def _begin_anew(self) -> None:
        """Be healthy, whatever was: in a forked child nothing is held, and nobody waits."""
        self.holds.begin_anew()
        self._begin()

    # What it is told: how work went, what the probe says, that it is time.

    def work_ended(self, epoch: int, error: BaseException | None) -> bool:
        """Note how protected work went that began in *epoch*; say whether it met the failure."""
        machine, holds = self.machine, self.holds
        if error is None:
            if machine.failures or machine.state is not State.HEALTHY:
                holds.decide(machine.work_succeeded, epoch, clock())
            return False
        failure = self.resource.failure(error)
        if failure is None:
            return False
        task: Any = None if holds.is_deciding() else current_task()
        holds.decide(self._note_failure, epoch, failure, task)
        return True

    def _note_failure(self, epoch: int, failure: Failure, task: Future[Any] | None = None) -> None:
        self.machine.work_failed(epoch, failure.why, clock(), failure.delay)
        if task is not None:
            self.hold(task, math.inf)

    def hold(self, task: Future[Any], until: float) -> None:
        """Let a task stand back with the others, unless its time is up *until* then."""
        trying = self.trying()
        is_to_rest = task not in self.reprieves.spared or self.reprieves.end(task, until, trying)
        if is_to_rest and self.machine.state.holds and task is not trying:
            self.holds.unheld[task] = None

    def _look(self) -> None:
        """See to what is due. On the watcher's thread; does not block."""
        try:
            self.holds.decide(self._see)
        finally:
            question = self.machine.question
            if question is not None and question.is_new:
                told = partial(self.holds.decide, self.machine.answered)
                call_aside("pausable-probe", partial(question.run, self.resource, told))
                question.is_new = False  # after that: of two answers the first counts

    def _see(self) -> None:
        machine, question, now = self.machine, self.machine.question, clock()
        if machine.let_go_at is not None and machine.let_go_at <= now and machine.let_go(now):
            self.holds.say(
                WARNING, _LETS_GO, self.holds.name, self.settings.at_most, machine.reason
            )
        is_due = machine.due is not None and machine.due <= now
        if question is not None and not question.is_late:
            if question.began + PATIENCE <= now:
                self._no_answer(question)
            elif is_due:
                machine.due = None  # its answer, or its being late, comes first
        elif not is_due or not self._is_wanted():
            return
        elif machine.state is State.TRIAL:
            self._look_after(self.trial)
        elif question is not None:
            self._no_answer(question)
        elif machine.begin_probe():
            machine.question = Question(machine.epoch, now)

    def _no_answer(self, question: Question) -> None:
        question.is_late = True
        why = f"its probe has not answered for {clock() - question.began:.0f} s"
        self.machine.probe_failed(why, clock())
        self.holds.say(WARNING, "guard %r: %s", self.holds.name, why)

    # What follows. Under the lock.

    def _follow(self) -> None:
        """Make all what the machine says that it is to be now. Any number of times.

        The next look is seen to before anything is held or released, which may go wrong.
        """
        machine, holds = self.machine, self.holds
        self._see_to_trial()
        if not self._is_wanted():
            machine.rest()
        elif machine.question is None and machine.due is None:
            machine.watch(clock())
        self._schedule()
        if not machine.state.holds:
            self._release()
        elif holds.reason is None or holds.unheld:
            if holds.reason is None:
                holds.say(WARNING, "guard %r has tripped: %s", holds.name, machine.reason)
            holds.place(f"{holds.name}: {machine.reason}")
        if self.reprieves.limits or self.reprieves.spared:
            self.reprieves.follow(self.trying(), holds=machine.state.holds)
        if machine.not_before > self._heeded + 1.0:
            self._heeded = machine.not_before
            holds.say(WARNING, _HEEDS, holds.name, self._heeded - clock())
        if self.bystanders.calls and not machine.state.holds:  # it may have let go before
            holds.todo.append(self.bystanders.tell)

    def _is_wanted(self) -> bool:
        """Say whether anybody depends on it."""
        holds = self.holds
        return bool(holds.scopes or holds.tasks or holds.unheld or self.bystanders.calls)

    def _release(self) -> None:
        if self.holds.reason is None:
            return
        self.holds.release(self.settings.stagger)
        if self.machine.state is State.HEALTHY:
            self.holds.say(INFO, "guard %r is healthy again", self.holds.name)

    # The trial.

    def trying(self) -> Future[Any] | None:
        """Return the task that tries, if one does."""
        trial = self.trial
        return None if trial is None or trial.epoch != self.machine.epoch else trial.task

    def _see_to_trial(self) -> None:
        """End the trial that is over; let one task try if one is to, and none does."""
        machine, last = self.machine, self.trial
        if last is not None and last.epoch != machine.epoch:
            last.end()
        if machine.state is not State.TRIAL:
            self.trial = None
        elif last is None or last.epoch != machine.epoch:
            self._try(last)

    def _try(self, last: Trial | None) -> None:
        machine, holds = self.machine, self.holds
        while trial := Trial.choose(holds, machine.epoch, last, self._trial_ended):
            self.trial = trial  # it is known before it goes: there are never two
            if trial.begin():
                if is_logged(INFO):
                    holds.say(INFO, "guard %r lets %s try", holds.name, trial.task.name)
                return
        self.trial = None
        machine.skip_trial(clock())

    def _trial_ended(self, epoch: int, task: Future[Any]) -> None:
        """Note that the task of a trial is over: it has told something now, or another is to."""
        if self.machine.epoch != epoch:
            return
        error = None if task.cancelled() else task.exception()
        failure = None if error is None else self.resource.failure(error)
        if failure is not None:
            self.holds.decide(self._note_failure, epoch, failure)
        elif error is None and not task.cancelled():
            self.holds.decide(self.machine.work_succeeded, epoch, clock())
        else:
            self.holds.decide(self.machine.begin_trial, clock(), epoch)

    def _look_after(self, trial: Trial | None) -> None:
        """Let another task try if the one that does is kept from it."""
        machine = self.machine
        machine.look_again(clock())
        if trial is not None and trial.is_stuck():
            machine.begin_trial(clock())
        elif trial is not None and trial.wants_slot() and self.bystanders.calls:
            machine.skip_trial(clock())  # who waits without rest may have the slot that it wants

    # The next look.

    def _schedule(self) -> None:
        """Have the watcher look when something is due."""
        due, alarm = self._next_look(), self._alarm
        if alarm is not None and alarm.when == due and alarm.call is not None:
            return
        if due is None:
            if alarm is not None:
                alarm.cancel()
            self._alarm = None
            return
        look = self._look
        if not self.machine.state.holds:  # it need not outlive what depends on it
            look = partial(_look_of, weakref.ref(self))
        self._alarm = watcher.call_at(due, look, instead_of=alarm)

    def _next_look(self) -> float | None:
        """Return when something is to be done, if nobody tells anything before."""
        machine, question = self.machine, self.machine.question
        looks = [each for each in (machine.due, machine.let_go_at) if each is not None]
        if question is not None and not question.is_late:
            looks.append(question.began + PATIENCE)
        if machine.state.holds and self.reprieves.limits:
            looks.append(self.reprieves.next_end())
        return min((each for each in looks if each < math.inf), default=None)


def _look_of(reference: weakref.ref[Sentry]) -> None:
    sentry = reference()
    if sentry is not None:
        sentry._look()
