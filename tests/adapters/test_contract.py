"""The contract of every adapter: pause, hold, group, stop, fault, limit, guard, written once."""

from __future__ import annotations

import linecache
import sys
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest
from adapters.drivers import SOON
from adapters.puppets import never_ask, pause_itself
from clocks import HOUR, clock
from workloads import background

import pausable
from pausable import NotQuiescent, Stopped, TaskStopped, TaskTimeout
from pausable.events import ScopeQuiescent
from pausable.guards import Backoff, Guard
from pausable.scopes.breakage import break_pool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.drivers import Driver

__all__ = ["clock"]


# What is raised by a thread that its user has started is told of, too.
told_of_threads = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


class Work:
    """Tasks that count their steps until they are let go, and say what becomes of them."""

    def __init__(self, adapter: Driver) -> None:
        """Make work that has not begun."""
        self._adapter = adapter
        self.steps: dict[str, int] = {}
        self.ended: list[str] = []
        self.go = False
        self.now: set[str] = set()  # who is in its code, at a `yield` or not
        self.most = 0  # of them at the same time

    def run(self, name: str) -> Iterator[None]:
        """Count steps until they are to go: the body of a task."""
        self.now.add(name)
        self.most = max(self.most, len(self.now))
        try:
            while not self.go:
                self.steps[name] = self.steps.get(name, 0) + 1
                yield  # the checkpoint
        finally:
            self.now.discard(name)
            self.ended.append(name)
        return name

    def submit(self, scope: Any, *names: str) -> list[Any]:
        """Submit tasks of these names."""
        task = self._adapter.task(self.run)
        return [scope.options(name=name).submit(task, name) for name in names]

    def begun(self, *names: str) -> None:
        """Wait until they have come to their first checkpoints."""
        self._adapter.until(lambda: all(self.steps.get(name) for name in names))

    def goes_on(self, name: str) -> None:
        """Wait until a task has done more steps."""
        before = self.steps.get(name, 0)
        self._adapter.until(lambda: self.steps.get(name, 0) > before + 1)


@pytest.fixture
def work(adapter) -> Iterator[Work]:
    """Give work, which is let go after the test."""
    work = Work(adapter)
    yield work
    work.go = True


def nothing() -> Iterator[None]:
    """Come to one checkpoint: the body of a task."""
    yield


# Pause.


def test_nothing_starts_under_a_pause(adapter, work):
    """From the moment in which `pause()` has returned; after the resume it does."""
    pool = adapter.make()
    pool.pause("not now")
    (future,) = work.submit(pool, "a")
    adapter.rest(pool)
    assert (future.running(), work.steps, pool.status().queued) == (False, {}, 1)
    pool.resume()
    work.begun("a")
    work.go = True
    assert adapter.result(future) == "a"


@pytest.mark.needs("process")
def test_the_process_holds_all_executors(adapter, work):
    """Those there are, and those that are made meanwhile; their own holds are others."""
    old = adapter.make()
    work.submit(old, "a")
    work.begun("a")
    pausable.pause("all")
    new = adapter.make()
    (future,) = work.submit(new, "b")
    adapter.rest(pausable)
    assert (future.running(), old.status().resting, new.status().queued) == (False, 1, 1)
    assert old.resume() == 0
    assert [hold.kind for hold in new.holds()] == ["process"]
    assert pausable.resume() == 1
    work.begun("b")
    work.goes_on("a")


def test_all_rest_and_go_on_where_they_were(adapter, work):
    """Each task rests at its checkpoint, says where, does no step, and loses none."""
    pool = adapter.make()
    futures = work.submit(pool, "a", "b", "c")
    work.begun("a", "b", "c")
    pool.pause("a while")
    adapter.rest(pool)
    before = dict(work.steps)
    assert pool.wait_quiescent(0)
    status = pool.status()
    assert (status.resting, status.running, status.is_quiescent) == (3, 0, True)
    assert {future.status().state for future in futures} == {"resting"}
    assert not pool.stragglers()
    pool.submit(adapter.task(nothing))  # lets whoever could go on, if there were anybody
    adapter.until(pool.is_quiescent)
    assert work.steps == before
    pool.resume()
    for name in "abc":
        work.goes_on(name)
    work.go = True
    assert [adapter.result(future) for future in futures] == ["a", "b", "c"]


