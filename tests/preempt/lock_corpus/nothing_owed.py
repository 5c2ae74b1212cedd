"""What is acquired and never released, and is no lock: nothing is held when the call is over."""

# As people write it, not as they should.
# ruff: noqa: D101, PLC3002

import asyncio
import threading
from contextlib import ExitStack, closing

from preempt.witness import case


def work(count=3):
    total = 0
    for number in range(count):
        total += number
    return total


def go_on():
    """Work where nothing is owed."""
    return work()


class Limiter:
    """A token bucket."""

    def __init__(self):
        self._lock = threading.Lock()
        self._taken = 0

    def acquire(self):
        with self._lock:
            self._taken += 1
        return True

    try_acquire = acquire


class BlockLimiter(Limiter):
    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *exc):
        pass


class AsyncLimiter:
    def __init__(self):
        self.level = 0

    async def acquire(self):
        await asyncio.sleep(0)
        self.level += 1

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc):
        return None


@case
def owed_limiter():
    limiter = Limiter()
    limiter.acquire()
    go_on()
    for _ in range(2):
        limiter.acquire()
        go_on()
    if limiter.try_acquire():
        go_on()


class Client:
    def __init__(self):
        self.limiter = Limiter()
        self.take = self.limiter.acquire

    def get(self):
        self.limiter.acquire()
        go_on()
        self.take()
        return go_on()

    def wait(self):
        self.limiter.acquire()


@case
def owed_limiter_in_object():
    client = Client()
    client.get()
    client.wait()
    go_on()


@case
def owed_limiter_by_alias():
    limiter = Limiter()
    take = limiter.acquire
    take()
    go_on()
    (lambda: take())()
    go_on()


@case
def owed_limiter_as_block():
    with BlockLimiter():
        go_on()
    limiter = BlockLimiter()
    with limiter:
        go_on()
    limiter.acquire()
    go_on()


@case
def owed_limiter_of_asyncio():
    async def main():
        limiter = AsyncLimiter()
        await limiter.acquire()
        go_on()
        async with limiter:
            go_on()
        await asyncio.sleep(0)
        go_on()

    asyncio.run(main())


@case
def owed_semaphore_of_another():
    signal = threading.Semaphore(3)
    for _ in range(2):
        signal.acquire()
        go_on()
    bound = threading.BoundedSemaphore(2)
    bound.acquire()
    threading.Thread(target=bound.release).start()
    go_on()


@case
def owed_semaphore_as_bound():
    bound = threading.BoundedSemaphore(2)

    def submit():
        bound.acquire()
        try:
            work()
        except BaseException:
            bound.release()
            raise

    for _ in range(2):
        submit()
        go_on()


class Connection:
    def close(self):
        work()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class Pool:
    def __init__(self):
        self.free = [Connection()]
        self._lock = threading.Lock()

    def acquire(self):
        with self._lock:
            return self.free[0]

    def release(self, connection):
        with self._lock:
            self.free.append(connection)


@case
def owed_pool_as_block():
    pool = Pool()
    with pool.acquire():
        work()
    go_on()
    with pool.acquire() as connection:
        work()
        assert connection
    go_on()
    connection = pool.acquire()
    with connection:
        work()
    go_on()
    with closing(pool.acquire()) as connection:
        work()
    with ExitStack() as stack:
        stack.enter_context(pool.acquire())
        work()
    go_on()


class FileLock:
    """As filelock: `acquire()` returns what releases it."""

    def acquire(self, timeout=-1):
        return self

    def release(self):
        work()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.release()


@case
def owed_lock_as_block():
    with FileLock().acquire(timeout=1):
        work()
    go_on()
    lock = FileLock()
    with lock.acquire(timeout=1):
        work()
    go_on()


class Mine:
    """A lock that another one is in: it is free when that is."""

    def __init__(self):
        self._lock = threading.Lock()

    def acquire(self):
        self._lock.acquire()

    def release(self):
        self._lock.release()


@case
def owed_lock_released_elsewhere():
    lock = Mine()
    lock.acquire()
    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join()
    go_on()
