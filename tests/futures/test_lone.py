"""A future made by hand is the stdlib's, method by method: the stdlib's is the oracle."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import re
import threading
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pausable

SOON = 20.0
ERROR = LookupError("the same for both")
OPERATIONS = {
    "cancel": lambda future, _: future.cancel(),
    "begin": lambda future, _: future.set_running_or_notify_cancel(),
    "set_result": lambda future, _: future.set_result(42),
    "set_none": lambda future, _: future.set_result(None),
    "set_exception": lambda future, _: future.set_exception(ERROR),
    "set_no_exception": lambda future, _: future.set_exception(None),
    "add_callback": lambda future, told: future.add_done_callback(
        lambda each: told.append((each is future, each.done(), each.cancelled()))
    ),
    "add_failing_callback": lambda future, told: future.add_done_callback(
        lambda _: told.append("fails") or 1 // 0
    ),
    "result": lambda future, _: future.result(0),
    "exception": lambda future, _: future.exception(timeout=0),
    "done": lambda future, _: future.done(),
    "running": lambda future, _: future.running(),
    "cancelled": lambda future, _: future.cancelled(),
    "repr": lambda future, _: repr(future),
    "wait": lambda future, _: len(concurrent.futures.wait([future], 0).done),
    "our wait": lambda future, _: len(pausable.futures.wait([future], 0).done),
    "as_completed": lambda future, _: len(list(concurrent.futures.as_completed([future], 0))),
}


def anonymous(text: str) -> str:
    """Take the address out of a repr."""
    return re.sub(r"0x[0-9a-f]+", "0x...", re.sub(r"Future \d+ in", "Future ... in", text))


@contextmanager
def logged():
    """Collect what is logged by the stdlib's logger."""
    logger, records = logging.getLogger("concurrent.futures"), []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(
        (record.levelname, anonymous(record.getMessage()), record.exc_info and record.exc_info[0])
    )
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield records
    finally:
        logger.propagate = True
        logger.removeHandler(handler)


def history(make, names):
    """Do the operations in their order; return all that could be seen."""
    future, told, answers = make(), [], []
    with logged() as records:
        for name in names:
            try:
                answer = OPERATIONS[name](future, told)
            except Exception as error:  # noqa: BLE001 - compared
                answer = (type(error), anonymous(str(error)))
            answers.append((anonymous(str(answer)) if name == "repr" else answer, list(told)))
            answers.append(future._state)
    return answers, records


@given(st.lists(st.sampled_from(sorted(OPERATIONS)), max_size=12))
def test_whatever_is_done_to_it_it_answers_like_the_stdlibs(names):
    """The same answers, errors, messages, callbacks, states and log records, step by step."""
    assert history(pausable.Future, names) == history(concurrent.futures.Future, names)


FUTURES = [concurrent.futures.Future, pausable.Future]
each_kind = pytest.mark.parametrize("make", FUTURES, ids=["stdlib", "pausable"])


@each_kind
@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (lambda future: future.set_result(42), 42),
        (lambda future: future.set_exception(ERROR), ERROR),
        (lambda future: future.cancel(), "cancelled"),
    ],
    ids=["result", "exception", "cancel"],
)
def test_a_thread_that_waits_for_it_is_told(make, end, expected):
    """In result() and in exception(), by whichever thread ends it."""
    future, told = make(), []

    def wait(method):
        try:
            told.append(method(SOON))
        except concurrent.futures.CancelledError:
            told.append("cancelled")
        except LookupError as error:
            told.append(error)

    threads = [
        threading.Thread(target=wait, args=(method,))
        for method in (future.result, future.exception)
    ]
    for thread in threads:
        thread.start()
    end(future)
    for thread in threads:
        thread.join(SOON)
    assert sorted(told, key=str) == sorted(
        [expected, None if expected == 42 else expected], key=str
    )


@each_kind
def test_it_ends_as_somebody_elses_executor_ends_it(make):
    """An executor of one's own makes futures, and runs them in its way."""

    class Immediate(concurrent.futures.Executor):
        def submit(self, fn, /, *args, **kwargs):
            future = make()
            assert future.set_running_or_notify_cancel()
            try:
                future.set_result(fn(*args, **kwargs))
            except Exception as error:  # noqa: BLE001 - the future's
                future.set_exception(error)
            return future

    with Immediate() as executor:
        assert executor.submit(abs, -1).result(0) == 1
        assert list(executor.map(abs, [-1, -2])) == [1, 2]
        with pytest.raises(ZeroDivisionError):
            executor.submit(divmod, 1, 0).result(0)


@each_kind
def test_its_exception_is_raised_as_it_is(make):
    """result() raises the very object, also when it is no Exception."""
    for error in (LookupError(), KeyboardInterrupt(), SystemExit(3)):
        future = make()
        future.set_exception(error)
        assert future.exception(0) is error
        with pytest.raises(type(error)) as caught:
            future.result(0)
        assert caught.value is error


@each_kind
def test_it_can_be_awaited(make):
    """wrap_future() passes on what comes, and passes a cancel back."""
    done, cancelled = make(), make()

    async def main():
        asyncio.get_running_loop().call_soon(done.set_result, 42)
        assert await asyncio.wrap_future(done) == 42
        wrapped = asyncio.wrap_future(cancelled)
        wrapped.cancel()
        with pytest.raises(asyncio.CancelledError):
            await wrapped

    asyncio.run(main())
    assert cancelled.cancelled()


def test_what_needs_a_pool_says_so():
    """Pause, resume and stop of a future that belongs to no pool are RuntimeErrors."""
    future = pausable.Future()
    for verb in ("pause", "resume", "stop"):
        with pytest.raises(RuntimeError, match=f"cannot {verb} a future that belongs to no pool"):
            getattr(future, verb)()
    assert future.set_running_or_notify_cancel()
    assert not future.is_paused()


def test_what_it_says_of_itself_without_a_pool():
    """The rest of its methods work, and say that there is nothing to say."""
    future = pausable.Future()
    assert (future.active_time, future.paused_time, future.where()) == (0.0, 0.0, None)
    assert (future.is_paused(), future.is_quiescent(), future.holds()) == (False, True, ())
    assert future.status().state == "queued"
    assert isinstance(future.name, str)
    future.set_result(42)
    assert future.status().state == "done"
    assert future.is_quiescent()
