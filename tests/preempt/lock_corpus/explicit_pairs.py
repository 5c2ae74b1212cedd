"""`acquire()` and `release()` in one function."""

# As people write it, not as they should.
# ruff: noqa: FBT003, PLC0415

import threading
from functools import partial
from operator import methodcaller

from preempt.witness import case, known


def work(count=3):
    total = 0
    for number in range(count):
        total += number
    return total


@case
def pair_with_finally():
    lock = known(threading.Lock())
    lock.acquire()
    try:
        work()
    finally:
        lock.release()
    work()


@case
def pair_without_finally():
    lock = known(threading.Lock())
    work()
    lock.acquire()
    work()
    lock.release()
    work()


@case
def pair_of_rlock():
    lock = known(threading.RLock())
    lock.acquire()
    lock.acquire()
    work()
    lock.release()
    work()
    lock.release()
    work()


@case
def pair_not_blocking():
    lock = known(threading.Lock())
    if lock.acquire(blocking=False):
        work()
        lock.release()
    work()


@case
def pair_with_walrus():
    lock = known(threading.Lock())
    if got := lock.acquire(timeout=1):
        work()
    if got:
        lock.release()
    work()


@case
def pair_in_while_not():
    lock = known(threading.Lock())
    while not lock.acquire(blocking=False):
        work()
    work()
    lock.release()
    work()


@case
def pair_refused():
    lock = threading.Semaphore(0)
    lock.initial = 0
    known(lock)
    if not lock.acquire(blocking=False):
        work()
        return
    lock.release()


@case
def pair_over_locks():
    locks = [known(threading.Lock()) for _ in range(3)]
    for lock in locks:
        lock.acquire()
    work()
    for lock in reversed(locks):
        lock.release()
    work()


@case
def pair_over_sorted_locks():
    locks = {name: known(threading.Lock()) for name in "abc"}
    for name in sorted(locks):
        locks[name].acquire()
    try:
        work()
    finally:
        for name in sorted(locks, reverse=True):
            locks[name].release()
    work()


@case
def pair_over_sorted_by_id():
    one, other = known(threading.Lock()), known(threading.Lock())
    for lock in sorted((one, other), key=id):
        lock.acquire()
    work()
    for lock in (one, other):
        lock.release()
    work()


@case
def pair_over_enumerated():
    locks = [known(threading.Lock()) for _ in range(2)]
    for _, lock in enumerate(locks):
        lock.acquire()
        work()
    for lock in locks:
        lock.release()
    work()


@case
def pair_in_comprehension():
    locks = [known(threading.Lock()) for _ in range(2)]
    [lock.acquire() for lock in locks]
    work()
    [lock.release() for lock in locks]
    work()


@case
def pair_taken_one_after_another():
    locks = [known(threading.Lock()) for _ in range(3)]
    held = None
    for lock in locks:
        lock.acquire()
        if held:
            held.release()
        held = lock
        work()
    held.release()
    work()


@case
def pair_by_alias():
    lock = known(threading.Lock())
    take, give = lock.acquire, lock.release
    take()
    work()
    give()
    work()


@case
def pair_by_partial():
    lock = known(threading.Lock())
    take = partial(lock.acquire, True)
    take()
    work()
    lock.release()
    work()


@case
def pair_by_getattr():
    lock = known(threading.Lock())
    getattr(lock, "acquire")()  # noqa: B009
    work()
    getattr(lock, "release")()  # noqa: B009
    work()


@case
def pair_by_methodcaller():
    lock = known(threading.Lock())
    methodcaller("acquire")(lock)
    work()
    methodcaller("release")(lock)
    work()


@case
def pair_by_class():
    lock = known(threading.RLock())
    type(lock).acquire(lock)
    work()
    type(lock).release(lock)
    work()


@case
def pair_of_dunders():
    lock = known(threading.Lock())
    lock.__enter__()
    try:
        work()
    finally:
        lock.__exit__(None, None, None)
    work()


@case
def pair_of_bound_names():
    lock = known(threading.Lock())
    other = lock
    lock.acquire()
    work()
    other.release()
    work()


@case
def pair_given_up_on_exception():
    lock = known(threading.Lock())
    lock.acquire()
    try:
        work()
        raise KeyError("expected")
    except KeyError:
        lock.release()
    work()


@case
def pair_of_condition():
    condition = known(threading.Condition())
    condition.acquire()
    while not condition.wait(timeout=0.001):
        work()
        break
    condition.release()
    work()


@case
def pair_of_semaphore():
    semaphore = threading.Semaphore(2)
    semaphore.initial = 2
    known(semaphore)
    semaphore.acquire()
    work()
    semaphore.release()
    work()


@case
def pair_in_attribute():
    class Holder:
        def __init__(self):
            self.lock = known(threading.Lock())

        def run(self):
            self.lock.acquire()
            try:
                self.step()
            finally:
                self.lock.release()
            self.step()

        def step(self):
            work()

    Holder().run()


@case
def pair_in_dict_under_a_computed_key():
    locks = {(n, str(n)): known(threading.Lock()) for n in range(2)}
    for key in list(locks):
        locks[key].acquire()
        work()
        locks[key].release()
        work()


@case
def pair_in_branches():
    lock = known(threading.Lock())
    for number in range(3):
        if number % 2:
            lock.acquire()
        work()
        if number % 2:
            lock.release()
        work()


@case
def pair_retaken():
    lock = known(threading.Lock())
    lock.acquire()
    for _ in range(2):
        work()
        lock.release()
        work()
        lock.acquire()
    lock.release()
    work()


@case
def pair_on_raw_lock_of_module():
    import _thread

    lock = known(_thread.allocate_lock())
    lock.acquire_lock()
    work()
    lock.release_lock()
    work()


@case
def pair_in_map():
    locks = [known(threading.Lock()) for _ in range(2)]
    list(map(threading.Lock().__class__.acquire, locks))
    work()
    for lock in locks:
        lock.release()
    work()