@pytest.mark.needs("slots")
@pytest.mark.needs("more threads")
def test_a_task_that_is_paused_gives_its_slot_back(adapter, work):
    """One rests and the others go on, one more than there are slots."""
    pool = adapter.make(1)
    first, second = work.submit(pool, "a", "b")
    work.begun("a")
    first.pause("only this one")
    work.begun("b")
    assert (first.status().state, second.status().state) == ("resting", "running")
    first.resume()
    work.goes_on("b")
    # Its gate is open, and it waits for a slot.
    adapter.until(lambda: first.status().state == "resting")
    work.go = True
    assert [adapter.result(each) for each in (first, second)] == ["a", "b"]


def test_running_tasks_may_finish(adapter, work):
    """With ``running="finish"`` they go on to their end, and nothing more starts."""
    pool = adapter.make()
    (first,) = work.submit(pool, "a")
    work.begun("a")
    pool.pause("drain", running="finish")
    (second,) = work.submit(pool, "b")
    work.goes_on("a")
    work.go = True
    assert adapter.result(first) == "a"
    adapter.rest(pool)
    assert second.status().state == "queued"


# Hold.


def test_holds_do_not_undo_each_other(adapter, work):
    """The gate opens with the last of them; each says its reason, and is released once."""
    pool = adapter.make()
    work.submit(pool, "a")
    work.begun("a")
    one, two = pool.pause("the user asked"), pool.pause("a backup")
    switch = pool.switch("the button")
    switch.on()
    adapter.rest(pool)
    assert [hold.reason for hold in pool.holds()] == ["the user asked", "a backup", "the button"]
    one.release()
    one.release()
    assert (one.is_released(), pool.is_paused(), pool.status().resting) == (True, True, 1)
    two.release()
    assert ([hold.reason for hold in pool.holds()], pool.status().resting) == (["the button"], 1)
    switch.off()
    work.goes_on("a")


def test_a_hold_is_released_by_any_thread_and_on_its_own_scope(adapter, work):
    """The task goes on; what holds another scope is no business of this one."""
    pool, other = adapter.make(), adapter.make()
    work.submit(pool, "a")
    work.begun("a")
    hold = pool.pause("a while")
    adapter.rest(pool)
    with pytest.raises(ValueError, match="this hold belongs to"):
        other.resume(hold)
    thread = threading.Thread(target=pool.resume, args=[hold])
    thread.start()
    work.goes_on("a")
    thread.join()
    assert hold.is_released()


def test_a_hold_ends_by_itself(adapter, work):
    """After its duration the tasks go on, without anybody's doing."""
    pool = adapter.make()
    work.submit(pool, "a")
    work.begun("a")
    hold = pool.pause("a moment", duration=0.05)
    adapter.until(hold.is_released)
    work.goes_on("a")
    assert not pool.is_paused()


@pytest.mark.needs("stagger")
def test_tasks_go_one_by_one_after_a_resume(adapter, work):
    """With a stagger the second task goes on later than the first; a resume without ends that."""
    pool = adapter.make()
    work.submit(pool, "a", "b")
    work.begun("a", "b")
    pool.pause("a while")
    adapter.rest(pool)
    pool.resume(stagger=3600)
    adapter.until(lambda: pool.status().running == 1)
    assert pool.status().resting == 1
    pool.resume()
    work.goes_on("a")
    work.goes_on("b")


# Group.


@pytest.mark.needs("groups")
def test_a_group_has_a_gate_of_its_own(adapter, work):
    """Its tasks rest, and the others of the pool go on; under the pool's hold all rest."""
    pool = adapter.make()
    group = pool.group("thumbnails")
    (inside,), (outside,) = work.submit(group, "in"), work.submit(pool, "out")
    work.begun("in", "out")
    group.pause("disk full")
    adapter.rest(group)
    work.goes_on("out")
    assert (inside.status().state, outside.status().state) == ("resting", "running")
    pool.pause("all")
    adapter.rest(pool)
    group.resume()
    assert (inside.is_paused(), pool.status().resting) == (True, 2)
    pool.resume()
    work.goes_on("in")
    work.goes_on("out")


