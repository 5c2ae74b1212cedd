"""Contexts: a call sees the `contextvars` of its worker, or, where that is asked for, its submit()'s."""

from __future__ import annotations

import contextvars
import decimal
import gc
import weakref

import pytest
from contract.implementations import SOON

from pausable import ThreadPoolExecutor, current_task

variable = contextvars.ContextVar("variable", default="default")


@pytest.fixture(autouse=True)
def _set_here():
    """What is set where tasks are submitted, none of them sees but by asking for it."""
    token = variable.set("the submitter's")
    yield
    variable.reset(token)


def in_a_fresh_one(call, *args):
    """Call something that has no variable set."""
    return contextvars.Context().run(call, *args)


# As in the stdlib: the worker's.


def test_what_an_initializer_sets_stays(make):
    """A connection for each thread, or numpy's and decimal's settings."""
    executor = make(1, initializer=variable.set, initargs=("connection",))
    assert [executor.submit(variable.get).result(SOON) for _ in range(3)] == ["connection"] * 3


def test_what_a_call_sets_the_next_on_its_thread_sees_and_nobody_else(make):
    """Each worker has variables of its own; the submitter's are not written to."""
    executor = make(1)
    assert executor.submit(variable.get).result(SOON) == "default"
    executor.submit(variable.set, "a call's").result(SOON)
    assert executor.submit(variable.get).result(SOON) == "a call's"
    assert variable.get() == "the submitter's"


def test_decimal_settings_of_an_initializer(make):
    """The stdlib keeps what belongs to a thread in contexts."""

    def init():
        decimal.getcontext().prec = 5

    third = make(1, initializer=init).submit(lambda: decimal.Decimal(1) / 3)
    assert str(third.result(SOON)) == "0.33333"


def test_a_call_does_not_write_into_a_mutable_value_of_its_submitter(make):
    """Decimal's context is one: it was shared, and a task's precision became everybody's."""

    def call():
        decimal.getcontext().prec = 4

    before = decimal.getcontext().prec
    make(1).submit(call).result(SOON)
    assert decimal.getcontext().prec == before


def test_a_callback_on_the_worker_sees_what_the_call_has_set(make_submitter, latch):
    """It runs where the call ran."""
    executor, seen = make_submitter(1), []

    def call():
        latch()
        variable.set("request 7")

    future = executor.submit(call)
    future.add_done_callback(lambda _: seen.append(variable.get()))
    latch.go()
    future.result(SOON)
    executor.submit(int).result(SOON)
    assert seen == ["request 7"]


def test_a_context_that_is_entered_is_no_obstacle(make_submitter):
    """submit() may be called inside Context.run(), and a call may run a context of its own."""
    executor, context = make_submitter(1), contextvars.copy_context()
    context.run(variable.set, "mine")
    future = context.run(executor.submit, abs, -1)
    assert future.result(SOON) == 1
    assert executor.submit(context.run, variable.get).result(SOON) == "mine"


def test_an_idle_worker_keeps_no_task_alive():
    """The variable by which a thread of a task finds it is cleared with the last."""

    class Big:
        pass

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(Big)
        big = weakref.ref(future.result(SOON))
        pool.submit(int).result(SOON)
        del future
        gc.collect()
        assert big() is None


# The submitter's, where that is asked for.


def by_pool():
    """Ask for it on the pool."""
    pool = ThreadPoolExecutor(1, context="submitter")
    return pool, pool


def by_group():
    """Ask for it on a group."""
    pool = ThreadPoolExecutor(1)
    return pool, pool.group("part", context="submitter")


def by_group_below():
    """Ask for it on the pool, of which a group does as it does."""
    pool = ThreadPoolExecutor(1, context="submitter")
    return pool, pool.group("part")


def by_call():
    """Ask for it on single calls."""
    pool = ThreadPoolExecutor(1)
    return pool, pool.options(context="submitter")


@pytest.fixture(params=[by_pool, by_group, by_group_below, by_call])
def travelling(request):
    """Give what submits calls that see its variables."""
    pool, submitter = request.param()
    with pool:
        yield submitter


def test_they_travel(travelling):
    """As they were at the submit(); what is set later is not seen."""
    future = travelling.submit(variable.get)
    variable.set("later")
    assert future.result(SOON) == "the submitter's"
    assert list(travelling.map(lambda _: variable.get(), range(2))) == ["later"] * 2
    assert list(travelling.map(lambda _: variable.get(), range(4), chunksize=2)) == ["later"] * 4


def test_a_queued_call_sees_them_too(travelling, latch):
    """However long it waited."""
    travelling.submit(latch)
    futures = []
    for number in range(3):
        context = contextvars.copy_context()
        context.run(variable.set, number)
        futures.append(context.run(travelling.submit, variable.get))
    latch.go()
    assert [future.result(SOON) for future in futures] == [0, 1, 2]


def test_what_such_a_call_sets_is_seen_by_nobody_else(travelling):
    """Neither by the submitter nor by the next call on the same thread."""

    def call():
        seen = variable.get()
        variable.set("set by a call")
        return seen, variable.get()

    for _ in range(3):
        assert travelling.submit(call).result(SOON) == ("the submitter's", "set by a call")
    assert variable.get() == "the submitter's"


def test_a_callback_of_such_a_call_sees_what_it_has_set(travelling, latch):
    """Its context is the call's, not the worker's."""
    seen = []

    def call():
        latch()
        variable.set("request 7")

    future = travelling.submit(call)
    future.add_done_callback(lambda _: seen.append(variable.get()))
    latch.go()
    future.result(SOON)
    travelling.submit(int).result(SOON)
    assert seen == ["request 7"]


def test_such_a_call_knows_its_task(travelling):
    """By its thread, whatever context it was submitted in."""
    future = travelling.submit(current_task)
    assert future.result(SOON) is future


def test_a_group_may_have_its_workers_where_its_pool_has_the_submitters():
    """The nearest word counts: of the call, of the group, of the pool."""
    with ThreadPoolExecutor(1, context="submitter") as pool:
        group = pool.group("part", context="worker")
        assert group.submit(variable.get).result(SOON) == "default"
        assert pool.options(context="worker").submit(variable.get).result(SOON) == "default"
        assert group.options(context="submitter").submit(variable.get).result(SOON) != "default"


@pytest.mark.parametrize("wrong", ["task", "", 1, True])
def test_another_word_is_refused(wrong):
    """At the call that says it."""
    with pytest.raises(ValueError, match="context must be 'worker' or 'submitter'"):
        ThreadPoolExecutor(1, context=wrong)
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(ValueError, match="context must be"):
            pool.options(context=wrong)
        with pytest.raises(ValueError, match="context must be"):
            pool.group("part", context=wrong)
