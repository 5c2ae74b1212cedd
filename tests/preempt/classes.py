"""Forms: classes, by their special methods, descriptors and metaclasses."""

# ruff: noqa: UP031
# The shapes are what is tested here.

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from itertools import repeat

from preempt.form import form


class Special:
    """An object whose every special method counts."""

    def __init__(self, run):
        self.run = run

    def up(self):
        self.run.seen += 1
        return self

    def __add__(self, other):
        return self.up()

    __radd__ = __iadd__ = __add__

    def __bool__(self):
        self.up()
        return True

    def __len__(self):
        return self.up().run.seen % 7

    def __eq__(self, other):
        self.up()
        return False

    def __hash__(self):
        self.up()
        return 7

    def __lt__(self, other):
        self.up()
        return id(self) < id(other)

    def __getitem__(self, key):
        return self.up()

    def __contains__(self, item):
        self.up()
        return False

    def __call__(self):
        self.up()

    def __str__(self):
        return str(self.up().run.seen)

    def __format__(self, spec):
        return str(self)

    def __index__(self):
        self.up()
        return 1


@form
def operators(run):
    special = Special(run)
    while True:
        special += 1 + special + special
        if special and len(special) >= 0 and 1 not in special:
            special()


@form
def add_from_sum(run):
    sum(repeat(Special(run)), Special(run))


@form(counts=True)
def old_sequence_protocol(run):
    for _ in Special(run):
        pass


@form
def eq_from_list_index(run):
    haystack, needle = [0] * 5_000, Special(run)
    while True:
        with contextlib.suppress(ValueError):
            haystack.index(needle)


@form
def hash_and_eq_from_sets(run):
    while True:
        len({Special(run) for _ in range(40)})


@form
def lt_from_sort(run):
    specials = [Special(run) for _ in range(500)]
    while True:
        sorted(specials)


@form
def str_and_format(run):
    special = Special(run)
    while True:
        f"{special} {special!s} {special:>3}" + "%s" % special + range(3)[special].__str__()


@form
def iterator_class(run):
    class Numbers:
        def __iter__(self):
            return self

        def __next__(self):
            run.seen += 1
            return run.seen

    return any(n < 0 for n in Numbers())


@form
def iterator_class_from_c(run):
    class Zeros:
        def __iter__(self):
            return self

        def __next__(self):
            run.seen += 1
            return 0

    return sum(Zeros())


@form
def properties(run):
    class Thing:
        @property
        def value(self):
            run.seen += 1
            return run.seen

        @value.setter
        def value(self, value):
            run.seen += value

    thing = Thing()
    while True:
        thing.value = thing.value % 2
        thing.value += 1


@form
def descriptors(run):
    class Counting:
        def __get__(self, instance, owner):
            run.seen += 1
            return run.seen

        def __set__(self, instance, value):
            run.seen += 1

    class Thing:
        counting = Counting()

        def __getattr__(self, name):
            return self.counting

        def __setattr__(self, name, value):
            object.__setattr__(self, name, value)

    thing = Thing()
    while True:
        thing.counting = thing.missing + thing.counting


@form
def metaclasses(run):
    class Meta(type):
        def __call__(cls, *args):
            run.seen += 1
            return super().__call__(*args)

    class Base(metaclass=Meta):
        def __init_subclass__(cls):
            run.seen += 1

        def __new__(cls):
            run.seen += 1
            return super().__new__(cls)

    while True:
        type("Derived", (Base,), {})()


@form
def dataclasses(run):
    @dataclass(order=True, frozen=True)
    class Point:
        x: int
        y: int = 0

        def __post_init__(self):
            run.seen += 1

    while True:
        sorted({Point(n % 5, n) for n in range(20)})


@form
def finalizers(run):
    class Dying:
        def __del__(self):
            run.seen += 1

    while True:
        Dying()
        for _ in range(10):
            Dying()
