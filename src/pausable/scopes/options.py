"""Options for single calls, since `submit` has no room for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from pausable._core.names import plain_text
from pausable.scopes.chunks import map_calls
from pausable.scopes.contexts import travels
from pausable.scopes.preemption import enlist, is_wanted
from pausable.scopes.submission import submit
from pausable.scopes.surroundings import check_travels
from pausable.scopes.terms import limits_of
from pausable.scopes.time_limits import Limits, limited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pausable.scopes.contexts import Contexts
    from pausable.scopes.future import Future
    from pausable.scopes.preemption import Preemptive
    from pausable.scopes.terms import Scoped

__all__ = ["Options"]

P = ParamSpec("P")
T = TypeVar("T")


class Options:
    """A view of a pool or a group, bound to options; made by `options()`."""

    __slots__ = ("__weakref__", "_is_preemptive", "_limits", "_name", "_scope", "_travels")

    def __init__(
        self,
        scope: Scoped,
        *,
        name: str | None,
        preemptive: Preemptive | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        context: Contexts | None = None,
    ) -> None:
        """Use `options()`."""
        if name is not None and not isinstance(name, str):
            msg = f"a task's name must be text, not {name!r}"
            raise TypeError(msg)
        self._scope = scope
        self._name = None if name is None else plain_text(name)
        self._travels = travels(context)
        check_travels(scope._p_node, self._travels)
        self._limits = Limits.checked(timeout, deadline)
        self._is_preemptive = None if preemptive is None else is_wanted(preemptive)
        if self._is_preemptive:
            enlist(scope._p_node.pool)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Schedule a call with these options; as `submit` of the scope."""
        call = _limited(self._scope, fn, self._limits)
        node, is_preemptive = self._scope._p_node, self._is_preemptive
        return submit(node, self._name, call, args, kwargs, is_preemptive, self._travels)

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
        travels = self._travels

        def send(scope: Scoped, call: Callable[..., Any], args: tuple[Any, ...]) -> Future[Any]:
            limited_call = _limited(scope, call, limits)
            return submit(scope._p_node, name, limited_call, args, {}, is_preemptive, travels)

        reference = self._scope._p_reference()
        return map_calls(reference, send, fn, iterables, timeout, chunksize, buffersize)


def _limited(scope: Scoped, fn: Callable[..., Any], limits: Limits) -> Callable[..., Any]:
    """Return *fn* with these limits, and the scope's where there are none."""
    return limited(fn, limits.over(limits_of(scope._p_node)))
