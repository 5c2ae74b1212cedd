"""References: nothing of a call is kept longer than whoever submitted it keeps it."""

from __future__ import annotations

import gc
import weakref
from contextvars import ContextVar

import pytest
from contract.implementations import SOON
from helpers import until


class Thing:
    """Something that can be weakly referred to."""

    def method(self, *_: object, **__: object) -> None:
        """Do nothing."""


class Failure(Exception):
    """An exception that can be weakly referred to."""


@pytest.fixture
def without_collector():
    """Switch the collector of cycles off: what goes, goes because nobody refers to it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


pytestmark = pytest.mark.usefixtures("without_collector")


def wait_gone(reference: weakref.ref) -> None:
    """Wait until an object is gone: its worker may still be on the way to its next wait."""
    until(lambda: reference() is None, what="the object was let go")


def make_thing() -> Thing:
    """Return a new one."""
    return Thing()


def raise_failure() -> None:
    """Raise a new one, with a local variable that the traceback refers to."""
    local = Thing()
    raise Failure(local)


def test_the_result_goes_with_the_future(make_submitter):
    """An idle worker keeps neither the future nor the result."""
    executor = make_submitter(1)
    future = executor.submit(make_thing)
    references = [weakref.ref(future.result(SOON)), weakref.ref(future)]
    del future
    for reference in references:
        wait_gone(reference)


def test_the_arguments_go_when_the_call_is_over(make_submitter):
    """Also while the future is kept."""
    executor = make_submitter(1)
    one, other = Thing(), Thing()
    references = [weakref.ref(one), weakref.ref(other)]
    future = executor.submit(Thing().method, one, key=other)
    del one, other
    future.result(SOON)
    for reference in references:
        wait_gone(reference)


def test_the_function_goes_when_the_call_is_over(make_submitter):
    """The object of a bound method, and a function with all that it encloses."""
    executor = make_submitter(1)
    thing, enclosed = Thing(), Thing()
    references = [weakref.ref(thing), weakref.ref(enclosed)]
    futures = [
        executor.submit(thing.method),
        executor.submit(lambda kept=enclosed: kept.method()),
    ]
    del thing, enclosed
    for future in futures:
        future.result(SOON)
    for reference in references:
        wait_gone(reference)


def test_the_exception_goes_with_the_future(make_submitter):
    """Neither the future nor a frame of its traceback forms a cycle with it."""
    executor = make_submitter(1)
    future = executor.submit(raise_failure)
    error = future.exception(SOON)
    references = [weakref.ref(error), weakref.ref(error.args[0]), weakref.ref(future)]
    del error, future
    for reference in references:
        wait_gone(reference)


def test_the_arguments_of_a_call_that_failed_go(make_ours):
    """Its exception has the frames of its own code, and nothing that it has let go of itself.

    From 3.14 on the stdlib's has the call, too.
    """

    def fail(*things, key):
        del things, key
        raise LookupError

    executor = make_ours(1)
    one, other = Thing(), Thing()
    references = [weakref.ref(one), weakref.ref(other)]
    future = executor.submit(fail, one, key=other)
    del one, other
    error = future.exception(SOON)
    for reference in references:
        wait_gone(reference)
    assert error is future.exception()


def test_the_exception_that_result_raises_goes_with_the_future(make_submitter):
    """The frame of result() is in the traceback; it must not refer to the future."""
    executor = make_submitter(1)
    future = executor.submit(raise_failure)
    try:
        future.result(SOON)
    except Failure as error:
        reference = weakref.ref(error)
    del future
    wait_gone(reference)


def test_a_timeout_that_result_raises_refers_to_nothing(make_submitter, latch):
    """The TimeoutError and the future do not keep each other."""
    executor = make_submitter(1)
    future = executor.submit(latch)
    latch.wait_begun()
    try:
        future.result(0)
    except TimeoutError as error:
        kept = error
    reference = weakref.ref(future)
    latch.go()
    future.result(SOON)
    del future
    kept.__traceback__ = None
    wait_gone(reference)


def test_a_cancelled_call_lets_go_of_everything(make_ours, latch):
    """In the stdlib a worker has to come by first; in a paused pool none would."""
    executor = make_ours(1)
    executor.submit(latch)
    latch.wait_begun()
    thing, argument = Thing(), Thing()
    references = [weakref.ref(thing), weakref.ref(argument)]
    future = executor.submit(thing.method, argument)
    del thing, argument
    future.cancel()
    assert [reference() for reference in references] == [None, None]


def test_the_callbacks_go_with_the_future(make_submitter, latch):
    """What was to be called back is not kept by the worker."""
    executor, thing = make_submitter(1), Thing()
    reference = weakref.ref(thing)
    future = executor.submit(latch)
    future.add_done_callback(thing.method)
    latch.go()
    future.result(SOON)
    del thing, future
    wait_gone(reference)


def test_the_context_goes_when_the_call_is_over(make_submitter):
    """The variables that the submitter has set are not kept by the future."""
    variable = ContextVar("variable")
    executor, thing = make_submitter(1), Thing()
    reference = weakref.ref(thing)
    token = variable.set(thing)
    future = executor.submit(abs, -1)
    variable.reset(token)
    del thing, token
    future.result(SOON)
    wait_gone(reference)


def test_what_a_call_puts_into_its_context_goes_with_it(make_pausable):
    """One that came with the call, that is; a worker's stays, as in the stdlib."""
    variable = ContextVar("variable")

    def call():
        thing = Thing()
        variable.set(thing)
        return weakref.ref(thing)

    executor = make_pausable(1, context="submitter")
    future = executor.submit(call)
    wait_gone(future.result(SOON))


def test_many_calls_leave_nothing(make_submitter):
    """All results of a long list of futures go with it."""
    executor = make_submitter(3)
    futures = [executor.submit(make_thing) for _ in range(100)]
    references = [weakref.ref(future.result(SOON)) for future in futures]
    futures.clear()
    until(lambda: not any(reference() for reference in references), what="all results were let go")
