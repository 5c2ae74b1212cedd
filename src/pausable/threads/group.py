"""The group: a named part of a pool, with a gate and a limit of its own; an executor, too."""

from __future__ import annotations

import math
import operator
import weakref
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from pausable._core import times
from pausable._core.holding import end_holds
from pausable._core.nodes import Node
from pausable.threads.lifecycle import close, is_over, wait_ended
from pausable.threads.limits import limited
from pausable.threads.preempting import enlist, is_wanted
from pausable.threads.scope import Scope
from pausable.threads.submitting import submit
from pausable.threads.terms import Terms, limits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from pausable.threads.future import Future
    from pausable.threads.preempting import Preemptive
    from pausable.threads.terms import Faults, OnFault, ScopeGuard

__all__ = ["Group", "GroupedScope", "check_workers"]

P = ParamSpec("P")
T = TypeVar("T")


class GroupedScope(Scope):
    """A scope that may have groups below it: every pool, and every group."""

    _groups: weakref.WeakValueDictionary[str, Group]

    def _set_up(self, node: Node) -> None:
        self._node = node
        self._groups = weakref.WeakValueDictionary()

    def group(
        self,
        name: str,
        *,
        limit: int | None = None,
        guards: Iterable[ScopeGuard] = (),
        timeout: float | None = None,
        deadline: float | None = None,
        on_fault: OnFault = "fail",
        faults: Faults = Exception,
        after: int = 1,
        preemptive: Preemptive | None = None,
    ) -> Group:
        """Return the group of this name, made now if there is none: an executor, too.

        Its tasks run in this scope's slots, *limit* of them at most at once, and are paused,
        resumed and stopped with this scope and on their own. They rest and stop at safe points if
        it is *preemptive*, by default as this scope's do.

        Args:
            name: What it is called.
            limit: How many of its tasks run at once at most.
            guards: What holds the group while it is tripped; see `pausable.guards`.
            timeout: A task that has run for so many seconds of active time is stopped; its
                `result()` raises `TaskTimeout`.
            deadline: The same in wall time since the task has started.
            on_fault: What becomes of a task that raises one of *faults*: it fails, or with "hold"
                it waits for a decision in `faults()`, and the group is held meanwhile.
            faults: The exceptions that are faults.
            after: With "hold", only so many faults in a row hold; those before fail.

        Raises:
            PreemptionUnavailable: *preemptive* is `True` on a Python that cannot.
            ValueError: *limit* is below 1, or the group exists with other terms.
            RuntimeError: the scope has shut down.
        """
        if not isinstance(name, str) or not name:
            msg = f"a group's name must be text, not {name!r}"
            raise TypeError(msg)
        most = math.inf if limit is None else check_workers("limit", limit)
        terms = Terms.checked(guards, timeout, deadline, on_fault, faults, after)
        wants_engine = None if preemptive is None else is_wanted(preemptive)
        node = self._node
        with node.state.lock:
            if not node.is_accepting:
                msg = f"cannot make a group: {node.name!r} has shut down"
                raise RuntimeError(msg)
            child = _living(node, name)
            is_new = child is None
            if child is None:
                child = Node(name, node.state, node, most)
                terms.apply(child)
                if wants_engine is not None:
                    child.is_preemptive = wants_engine
            else:
                _check_same(child, most, terms, wants_engine)
            group = self._groups.get(name)
            if group is None or group._node is not child:
                group = self._groups[name] = Group(self, child)
        if is_new:
            terms.begin(group)
        if child.is_preemptive:
            enlist(node.state)
        return group


def _check_same(child: Node, limit: float, terms: Terms, wants_engine: bool | None) -> None:
    """Raise if a group that exists is asked for with something else than it was made with."""
    if wants_engine not in (None, child.is_preemptive):
        what = f"preemptive={child.is_preemptive}"
    elif child.limit != limit:
        what = f"limit={_limit_of(child)}"
    elif child.terms != terms:
        what = f"other terms: {child.terms}"
    else:
        return
    msg = (
        f"the group {child.name!r} exists with {what}; ask for it with that, or choose another name"
    )
    raise ValueError(msg)