@pytest.mark.needs("slots")
@pytest.mark.needs("groups")
def test_a_group_has_a_limit_of_its_own(adapter, work):
    """So many of its tasks run at once, and the pool's other slots are for others."""
    pool = adapter.make(3)
    group = pool.group("thumbnails", limit=1)
    futures = work.submit(group, "a", "b")
    work.begun("a")
    work.submit(pool, "out")
    work.begun("out")
    assert (group.status().running, group.status().queued) == (1, 1)
    work.go = True
    assert [adapter.result(future) for future in futures] == ["a", "b"]
    assert work.most == 2


# Stop.


def test_a_stop_ends_a_task_at_its_checkpoint(adapter, work):
    """Its `finally` blocks run, its future is cancelled, and says why; the others go on."""
    pool = adapter.make()
    (first, _) = work.submit(pool, "a", "b")
    work.begun("a", "b")
    assert first.stop("not needed")
    with pytest.raises(TaskStopped, match="not needed"):
        adapter.result(first)
    assert (first.cancelled(), work.ended) == (True, ["a"])
    work.goes_on("b")


@pytest.mark.needs("slots")
def test_a_stop_reaches_a_task_at_rest(adapter, work):
    """It ends while its gate is closed; what has not started never does."""
    pool = adapter.make(1)
    first, second = work.submit(pool, "a", "b")
    work.begun("a")
    pool.pause("a while")
    adapter.rest(pool)
    assert pool.stop("give up") == 2
    for future in (first, second):
        with pytest.raises(TaskStopped, match="give up"):
            adapter.result(future)
    assert (work.ended, pool.is_paused()) == (["a"], True)
    assert "b" not in work.steps


def test_a_task_may_stop_itself(adapter):
    """A `Stopped` that it raises is a stop."""
    pool = adapter.make()

    def run():
        yield
        raise Stopped("I have seen enough")

    with pytest.raises(TaskStopped, match="I have seen enough"):
        adapter.result(pool.submit(adapter.task(run)))


# Fault.


def failing(adapter: Driver, times: int) -> Any:
    """Return a task that fails so many times, and its number of tries."""
    tries: list[int] = []

    def run():
        yield
        tries.append(1)
        if len(tries) <= times:
            raise ValueError("bad item")
        return "done"

    return adapter.task(run)


@pytest.mark.needs("faults")
def test_a_fault_holds_its_scope(adapter, work):
    """The others rest until it is decided; tried again, the task has its result."""
    pool = adapter.make(on_fault="hold")
    work.submit(pool, "a")
    work.begun("a")
    future = pool.submit(failing(adapter, 1))
    adapter.until(pool.faults)
    adapter.rest(pool)
    (fault,) = pool.faults()
    assert (future.done(), pool.status().resting, fault.exception.args) == (False, 1, ("bad item",))
    assert fault.retry()
    assert adapter.result(future) == "done"
    work.goes_on("a")


@pytest.mark.needs("faults")
def test_a_fault_is_decided_otherwise(adapter):
    """It fails, or has a result that somebody gives it."""
    pool = adapter.make(1, on_fault="hold")
    failed, resolved = (pool.submit(failing(adapter, 9)) for _ in range(2))
    adapter.until(pool.faults)
    pool.faults()[0].fail()
    adapter.until(pool.faults)
    pool.faults()[0].resolve("by hand")
    with pytest.raises(ValueError, match="bad item"):
        adapter.result(failed)
    assert adapter.result(resolved) == "by hand"


# Limit.


