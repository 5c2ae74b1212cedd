"""Callables and exceptions whose every method raises: as in the stdlib's pool, and no worker lost."""

from __future__ import annotations

import functools
import sys
from concurrent.futures import ThreadPoolExecutor as StdlibPool

import pytest
from helpers import until
from workloads import Loop

from pausable import Stopped, TaskEnded, TaskStopped
from pausable.guards import Backoff, Guard

AT_SAFE_POINTS = sys.version_info >= (3, 12)


class HostileError(Exception):
    """What hostile methods raise."""


def refuse(*_: object) -> None:
    """Fail."""
    raise HostileError


class Hostile:
    """A callable that can be called, and nothing else."""

    __eq__ = __hash__ = __bool__ = __repr__ = __str__ = refuse  # type: ignore[assignment]
    __getattr__ = __len__ = __format__ = refuse  # type: ignore[assignment]
    __name__ = __class__ = __wrapped__ = __func__ = property(refuse)  # type: ignore[assignment]

    def __call__(self, *_: object) -> int:
        return 7


class BadError(Exception):
    """An exception that can be raised, and little else: its bool is asked by the stdlib."""

    __eq__ = __hash__ = __repr__ = __str__ = refuse  # type: ignore[assignment]
    with_traceback = refuse  # type: ignore[assignment]
    __class__ = property(refuse)  # type: ignore[assignment]


class BadGroupError(ExceptionGroup):
    """A group of exceptions whose methods fail."""

    split = derive = subgroup = refuse  # type: ignore[assignment]
    __str__ = __repr__ = refuse  # type: ignore[assignment]


class BadStop(Stopped):
    """A stop that does not say why."""

    def __init__(self) -> None:
        BaseException.__init__(self)

    @property
    def reason(self):
        """Fail."""
        raise HostileError


class Meta(type):
    """The class of a class that cannot be asked."""

    __instancecheck__ = refuse  # type: ignore[assignment]


class OddError(Exception, metaclass=Meta):
    """An exception whose class cannot be asked what is one of it."""


class Raises(Hostile):
    """A hostile callable that raises."""

    def __init__(self, error: type[BaseException] = BadError) -> None:
        vars(self)["error"] = error

    def __call__(self, *_: object) -> int:
        error = vars(self)["error"]
        raise error("group", [ValueError()]) if error is BadGroupError else error()


CALLABLES = {
    "object": Hostile,
    "method": lambda: Hostile().__call__,
    "partial": lambda: functools.partial(Hostile(), 1),
    "raises": Raises,
    "raises a group": lambda: Raises(BadGroupError),
    "raises what is odd": lambda: Raises(OddError),
}
FORMS = {
    "submit": lambda pool, fn: [pool.submit(fn).result(20)],
    "an argument": lambda pool, fn: [pool.submit(lambda it: it(), fn).result(20)],
    "map": lambda pool, fn: list(pool.map(fn, [1, 2])),
    "chunks": lambda pool, fn: list(pool.map(fn, [1, 2, 3], chunksize=2)),
}
OUR_FORMS = {
    "options": lambda pool, fn: [pool.options(name="x").submit(fn).result(20)],
    "limits": lambda pool, fn: [pool.options(timeout=20, deadline=20).submit(fn).result(20)],
    "map with limits": lambda pool, fn: list(pool.options(timeout=20).map(fn, [1, 2])),
    "group": lambda pool, fn: [pool.group("g", timeout=20).submit(fn).result(20)],
}
POOLS = {
    "plain": {},
    "faults": {"on_fault": "hold", "faults": KeyError},
    "odd faults": {"on_fault": "hold", "faults": (KeyError, Meta("Odd", (Exception,), {}))},
} | ({"preemptive": {"preemptive": True}} if AT_SAFE_POINTS else {})


def outcome(pool, form, fn) -> object:
    """Return what comes of a form: the results, or the type of what is raised."""
    try:
        return form(pool, fn)
    except BaseException as error:  # noqa: BLE001 - this is the test
        return type(error)


