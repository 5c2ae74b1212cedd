"""A pool of interpreters is the stdlib's to a program that never pauses."""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import gc
import inspect
import io
import subprocess
import sys
import threading
import weakref

import pytest
from helpers import until
from processes import errands

from pausable import futures


def test_it_is_the_stdlibs():
    """Its class, that of its futures, its arguments and the name of its pools."""
    ours, theirs = futures.InterpreterPoolExecutor, concurrent.futures.InterpreterPoolExecutor
    assert issubclass(ours, theirs)
    assert issubclass(ours, futures.ThreadPoolExecutor)
    assert "InterpreterPoolExecutor" in futures.__all__
    wanted = inspect.signature(theirs).parameters
    found = inspect.signature(ours).parameters
    assert list(found)[: len(wanted)] == list(wanted)
    for name in wanted:
        assert (found[name].kind, found[name].default) == (
            wanted[name].kind,
            wanted[name].default,
        )
    with ours() as pool, theirs() as other:
        assert pool._max_workers == other._max_workers
        assert pool._thread_name_prefix.startswith("InterpreterPoolExecutor-")
        assert pool.BROKEN is other.BROKEN


def closure():
    number = 1
    return lambda: number


class Local(Exception):
    """One that the other interpreter cannot make again."""

    def __reduce__(self):
        raise TypeError("not me")


def raise_local():
    raise Local("it is local")


def leave_by_exit():
    raise SystemExit(3)


def a_lock():
    return threading.Lock()


class NotThere:
    """What can be sent, and cannot be made there."""

    def __reduce__(self):
        return errands.fail, ("cannot be made",)

    def __call__(self):
        """Stand for a function."""


CALLS = {
    "a function of a module": (errands.add, (1, 2), {"self": 3, "fn": 4}),
    "a lambda": (lambda number: number + 1, (1,), {}),
    "a builtin": (sum, ([1, 2],), {}),
    "a partial": (functools.partial(errands.add, 1), (2,), {}),
    "the method of an object": ("text".upper, (), {}),
    "a closure": (closure(), (), {}),
    "a lambda by name": (errands.add, (), {"one": lambda: 1}),
    "an argument that stays": (errands.add, (threading.Lock(),), {}),
    "what cannot be pickled": (errands.add, (errands.Unpicklable(),), {}),
    "what cannot be made there": (NotThere(), (), {}),
    "a result that stays": (a_lock, (), {}),
    "a result that cannot be pickled": (errands.Unpicklable, (), {}),
    "a class": (list, ((1, 2),), {}),
    "an exception": (errands.fail, ("wrong",), {}),
    "an exception of its module": (errands.raise_of_this_module, (), {}),
    "an exception that cannot be made here": (errands.raise_what_cannot_arrive, (), {}),
    "an exception that stays": (raise_local, (), {}),
    "an exit": (leave_by_exit, (), {}),
    "bad arguments": (errands.add, (1, 2, 3), {}),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_can_be_sent(make_pool, call):
    """What arrives, and the error if it does not, is what it is with the stdlib's class."""
    fn, args, kwargs = call
    said = []
    with (
        concurrent.futures.InterpreterPoolExecutor(1, **make_pool.keywords) as theirs,
        contextlib.redirect_stderr(io.StringIO()),
    ):
        for pool in (theirs, make_pool(1)):
            future = pool.submit(fn, *args, **kwargs)
            error = future.exception(60)
            if error is None:
                said.append(future.result())
            else:
                said.append(facts_of(error))
    assert said[0] == said[1]


def facts_of(error):
    cause, context = error.__cause__, error.__context__
    found = [type(error), type(cause)]
    if type(error).__name__ != "NotShareableError":  # that shows what is sent
        found += [str(error).partition("\n")[0], type(context)]
    for each in (error, cause):
        if hasattr(each, "excinfo"):
            info = each.excinfo
            found += [vars(info.type), info.msg, info.formatted]
            found += [info.errdisplay.splitlines()[-1], str(each).splitlines()[0]]
    return found


def test_a_traceback_begins_with_the_code_of_the_task(make_pool):
    """What is told of the exception has its lines, and none of ours."""
    error = make_pool(1).submit(errands.fail, "wrong").exception(60)
    shown = error.__cause__.excinfo.errdisplay
    assert "raise ValueError(text)  # here" in shown
    assert "pausable" not in shown.replace(errands.__file__, "")


def test_memory_is_shared(make_pool):
    """A view of memory is one of the same memory, as in the stdlib."""
    memory = bytearray(2)

    def write(view):
        view[0] = 7

    make_pool(1).submit(write, memoryview(memory)).result(60)
    assert memory == b"\7\0"


PROGRAM = """
from {module} import InterpreterPoolExecutor

said = "nothing"

def initialize(text):
    global said
    said = text
    said

def look():
    return said

def double(number):
    return 2 * number

if __name__ == "__main__":
    with InterpreterPoolExecutor(2, initializer=initialize, initargs=("said",)) as pool:
        print(list(pool.map(double, range(5))), pool.submit(look).result())
"""


def test_functions_of_the_program_itself(tmp_path):
    """What the main module defines is found, as with the stdlib's."""
    shown = []
    for module in ("concurrent.futures", "pausable.futures"):
        program = tmp_path / f"{module.partition('.')[0]}_program.py"
        program.write_text(PROGRAM.format(module=module), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(program)], capture_output=True, text=True, timeout=100, check=False
        )
        shown.append((done.returncode, done.stdout, done.stderr))
    assert shown[0] == shown[1]
    assert shown[0][:2] == (0, "[0, 2, 4, 6, 8] said\n")


