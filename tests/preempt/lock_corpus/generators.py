"""Locks that a suspended generator holds."""

# As people write it, not as they should.
# ruff: noqa: UP028

import itertools
import threading

from preempt.witness import case, known


def work(count=3):
    total = 0
    for number in range(count):
        total += number
    return total


def locked_items(lock, count=3):
    with lock:
        for number in range(count):
            yield number
    work()


def free_items(count=3):
    for number in range(count):
        yield number


@case
def generator_in_for():
    lock = known(threading.Lock())
    for number in locked_items(lock):
        work(number)
    work()


@case
def generator_in_local():
    lock = known(threading.Lock())
    items = locked_items(lock)
    next(items)
    work()
    items.close()
    work()


@case
def generator_in_attribute():
    class Reader:
        def __init__(self):
            self.items = locked_items(known(threading.Lock()))

        def read(self):
            return next(self.items)

        def close(self):
            self.items.close()

    reader = Reader()
    reader.read()
    work()
    reader.close()
    work()


@case
def generator_in_closure():
    items = locked_items(known(threading.Lock()))

    def read():
        value = next(items)
        work()
        return value

    read()
    work()
    items.close()
    work()


@case
def generator_in_list():
    made = [locked_items(known(threading.Lock())) for _ in range(2)]
    next(made[0])
    work()
    next(made[1])
    work()
    for each in made:
        each.close()
    work()


@case
def generator_in_dict():
    made = {"a": locked_items(known(threading.Lock()))}
    next(made["a"])
    work()
    made["a"].close()
    work()


STORED = []


@case
def generator_in_global():
    STORED.append(locked_items(known(threading.Lock())))
    next(STORED[0])
    work()
    STORED.pop().close()
    work()


@case
def generator_in_enumerate():
    for index, number in enumerate(locked_items(known(threading.Lock()))):
        work(index + number)
    for one, other in zip(free_items(), locked_items(known(threading.Lock())), strict=True):
        work(one + other)
    work()


@case
def generator_in_itertools():
    chained = itertools.chain(locked_items(known(threading.Lock())), [1, 2])
    next(chained)
    work()
    list(chained)
    for number in itertools.islice(locked_items(known(threading.Lock())), 5):
        work(number)
    work()


@case
def generator_in_generator_expression():
    lock = known(threading.Lock())
    for number in (n * 2 for n in locked_items(lock)):
        work(number)
    assert sum(n for n in locked_items(lock))
    work()


@case
def generator_yield_from():
    lock = known(threading.Lock())

    def outer():
        yield from locked_items(lock)
        work()

    for number in outer():
        work(number)
    work()


@case
def generator_delegating_in_local():
    lock = known(threading.Lock())

    def outer():
        yield from locked_items(lock)

    items = outer()
    next(items)
    work()
    items.close()
    work()


@case
def generator_explicit():
    lock = known(threading.Lock())

    def items():
        lock.acquire()
        try:
            yield 1
            yield 2
        finally:
            lock.release()

    for number in items():
        work(number)
    work()


@case
def generator_between_yields():
    lock = known(threading.Lock())

    def items():
        for number in range(3):
            with lock:
                value = work(number)
            yield value

    for number in items():
        work(number)
    work()


@case
def generator_sent_to():
    lock = known(threading.Lock())

    def echo():
        with lock:
            received = yield
            while received:
                received = yield work(received)

    talk = echo()
    talk.send(None)
    talk.send(2)
    work()
    try:
        talk.send(0)
    except StopIteration:
        work()


@case
def generator_thrown_into():
    lock = known(threading.Lock())

    def items():
        try:
            with lock:
                yield 1
        except KeyError:
            yield work()

    made = items()
    next(made)
    work()
    made.throw(KeyError("expected"))
    work()
    made.close()


@case
def generator_method():
    class Store:
        def __init__(self):
            self.lock = known(threading.RLock())

        def rows(self):
            with self.lock:
                yield from range(3)

    for row in Store().rows():
        work(row)
    store = Store()
    for row in store.rows():
        work(row)
    work()


@case
def generator_iterable_class():
    class Rows:
        def __init__(self):
            self.lock = known(threading.Lock())

        def __iter__(self):
            with self.lock:
                yield from range(3)

    rows = Rows()
    for row in rows:
        work(row)
    for row in Rows():
        work(row)
    assert [work(row) for row in rows]
    work()


@case
def generator_started_by_callee():
    class Reader:
        def start(self):
            self.items = locked_items(known(threading.Lock()))
            next(self.items)

        def stop(self):
            self.items.close()

    reader = Reader()
    reader.start()
    work()
    reader.stop()
    work()


@case
def generator_passed_on():
    def consume(items):
        for number in items:
            work(number)

    consume(locked_items(known(threading.Lock())))
    consume(iter(locked_items(known(threading.Lock()))))
    consume(map(work, locked_items(known(threading.Lock()))))
    work()


@case
def generator_unpacked():
    first, *rest = locked_items(known(threading.Lock()))
    work(first)
    assert rest
    work()


@case
def generator_dropped():
    items = locked_items(known(threading.Lock()))
    next(items)
    work()
    del items
    work()


@case
def generator_left_by_break():
    lock = known(threading.Lock())
    for number in locked_items(lock):
        work(number)
        break
    work()


@case
def iterator_class_with_lock():
    class Locked:
        def __init__(self):
            self.lock = known(threading.Lock())
            self.left = 3

        def __iter__(self):
            return self

        def __next__(self):
            with self.lock:
                work()
                self.left -= 1
                if not self.left:
                    raise StopIteration
                return self.left

    for number in Locked():
        work(number)
    work()
