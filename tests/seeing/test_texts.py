"""What users read: the names in errors, and what futures, pools, groups and holds say they are."""

from __future__ import annotations

import concurrent.futures
import inspect
import re

import pytest
from helpers import until
from workloads import Loop

import pausable
from pausable import Straggler, TaskStopped
from pausable.snapshots import Location

PUBLIC = [getattr(pausable, name) for name in pausable.__all__]
CLASSES = [each for each in PUBLIC if inspect.isclass(each)]


@pytest.mark.parametrize("cls", CLASSES)
def test_public_methods_bear_public_names(cls) -> None:
    """Python's own errors name the class that users know, and no internal one."""
    names = {each.__name__ for each in CLASSES}
    found = {name: getattr(cls, name) for name in dir(cls) if not name.startswith("_")}
    ours = [each for each in found.values() if inspect.isfunction(each)]
    ours = [each for each in ours if each.__module__.startswith("pausable")]
    assert [each for each in ours if each.__qualname__.split(".")[0] not in names] == []


def test_errors_of_wrong_arguments(pool) -> None:
    """Each scope speaks of itself; a subclass inherits what it has not written."""

    class Mine(pausable.ThreadPoolExecutor):
        pass

    group, future = pool.group("g"), pool.submit(int)
    with Mine(1) as mine:
        for scope, name in ((pool, "ThreadPoolExecutor"), (group, "Group"), (mine, "ThreadPool")):
            for wrong in (
                lambda scope=scope: scope.group("a", 3),
                lambda scope=scope: scope.pause("x", "y"),
                lambda scope=scope: scope.switch(wrong=1),
                lambda scope=scope: scope.map(),
            ):
                with pytest.raises(TypeError, match=rf"^{name}\w*\.\w+\(\)"):
                    wrong()
    for wrong in (lambda: future.result(1, 2), lambda: future.cancel(1), lambda: future.step(x=1)):
        with pytest.raises(TypeError, match=r"^Future\.\w+\(\)"):
            wrong()


def test_what_is_inherited_is_what_it_was() -> None:
    """Signature, documentation and annotations; the stdlib's methods are the stdlib's."""
    for cls in (pausable.ThreadPoolExecutor, pausable.Group, pausable.Future):
        for name in ("pause", "resume", "stop", "switch", "status"):
            assert getattr(cls, name).__doc__
            assert getattr(cls, name).__annotations__["return"]
    theirs = concurrent.futures.ThreadPoolExecutor
    assert inspect.getmodule(theirs.submit) is inspect.getmodule(theirs)


def said_of(future) -> str:
    """Return the repr without the address, having checked that it begins as the stdlib's does."""
    found = re.fullmatch(r"<Future at 0x[0-9a-f]+ state=(\w+.*)>", repr(future))
    assert found, repr(future)
    return found[1]


def test_futures(make_pool) -> None:
    """Name, whether it rests, and for whom; after what the stdlib's future says."""
    pool = make_pool(1)
    loop = Loop()
    future = pool.options(name="render 17").submit(loop)
    assert loop.began.wait(10)
    assert said_of(future) == "running 'render 17'"
    queued = pool.group("g").submit(int)
    assert said_of(queued) == "pending 'int-1'"
    pool.pause("lunch").wait(10)
    queued.pause("not now")
    assert said_of(future) == "running 'render 17' resting, held: 'lunch'"
    assert said_of(queued) == "pending 'int-1', held: 'not now', 'lunch'"
    pool.resume()
    queued.resume()
    future.stop("enough")
    until(future.done)
    assert said_of(future) == "cancelled 'render 17' stopped"
    queued.result(10)
    assert said_of(queued) == "finished returned int 'int-1'"
    assert re.fullmatch(r"<Future at 0x[0-9a-f]+ state=pending>", repr(pausable.Future()))


def test_a_repr_runs_no_code_of_users(pool) -> None:
    """Neither a name's, nor a reason's, nor that of a result or an exception, or of its type."""

    class Meta(type):
        @property
        def __name__(cls) -> str:
            raise LookupError

    class Loud(str):  # noqa: SLOT000
        def __repr__(self) -> str:
            raise LookupError

        __str__ = __format__ = __repr__

    class Error(Exception, metaclass=Meta):
        __repr__ = __str__ = Loud.__repr__

    class Result(metaclass=Meta):
        __repr__ = Loud.__repr__

    def fail() -> None:
        raise Error

    named = pool.options(name=Loud("name"))
    for future, word in ((named.submit(Result), "Result"), (named.submit(fail), "Error")):
        until(future.done)
        assert said_of(future).endswith(f"{word} 'name'")
    loop = Loop()
    future = named.submit(loop)
    assert loop.began.wait(10)
    hold = future.pause(Loud("reason"), owner=Loud("owner"))
    assert hold.wait(10)
    assert said_of(future) == "running 'name' resting, held: 'reason'"
    assert "'reason' by owner" in repr(hold)
    assert str(future.status())
    future.stop(Loud("enough"))
    with pytest.raises(TaskStopped, match="name was stopped: enough"):
        future.result(10)


def test_scopes_and_holds(pool) -> None:
    """Pools and groups say whether they are paused, holds and switches whether they hold."""
    group = pool.group("g")
    assert repr(group) == f"<Group 'g' of {pool.name!r} open>"
    hold = pool.pause("lunch", owner="me")
    assert repr(pool) == f"<ThreadPoolExecutor {pool.name!r} paused, max_workers=2>"
    assert repr(group) == f"<Group 'g' of {pool.name!r} paused>"
    assert repr(hold) == f"<Hold on {pool.name!r} held: 'lunch' by me>"
    hold.release()
    assert "released" in repr(hold)
    group.shutdown()
    assert "shut down" in repr(group)


def test_the_default_stop_gives_no_reason(pool) -> None:
    """There is none to repeat."""
    loop = Loop()
    future = pool.submit(loop)
    assert loop.began.wait(10)
    future.stop()
    with pytest.raises(TaskStopped) as caught:
        future.result(10)
    assert str(caught.value) == "Loop-1 was stopped"
    assert caught.value.reason == "stopped"
    assert str(TaskStopped("x-1", "enough")) == "x-1 was stopped: enough"


def test_a_stragglers_place_is_said_once() -> None:
    """Where why it runs names the same line, that is enough."""
    place = Location("a.py", 3, "f")
    assert str(Straggler("f-1", place, 2.0)) == (
        "f-1 at a.py:3 in f has not come to a checkpoint for 2 s"
    )
    same = Straggler("f-1", place, 2.0, f"holds a lock, taken at {place}")
    assert str(same) == "f-1 holds a lock, taken at a.py:3 in f for 2 s"
    other = Straggler("f-1", place, 2.0, "is in a C call, in b.py:1 in g")
    assert str(other).count("a.py:3") == 1
