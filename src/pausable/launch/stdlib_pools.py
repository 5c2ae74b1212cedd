"""The stdlib's class of thread pools makes ours, whoever has it, and under whatever name.

No name is replaced: programs may have the class already, and ask whether something is one of it.
But `ThreadPoolExecutor.__new__` returns an instance of a class of ours, whose `__init__` Python
then calls. Methods of the stdlib that are called by name, as in `ThreadPoolExecutor.submit(self)`,
hand over to ours where they are given one of ours.
"""

from __future__ import annotations

import _thread
import sys
from concurrent.futures import thread as stdlib
from functools import wraps
from typing import TYPE_CHECKING, Any

from pausable._core.parker import start_new_thread
from pausable.launch.choice import is_chosen
from pausable.launch.made_ours import MadeOurs
from pausable.launch.subclasses import below, why_not
from pausable.threads.executor import ThreadPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["make_ours"]

_Stdlib = stdlib.ThreadPoolExecutor


def make_ours(only: Sequence[str], say: Callable[[str], object], *, is_preemptive: bool) -> None:
    """From now on, have pools that are made as the stdlib's be ours, once in a process.

    Those that *only* selects, or all. Those that cannot be are adopted; to *say* is given why
    pools of some class are not even that.
    """
    MadeOurs._p_preemptive = "auto" if is_preemptive else False
    maker = _Maker(only, say)
    _Stdlib.__new__ = _new_by(maker, _Stdlib.__init__)  # type: ignore[method-assign]
    for name in ("__init__", "submit", "shutdown"):
        setattr(_Stdlib, name, _handing_over(getattr(_Stdlib, name), name))


def _new_by(maker: _Maker, init: Callable[..., object]) -> Any:
    def __new__(cls: type, *_args: object, **kwargs: Any) -> Any:  # noqa: N807
        """Make one of ours in its place, if it can be and is to be."""
        if not issubclass(cls, ThreadPoolExecutor):
            caller = sys._getframe(1).f_globals.get("__name__", "")
            cls = maker.class_for(cls, caller, kwargs.get("thread_name_prefix")) or cls
        return object.__new__(cls)

    # What `inspect.signature` shows of the class is what it was.
    __new__.__wrapped__ = init  # type: ignore[attr-defined]
    return staticmethod(__new__)


def _handing_over(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Wrap a method of the stdlib, which is reached with one of ours only by its name."""
    ours = getattr(ThreadPoolExecutor, name) if name != "__init__" else MadeOurs.__init__

    @wraps(method)
    def hand_over(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        chosen = ours if isinstance(self, ThreadPoolExecutor) else method
        return chosen(self, *args, **kwargs)

    return hand_over


class _Maker:
    """Knows which class is made in the place of another; None for those that stay as they are."""

    def __init__(self, only: Sequence[str], say: Callable[[str], object]) -> None:
        self._only = only
        self._say = say
        self._made: dict[type, type | None] = {_Stdlib: MadeOurs}
        self._was_replaced = False

    def class_for(self, cls: type, module: str, prefix: object) -> type | None:
        classes = cls.__mro__[: cls.__mro__.index(_Stdlib)]
        if not is_chosen(self._only, module, classes, prefix) or self._are_threads_replaced():
            return None
        if cls not in self._made:
            self._made[cls] = self._find(cls)
        return self._made[cls]

    def _find(self, cls: type) -> type | None:
        why = why_not(cls)
        try:
            found = below(cls) if why is None else None
        except TypeError as error:
            found, why = None, str(error)
        if why is not None:
            self._adopt(cls, why)
        return found

    def _adopt(self, cls: type, why: str) -> None:
        """Have pools of a class adopted, that cannot be ours because of *why*; say so if not."""
        also = "and with --only none is adopted"
        if not self._only:
            from pausable.adopted.custody import adopt  # noqa: PLC0415 - few have such classes

            try:
                adopt()
            except RuntimeError as error:
                also = str(error)
            else:
                return
        name = f"{cls.__module__}.{cls.__qualname__}"
        self._say(f"pools of {name} cannot be paused: {why}, {also}")

    def _are_threads_replaced(self) -> bool:
        """Say whether threads have become something else, as with gevent: see `threads.crew`."""
        is_replaced = _thread.start_new_thread is not start_new_thread
        if is_replaced and not self._was_replaced:
            self._was_replaced = True
            self._say("pools cannot be paused: the program has replaced threads, as gevent does")
        return is_replaced