@pytest.mark.parametrize("observed", [False, True], ids=["", "observed"])
@pytest.mark.parametrize("options", POOLS)
@pytest.mark.parametrize("fn", CALLABLES)
def test_hostile_callables(make_pool, fn, options, observed) -> None:
    """Each form ends as with the stdlib's pool; the worker is there, and everything can be seen."""
    pool = make_pool(1, **POOLS[options])
    if observed:
        pool.observe(repr)
    with StdlibPool(1) as theirs:
        for name, form in (FORMS | OUR_FORMS).items():
            wanted = outcome(theirs, FORMS.get(name, FORMS["submit"]), CALLABLES[fn]())
            found = outcome(pool, form, CALLABLES[fn]())
            assert found == wanted or (name not in FORMS and set(found) == {7}), name
            assert pool.submit(int).result(20) == 0
            with pool.pause(f"after {name}", timeout=20):
                future = pool.submit(CALLABLES[fn]())
                assert future.name
                assert [each.name for each in pool.status().tasks]
                assert str(pool.status())
                assert repr(future)
                assert future.cancel()


@pytest.mark.parametrize("error", [BadError, BadGroupError, OddError])
def test_hostile_faults(make_pool, error) -> None:
    """The scope is held, the fault can be looked at and decided, and the worker goes on."""
    pool = make_pool(1, on_fault="hold")
    done: list[object] = []
    future = pool.submit(Raises(error))
    future.add_done_callback(done.append)
    until(pool.faults)
    (fault,) = pool.faults()
    assert error.__name__ in fault.reason
    assert error.__name__ in repr(fault)
    assert "raise error" in fault.traceback
    assert str(pool.status())
    assert fault.fail()
    assert type(future.exception(20)) is error
    assert done == [future]
    assert pool.submit(int).result(20) == 0


@pytest.mark.parametrize("error", [BadError, BadGroupError, OddError])
def test_hostile_probes(make_pool, error) -> None:
    """A guard whose probe raises it, or is hostile itself, trips, says so, and recovers."""
    failing = True

    class Probe(Hostile):
        def __call__(self, *_: object) -> object:
            return Raises(error)() if failing else None

    quick = Backoff(limit=0.01, jitter=0.0)
    guard = Guard("g", Probe(), every=0.001, watch=True, backoff=quick)
    pool = make_pool(1, guards=[guard])
    until(guard.is_tripped)
    assert error.__name__ in guard.status().reason
    until(lambda: guard.status().probes > 3)
    failing = False
    until(lambda: not guard.is_tripped())
    assert pool.submit(int).result(20) == 0


@pytest.mark.parametrize("error", [BadError, OddError])
def test_hostile_work_of_a_guard(make_pool, error) -> None:
    """Protected work that raises it trips the guard, if it is one of those that do."""
    guard = Guard("g", lambda: False, trip_on=error, every=60)
    pool = make_pool(1, guards=[guard])

    def work() -> None:
        with guard:
            Raises(error)()

    assert type(pool.submit(work).exception(20)) is error
    assert guard.is_tripped()
    assert error.__name__ in guard.status().reason
    guard.override()


def test_a_stop_that_does_not_say_why(make_pool) -> None:
    """A task that ends itself by a `Stopped` of its own, with or without a reason, is stopped."""
    pool = make_pool(1)
    for stopped in (BadStop(), Stopped(Hostile())):  # type: ignore[arg-type]

        def work(stopped=stopped) -> None:
            raise stopped

        future = pool.submit(work)
        with pytest.raises(TaskStopped, match="was stopped"):
            future.result(20)
        assert isinstance(future.status().stop_reason, str)
    assert pool.submit(int).result(20) == 0


class Text(str):
    """Text whose methods fail."""

    __slots__ = ()
    __str__ = __repr__ = __format__ = __eq__ = __hash__ = __bool__ = refuse  # type: ignore[assignment]


class Seconds(float):
    """A number whose methods fail."""

    __slots__ = ()
    __str__ = __repr__ = __format__ = __eq__ = __hash__ = __bool__ = refuse  # type: ignore[assignment]
    __add__ = __radd__ = __sub__ = __rsub__ = __lt__ = __gt__ = refuse  # type: ignore[assignment]


