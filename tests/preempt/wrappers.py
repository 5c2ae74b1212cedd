"""Forms: functions in decorators, caches and retries; code in context managers."""

# ruff: noqa: B018, BLE001, PTH123
# The shapes are what is tested here.

from __future__ import annotations

import contextlib
import functools
import os
from itertools import count

from preempt.form import form


def counted(fn):
    @functools.wraps(fn)
    def wrapper(run, *args):
        run.seen += 1
        return fn(run, *args)

    return wrapper


@counted
@counted
def decorated(run):
    run.seen += 1


@form
def decorators(run):
    while True:
        decorated(run)


def retry(fn):
    @functools.wraps(fn)
    def wrapper(*args):
        while True:
            try:
                return fn(*args)
            except Exception:
                continue

    return wrapper


@form
@retry
def under_a_retry(run):
    for n in range(1_000):
        run.seen += 1
        if n == 500:
            raise OSError("try again")
    raise OSError("for ever")


@form
def caches(run):
    @functools.lru_cache(maxsize=16)
    def cached(n):
        run.seen += 1
        return n

    @functools.cache
    def fib(n):
        run.seen += 1
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    class Thing:
        @functools.cached_property
        def once(self):
            run.seen += 1

    for n in count():
        cached(n)
        fib(60)
        fib.cache_clear()
        Thing().once


@form
def single_dispatch(run):
    @functools.singledispatch
    def take(value):
        run.seen += 1

    @take.register
    def _(value: int):
        run.seen += 2

    while True:
        take(1)
        take("text")


@contextlib.contextmanager
def plain(run):
    run.seen += 1
    try:
        yield run
    finally:
        run.seen += 1


@form
def context_managers(run):
    while True:
        with plain(run), contextlib.suppress(KeyError):
            raise KeyError


@form
def loop_in_a_context_manager(run):
    with plain(run) as same:
        while True:
            same.seen += 1


@form
def loop_in_an_open_file(run):
    with open(os.devnull, encoding="utf-8") as file:
        while True:
            run.seen += len(file.read()) + 1


class Entered:
    """A context manager with nothing to hold."""

    def __init__(self, run):
        self.run = run

    def __enter__(self):
        self.run.seen += 1
        return self

    def __exit__(self, *exc_info):
        self.run.seen += 1


@form
def context_manager_classes(run):
    while True:
        with Entered(run) as entered, contextlib.ExitStack() as stack:
            stack.enter_context(plain(run))
            stack.callback(entered.__exit__)
