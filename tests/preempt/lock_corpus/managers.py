"""Context managers round locks: generators, stacks, decorators, classes."""

# As people write it, not as they should.
# ruff: noqa: D101

import contextlib
import threading
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress

from preempt.witness import case, known


def work(count=3):
    total = 0
    for number in range(count):
        total += number
    return total


@contextmanager
def holding(lock):
    with lock:
        yield
    work()


@contextmanager
def holding_explicitly(lock):
    lock.acquire()
    try:
        yield lock
    finally:
        lock.release()


@contextmanager
def holding_nothing():
    total = work()
    yield total
    work()


@case
def manager_of_generator():
    lock = known(threading.Lock())
    with holding(lock):
        work()
    work()


@case
def manager_of_generator_as_name():
    lock = known(threading.Lock())
    with holding_explicitly(lock) as name:
        work()
        assert name
    work()


@case
def manager_in_variable():
    lock = known(threading.Lock())
    manager = holding_explicitly(lock)
    with manager:
        work()
    work()


@case
def manager_of_two_levels():
    lock = known(threading.Lock())

    @contextmanager
    def outer():
        with holding(lock):
            yield
        work()

    with outer():
        work()
    work()


@case
def manager_method():
    class Store:
        def __init__(self):
            self._lock = known(threading.Lock())

        @contextmanager
        def transaction(self):
            self._lock.acquire()
            try:
                yield self
            finally:
                self._lock.release()

    store = Store()
    with store.transaction():
        work()
    with store.transaction() as same:
        assert same is store
    work()


@case
def manager_as_decorator():
    lock = known(threading.Lock())

    @holding(lock)
    def run():
        work()

    run()
    work()


@case
def manager_class_as_decorator():
    lock = known(threading.Lock())

    class Locked(contextlib.ContextDecorator):
        def __enter__(self):
            lock.acquire()

        def __exit__(self, *exc):
            lock.release()

    @Locked()
    def run():
        work()

    run()
    with Locked():
        work()
    work()


@case
def stack_enter_context():
    lock, other = known(threading.Lock()), known(threading.RLock())
    with ExitStack() as stack:
        work()
        stack.enter_context(lock)
        work()
        stack.enter_context(holding(other))
        work()
    work()


@case
def stack_callback():
    lock = known(threading.Lock())
    with ExitStack() as stack:
        lock.acquire()
        stack.callback(lock.release)
        work()
    work()


@case
def stack_push():
    lock = known(threading.Lock())
    with ExitStack() as stack:
        stack.push(lock)
        lock.acquire()
        work()
    work()


@case
def stack_pop_all():
    lock = known(threading.Lock())
    with ExitStack() as stack:
        stack.enter_context(lock)
        kept = stack.pop_all()
    work()
    kept.close()
    work()


@case
def stack_pop_all_returned():
    lock = known(threading.Lock())

    def opened():
        with ExitStack() as stack:
            stack.enter_context(lock)
            work()
            return stack.pop_all()

    kept = opened()
    work()
    kept.close()
    work()


@case
def stack_pop_all_handed_on():
    class Session:
        def __init__(self, stack):
            work()
            self._stack = stack

        def close(self):
            self._stack.close()

    lock = known(threading.Lock())

    def opened():
        with ExitStack() as stack:
            stack.enter_context(lock)
            return Session(stack.pop_all())

    session = opened()
    work()
    session.close()
    work()


@case
def stack_pop_all_closer():
    lock = known(threading.Lock())

    def opened():
        with ExitStack() as stack:
            stack.enter_context(lock)
            work()
            return stack.pop_all().close

    close = opened()
    work()
    close()
    work()


@case
def stack_in_attribute():
    class Session:
        def __enter__(self):
            self._stack = ExitStack()
            self._stack.enter_context(known(threading.Lock()))
            return self

        def __exit__(self, *exc):
            self._stack.close()

    with Session():
        work()
    with Session() as session:
        assert session
    work()


@case
def stack_of_all_locks():
    locks = [known(threading.Lock()) for _ in range(3)]
    with ExitStack() as stack:
        for lock in locks:
            stack.enter_context(lock)
            work()
        work()
    work()


@case
def stack_without_name():
    lock = known(threading.Lock())
    stack = ExitStack()
    stack.enter_context(lock)
    with stack:
        work()
    work()


@case
def stack_opened_by_method():
    class Session:
        def open(self):
            with ExitStack() as stack:
                stack.enter_context(known(threading.Lock()))
                self._stack = stack.pop_all()

        def close(self):
            self._stack.close()

    session = Session()
    session.open()
    work()
    session.close()
    work()


@case
def manager_null_and_closing():
    lock = known(threading.Lock())

    class Closable:
        def close(self):
            work()

    with nullcontext(lock):
        work()
    with closing(Closable()), suppress(KeyError):
        work()
    work()


@case
def manager_maybe_null():
    lock = known(threading.Lock())
    for is_safe in (True, False):
        with nullcontext() if is_safe else lock:
            work()
        work()


@case
def manager_that_holds_nothing():
    with holding_nothing():
        work()
    with holding_nothing() as total:
        work(total)


@case
def manager_stored_generator():
    lock = known(threading.Lock())
    manager = holding_explicitly(lock)
    manager.__enter__()
    work()
    manager.__exit__(None, None, None)
    work()


@case
def manager_returned_by_function():
    lock = known(threading.Lock())

    def make():
        return holding(lock)

    with make():
        work()
    work()


@case
def manager_exits_with_exception():
    lock = known(threading.Lock())
    with suppress(KeyError), holding_explicitly(lock):
        work()
        raise KeyError("expected")
    work()


class SwallowingLock:
    def __init__(self):
        self.lock = known(threading.Lock())

    def __enter__(self):
        self.lock.acquire()
        work()
        return work

    def __exit__(self, *exc):
        work()
        self.lock.release()
        work()
        return True


@case
def manager_class_that_returns_another():
    with SwallowingLock() as do:
        do()
        raise KeyError("swallowed")
    work()


@case
def manager_of_several_locks():
    class Both:
        def __init__(self, *locks):
            self.locks = locks

        def __enter__(self):
            for lock in self.locks:
                lock.acquire()

        def __exit__(self, *exc):
            for lock in reversed(self.locks):
                lock.release()

    with Both(known(threading.Lock()), known(threading.Lock())):
        work()
    work()