def test_texts_and_numbers_with_methods(make_pool, caplog) -> None:
    """A reason, an owner, a duration of a class of the user's: what is in it counts."""
    caplog.set_level("INFO", "pausable")
    pool = make_pool(1)
    pool.observe(repr)
    hold = pool.pause(Text("why"), owner=Text("who"), duration=Seconds(60))
    assert (hold.reason, hold.owner, hold.duration) == ("why", "who", 60.0)
    assert type(hold.reason) is type(hold.owner) is str
    assert "why" in str(pool.status().holds[0])
    future = pool.submit(int)
    assert future.stop(Text("not needed"))
    with pytest.raises(TaskStopped, match="not needed"):
        future.result(20)
    pool.resume()
    assert pool.submit(int).result(20) == 0
    assert "'why' by who" in caplog.text or "why (by who)" in caplog.text


def test_terms_are_compared_without_asking(make_pool) -> None:
    """To ask for a group again asks neither its guards nor its exceptions whether they are equal."""

    class Protector(Guard):
        __eq__ = refuse  # type: ignore[assignment]
        __hash__ = object.__hash__

    class Kind(type):
        __eq__ = refuse  # type: ignore[assignment]
        __hash__ = type.__hash__

    class KindError(Exception, metaclass=Kind):
        pass

    pool, guard = make_pool(1), Protector("g", lambda: None)
    terms = {"guards": [guard], "on_fault": "hold", "faults": KindError}
    assert pool.group("a", **terms).name == pool.group("a", **terms).name
    with pytest.raises(ValueError, match="exists with guards"):
        pool.group("a", guards=[Protector("g", lambda: None)])


class Locked:
    """Something that notes, when it goes away, whether the pool's lock is held by this thread."""

    def __init__(self, pool, found: list[bool]) -> None:
        self.lock, self.found = pool._p_node.pool.lock, found

    def __del__(self) -> None:
        self.found.append(self.lock._is_owned())

    def __call__(self, *_: object) -> None:
        raise ValueError


def test_nothing_is_let_go_of_under_the_lock(make_pool) -> None:
    """Arguments, results, errors, callbacks and cancelled tasks have their finalizers outside it."""
    found: list[bool] = []
    pool = make_pool(1, on_fault="hold")
    pool.submit(lambda it: None, Locked(pool, found)).result(20)
    pool.submit(Locked, pool, found).result(20)
    pool.submit(int).result(20)
    pool.submit(Locked(pool, found))
    until(pool.faults)
    assert pool.faults()[0].retry(1)
    until(pool.faults)
    pool.faults()[0].skip()
    loop = Loop()
    pool.submit(loop)
    assert loop.began.wait(20)
    for _ in range(3):
        future = pool.submit(int, Locked(pool, found))
        future.add_done_callback(functools.partial(Locked(pool, found).found.__class__))
        callback = Locked(pool, [])
        callback.found = found
        future.add_done_callback(functools.partial(lambda _, future: None, callback))
        assert future.cancel()
        del future, callback
    loop.go.set()
    pool.submit(int).result(20)
    pool.submit(int).result(20)
    until(lambda: len(found) >= 6)
    assert not any(found)


def leave(_: object) -> None:
    """Raise what is no `Exception`, which the stdlib lets through, too."""
    raise SystemExit


@pytest.mark.parametrize(
    "decide",
    [lambda fault: fault.fail(), lambda fault: fault.resolve(1), lambda fault: fault.skip()],
    ids=["fail", "resolve", "skip"],
)
def test_a_callback_that_raises_out_of_a_decision_leaves_no_hold(make_pool, decide) -> None:
    """The fault is decided, so its hold ends, and the pool goes on."""
    pool = make_pool(1, on_fault="hold")
    future = pool.submit(int, "x")
    until(pool.faults)
    future.add_done_callback(leave)
    with pytest.raises(SystemExit):
        decide(pool.faults()[0])
    assert future.done()
    assert not pool.is_paused()
    assert pool.submit(int, "1").result(20) == 1


def test_a_callback_that_raises_out_of_a_cancel_costs_no_event(make_pool) -> None:
    """What the cancel has caused is told, though it has raised."""
    pool, seen = make_pool(1), []
    pool.observe(seen.append)
    pool.pause()
    future = pool.submit(int)
    future.add_done_callback(leave)
    with pytest.raises(SystemExit):
        future.cancel()
    assert isinstance(seen[-1], TaskEnded)