@pytest.mark.needs("slots")
def test_no_more_than_the_limit_run(adapter, work):
    """However many are submitted; a higher limit takes effect at once."""
    pool = adapter.make(2)
    futures = work.submit(pool, *"abcde")
    work.begun("a", "b")
    assert (pool.status().running, pool.status().queued, work.most) == (2, 3, 2)
    work.go = True
    assert [adapter.result(future) for future in futures] == list("abcde")
    assert work.most == 2


@told_of_threads
@pytest.mark.needs("time limits")
def test_a_time_limit_counts_active_time(adapter, work, clock):
    """The rest does not count; a task that has used it up fails with `TaskTimeout`."""
    pool = adapter.make()

    def run():
        pool.pause("a while")
        yield from work.run("a")

    future = pool.options(timeout=HOUR).submit(adapter.task(run))
    adapter.until(lambda: pool.is_paused() and future.status().state == "resting")
    clock.move(2 * HOUR)
    assert future.paused_time > HOUR
    used = future.active_time
    assert (future.status().state, used < HOUR) == ("resting", True)
    pool.resume()
    clock.move(HOUR)
    with pytest.raises(TaskTimeout, match="its limit is 3600 s"):
        adapter.result(future)
    assert work.ended == ["a"]
    assert future.active_time > used


# Guard.


@pytest.mark.needs("guards")
def test_a_guard_holds_what_depends_on_it(adapter, work):
    """When it trips, tasks rest and nothing starts; when it is back, all go on."""
    is_up = True
    backoff = Backoff(factor=1.0)
    guard = Guard("db", lambda: is_up, every=0.01, backoff=backoff, watch=True, trial=False)
    pool = adapter.make(guards=[guard])
    work.submit(pool, "a")
    work.begun("a")
    is_up = False
    adapter.until(lambda: [hold.kind for hold in pool.holds()] == ["guard"])
    adapter.rest(pool)
    (late,) = work.submit(pool, "late")
    assert (late.status().state, pool.status().resting) == ("queued", 1)
    assert pool.resume() == 0
    is_up = True
    work.begun("late")
    work.goes_on("a")
    assert not pool.holds()


@pytest.mark.needs("guards")
@pytest.mark.needs("trial")
def test_a_guard_lets_one_task_try(adapter, work):
    """Before the others go: when its probe is good again, and until the task has ended."""
    is_up = False

    def probe() -> None:
        if not is_up:
            raise ConnectionError("still down")

    guard = Guard("db", probe, every=0.01, backoff=Backoff(factor=1.0), trip_on=ConnectionError)
    pool = adapter.make(guards=[guard])

    def asks():
        yield
        try:
            with guard:
                raise ConnectionError("refused")
        except ConnectionError:
            return "noticed"

    work.submit(pool, "a")
    work.begun("a")
    assert adapter.result(pool.submit(adapter.task(asks))) == "noticed"
    adapter.rest(pool)
    (late,) = work.submit(pool, "late")
    assert [hold.kind for hold in pool.holds()] == ["guard"]
    assert (late.status().state, pool.status().resting) == ("queued", 1)
    is_up = True
    adapter.until(lambda: guard.status().state == "trial")
    adapter.until(lambda: pool.status().running == 1)  # one of the two tries, whichever
    assert guard.status().state == "trial"
    work.go = True
    assert adapter.result(late) == "late"
    adapter.until(lambda: not pool.holds())


# Breakage.


@pytest.mark.needs("slots")
@pytest.mark.needs("breaks")
def test_a_break_wakes_those_at_rest(adapter, work):
    """All tasks fail with the error of the adapter, held or not; and nothing more is accepted."""
    pool = adapter.make(1)
    started, queued = work.submit(pool, "a", "b")
    work.begun("a")
    pool.pause("a while")
    adapter.rest(pool)
    break_pool(pool._p_node.pool, "it has lost its legs", started=True)
    for future in (started, queued):
        with pytest.raises(adapter.broken, match="it has lost its legs"):
            adapter.result(future)
        assert not future.cancelled()
    assert work.ended == ["a"]
    with pytest.raises(adapter.broken, match=adapter.refusal):
        work.submit(pool, "c")


