"""Exceptions: what a call raises is its future's, whatever it is, and the worker goes on."""

from __future__ import annotations

import traceback
from concurrent.futures import CancelledError

import pytest
from contract.implementations import SOON


class Falsy(Exception):
    """An exception that is false."""

    def __bool__(self) -> bool:
        """Be false."""
        return False


class Empty(Exception):
    """An exception without a length."""

    def __len__(self) -> int:
        """Be empty."""
        return 0


class Odd(BaseException):
    """Not even an Exception."""


ANY = [
    LookupError("missing"),
    Odd("odd"),
    SystemExit(3),
    KeyboardInterrupt(),
    GeneratorExit(),
    StopIteration(1),
    StopAsyncIteration(),
    MemoryError(),
    TimeoutError("its own"),
    ExceptionGroup("two", [ValueError(1), TypeError(2)]),
]


def throw(error):
    """Raise the error."""
    raise error


@pytest.mark.parametrize("error", ANY, ids=lambda error: type(error).__name__)
def test_any_exception_is_kept_and_raised(make_submitter, error):
    """exception() returns the very object; result() raises it, each time."""
    future = make_submitter(1).submit(throw, error)
    assert future.exception(SOON) is error
    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            future.result(0)
        assert caught.value is error
    assert (future.done(), future.cancelled(), future.running()) == (True, False, False)


@pytest.mark.parametrize("error", [Falsy(), Empty()], ids=lambda error: type(error).__name__)
def test_an_exception_that_is_false_is_one(make_ours, error):
    """What counts is that it was raised; older Pythons' stdlib swallows it."""
    future = make_ours(1).submit(throw, error)
    assert future.exception(SOON) is error
    with pytest.raises(type(error)):
        future.result(0)


def test_a_failed_future_says_so(make_submitter):
    """Its repr names the exception, for logs."""
    future = make_submitter(1).submit(throw, LookupError())
    future.exception(SOON)
    assert "state=finished raised LookupError" in repr(future)


@pytest.mark.parametrize("error", ANY, ids=lambda error: type(error).__name__)
def test_no_exception_costs_a_worker(make_submitter, error, caplog):
    """The thread that ran the call runs the next one, and nothing is logged."""
    executor = make_submitter(1)
    for _ in range(3):
        executor.submit(throw, error).exception(SOON)
    assert executor.submit(abs, -1).result(SOON) == 1
    assert caplog.records == []


def test_a_call_that_raises_cancelled_error_has_failed(make_submitter):
    """The exception is what it says; the future was not cancelled."""
    future = make_submitter(1).submit(throw, CancelledError())
    assert isinstance(future.exception(SOON), CancelledError)
    assert (future.cancelled(), future.done()) == (False, True)
    with pytest.raises(CancelledError):
        future.result(0)


def test_a_call_that_cannot_be_called_so_has_failed(make_submitter):
    """Arguments that do not fit are an exception of the call."""
    future = make_submitter(1).submit(divmod, 1)
    with pytest.raises(TypeError, match="divmod expected 2 arguments, got 1"):
        future.result(SOON)


def test_causes_and_contexts_are_kept(make_submitter):
    """What the call says about its exception is not changed."""

    def call():
        try:
            throw(LookupError(1))
        except LookupError as error:
            raise ValueError(2) from error

    error = make_submitter(1).submit(call).exception(SOON)
    assert isinstance(error.__cause__, LookupError)
    assert error.__context__ is error.__cause__
    assert error.__cause__.__context__ is None


def test_no_context_is_added_from_one_call_to_the_next(make_submitter):
    """An exception has nothing to do with the one that was raised before it in the same thread."""
    executor = make_submitter(1)
    futures = [executor.submit(throw, ValueError(number)) for number in range(3)]
    assert [future.exception(SOON).__context__ for future in futures] == [None] * 3


def outer():
    """Begin the call's own code."""
    inner()


def inner():
    """Raise."""
    raise LookupError


def frames(error):
    """Name the functions of a traceback, outermost first."""
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def test_the_traceback_shows_the_code_of_the_call(make_submitter):
    """It ends with the function that was called, and those that it called."""
    error = make_submitter(1).submit(outer).exception(SOON)
    assert frames(error)[-2:] == ["outer", "inner"]


def test_the_traceback_begins_with_the_code_of_the_call(make_ours):
    """Nothing of ours is in it."""
    executor = make_ours(1)
    assert frames(executor.submit(outer).exception(SOON)) == ["outer", "inner"]
    error = executor.options(name="named").submit(outer).exception(SOON)
    assert frames(error) == ["outer", "inner"]
    limited = executor.options(timeout=60).submit(outer).exception(SOON)
    assert frames(limited) == ["outer", "inner"]
    builtin = executor.submit(divmod, 1, 0).exception(SOON)
    assert frames(builtin) == []  # raised by C code, which has no frames


def test_result_adds_where_it_was_called(make_ours):
    """The traceback of result() leads from its caller into the code of the call."""
    future = make_ours(1).submit(outer)
    with pytest.raises(LookupError) as caught:
        future.result(SOON)
    names = frames(caught.value)
    assert names[0] == "test_result_adds_where_it_was_called"
    assert names[-2:] == ["outer", "inner"]
