"""`with` on a lock that the code names, in every place and by every name."""

# As people write it, not as they should.
# ruff: noqa: C416, D101, PLC3002
# ruff: noqa: PLR1711, RET501, RUF012

import multiprocessing
import threading
from dataclasses import dataclass, field

from preempt.witness import case, known


def work(count=3):
    total = 0
    for number in range(count):
        total += number
    return total


@case
def with_lock():
    lock = known(threading.Lock())
    work()
    with lock:
        work()
        [n for n in range(2)]
    work()


@case
def with_rlock_twice():
    lock = known(threading.RLock())
    with lock:
        work()
        with lock:
            work()
        work()
    work()


@case
def with_condition():
    condition = known(threading.Condition())
    with condition:
        work()
        condition.notify_all()
    work()


@case
def with_condition_of_plain_lock():
    condition = known(threading.Condition(threading.Lock()))
    with condition:
        work()
        condition.wait(timeout=0.001)
        work()
    work()


@case
def with_semaphore():
    semaphore = threading.Semaphore(3)
    semaphore.initial = 3
    known(semaphore)
    with semaphore:
        work()
    work()


@case
def with_bounded_semaphore():
    semaphore = threading.BoundedSemaphore(1)
    semaphore.initial = 1
    known(semaphore)
    with semaphore:
        work()
    work()


@case
def with_two_items():
    one, other = known(threading.Lock()), known(threading.Lock())
    with one, other:
        work()
    with (
        one as first,
        other as second,
    ):
        assert first
        assert second
    work()


@case
def with_nested():
    outer, inner = known(threading.Lock()), known(threading.RLock())
    for _ in range(2):
        with outer:
            work()
            with inner:
                work()
            work()
        work()


@case
def with_in_dict():
    locks = {"a": known(threading.Lock()), 2: known(threading.Lock())}
    key = "a"
    with locks[key]:
        key = 2
        work()
    with locks[2]:
        work()
    work()


@case
def with_in_list():
    locks = [known(threading.Lock()) for _ in range(3)]
    for index in range(3):
        with locks[index]:
            work()
    for lock in locks:
        with lock:
            work()
    with locks[-1]:
        work()
    work()


@case
def with_setdefault():
    locks = {}
    fresh = known(threading.Lock())
    with locks.setdefault("key", fresh):
        work()
    work()


class Account:
    shared = threading.RLock()

    def __init__(self):
        self._lock = known(threading.Lock())
        self.total = 0

    def deposit(self, amount):
        with self._lock:
            self.total += amount
            self._note(amount)
        return self.total

    def _note(self, amount):
        work(amount)

    @property
    def lock(self):
        return self._lock

    @classmethod
    def all_of_them(cls):
        with cls.shared:
            work()
        work()

    @staticmethod
    def all_static():
        with Account.shared:
            work()
        work()


@case
def with_attribute():
    account = Account()
    for amount in range(3):
        account.deposit(amount)
    with account._lock:
        work()


@case
def with_property():
    account = Account()
    with account.lock:
        work()
    work()


@case
def with_class_attribute():
    known(Account.shared)
    Account.all_of_them()
    Account.all_static()


class WithMeta(type):
    guard = threading.Lock()

    @property
    def lock(cls):
        return WithMeta.guard


class Guarded(metaclass=WithMeta):
    pass


@case
def with_lock_of_metaclass():
    known(WithMeta.guard)
    with Guarded.lock:
        work()
    with Guarded.guard:
        work()
    work()


GLOBAL = threading.Lock()


@case
def with_global():
    known(GLOBAL)
    with GLOBAL:
        work()
    work()


@case
def with_closure():
    lock = known(threading.Lock())

    def inner():
        with lock:
            work()
        work()

    inner()


@case
def with_default_argument():
    def inner(lock=known(threading.Lock())):  # noqa: B008
        with lock:
            work()
        work()

    inner()


@dataclass(slots=True)
class Slotted:
    lock: threading.Lock = field(default_factory=threading.Lock)


@case
def with_slot():
    value = Slotted()
    known(value.lock)
    with value.lock:
        work()
    work()


@case
def with_chain():
    value = Slotted()
    known(value.lock)
    box = {"value": [value]}
    with box["value"][0].lock:
        work()
    work()


def find_lock(lock):
    return lock


@case
def with_call_returning_it():
    lock = known(threading.Lock())
    with find_lock(lock):
        work()
    with find_lock(lock) as found:
        assert found
        work()
    work()


@case
def with_walrus():
    with (lock := known(threading.Lock())):
        work()
    assert not lock.locked()


@case
def with_conditional_subject():
    one, other = known(threading.Lock()), known(threading.Lock())
    for number in range(2):
        with one if number else other:
            work()
        work()


