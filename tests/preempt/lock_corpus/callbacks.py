"""Code that is called from C, by the import system and by finalizers, and code of the stdlib."""

# As people write it, not as they should.
# ruff: noqa: B015, B018, C901, LOG001, PLC0415

import contextlib
import functools
import importlib.machinery
import logging
import queue
import re
import sqlite3
import sys
import threading
import weakref
from types import ModuleType

from preempt.witness import Delicate, case, known


def work(count=3):
    total = 0
    for number in range(count):
        total += number
    return total


@case
def callback_of_c_functions():
    lock = known(threading.Lock())

    def key(value):
        return work(value)

    def replace(match):
        return str(work(len(match[0])))

    with lock:
        sorted([3, 1, 2], key=key)
        list(map(key, [1, 2]))
        functools.reduce(lambda a, b: a + b, [1, 2, 3])
        re.sub("a+", replace, "aabaa")
        max([1, 2], key=lambda n: -n)
    sorted([3, 1, 2], key=key)
    re.sub("a+", replace, "aabaa")


@case
def callback_under_queue_mutex():
    class Mine(queue.Queue):
        def _put(self, item):
            work()
            super()._put(item)

        def _get(self):
            work()
            return super()._get()

    items = Mine()
    known(items.mutex)
    items.put(1)
    items.get()
    with items.mutex:
        work()
    with items.not_empty:
        work()
    work()


@case
def callback_of_logging():
    class Mine(logging.Handler):
        def emit(self, record):
            work()

    handler = Mine()
    known(handler.lock)
    logger = logging.Logger("corpus")
    logger.addHandler(handler)
    logger.warning("hello")
    handler.acquire()
    work()
    handler.release()
    with handler.lock:
        work()
    work()


@case
def callback_special_methods():
    lock = known(threading.Lock())

    class Number:
        def __add__(self, other):
            return work()

        def __eq__(self, other):
            return bool(work())

        def __hash__(self):
            return work()

        def __getattr__(self, name):
            return work()

        def __getitem__(self, key):
            return work()

        def __bool__(self):
            return bool(work())

        def __contains__(self, item):
            return bool(work())

        def __iter__(self):
            work()
            return iter(())

        def __repr__(self):
            return str(work())

    def use():
        number = Number()
        number + 1
        assert number == 1
        {number: 1}
        number.anything
        number[1]
        if number:
            1 in number
        list(number)
        for _ in number:
            pass
        return f"{number!r}"

    with lock:
        use()
    use()


@case
def finalizer_del():
    inside = known(Delicate())

    class Spam:
        def __del__(self):
            inside.is_on = True
            work()
            inside.is_on = False

    spam = Spam()
    work()
    del spam
    work()


@case
def finalizer_weakref_callback():
    inside = known(Delicate())

    class Spam:
        pass

    def callback(reference):
        inside.is_on = True
        work()
        inside.is_on = False

    spam = Spam()
    kept = weakref.ref(spam, callback)
    work()
    spam = None
    work()
    assert kept() is None


@case
def finalizer_of_weakref():
    inside = known(Delicate())

    class Spam:
        pass

    def callback():
        inside.is_on = True
        work()
        inside.is_on = False

    spam = Spam()
    weakref.finalize(spam, callback)
    work()
    del spam
    work()


@case
def import_in_progress():
    inside = known(Delicate())

    class Loader:
        @staticmethod
        def create_module(spec):
            return ModuleType(spec.name)

        @staticmethod
        def exec_module(module):
            inside.is_on = True
            work()
            inside.is_on = False

    class Finder:
        @staticmethod
        def find_spec(name, path, target=None):
            if name != "corpus_of_locks":
                return None
            return importlib.machinery.ModuleSpec(name, Loader)

    sys.meta_path.insert(0, Finder)
    try:
        import corpus_of_locks

        work()
        assert corpus_of_locks
    finally:
        sys.meta_path.remove(Finder)
        sys.modules.pop("corpus_of_locks", None)


@case
def sqlite_transaction():
    inside = known(Delicate())
    connection = sqlite3.connect(":memory:")
    with connection:
        inside.is_on = True
        connection.execute("create table t (n)")
        work()
        inside.is_on = False
    with contextlib.closing(connection):
        work()


@case
def barrier_and_event():
    barrier, event = threading.Barrier(1), threading.Event()
    known(barrier._cond)
    known(event._cond)
    barrier.wait()
    event.set()
    event.wait()
    work()


@case
def thread_that_runs():
    lock = known(threading.Lock())
    go = threading.Event()
    thread = threading.Thread(target=go.wait)
    thread.start()
    with lock:
        work()
    work()
    go.set()
    thread.join()
    work()
