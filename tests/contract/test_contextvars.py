"""Contexts: a call sees the `contextvars` of its submit(), and leaves nothing in others."""

from __future__ import annotations

import contextvars
import decimal

from contract.implementations import SOON

variable = contextvars.ContextVar("variable", default="default")


def test_a_call_sees_the_context_of_its_submit(make_ours):
    """As it was then: what is set later is not seen."""
    executor = make_ours(1)
    token = variable.set("submitted")
    future = executor.submit(variable.get)
    variable.set("later")
    try:
        assert future.result(SOON) == "submitted"
        assert executor.submit(variable.get).result(SOON) == "later"
        assert list(executor.map(lambda _: variable.get(), range(2))) == ["later"] * 2
        assert executor.options(name="n").submit(variable.get).result(SOON) == "later"
    finally:
        variable.reset(token)
    assert executor.submit(variable.get).result(SOON) == "default"


def test_a_queued_call_sees_the_context_of_its_submit_too(make_ours, latch):
    """However long it waited."""
    executor = make_ours(1)
    executor.submit(latch)
    futures = []
    for number in range(3):
        context = contextvars.copy_context()
        context.run(variable.set, number)
        futures.append(context.run(executor.submit, variable.get))
    latch.go()
    assert [future.result(SOON) for future in futures] == [0, 1, 2]


def test_what_a_call_sets_is_seen_by_nobody_else(make_ours):
    """Neither by the submitter nor by the next call on the same thread."""
    executor = make_ours(1)

    def call():
        seen = variable.get()
        variable.set("set by a call")
        return seen, variable.get()

    for _ in range(3):
        assert executor.submit(call).result(SOON) == ("default", "set by a call")
    assert variable.get() == "default"


def test_a_nested_call_sees_the_context_of_the_call_that_submits_it(make_ours):
    """Contexts go down the tree of calls."""
    executor = make_ours(2)

    def call():
        variable.set("outer")
        return executor.submit(variable.get).result(SOON)

    assert executor.submit(call).result(SOON) == "outer"
    assert variable.get() == "default"


def test_the_decimal_context_travels(make_ours):
    """The stdlib keeps what belongs to a call in contexts; a local one is seen by its calls."""
    executor = make_ours(1)
    with decimal.localcontext() as context:
        context.prec = 5
        future = executor.submit(lambda: decimal.Decimal(1) / decimal.Decimal(3))
    assert str(future.result(SOON)) == "0.33333"


def test_a_context_that_is_entered_is_no_obstacle(make_submitter):
    """submit() may be called inside Context.run(), and a call may run a context of its own."""
    executor, context = make_submitter(1), contextvars.copy_context()
    context.run(variable.set, "mine")
    future = context.run(executor.submit, abs, -1)
    assert future.result(SOON) == 1
    assert executor.submit(context.run, variable.get).result(SOON) == "mine"