@case
def with_name_bound_anew():
    lock = first = known(threading.Lock())
    with lock:
        lock = None
        work()
    assert not first.locked()
    work()


@case
def with_name_deleted():
    lock = known(threading.Lock())
    keep = [lock]
    with lock:
        del lock
        work()
    assert keep


@case
def with_attribute_bound_anew():
    account = Account()
    with account._lock:
        account._lock = known(threading.Lock())
        work()
    work()


@case
def with_return_inside():
    lock = known(threading.Lock())

    def inner():
        for number in range(3):
            with lock:
                if number == 1:
                    return work()
        return None

    inner()


@case
def with_break_and_continue():
    lock = known(threading.Lock())
    for number in range(4):
        with lock:
            if number == 1:
                continue
            if number == 2:
                break
            work()
        work()


@case
def with_exception():
    lock = known(threading.Lock())
    try:
        with lock:
            work()
            raise KeyError("expected")
    except KeyError:
        work()
    work()


@case
def with_in_try_else_finally():
    lock = known(threading.Lock())
    try:
        work()
    except ValueError:
        work()
    else:
        with lock:
            work()
    finally:
        with lock:
            work()
    work()


@case
def with_in_match():
    lock = known(threading.Lock())
    for value in ({"a": 1}, [1, 2], "text"):
        match value:
            case {"a": number}:
                with lock:
                    work(number)
            case [first, *_]:
                work(first)
                with lock:
                    work()
            case _:
                work()


@case
def with_in_while_loop():
    lock = known(threading.Lock())
    left = 3
    while left:
        with lock:
            left -= 1
        work()


@case
def with_held_across_recursion():
    lock = known(threading.RLock())

    def down(level):
        with lock:
            if level:
                down(level - 1)
            work()
        work()

    down(3)


@case
def with_callee_that_knows_nothing():
    lock = known(threading.Lock())

    def leaf(items):
        for item in items:
            work(item)

    def middle():
        leaf([1, 2])

    with lock:
        middle()
    middle()


class OwnLock:
    def __init__(self):
        self._inner = known(threading.Lock())

    def __enter__(self):
        self._inner.acquire()
        return self

    def __exit__(self, *exc):
        self._inner.release()


@case
def with_wrapper():
    lock = OwnLock()
    with lock:
        work()
    with OwnLock() as other:
        work()
        assert other
    with OwnLock():
        work()
    work()


class Table:
    locks = {}

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        lock = self.locks.setdefault(self.name, known(threading.Lock()))
        lock.acquire()
        return None

    def __exit__(self, *exc):
        self.locks[self.name].release()
        work()


@case
def with_wrapper_that_keeps_its_lock_elsewhere():
    Table.locks.clear()
    with Table("a"):
        work()
    work()


class Sub(threading.Condition):
    pass


@case
def with_subclass_of_condition():
    condition = known(Sub())
    with condition:
        work()
    work()


class MySemaphore(threading.Semaphore):
    pass


@case
def with_subclass_of_semaphore():
    semaphore = MySemaphore(2)
    semaphore.initial = 2
    known(semaphore)
    with semaphore:
        work()
    work()


@case
def with_locks_of_multiprocessing():
    context = multiprocessing.get_context("spawn")
    for make in (context.Lock, context.RLock, context.Semaphore, context.BoundedSemaphore):
        lock = known(make())
        with lock:
            work()
        work()


@case
def with_condition_of_multiprocessing():
    condition = multiprocessing.get_context("spawn").Condition()
    known(condition._lock)
    with condition:
        work()
    work()


@case
def with_value_of_multiprocessing():
    value = multiprocessing.get_context("spawn").Value("i", 0)
    known(value.get_lock())
    with value.get_lock():
        value.value += 1
    work()


@case
def with_lock_in_lambda_and_comprehension():
    lock = known(threading.Lock())

    def locked(number):
        with lock:
            return work(number)

    assert [locked(n) for n in range(3)]
    assert {n: locked(n) for n in range(2)}
    assert sum(locked(n) for n in range(2)) >= 0
    (lambda: locked(2))()


@case
def with_in_class_body():
    lock = known(threading.Lock())

    class Body:
        with lock:
            total = work()
        other = total + work()

    assert Body.other


@case
def with_in_exec():
    lock = known(threading.Lock())
    exec("with lock:\n    work()\nwork()", {"lock": lock, "work": work})


@case
def with_thread_local():
    here = threading.local()
    here.lock = known(threading.Lock())
    with here.lock:
        work()
    work()


@case
def with_released_in_the_middle():
    lock = known(threading.Lock())
    with lock:
        work()
        lock.release()
        work()
        lock.acquire()
        work()
    work()
