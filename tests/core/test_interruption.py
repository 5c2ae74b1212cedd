"""Whether a thread runs a signal handler or a finalizer: each form of them, and what is neither."""

from __future__ import annotations

import functools
import gc
import signal
import sys
import threading
import weakref

import pytest

from pausable._core.interruption import is_interrupted

seen: list[bool] = []


@pytest.fixture(autouse=True)
def nothing_seen():
    """Begin with nothing seen."""
    seen.clear()


def look(*_: object) -> None:
    """Note whether this thread is interrupted."""
    seen.append(is_interrupted())


class Handler:
    """An object whose methods handle signals."""

    def __call__(self, number, frame):
        look()

    def method(self, number, frame):
        look()

    @staticmethod
    def static(number, frame):
        look()

    @classmethod
    def of_class(cls, *arguments):
        look()


def drops_its_arguments(number, frame):
    """Handle a signal without a trace of what it was called with."""
    del number, frame
    look()


def also_called_otherwise(*_: object) -> None:
    """Look; a function of its own, since what was seen as a handler is taken for one ever after."""
    look()


def replaces_itself(number, frame):
    """Let the next signal have its default effect, then look."""
    signal.signal(number, signal.SIG_DFL)
    look()


def calls_others(number, frame):
    """Look from further up the stack."""
    sorted([1], key=lambda _: [look() for _ in (1,)])


HANDLERS = {
    "function": lambda: calls_others,
    "arguments dropped": lambda: drops_its_arguments,
    "replaced": lambda: replaces_itself,
    "lambda": lambda: lambda number, frame: look(),
    "any arguments": lambda: lambda *_: look(),
    "method": lambda: Handler().method,
    "static method": lambda: Handler.static,
    "class method": lambda: Handler.of_class,
    "object": Handler,
    "partial": lambda: functools.partial(lambda more, number, frame: look(), 1),
    "partial of a method": lambda: functools.partial(Handler().method),
    "wrapped": lambda: functools.wraps(calls_others)(lambda *args: calls_others(*args)),
    "called by C": lambda: functools.partial(also_called_otherwise),
}


@pytest.mark.parametrize("form", HANDLERS)
def test_a_signal_handler(form) -> None:
    """It is seen in every form, called between two lines or from inside a call."""
    before = signal.signal(signal.SIGUSR1, HANDLERS[form]())
    try:
        signal.raise_signal(signal.SIGUSR1)
        if form != "replaced":
            signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
            sum(range(1000))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert seen
    assert all(seen)
    assert not is_interrupted()


class WithDel:
    """An object with a finalizer."""

    def __del__(self):
        look()


class WithAlias:
    """An object whose finalizer has another name."""

    def close(self):
        look()

    __del__ = close


def generator():
    """Look when it is closed."""
    try:
        yield
    finally:
        look()


def started():
    """Return a generator that is in its block."""
    made = generator()
    next(made)
    return made


class Target:
    """Something to refer to weakly."""


def referred(refer):
    """Return an object, and keep what *refer* makes of it for as long as it is there."""
    target = Target()
    kept.append(refer(target))
    return target


kept: list[object] = []
FINALIZERS = {
    "__del__": WithDel,
    "another name": WithAlias,
    "generator": started,
    "weakref": lambda: referred(lambda it: weakref.ref(it, lambda _: look())),
    "weakref, a method": lambda: referred(lambda it: weakref.ref(it, Handler.of_class)),
    "weakref, any arguments": lambda: referred(lambda it: weakref.ref(it, lambda *_: look())),
    "weakref.finalize": lambda: referred(lambda it: weakref.finalize(it, look)),
}
IN_A_CALL = FINALIZERS.keys() - {"another name"}


@pytest.mark.parametrize("on_main", [True, False], ids=["main thread", "other thread"])
@pytest.mark.parametrize("form", FINALIZERS)
def test_a_finalizer(form, on_main) -> None:
    """It is seen in every form, whether a line drops the object, a call in C, or the collector."""

    def drop() -> None:
        it = FINALIZERS[form]()
        del it
        if form in IN_A_CALL:
            held = [FINALIZERS[form]()]
            held.clear()
            cycle = [FINALIZERS[form]()]
            cycle.append(cycle)
            del cycle
            gc.collect()

    if on_main:
        drop()
    else:
        thread = threading.Thread(target=drop)
        thread.start()
        thread.join()
    kept.clear()
    assert len(seen) == (3 if form in IN_A_CALL else 1)
    assert all(seen)


def test_what_the_collector_calls() -> None:
    """A callback of the collector is seen, which may run at any line that makes an object."""

    def called(*_: object) -> None:
        look()

    gc.callbacks.append(called)
    try:
        gc.collect()
    finally:
        gc.callbacks.remove(called)
    assert seen
    assert all(seen)


def test_what_is_neither() -> None:
    """Plain calls, calls from C, tasks and blocks are not: events come before their calls return."""

    def plain(frame: object = None, alive: object = None) -> None:
        look()

    target = Target()
    plain()
    plain(sys._getframe(1), weakref.ref(target))
    sorted([2, 1], key=lambda _: look() or 0)
    list(map(look, [1]))
    next(generator_that_looks())
    with pytest.raises(KeyError):
        raises_and_looks()
    thread = threading.Thread(target=plain)
    thread.start()
    thread.join()
    made = started()
    next(made, None)
    assert seen
    assert not any(seen)


def generator_that_looks():
    """Look while somebody takes an item."""
    look()
    yield


def raises_and_looks() -> None:
    """Look while an exception is handled."""
    try:
        raise KeyError
    except KeyError:
        look()
        raise


def test_a_look_keeps_nothing() -> None:
    """What a function had is gone when it has dropped it, although somebody has looked."""

    def function(first: object, second: object) -> None:
        gone = weakref.ref(second)
        look()
        del second
        assert gone() is None

    function(1, Target())
