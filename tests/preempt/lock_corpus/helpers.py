"""Locks that one function takes and another gives back."""

# As people write it, not as they should.
# ruff: noqa: D101

import threading
from functools import partial, wraps

from preempt.witness import case, known


def work(count=3):
    total = 0
    for number in range(count):
        total += number
    return total


class Box:
    def __init__(self):
        self._lock = known(threading.Lock())
        self.value = 0

    def begin(self):
        self._lock.acquire()
        self.value += 1

    def end(self):
        self.value -= 1
        self._lock.release()

    def lock(self):
        self._lock.acquire()

    def unlock(self):
        self._lock.release()

    def lock_and_work(self):
        self.begin()
        try:
            work()
        finally:
            self._lock.release()
        work()


@case
def helper_begin_and_end():
    box = Box()
    box.begin()
    work()
    box.end()
    work()


@case
def helper_lock_and_unlock():
    box = Box()
    box.lock()
    try:
        work()
    finally:
        box.unlock()
    work()


@case
def helper_takes_and_caller_releases():
    Box().lock_and_work()


def take(lock):
    lock.acquire()


def give(lock):
    lock.release()


@case
def helper_function():
    lock = known(threading.Lock())
    take(lock)
    work()
    give(lock)
    work()


HIDDEN = threading.Lock()


def enter_section():
    HIDDEN.acquire()


def leave_section():
    HIDDEN.release()


@case
def helper_of_global_lock():
    known(HIDDEN)
    enter_section()
    work()
    leave_section()
    work()


@case
def helper_two_levels_down():
    known(HIDDEN)

    def enter():
        enter_section()

    enter()
    work()
    leave_section()
    work()


@case
def helper_in_closure():
    lock = known(threading.Lock())

    def start():
        lock.acquire()

    def stop():
        lock.release()

    start()
    work()
    stop()
    work()


@case
def helper_as_argument():
    lock = known(threading.Lock())

    def run(before, after):
        before()
        work()
        after()
        work()

    run(lock.acquire, lock.release)


@case
def helper_in_attribute():
    class Hooks:
        def __init__(self, lock):
            self.before = lock.acquire
            self.after = lock.release

        def run(self):
            self.before()
            work()
            self.after()
            work()

    Hooks(known(threading.Lock())).run()


@case
def helper_in_partial():
    lock = known(threading.Lock())
    start = partial(take, lock)
    start()
    work()
    give(lock)
    work()


@case
def helper_with_result():
    lock = known(threading.Lock())

    def try_it():
        return lock.acquire(blocking=False)

    if try_it():
        work()
        lock.release()
    work()


class Guard:
    def __init__(self, lock):
        self.lock = lock
        lock.acquire()

    def done(self):
        self.lock.release()


@case
def helper_constructor():
    lock = known(threading.Lock())
    guard = Guard(lock)
    work()
    guard.done()
    work()


class Striped:
    def __init__(self):
        self.stripes = [known(threading.Lock()) for _ in range(3)]

    def begin(self, key):
        self.stripes[hash(key) % 3].acquire()

    def end(self, key):
        self.stripes[hash(key) % 3].release()


@case
def helper_with_stripes():
    table = Striped()
    table.begin("key")
    work()
    table.end("key")
    work()


class Pool:
    def __init__(self):
        self.slots = threading.Semaphore(1)
        self.slots.initial = 1
        known(self.slots)

    def get(self):
        self.slots.acquire()
        return object()

    def put(self, connection):
        self.slots.release()


@case
def helper_of_pool():
    pool = Pool()
    connection = pool.get()
    work()
    pool.put(connection)
    work()


class ReadWrite:
    def __init__(self):
        self.lock = known(threading.Lock())
        self.readers = 0

    def acquire_write(self):
        self.lock.acquire()

    def release_write(self):
        self.lock.release()


@case
def helper_of_read_write_lock():
    lock = ReadWrite()
    lock.acquire_write()
    work()
    lock.release_write()
    work()


class Base:
    def __init__(self):
        self._mutex = known(threading.Lock())

    def open(self):
        self._mutex.acquire()

    def close(self):
        self._mutex.release()


class Derived(Base):
    def open(self):
        super().open()
        work()

    def close(self):
        work()
        super().close()


@case
def helper_in_base_class():
    thing = Derived()
    thing.open()
    work()
    thing.close()
    work()


def synchronized(function):
    @wraps(function)
    def wrapper(self, *args):
        with self._lock:
            return function(self, *args)

    return wrapper


def synchronized_by(lock):
    def decorate(function):
        def wrapper(*args, **kwargs):
            lock.acquire()
            try:
                return function(*args, **kwargs)
            finally:
                lock.release()

        return wrapper

    return decorate


@case
def helper_decorator():
    class Thing(Box):
        @synchronized
        def run(self, count):
            return work(count)

    thing = Thing()
    thing.run(2)
    work()


@case
def helper_decorator_with_lock():
    lock = known(threading.Lock())

    @synchronized_by(lock)
    def run(count, *, times=1):
        return work(count * times)

    run(2, times=1)
    work()


@case
def helper_temporary():
    def locked(box):
        box.begin()
        return box

    locked(Box()).end()
    work()


@case
def helper_undone():
    lock = known(threading.Lock())

    def run(outer):
        outer.release()
        work()
        outer.acquire()

    with lock:
        work()
        run(lock)
        work()
    work()


@case
def helper_of_condition():
    class Buffer:
        def __init__(self):
            self.ready = known(threading.Condition())
            self.items = []

        def put(self, item):
            with self.ready:
                self.items.append(item)
                self.ready.notify()

        def get(self):
            with self.ready:
                while not self.items:
                    self.ready.wait(timeout=0.001)
                return self.items.pop()

    buffer = Buffer()
    buffer.put(work())
    buffer.get()
