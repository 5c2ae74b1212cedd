"""Locks held in ways that few people write, and some do."""

# As people write it, not as they should.
# ruff: noqa: C417, PLC3002

import asyncio
import contextlib
import functools
import queue
import threading
from contextlib import ExitStack, contextmanager

from preempt.witness import case, known


def work(count=3):
    total = 0
    for number in range(count):
        total += number
    return total


@contextmanager
def holding(lock):
    with lock:
        yield lock


@case
def odd_name_replaced_by_a_method():
    class Store:
        def __init__(self):
            self.lock = known(threading.Lock())

        def reset(self):
            self.lock = known(threading.Lock())

        def run(self):
            with self.lock:
                self.reset()
                work()
            work()

    Store().run()


@case
def odd_item_deleted_inside():
    locks = {"a": known(threading.Lock()), "b": known(threading.Lock())}
    with locks["a"]:
        del locks["a"]
        work()
    with locks.pop("b"):
        work()
    work()


@case
def odd_manager_that_delegates():
    class Delegating:
        def __init__(self, lock):
            self._manager = holding(lock)

        def __enter__(self):
            return self._manager.__enter__()

        def __exit__(self, *exc):
            return self._manager.__exit__(*exc)

    lock = known(threading.Lock())
    with Delegating(lock):
        work()
    with Delegating(lock) as same:
        assert same is lock
        work()
    work()


@case
def odd_manager_with_begin_and_end():
    class Store:
        def __init__(self):
            self.mutex = known(threading.Lock())

        def begin(self):
            self.mutex.acquire()

        def end(self):
            self.mutex.release()

        @contextmanager
        def transaction(self):
            self.begin()
            try:
                yield
            finally:
                self.end()

        def __enter__(self):
            self.begin()

        def __exit__(self, *exc):
            self.end()

    store = Store()
    with store.transaction():
        work()
    with store:
        work()
    work()


@case
def odd_pair_of_closures():
    def make(lock):
        def enter():
            lock.acquire()

        def leave():
            lock.release()

        return enter, leave

    enter, leave = make(known(threading.Lock()))
    enter()
    work()
    leave()
    work()


@case
def odd_lambda():
    lock = known(threading.Lock())
    take = lambda: lock.acquire()  # noqa: E731
    take()
    work()
    lock.release()
    (lambda it: it.acquire())(lock)
    work()
    lock.release()
    work()


TAKE = threading.Lock()
take_global = TAKE.acquire


@case
def odd_global_alias():
    known(TAKE)
    take_global()
    work()
    TAKE.release()
    work()


@case
def odd_dict_of_methods():
    lock = known(threading.Lock())
    methods = {"in": lock.acquire, "out": lock.release}
    methods["in"]()
    work()
    methods["out"]()
    work()


@case
def odd_starred_arguments():
    lock = known(threading.Lock())
    arguments, options = (False,), {"timeout": -1}
    if lock.acquire(*arguments):
        work()
        lock.release()
    lock.acquire(**options)
    work()
    lock.release()
    work()


@case
def odd_keyword_arguments():
    def take(count, *, lock):
        lock.acquire()
        return work(count)

    lock = known(threading.Lock())
    take(2, lock=lock)
    work()
    lock.release()
    work()


@case
def odd_callable_object():
    class Taker:
        def __init__(self, lock):
            self.lock = lock

        def __call__(self):
            self.lock.acquire()

    lock = known(threading.Lock())
    take = Taker(lock)
    take()
    work()
    lock.release()
    work()


@case
def odd_class_and_static_methods():
    class Store:
        lock = threading.Lock()

        @classmethod
        def enter(cls):
            cls.lock.acquire()

        @staticmethod
        def leave():
            Store.lock.release()

    known(Store.lock)
    Store.enter()
    work()
    Store.leave()
    store = Store()
    store.enter()
    work()
    store.leave()
    work()


@case
def odd_slots():
    class Slots:
        __slots__ = ("_lock",)

        def __init__(self):
            self._lock = known(threading.RLock())

        def run(self):
            with self._lock:
                work()
            self._lock.acquire()
            work()
            self._lock.release()
            work()

    Slots().run()


@case
def odd_proxy():
    class Proxy:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, name):
            return getattr(self._inner, name)

        def __enter__(self):
            return self._inner.__enter__()

        def __exit__(self, *exc):
            return self._inner.__exit__(*exc)

    proxy = Proxy(known(threading.Lock()))
    with proxy:
        work()
    proxy.acquire()
    work()
    proxy.release()
    work()


@case
def odd_nested_stacks():
    lock = known(threading.Lock())
    with ExitStack() as outer:
        inner = outer.enter_context(ExitStack())
        inner.enter_context(lock)
        work()
        inner.close()
        work()
    work()


@case
def odd_stack_kept_in_dict():
    lock = known(threading.Lock())
    stacks = {}
    stacks["a"] = ExitStack()
    stacks["a"].enter_context(holding(lock))
    work()
    stacks["a"].close()
    work()