def test_map(pool):
    """Results come in order, in chunks or not."""
    assert list(pool.map(errands.add, range(10))) == list(range(1, 11))
    assert list(pool.map(lambda number: number + 1, range(3))) == [1, 2, 3]
    assert list(pool.map(pow, range(10), range(10), chunksize=3)) == [n**n for n in range(10)]
    assert list(pool.map(errands.add, range(10), buffersize=2)) == list(range(1, 11))
    with pytest.raises(ValueError, match="three"):
        list(pool.map(errands.item_that_may_fail, range(10), chunksize=5))


def test_as_completed_and_callbacks(pool):
    """The stdlib's functions and callbacks work on its futures."""
    seen = []
    sent = [pool.submit(errands.add, number) for number in range(10)]
    sent[0].add_done_callback(lambda future: seen.append(future.result()))
    assert sorted(future.result() for future in futures.as_completed(sent)) == list(range(1, 11))
    assert sorted(f.result() for f in concurrent.futures.as_completed(sent)) == list(range(1, 11))
    until(lambda: seen == [1])


def mark(folder, value):
    """Initialize: what it sets is there for the tasks after it."""
    import sys  # noqa: PLC0415 - it is sent without its module
    import tempfile  # noqa: PLC0415

    sys.mark_of_the_test = value
    tempfile.mkstemp(dir=folder)


def mark_here():
    import sys  # noqa: PLC0415 - as above

    return sys.mark_of_the_test


def test_an_initializer_runs_in_each_interpreter(make_pool, tmp_path):
    """Before the first task of that, and not while the pool is paused."""
    pool = make_pool(initializer=mark, initargs=(str(tmp_path), 7))
    pool.pause("to look")
    sent = [pool.submit(mark_here) for _ in range(4)]
    assert pool.wait_quiescent(30)
    assert not list(tmp_path.iterdir())
    pool.resume()
    assert [future.result(60) for future in sent] == [7] * 4
    assert 1 <= len(list(tmp_path.iterdir())) <= 2


def test_an_initializer_that_fails(make_pool, caplog):
    """It breaks the pool, and the log has what it has raised there."""
    pool = make_pool(initializer=errands.fail, initargs=("no way to begin",))
    broken = concurrent.futures.interpreter.BrokenInterpreterPool
    for _ in range(2):
        with pytest.raises(broken):
            pool.submit(errands.add, 1).result(60)
    assert "Exception in initializer" in caplog.text
    assert "ExecutionFailed" in caplog.text
    assert "no way to begin" in caplog.text


def test_an_interpreter_that_cannot_be_made(make_pool, caplog, monkeypatch):
    """It breaks the pool, as in the stdlib: also what is queued fails, paused or not."""
    from concurrent import interpreters  # noqa: PLC0415 - not everywhere

    def refuse():
        raise interpreters.InterpreterError("no more of them")

    monkeypatch.setattr(interpreters, "create", refuse)
    pool = make_pool(1)
    pool.pause("not yet")
    sent = [pool.submit(errands.add, number) for number in range(3)]
    pool.resume()
    for future in sent:
        with pytest.raises(concurrent.futures.interpreter.BrokenInterpreterPool):
            future.result(60)
    assert "no more of them" in caplog.text


def test_arguments_are_checked():
    """As in the stdlib, at the call; scripts are not supported there, either."""
    for options, error, text in (
        ({"max_workers": 0}, ValueError, "max_workers must be greater than 0"),
        ({"initializer": "pass"}, TypeError, "initializer must be a callable"),
        ({"queue_size": 0}, ValueError, "queue_size must be 1 or more"),
        ({"on_fault": "cry"}, ValueError, "on_fault"),
    ):
        with pytest.raises(error, match=text):
            futures.InterpreterPoolExecutor(**options)
    with futures.InterpreterPoolExecutor(1) as pool, pytest.raises(TypeError):
        pool.submit("pass")


def test_the_number_of_workers(make_pool, tmp_path):
    """It may be set: more take effect at once."""
    pool = make_pool(1)
    sent = [pool.submit(errands.begin_and_wait_for, tmp_path, "end") for _ in range(2)]
    until(lambda: pool.status().running == 1)
    pool.max_workers = 2
    until(lambda: pool.status().running == 2)
    errands.touch(tmp_path, "end")
    for future in sent:
        future.result(60)


def test_a_shutdown_ends_interpreters_and_threads(make_pool):
    """Nothing of it is left, and nothing more is accepted."""
    pool = make_pool()
    future = pool.submit(errands.add, 1)
    threads, workers = set(pool._threads), set(pool._p_crew._workers)
    assert pool.shutdown()
    assert future.result() == 2
    assert not any(thread.is_alive() for thread in threads)
    assert not any(worker.thread.is_alive() for worker in workers)
    assert not pool._p_crew._workers
    with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
        pool.submit(errands.add, 1)


def test_a_shutdown_that_does_not_wait(make_pool):
    """What was submitted is done, and then all ends by itself."""
    pool = make_pool()
    sent = [pool.submit(errands.add, number) for number in range(5)]
    pool.shutdown(wait=False)
    assert [future.result(60) for future in sent] == list(range(1, 6))
    until(lambda: not pool._p_crew._workers)


def test_a_pool_that_is_not_referred_to(make_pool):
    """What was submitted is done, and its interpreters end."""
    pool = futures.InterpreterPoolExecutor(2, **make_pool.keywords)
    results, crew = pool.map(errands.add, range(5)), pool._p_crew
    gone = weakref.ref(pool)
    del pool
    gc.collect()
    assert gone() is None
    assert list(results) == list(range(1, 6))
    until(lambda: not (crew._workers or crew.living()))


def test_a_pool_that_was_never_used():
    """It has no thread and no interpreter, and its end takes none."""
    pool = futures.InterpreterPoolExecutor(2)
    assert not pool._threads
    assert pool.shutdown()
