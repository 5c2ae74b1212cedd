"""The names of callables are looked up at hand: none of their code runs, whatever they are."""

from __future__ import annotations

import functools
import operator
from inspect import getattr_static

import pytest

from pausable._core.names import callable_name


def refuse(*_args):
    raise AssertionError("foreign code ran")


class Plain:
    """Calls nothing, and keeps no name."""

    def __call__(self):
        """Be callable."""


class OfItsType(Plain):
    """Has the name that its type has."""

    __name__ = "of its type"


class Below(OfItsType):
    """Has the name that a type above its own has."""


class Slotted:
    """Has no dict."""

    __slots__ = ("__name__",)


class Hidden(Plain):
    """Computes its dict."""

    __dict__ = property(refuse)  # type: ignore[assignment]


class Borrowed(Plain):
    """Has the dict of another type, which cannot be asked for its own."""

    __dict__ = vars(Plain)["__dict__"]  # type: ignore[assignment]


class Asked(Plain):
    """Computes whatever it is asked for."""

    __getattribute__ = __getattr__ = refuse


class Computed(Plain):
    """Computes its name."""

    __name__ = property(refuse)  # type: ignore[assignment]


class OddDict(dict):
    """Computes what is looked up in it."""

    get = __getitem__ = __contains__ = refuse


def named(kind, name):
    """Make an object that keeps a name of its own."""
    made = kind()
    made.__name__ = name
    return made


def with_odd_dict():
    """Make an object whose dict is a user's."""
    made = Plain()
    made.__dict__ = OddDict(__name__="its own")
    return made


# By what they are called; they are made in the test: pytest would ask them.
CALLABLES = {
    "its own": [
        lambda: named(Plain, "its own"),
        lambda: named(OfItsType, "its own"),
        lambda: named(Below, "its own"),
        with_odd_dict,
    ],
    "of its type": [OfItsType, Below, lambda: functools.partial(Below())],
    "Plain": [Plain, lambda: named(Plain, None), lambda: named(Plain, 7), lambda: Plain],
    "Slotted": [Slotted],
    "Hidden": [Hidden],
    "Borrowed": [Borrowed],
    "Computed": [Computed],
    "Asked": [Asked],
    "attrgetter": [lambda: operator.attrgetter("a")],
    "refuse": [lambda: refuse, lambda: functools.partial(refuse), lambda: functools.cache(refuse)],
}


@pytest.mark.parametrize(
    ("name", "make"), [(name, make) for name, made in CALLABLES.items() for make in made]
)
def test_what_is_kept_is_the_name(name, make):
    """The object's own comes before that of its types; what keeps none is named by its type."""
    fn = make()
    assert callable_name(fn) == name
    found = getattr_static(getattr(fn, "func", fn) if name != "Asked" else fn, "__name__", None)
    assert found == name or not isinstance(found, str)  # the stdlib looks it up in the same way