@case
def odd_async_callbacks():
    lock = known(threading.Lock())

    async def give():
        lock.release()

    async def main():
        async with contextlib.AsyncExitStack() as stack:
            lock.acquire()
            stack.push_async_callback(give)
            await asyncio.sleep(0)
            work()
        work()

    asyncio.run(main())


@case
def odd_coroutine_helper():
    class Store:
        def __init__(self):
            self.lock = known(threading.Lock())

        async def begin(self):
            self.lock.acquire()

        async def end(self):
            self.lock.release()

    async def main():
        store = Store()
        await store.begin()
        work()
        await asyncio.sleep(0)
        await store.end()
        work()

    asyncio.run(main())


@case
def odd_generators_in_attributes():
    class Reader:
        def __init__(self, lock):
            self.lock = lock
            self.readers = {}

        def read(self):
            with self.lock:
                yield 1
                yield 2

        def start(self, name):
            self.readers[name] = self.read()
            return next(self.readers[name])

        def finish(self, name):
            self.readers.pop(name).close()

    reader = Reader(known(threading.Lock()))
    reader.start("a")
    work()
    reader.finish("a")
    work()


@case
def odd_generator_advanced_by_helper():
    def items(lock):
        with lock:
            yield 1
            yield 2

    def first(made):
        return next(made)

    made = items(known(threading.Lock()))
    first(made)
    work()
    made.close()
    work()


@case
def odd_partial_in_attribute():
    class Hooks:
        def __init__(self, lock):
            self.take = functools.partial(lock.acquire, timeout=1)
            self.give = lock.release

    hooks = Hooks(known(threading.Lock()))
    hooks.take()
    work()
    hooks.give()
    work()


@case
def odd_condition_wait_for():
    condition = known(threading.Condition())
    with condition:
        condition.wait_for(lambda: work() >= 0, timeout=1)
        work()
    work()


@case
def odd_subclass_of_queue():
    class Mine(queue.PriorityQueue):
        def _put(self, item):
            work()
            super()._put(item)

        def drain(self):
            with self.mutex:
                items = list(self.queue)
                self.queue.clear()
            return items, work()

    items = Mine()
    known(items.mutex)
    items.put(1)
    items.drain()
    work()


@case
def odd_try_lock_loop():
    locks = [known(threading.Lock()) for _ in range(3)]
    held = []
    try:
        for lock in locks:
            if not lock.acquire(blocking=False):
                break
            held.append(lock)
        work()
    finally:
        for lock in held:
            lock.release()
    work()


@case
def odd_early_return_with_lock():
    lock = known(threading.Lock())

    def take(is_needed):
        if not is_needed:
            return False
        lock.acquire()
        return True

    for is_needed in (False, True):
        if take(is_needed):
            work()
            lock.release()
        work()


@case
def odd_setattr():
    class Bag:
        pass

    bag = Bag()
    setattr(bag, "lock", known(threading.Lock()))  # noqa: B010
    with getattr(bag, "lock"):  # noqa: B009
        work()
    getattr(bag, "lock").acquire()  # noqa: B009
    work()
    bag.lock.release()
    work()


@case
def odd_inherited_manager():
    class Base:
        def __init__(self):
            self._guard = known(threading.Lock())

        def __enter__(self):
            self._guard.acquire()
            return self

        def __exit__(self, *exc):
            self._guard.release()

    class Derived(Base):
        def __enter__(self):
            super().__enter__()
            work()
            return self

    with Derived():
        work()
    with Derived() as one:
        assert one
    one.__enter__()
    work()
    one.__exit__(None, None, None)
    work()


@case
def odd_map_of_acquire():
    locks = [known(threading.Lock()) for _ in range(2)]
    assert all(map(lambda lock: lock.acquire(), locks))
    work()
    for lock in locks:
        lock.release()
    assert all(lock.acquire() for lock in locks)
    work()
    for lock in locks:
        lock.release()
    work()


@case
def odd_recursion_through_manager():
    lock = known(threading.RLock())

    def down(level):
        with holding(lock):
            if level:
                down(level - 1)
            work()

    down(2)
    work()


@case
def odd_exception_group_and_else():
    lock = known(threading.Lock())
    for number in range(2):
        try:
            with lock:
                if number:
                    raise ExceptionGroup("expected", [KeyError(1)])
        except* KeyError:
            work()
        else:
            work()
    work()


@case
def odd_lock_as_decorator_argument():
    def guarded(attribute):
        def decorate(function):
            @functools.wraps(function)
            def wrapper(self, *args):
                lock = getattr(self, attribute)
                lock.acquire()
                try:
                    return function(self, *args)
                finally:
                    lock.release()

            return wrapper

        return decorate

    class Store:
        def __init__(self):
            self.mutex = known(threading.Lock())

        @guarded("mutex")
        def run(self, count):
            return work(count)

    Store().run(2)
    work()
