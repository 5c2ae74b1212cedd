"""Options for single calls, since `submit` has no room for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from pausable.threads.limits import Limits, limited
from pausable.threads.mapping import map_calls
from pausable.threads.preempting import enlist, is_wanted
from pausable.threads.submitting import submit
from pausable.threads.terms import limits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pausable.threads.future import Future
    from pausable.threads.preempting import Preemptive
    from pausable.threads.scope import Scope

__all__ = ["Options"]

P = ParamSpec("P")
T = TypeVar("T")


class Options:
    """A view of a pool or a group, bound to options; made by `options()`."""

    __slots__ = ("__weakref__", "_is_preemptive", "_limits", "_name", "_scope")

    def __init__(
        self,
        scope: Scope,
        *,
        name: str | None,
        timeout: float | None = None,
        deadline: float | None = None,
        preemptive: Preemptive | None = None,
    ) -> None:
        """Use `options()`."""
        if name is not None and not isinstance(name, str):
            msg = f"a task's name must be text, not {name!r}"
            raise TypeError(msg)
        self._scope = scope
        self._name = name
        self._limits = Limits.checked(timeout, deadline)
        self._is_preemptive = None if preemptive is None else is_wanted(preemptive)
        if self._is_preemptive:
            enlist(scope._node.state)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Schedule a call with these options; as `submit` of the scope."""
        scope, call = self._scope, _limited(self._scope, fn, self._limits)
        return submit(scope._node, self._name, call, args, kwargs, self._is_preemptive)

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[T]:
        """Schedule a call for each item with these options; as `map` of the scope."""
        name, limits, is_preemptive = self._name, self._limits, self._is_preemptive

        def send(scope: Scope, call: Callable[..., Any], args: tuple[Any, ...]) -> Future[Any]:
            return submit(scope._node, name, _limited(scope, call, limits), args, {}, is_preemptive)

        reference = self._scope._reference()
        return map_calls(reference, send, fn, iterables, timeout, chunksize, buffersize)


def _limited(scope: Scope, fn: Callable[..., Any], limits: Limits) -> Callable[..., Any]:
    """Return *fn* with these limits, and the scope's where there are none."""
    return limited(fn, limits.over(limits_of(scope._node)))