@pytest.mark.needs("breaks")
def test_what_was_stopped_before_a_break_stays_stopped(adapter, work):
    """The break has not ended it."""
    pool = adapter.make()
    (future,) = work.submit(pool, "a")
    work.begun("a")
    future.stop("not needed")
    break_pool(pool._p_node.pool, "it has lost its legs", started=True)
    with pytest.raises(TaskStopped, match="not needed"):
        adapter.result(future)


@pytest.mark.needs("slots")
@pytest.mark.needs("breaks")
def test_what_has_started_may_be_spared_by_a_break(adapter, work):
    """It goes on to its end; what has not started fails."""
    pool = adapter.make(1)
    started, queued = work.submit(pool, "a", "b")
    work.begun("a")
    break_pool(pool._p_node.pool, "no more legs", started=False)
    with pytest.raises(adapter.broken, match="no more legs"):
        adapter.result(queued)
    work.goes_on("a")
    work.go = True
    assert adapter.result(started) == "a"


# Seeing.


class Bell:
    """Anything that can be woken."""

    def __init__(self) -> None:
        self.rings = 0

    def wake(self) -> None:
        """Count."""
        self.rings += 1


@pytest.mark.needs("chasers")
def test_all_chasers_are_told_that_somebody_is_to_rest_or_to_stop(adapter, work):
    """Each of them at a pause and at a stop, and none at a resume."""
    pool, bells = adapter.make(), (Bell(), Bell())
    pool._p_node.pool.others.chasers += bells
    (future,) = work.submit(pool, "a")
    work.begun("a")
    pool.pause("a while")
    pool.resume()
    assert [bell.rings for bell in bells] == [1, 1]
    future.stop("not needed")
    assert [bell.rings for bell in bells] == [2, 2]


@pytest.mark.needs("events")
def test_events_are_the_same(adapter, work):
    """What happens to a task, and the order of it, is told of whoever runs it."""
    told: list[str] = []
    pool = adapter.make()
    adapter.result(pool.submit(adapter.task(nothing)))  # where a process is started it is now

    def note(event):
        if not isinstance(event, ScopeQuiescent) or event.path == pool.path:  # of a group, too
            told.append(type(event).__name__)

    pool.observe(note)
    (future,) = work.submit(pool, "a")
    work.begun("a")
    pool.pause("a while")
    adapter.rest(pool)
    pool.resume()
    work.goes_on("a")
    work.go = True
    adapter.result(future)
    adapter.until(lambda: told[-1:] == ["TaskEnded"])
    assert told == [
        "TaskSubmitted",
        "TaskStarted",
        "HoldPlaced",
        "TaskRested",
        "ScopeQuiescent",
        "HoldReleased",
        "TaskResumed",
        "TaskEnded",
    ]


def test_where_a_task_rests(adapter, work):
    """The line of its checkpoint."""
    pool = adapter.make()
    (future,) = work.submit(pool, "a")
    work.begun("a")
    pool.pause("a while")
    adapter.rest(pool)
    place = future.where()
    assert place is not None
    assert "checkpoint" in linecache.getline(place.file, place.line)


@pytest.mark.needs("frames")
def test_the_stack_of_a_task_that_rests(adapter, work):
    """Its innermost frame is at its checkpoint, where its variables can be seen."""
    pool = adapter.make()
    (future,) = work.submit(pool, "a")
    work.begun("a")
    pool.pause("a while")
    adapter.rest(pool)
    place, innermost = future.where(), future.stack()[-1]
    assert "checkpoint" in innermost.line
    assert (place.file, place.line) == (innermost.filename, innermost.lineno)
    assert future.locals()


@pytest.mark.needs("step")
def test_a_task_steps_to_its_next_checkpoint(adapter, work):
    """It does what comes before that once, and rests again."""
    pool = adapter.make()
    (future,) = work.submit(pool, "a")
    work.begun("a")
    pool.pause("a while")
    adapter.rest(pool)
    for _ in range(3):
        before = work.steps["a"]
        step = background(future.step, SOON)
        adapter.until(step.done)
        assert step.result() is not None
        assert (work.steps["a"] - before, future.status().state) == (1, "resting")


