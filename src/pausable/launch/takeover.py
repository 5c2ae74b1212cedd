"""The takeover: a class of the stdlib makes pools of ours, whoever has it, under whatever name.

No name is replaced: programs may have the class already, and ask whether something is one of it.
But its `__new__` returns an instance of a class of ours, whose `__init__` Python then calls.
Methods of the stdlib that are called by name, as in `ThreadPoolExecutor.submit(self)`, hand over to
ours where they are given one of ours.
"""

from __future__ import annotations

import _thread
import sys
from functools import wraps
from typing import TYPE_CHECKING, Any

from pausable._core.parker import start_new_thread
from pausable.launch.choice import is_chosen
from pausable.launch.subclasses import below

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Takeover"]

_LOOKS = ("__module__", "__qualname__", "__doc__")


class Takeover:
    """What is known of one class of the stdlib: which class is made in the place of another."""

    def __init__(self, stdlib: Any, only: Sequence[str], say: Callable[[str], object]) -> None:
        """Have pools of *stdlib* made ours, those that *only* selects, or all.

        To *say* is given why pools of some class are not.
        """
        self.stdlib = stdlib
        self.only = only
        self._say = say
        self._made: dict[type, type | None] = {}
        self._handing_over: dict[str, object] = {}
        self._patched: dict[tuple[object, ...], type] = {}
        self._was_replaced = False

    def begin(self, *names: str) -> None:
        """Take it over, with those of its methods that are called by these names."""
        self.stdlib.__new__ = _new_by(self, self.stdlib.__init__)
        for name in names:
            method = _handing_over(self, getattr(self.stdlib, name), name)
            self._handing_over[name] = method
            setattr(self.stdlib, name, method)

    # What each kind says.

    def our_class(self) -> type[Any]:
        """Return the class of ours, for a pool of the stdlib's class itself."""
        raise NotImplementedError

    def are_ours(self, cls: type) -> bool:
        """Say whether pools of a class are ours, also where the program has asked for ours."""
        raise NotImplementedError

    def why_not(self, cls: type) -> str | None:
        """Say why pools of a subclass have to stay the stdlib's; None if they can be ours."""
        raise NotImplementedError

    def leave(self, cls: type, why: str) -> str | None:
        """See to pools of a class that cannot be ours; return what is said of that, if anything."""
        raise NotImplementedError

    # What all have in common.

    def class_for(self, cls: type, module: str, prefix: object) -> type | None:
        """Return the class that is made in the place of *cls*; None if that stays as it is."""
        classes = cls.__mro__[: cls.__mro__.index(self.stdlib)]
        if not is_chosen(self.only, module, classes, prefix) or self._are_threads_replaced():
            return None
        if cls not in self._made:
            self._made[cls] = self._find(cls)
        made, patches = self._made[cls], self._patches()
        return self._with_patches(cls, patches) if made and patches else made

    def _patches(self) -> dict[str, object]:
        """List the methods of the stdlib's that others have replaced since, as tracers do."""
        now = vars(self.stdlib)
        return {
            name: now[name]
            for name, method in self._handing_over.items()
            if now.get(name, method) is not method
        }

    def _with_patches(self, cls: type, patches: dict[str, object]) -> type:
        """Make the class in the place of *cls* whose pools have these methods before ours."""
        key = (cls, *map(id, patches.values()))
        if key not in self._patched:
            ours: Any = self.our_class()
            looks = {name: getattr(ours, name) for name in _LOOKS}
            patched = type(ours)(ours.__name__, (ours,), {**looks, **patches})
            self._patched[key] = patched if cls is self.stdlib else below(cls, patched)
        return self._patched[key]

    def _find(self, cls: type) -> type | None:
        why = self.why_not(cls)
        if why is None and cls is self.stdlib:
            return self.our_class()
        try:
            found = below(cls, self.our_class()) if why is None else None
        except TypeError as error:
            found, why = None, str(error)
        if why is not None and (also := self.leave(cls, why)) is not None:
            name = f"{cls.__module__}.{cls.__qualname__}"
            self._say(f"pools of {name} cannot be paused: {why}{also}")
        return found

    def _are_threads_replaced(self) -> bool:
        """Say whether threads have become something else, as with gevent: see `threads.crew`."""
        is_replaced = _thread.start_new_thread is not start_new_thread
        if is_replaced and not self._was_replaced:
            self._was_replaced = True
            self._say("pools cannot be paused: the program has replaced threads, as gevent does")
        return is_replaced


def _new_by(takeover: Takeover, init: Callable[..., object]) -> Any:
    def __new__(cls: type, *_args: object, **kwargs: Any) -> Any:  # noqa: N807
        """Make one of ours in its place, if it can be and is to be."""
        if not takeover.are_ours(cls):
            caller = sys._getframe(1).f_globals.get("__name__", "")
            cls = takeover.class_for(cls, caller, kwargs.get("thread_name_prefix")) or cls
        return object.__new__(cls)

    # What `inspect.signature` shows of the class is what it was.
    __new__.__wrapped__ = init  # type: ignore[attr-defined]
    return staticmethod(__new__)


def _handing_over(takeover: Takeover, method: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Wrap a method of the stdlib, which is reached with one of ours only by its name."""

    @wraps(method)
    def hand_over(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        is_ours = takeover.are_ours(type(self))
        chosen = getattr(takeover.our_class(), name) if is_ours else method
        return chosen(self, *args, **kwargs)

    return hand_over