def _living(parent: Node, name: str) -> Node | None:
    """Find a group; one that has shut down and is empty makes room for a new one of its name."""
    child = parent.children.get(name)
    if child is None or child.is_accepting:
        return child
    if child.unfinished():
        msg = (
            f"the group {name!r} has been shut down, and {child.unfinished()} tasks of it are left"
        )
        raise RuntimeError(msg)
    parent.done += sum(each.done for each in child.below())
    end_holds(child.state, child)
    child.gate.detach()
    del parent.children[name]
    return None


def _limit_of(node: Node) -> int | None:
    return None if math.isinf(node.limit) else int(node.limit)


class Group(GroupedScope):
    """Some of a pool's tasks: made by `pool.group(name)`, used like a pool.

    It keeps its pool alive. Shutting it down ends it alone; the pool goes on.
    """

    def __init__(self, parent: GroupedScope, node: Node) -> None:
        """Use `pool.group(name)`."""
        self._parent = parent
        self._limits = limits_of(node)
        self._set_up(node)

    @property
    def limit(self) -> int | None:
        """How many tasks of the group run at once at most; None for as many as the pool lets."""
        return _limit_of(self._node)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Schedule a call, as `submit` of the pool, within the time limits of the group."""
        return submit(self._node, None, limited(fn, self._limits), args, kwargs)

    def shutdown(  # type: ignore[override]  # the stdlib returns None, and has no timeout
        self, wait: bool = True, *, cancel_futures: bool = False, timeout: float | None = None
    ) -> bool:
        """Take no more tasks; wait for those there are, *timeout* seconds at most.

        Returns whether nothing is left. While paused it waits for the resume, and says so in the
        log. Idempotent.
        """
        limit = times.optional_seconds("timeout", timeout)
        close(self._node, cancel_futures=cancel_futures)
        return wait_ended(self._node, None, limit) if wait else is_over(self._node)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Shut down, as `leave` says."""
        leave(self, exc)

    def _reference(self) -> Callable[[], Scope | None]:
        # Groups keep their pool alive, nodes do not: what finds the group holds the pool weakly.
        pool: Scope = self
        while isinstance(pool, Group):
            pool = pool._parent
        pool_reference, node = weakref.ref(pool), self._node

        def find() -> Scope | None:
            found = pool_reference()
            return Group(found, node) if isinstance(found, GroupedScope) else None

        return find

    def __repr__(self) -> str:
        """Name it, and its pool."""
        return f"<Group {self.name!r} of {self._parent.name!r}>"


def leave(scope: Scope, exc: BaseException | None) -> None:
    """Leave a ``with`` block: wait for the tasks; after Ctrl-C or an exit, end them.

    A KeyboardInterrupt or SystemExit, whether it came in the block or while we wait for its tasks,
    cancels what has not started and stops what has; then we wait for those to end.
    """
    if not isinstance(exc, (KeyboardInterrupt, SystemExit)):
        try:
            scope.shutdown(wait=True)
        except (KeyboardInterrupt, SystemExit) as interrupt:
            _end(scope, interrupt)
            raise
        return
    _end(scope, exc)


def _end(scope: Scope, exc: BaseException) -> None:
    scope.shutdown(wait=False, cancel_futures=True)
    scope.stop(f"{type(exc).__name__} in the with block")
    scope.shutdown(wait=True)


def check_workers(name: str, value: int) -> int:
    """Return *value* if it is a whole number above 0; the message for workers is the stdlib's."""
    if isinstance(value, float) and math.isnan(value):
        msg = f"{name} must be a whole number, not NaN"
        raise ValueError(msg)
    try:
        number = operator.index(value)
    except TypeError:
        msg = f"{name} must be a whole number, not {value!r}"
        raise TypeError(msg) from None
    if number <= 0:
        msg = f"{name} must be greater than 0"
        raise ValueError(msg)
    return number
