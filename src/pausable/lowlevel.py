"""For authors of libraries: what the preemptive engine cannot find out about their code by itself.

A task of a preemptive pool rests between two lines of any Python code, unless a lock may be held
there. The engine finds locks by analysis, and some it cannot see: locks in C, state that is shared
without a lock, a lock that is taken by a name that says nothing. A library that has such places
says so once, where it is imported; `pausable.shield()` says it for a block.
"""

from __future__ import annotations

from types import ModuleType

from pausable._preempt.rule import territory

__all__ = ["always_safe_in", "never_rest_in"]


def never_rest_in(*modules: str | ModuleType) -> None:
    """Let no task rest while code of these modules, or of modules in them, is on its stack.

    It rests when it has come out of them. Takes effect at once, for all pools, and for good; it is
    stronger than `always_safe_in`, and does not apply to `checkpoint()`, which says for itself
    where to rest. May be called from any thread, and again.

    Raises:
        TypeError: a module is neither a module nor a name.
        ValueError: a name is empty.
    """
    territory.declare_never(_names(modules))


def always_safe_in(*modules: str | ModuleType) -> None:
    """Let tasks rest in the code of these modules, and of modules in them, whatever they hold.

    For code that the engine is too careful with: its context managers look like locks and are none,
    or it is a module of the stdlib that only computes. The frames of other modules on the stack are
    looked at all the same, and so are imports and finalizers. Takes effect at once, for all pools,
    and for good. May be called from any thread, and again.

    Raises:
        TypeError: a module is neither a module nor a name.
        ValueError: a name is empty.
    """
    territory.declare_safe(_names(modules))


def _names(modules: tuple[str | ModuleType, ...]) -> frozenset[str]:
    return frozenset(_name(each) for each in modules)


def _name(module: str | ModuleType) -> str:
    name = module.__name__ if isinstance(module, ModuleType) else module
    if not isinstance(name, str):
        raise TypeError(f"a module or its name is needed, not {name!r}")
    if not name:
        raise ValueError("the name of a module is not empty")
    return name
