"""What is foreign: exceptions and callables of users, by kind, name and text.

What kind an exception is of is seen at its type, as `except` does, and not asked of it
(`__class__`), nor of the class (`__instancecheck__`). Its text is its own code: that runs, outside
all locks, and may fail. A callable's name is looked up without running its code: `_core.names`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pausable._core.names import bases_of, callable_name, function_of, plain_text, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

__all__ = ["callable_name", "described", "function_of", "is_of", "traceback_of"]

traceback_of: Callable[[BaseException], TracebackType | None] = BaseException.__dict__[
    "__traceback__"
].__get__
"""The traceback of an exception, whatever its class makes of that name."""


def is_of(error: BaseException | None, kinds: Iterable[type[BaseException]]) -> bool:
    """Say whether ``except kinds:`` would catch *error*. No code of users runs for that."""
    bases = bases_of(type(error))
    return any(base is kind for kind in kinds for base in bases)


def described(error: BaseException) -> str:
    """Say of what type an exception is, and what it says of itself if it can. Outside all locks."""
    kind = plain_text(type_name(error))
    try:
        text = plain_text(str(error))
    except BaseException as failure:
        if issubclass(type(failure), KeyboardInterrupt) and _is_main_thread():
            raise  # that is Ctrl-C
        return f"{kind} (its text raised {type_name(failure)})"
    return f"{kind}: {text}" if text else kind


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