# From within.


@pytest.mark.needs("within")
def test_a_task_pauses_itself(adapter):
    """It rests at its next checkpoint, until somebody else resumes it."""
    pool = adapter.make()
    future = pool.submit(adapter.bare(pause_itself))
    adapter.until(lambda: future.done() or future.holds())
    if future.done():  # it has raised
        adapter.result(future)
    assert [hold.reason for hold in future.holds()] == ["by itself"]
    adapter.rest(pool)
    future.resume()
    assert adapter.result(future) is None


# Preemption.


@pytest.mark.needs("preemption")
@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is there since Python 3.12")
def test_what_never_asks_rests_between_two_lines(adapter, tmp_path):
    """It is at rest then, nothing of it runs, and it goes on afterwards."""
    pool, begun, go = adapter.make(preemptive=True), tmp_path / "begun", tmp_path / "go"
    future = pool.submit(never_ask, begun, go)
    adapter.until(begun.exists)
    pool.pause("a while")
    adapter.rest(pool)
    assert (future.status().state, pool.status().resting) == ("resting", 1)
    pool.resume()
    go.touch()
    assert adapter.result(future) == "unasked"


@pytest.mark.needs("threads")
def test_who_does_not_come_to_a_checkpoint_is_named(adapter):
    """A wait for quiescence says who keeps it, for how long, and is over when that one rests."""
    deaf, pool = Deaf(), adapter.make()
    future = pool.submit(adapter.task(deaf.run))
    adapter.until(deaf.begun.is_set)
    pool.pause("a while")
    assert not pool.wait_quiescent(0.01)
    (straggler,) = pool.stragglers()
    assert straggler.task == future.name
    with pytest.raises(NotQuiescent) as caught, pool.pause("again", timeout=0):
        pass
    assert [each.task for each in caught.value.stragglers] == [future.name]
    deaf.go.set()
    adapter.rest(pool)
    assert not pool.stragglers()
    pool.resume()
    assert adapter.result(future) == "heard"


class Deaf:
    """A task that does not come to its checkpoint until it is let go."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def run(self) -> Iterator[None]:
        """Say that it has begun, and wait: the body of the task."""
        self.begun.set()
        assert self.go.wait(SOON)
        yield
        return "heard"


# Force, where there is any.


@pytest.mark.needs("freeze")
def test_what_never_asks_is_frozen(adapter):
    """A hold that freezes brings to rest what comes to no checkpoint; it goes on afterwards."""
    deaf, pool = Deaf(), adapter.make()
    pool.pause("nobody yet", running="freeze")
    pool.resume()
    future = pool.submit(adapter.task(deaf.run))
    adapter.until(deaf.begun.is_set)
    pool.pause("all of it", running="freeze")
    adapter.rest(pool)
    assert (pool.status().resting, future.running()) == (1, True)
    deaf.go.set()
    pool.resume()
    assert adapter.result(future) == "heard"


@pytest.mark.needs("kill")
def test_what_does_not_listen_is_killed(adapter, work):
    """It ends as stopped, and all others go on."""
    deaf, pool = Deaf(), adapter.make()
    pool.stop("nobody yet", kill_after=0)
    work.submit(pool, "a")
    work.begun("a")
    future = pool.submit(adapter.task(deaf.run))
    adapter.until(deaf.begun.is_set)
    future.stop("enough", kill_after=0.01)
    with pytest.raises(TaskStopped, match="enough"):
        adapter.result(future)
    work.goes_on("a")
    deaf.go.set()


@pytest.mark.needs("contexts")
def test_context_variables_travel_where_that_is_asked_for(adapter):
    """The task sees what its submitter has set, and what it sets is its own."""
    setting.set("the submitter's")
    group = adapter.make().group("with contexts", context="submitter")

    def run():
        yield
        seen = setting.get()
        setting.set("the task's")
        return seen

    for _ in range(2):
        assert adapter.result(group.submit(adapter.task(run))) == "the submitter's"
    assert setting.get() == "the submitter's"


setting = ContextVar("setting", default="none")
