"""Puts a form through it: it rests, goes on and stops. For tests, and for programs under tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from preempt.form import PATIENCE, Run
from workloads import background

from pausable import TaskStopped
from pausable.futures import wait

if TYPE_CHECKING:
    from preempt.form import Form

    from pausable import Future, Hold, ThreadPoolExecutor

__all__ = ["Exercise"]


class Exercise:
    """A run of a form in a pool."""

    def __init__(self, pool: ThreadPoolExecutor, form: Form) -> None:
        """Submit the form."""
        self.pool = pool
        self.run = Run(form)
        self.future: Future[None] = pool.options(name=form.name).submit(self.run)

    def under_way(self) -> Exercise:
        """Wait until it has come round once."""
        self.run.wait_under_way()
        return self

    def rest(self) -> Hold:
        """Pause the task, see that it rests and that nothing of it moves; return the hold."""
        hold = self.future.pause("look")
        assert hold.wait(PATIENCE), [str(each) for each in self.pool.stragglers()]
        self.look()
        return hold

    def look(self) -> None:
        """See that the task rests and does not move while other threads have their turn."""
        seen = self.run.seen
        assert self.future.status().state == "resting", self.future.status()
        background(int).result(PATIENCE)
        assert self.run.seen == seen
        assert self.future.is_quiescent()

    def rest_and_go_on(self) -> None:
        """Pause the task and resume it, and see that it goes on from where it was."""
        hold = self.rest()
        seen = self.run.seen
        hold.release()
        self.run.wait_moved(seen)

    def stop(self) -> None:
        """Stop the task, wherever it is, and see how it ends."""
        assert self.future.stop("enough")
        self.see_stopped("enough")

    def see_stopped(self, reason: str) -> None:
        """See that the task ends by the stop, with one clean-up."""
        assert wait([self.future], PATIENCE).done, f"{self.future.status()}, {self.future.where()}"
        with pytest.raises(TaskStopped) as caught:
            self.future.result(0)
        assert caught.value.reason == reason
        assert self.future.cancelled()
        assert self.run.finals == 1, f"{self.run.finals} clean-ups of {self.run.form}"
