"""Code that owes clean-ups, in all the ways in which Python code does."""

# As people write it, not as they should.
# ruff: noqa: C416, D101

from __future__ import annotations

import contextlib
import sys
import threading
from types import FunctionType


def work(count=2):
    total = 0
    for number in range(count):
        total += number
    return total


class Manager:
    def __init__(self, account, name, *, swallows=False):
        self.account, self.name, self.swallows = account, name, swallows

    def __enter__(self):
        self.account.open(self.name)
        return self

    def __exit__(self, *exc):
        self.account.begin_close()
        work()
        self.account.close(self.name)
        return self.swallows


class AsyncManager:
    def __init__(self, account, name):
        self.account, self.name = account, name

    async def __aenter__(self):
        await pause()
        self.account.open(self.name)
        return self

    async def __aexit__(self, *exc):
        self.account.begin_close()
        await pause()
        self.account.close(self.name)


class pause:  # noqa: N801 - reads like a function
    def __await__(self):
        yield


def drive(coroutine):
    while True:
        try:
            coroutine.send(None)
        except StopIteration:
            return


def close(account, name):
    account.begin_close()
    work()
    account.close(name)


def finally_plain(account):
    account.open("a")
    try:
        work()
    finally:
        close(account, "a")
    work()


def finally_of_several_lines(account):
    account.open("a")
    try:
        work()
    finally:
        account.begin_close()
        for number in range(2):
            work(number)
        try:
            work()
        except ValueError:
            work()
        account.close("a")


def finally_nested(account):
    account.open("a")
    try:
        account.open("b")
        try:
            work()
        finally:
            close(account, "b")
        work()
    finally:
        close(account, "a")


def finally_with_return(account):
    for number in range(3):
        account.open("a")
        try:
            if number == 1:
                return number
            work()
        finally:
            close(account, "a")
    return None


def finally_in_loop(account):
    for number in range(3):
        account.open("a")
        try:
            if number == 0:
                continue
            if number == 1:
                break
        finally:
            close(account, "a")


def finally_after_except_and_else(account):
    for number in range(2):
        account.open("a")
        try:
            if number:
                raise KeyError(number)
        except KeyError as error:
            work(len(error.args))
        else:
            work()
        finally:
            close(account, "a")


def finally_on_one_line(account):
    account.open("a")
    try:
        work()
    finally:
        close(account, "a")
    work()


def finally_with_value(account):
    made = account.open("a")
    try:
        work()
        assert made is None
    finally:
        close(account, "a")


def finally_while_true(account):
    left = 2
    while True:
        account.open("a")
        try:
            left -= 1
            if not left:
                return
        finally:
            close(account, "a")


def bare_except_that_cleans_up(account):
    account.open("a")
    try:
        work()
        raise KeyError("expected")
    except:  # noqa: E722
        account.begin_close()
        work()
        account.close("a")


def except_base_exception_that_cleans_up(account):
    account.open("a")
    try:
        work()
        raise KeyError("expected")
    except BaseException as error:
        account.begin_close()
        work()
        account.close("a")
        if not isinstance(error, KeyError):
            raise


def with_plain(account):
    with Manager(account, "a"):
        work()
    work()


def with_name(account):
    with Manager(account, "a") as manager:
        work(len(manager.name))


def with_several(account):
    with Manager(account, "a"), Manager(account, "b") as b:
        work(len(b.name))
        with Manager(account, "c"):
            work()
    work()


def with_swallowed(account):
    with Manager(account, "a"), Manager(account, "b", swallows=True):
        raise KeyError("expected")
    work()


def with_return(account):
    for number in range(3):
        with Manager(account, "a"):
            if number == 1:
                return work()
    return None


def with_break_and_continue(account):
    for number in range(3):
        with Manager(account, "a"):
            if number == 0:
                continue
            if number == 1:
                break


def with_comprehension(account):
    with Manager(account, "a"):
        return [n for n in range(2)], {n: work(n) for n in range(2)}


def with_lambda_called_from_c(account):
    with Manager(account, "a"):
        return sorted([2, 1], key=lambda number: work(number))


def with_exception(account):
    try:
        with Manager(account, "a"):
            work()
            raise KeyError("expected")
    except KeyError:
        work()


def with_stack(account):
    with contextlib.ExitStack() as stack:
        stack.enter_context(Manager(account, "a"))
        stack.enter_context(Manager(account, "b"))
        work()


@contextlib.contextmanager
def managed(account, name):
    account.open(name)
    try:
        yield name
    finally:
        close(account, name)


def with_generator(account):
    with managed(account, "a"):
        work()
    with managed(account, "b") as name:
        work(len(name))


def generator_with_finally(account):
    def items():
        account.open("a")
        try:
            yield 1
            yield 2
        finally:
            close(account, "a")

    for item in items():
        work(item)


def generator_delegating(account):
    def items():
        with Manager(account, "a"):
            yield from range(2)

    def outer():
        account.open("b")
        try:
            yield from items()
        finally:
            close(account, "b")

    for item in outer():
        work(item)


def generator_closed(account):
    def items():
        account.open("a")
        try:
            yield 1
            yield 2
        finally:
            close(account, "a")

    made = items()
    account.open("b")
    try:
        next(made)
    finally:
        account.begin_close()
        made.close()
        account.close("b")


def async_with(account):
    async def main():
        async with AsyncManager(account, "a"):
            work()
            await pause()
        work()
        async with AsyncManager(account, "b") as manager:
            work(len(manager.name))

    drive(main())


def async_finally(account):
    async def main():
        account.open("a")
        try:
            await pause()
            work()
        finally:
            account.begin_close()
            await pause()
            account.close("a")

    drive(main())


def async_for(account):
    async def items():
        account.open("a")
        try:
            yield 1
            await pause()
            yield 2
        finally:
            close(account, "a")

    async def main():
        made = items()
        account.open("b")
        try:
            async for item in made:
                work(item)
        finally:
            account.begin_close()
            await made.aclose()
            account.close("b")

    drive(main())


def lock_pair(account):
    lock = threading.Lock()
    account.lock = lock
    work()
    lock.acquire()
    try:
        work()
    finally:
        lock.release()
    work()
    if lock.acquire(timeout=1):
        try:
            work()
        finally:
            lock.release()
    for _ in range(2):
        with lock:
            work()


def lock_without_finally(account):
    lock = threading.Lock()
    account.lock = lock
    lock.acquire()
    work()
    lock.release()
    work()


def finalizer(account):
    class Spam:
        def __del__(self):
            account.open("a")
            account.begin_close()
            work()
            account.close("a")

    spam = Spam()
    work()
    del spam
    work()


def groups(account):
    try:
        raise ExceptionGroup("expected", [KeyError(1), ValueError(2)])
    except* KeyError as errors:
        work(len(errors.exceptions))
    except* ValueError:
        work()
    work()


def deep(account):
    def down(level):
        account.open(str(level))
        try:
            if level:
                down(level - 1)
            with Manager(account, f"with {level}"):
                work()
        finally:
            close(account, str(level))

    down(3)


def match_in_with(account):
    for value in (1, "a", [1, 2]):
        with Manager(account, "a"):
            match value:
                case int():
                    work(value)
                case [first, *_]:
                    work(first)
                case _:
                    work()


CODE = sys._getframe().f_code
SCENARIOS = {
    name: value
    for name, value in dict(vars()).items()
    if isinstance(value, FunctionType)
    and value.__module__ == __name__
    and value.__code__.co_varnames[: value.__code__.co_argcount] == ("account",)
}
