"""Names and types: what is found where, and what is an instance of what."""

from __future__ import annotations

import concurrent.futures
import copy
import importlib
import inspect
import pickle
from concurrent.futures import thread as stdlib_thread

import pytest
from contract.implementations import SOON

import pausable
import pausable.futures

PUBLIC = [name for name in dir(concurrent.futures) if not name.startswith("_")]


@pytest.mark.parametrize("name", sorted({*PUBLIC, *concurrent.futures.__all__}))
def test_every_name_of_the_stdlib_is_there(name):
    """``from pausable.futures import <name>`` works for all names on this Python."""
    try:
        theirs = getattr(concurrent.futures, name)
    except ImportError:  # a pool that this build of Python cannot have
        return
    ours = getattr(pausable.futures, name)
    if not inspect.ismodule(theirs):
        assert ours.__name__ == theirs.__name__ if hasattr(theirs, "__name__") else ours == theirs
    assert name in dir(pausable.futures)


def test_a_star_import_gives_all_that_the_stdlibs_gives():
    """``__all__`` has every name of the stdlib's, and each of them exists."""
    assert set(concurrent.futures.__all__) <= set(pausable.futures.__all__)
    found = {}
    exec("from pausable.futures import *", found)
    assert found["ThreadPoolExecutor"] is pausable.ThreadPoolExecutor
    assert set(concurrent.futures.__all__) <= set(found)


@pytest.mark.parametrize("module", [pausable, pausable.futures])
def test_what_a_module_exports_exists(module):
    """Every name in `__all__` can be had."""
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_an_unknown_name_is_an_attribute_error():
    """As of any module."""
    assert not hasattr(pausable.futures, "NoSuchExecutor")
    with pytest.raises(ImportError):
        importlib.import_module("pausable.futures.nothing")


def test_errors_and_constants_are_the_stdlibs_own():
    """So that an ``except`` of either catches both."""
    for name in (
        "CancelledError",
        "TimeoutError",
        "InvalidStateError",
        "BrokenExecutor",
        "ALL_COMPLETED",
        "FIRST_COMPLETED",
        "FIRST_EXCEPTION",
    ):
        assert getattr(pausable.futures, name) is getattr(concurrent.futures, name)
    assert issubclass(pausable.TaskStopped, concurrent.futures.CancelledError)
    assert issubclass(pausable.NotQuiescent, TimeoutError)
    assert issubclass(pausable.TaskTimeout, TimeoutError)
    assert not issubclass(pausable.Stopped, Exception)


def test_our_classes_are_the_stdlibs_too(make_ours):
    """Isinstance and issubclass say so."""
    executor = make_ours(1)
    future = executor.submit(abs, -1)
    assert isinstance(executor, concurrent.futures.Executor)
    assert isinstance(future, concurrent.futures.Future)
    assert type(future) is pausable.Future is pausable.futures.Future
    assert issubclass(pausable.ThreadPoolExecutor, stdlib_thread.ThreadPoolExecutor)
    assert pausable.futures.ThreadPoolExecutor is pausable.ThreadPoolExecutor
    assert pausable.futures.Executor is concurrent.futures.Executor


@pytest.mark.parametrize("name", ["__init__", "submit", "map", "shutdown", "__exit__"])
@pytest.mark.parametrize("ours", [pausable.ThreadPoolExecutor, pausable.Group])
def test_the_signatures_are_the_stdlibs_and_more(ours, name):
    """Each parameter of the stdlib's method is there, of the same kind, with the same default."""
    if name == "__init__" and ours is pausable.Group:
        return  # groups are made by group()
    theirs = inspect.signature(getattr(concurrent.futures.ThreadPoolExecutor, name)).parameters
    mine = inspect.signature(getattr(ours, name)).parameters
    for parameter in theirs.values():
        if parameter.kind is parameter.VAR_KEYWORD and name == "__init__":
            continue  # 3.14: the arguments of the stdlib's own contexts for its workers
        if name == "__exit__":
            assert len(mine) == len(theirs)
            continue
        assert mine[parameter.name].kind is parameter.kind
        assert mine[parameter.name].default == parameter.default


@pytest.mark.parametrize(
    "name",
    [name for name in vars(concurrent.futures.Future) if not name.startswith("_")],
)
def test_the_signatures_of_futures_are_the_stdlibs(name):
    """A future's methods take what the stdlib's take."""
    theirs = inspect.signature(getattr(concurrent.futures.Future, name)).parameters
    mine = inspect.signature(getattr(pausable.Future, name)).parameters
    assert [(p.name, p.kind, p.default) for p in theirs.values()] == [
        (p.name, p.kind, p.default) for p in mine.values()
    ]


def test_types_can_be_subscripted():
    """``Future[int]`` is for annotations that run."""
    assert pausable.Future[int].__origin__ is pausable.Future


def test_executors_and_futures_are_not_pickled(make_submitter, latch):
    """As in the stdlib: another process could do nothing with them."""
    executor = make_submitter(1)
    future = executor.submit(latch)
    for thing in (executor, future):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises((TypeError, pickle.PicklingError)):
                pickle.dumps(thing, protocol)
        with pytest.raises(TypeError):
            copy.deepcopy(thing)


@pytest.mark.parametrize("future", [concurrent.futures.Future, pausable.Future])
def test_lone_futures_are_not_pickled(future):
    """Nor is a future that belongs to no pool."""
    with pytest.raises(TypeError):
        pickle.dumps(future())
    with pytest.raises(TypeError):
        copy.deepcopy(future())


def test_executors_and_futures_are_equal_to_themselves_alone(make_submitter, latch):
    """They can be members of sets and keys of dicts."""
    executor = make_submitter(2)
    one, other = executor.submit(latch), executor.submit(latch)
    assert len({one, other, executor, one}) == 3
    assert one == one  # noqa: PLR0124 - the subject
    assert one != other


def test_a_future_takes_attributes(make_submitter):
    """Programs hang things on futures, as the stdlib lets them."""
    future = make_submitter(1).submit(abs, -1)
    future.url = "https://example.org"
    assert future.url == "https://example.org"
    assert future.result(SOON) == 1
