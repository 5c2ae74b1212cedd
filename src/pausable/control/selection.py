"""The selection: which scopes and tasks a command is for, found by path, id or glob."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from pausable.control.targets import ProcessTarget, Refusal, ScopeTarget, Target, TaskTarget
from pausable.scopes.handle import handles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pausable.control.commands import Selection
    from pausable.scopes.future import Future

__all__ = ["check_one", "is_about", "matches", "parts_of", "select"]

_LISTED = 8
_MANY = 1000


def select(on: Selection) -> list[Target]:
    """Find what is selected.

    Raises:
        Refusal: there is no such thing, or far too much.
    """
    check_one(on)
    if on.path is not None:
        return [_by_path(on.path)]
    if on.id is not None:
        return [_by_id(on.id)]
    if on.glob is not None:
        return _by_glob(on.glob)
    return [ProcessTarget()]


def check_one(on: Selection) -> None:
    """Raise if a selection says more than one thing."""
    given = [on.all or None, on.path, on.id, on.glob]
    if sum(each is not None for each in given) > 1:
        raise Refusal("bad-value", "select by one of all, path, id and glob, not by several")


def _by_path(path: str) -> Target:
    if not path:
        return ProcessTarget()
    for handle in handles():
        pool = ScopeTarget(handle)
        found = _below(pool, path)
        if found is not None:
            return found
    raise _nothing(f"of the path {path!r}")


def _below(scope: ScopeTarget, path: str) -> Target | None:
    """Find what has this path: a scope, one below it, or a task in it."""
    if path == scope.path:
        return scope
    if not path.startswith(f"{scope.path}/"):
        return None
    for group in scope.handle.groups():
        found = _below(ScopeTarget(group), path)
        if found is not None:
            return found
    if scope.outposts():
        raise _elsewhere(scope)
    tasks = [task for task in scope.own_tasks() if _may_be(task, path) and task.path == path]
    return TaskTarget(scope.handle, tasks[0]) if tasks else None


def _may_be(task: Future[Any], path: str) -> bool:
    """Say whether a task may have this path: there may be many, and a path takes long to make."""
    return path.endswith(str(abs(task._p_number)))


def _by_id(wanted: int) -> Target:
    if wanted == 0:
        return ProcessTarget()
    for scope in _scopes():
        if scope.id == wanted:
            return scope
    for scope in _scopes():
        if any(task.id == wanted for each in scope.outposts() for task in each.tasks()):
            raise _elsewhere(scope)
    for handle in handles():
        # What nobody has asked for its id has none: whoever knows one has seen it somewhere.
        for task in handle.tasks():
            if task._p_id == wanted:
                return TaskTarget(handle, task)
    raise _nothing(f"of the id {wanted}")


def _elsewhere(scope: ScopeTarget) -> Refusal:
    says = (
        f"the tasks of {scope.path!r} are in a cluster: one of them alone is paused, resumed and "
        f"stopped by its future, where it was submitted; or select {scope.path!r}"
    )
    return Refusal("not-possible", says)


def _scopes() -> Iterator[ScopeTarget]:
    for handle in handles():
        yield from _with_groups(ScopeTarget(handle))


def _with_groups(scope: ScopeTarget) -> Iterator[ScopeTarget]:
    yield scope
    for group in scope.handle.groups():
        yield from _with_groups(ScopeTarget(group))


def _by_glob(glob: str) -> list[Target]:
    wanted = parts_of(glob)
    found: list[Target] = []
    for handle in handles():
        for each in _matching(ScopeTarget(handle), wanted):
            found.append(each)
            if len(found) > _MANY:
                says = f"more than {_MANY} match {glob!r}: select the scope that they are in"
                raise Refusal("bad-value", says)
    return found or [_called(glob)]


def _called(glob: str) -> Target:
    """Find what has a glob's text for its path: names may have the characters of patterns."""
    try:
        return _by_path(glob)
    except Refusal:
        raise _nothing(f"that matches {glob!r}") from None


def _matching(scope: ScopeTarget, wanted: list[str]) -> Iterator[Target]:
    """List what matches, a scope or what is below it; not both."""
    parts = scope.path.split("/")
    if matches(parts, wanted):
        yield scope
        return
    for group in scope.handle.groups():
        yield from _matching(ScopeTarget(group), wanted)
    if "**" in wanted or len(wanted) == len(parts) + 1:
        for task in scope.own_tasks():
            if matches(task.path.split("/"), wanted):
                yield TaskTarget(scope.handle, task)


def is_about(on: Selection, path: str) -> bool:
    """Say whether what happens at *path* concerns who has selected *on*: it, or above or below."""
    if not path or (on.path is None and on.glob is None):
        return True
    if on.path is not None:
        return f"{path}/".startswith(f"{on.path}/") or on.path.startswith(f"{path}/")
    if f"{path}/".startswith(f"{on.glob}/"):  # a path that looks like a pattern
        return True
    parts, wanted = path.split("/"), parts_of(on.glob or "")
    if any(matches(parts[:end], wanted) for end in range(1, len(parts) + 1)):
        return True
    begin = wanted[: len(parts)]
    return "**" in begin or (len(wanted) > len(parts) and matches(parts, begin))


def parts_of(glob: str) -> list[str]:
    """Split a glob into its parts. Of several `**` in a row one says as much, and is faster."""
    parts = glob.split("/")
    pairs = zip(parts, [None, *parts], strict=False)
    return [each for each, before in pairs if not (each == before == "**")]


def matches(parts: list[str], wanted: list[str]) -> bool:
    """Say whether the parts of a path match those of a glob."""
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return matches(parts, wanted[1:]) or bool(parts and matches(parts[1:], wanted))
    return bool(parts) and fnmatchcase(parts[0], wanted[0]) and matches(parts[1:], wanted[1:])


def _nothing(what: str) -> Refusal:
    pools = [handle.path for handle in handles()]
    there = ", ".join(map(repr, pools[:_LISTED])) + (", ..." if len(pools) > _LISTED else "")
    says = f"the pools are {there}" if pools else "there is no pool at the moment"
    return Refusal("nothing-selected", f"there is no pool, group or task {what}; {says}")
