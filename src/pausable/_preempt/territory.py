"""In which code a task may rest: its own and that of installed packages; of the stdlib in little."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["declare_never", "declare_safe", "is_always_safe", "is_declared_never", "may_rest_in"]

_STDLIB = str(Path(os.__file__).parent) + os.sep
_OURS = str(Path(__file__).parent.parent) + os.sep
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")

# They compute: no lock, no cache, and no half-done state that others can see.
_COMPUTES = frozenset(
    """
    json csv difflib html xml textwrap string statistics fractions _pydecimal heapq bisect copy
    pprint tokenize ast tarfile zipfile base64 colorsys calendar datetime _pydatetime random
    """.split()
)

_never: frozenset[str] = frozenset()
_safe: frozenset[str] = frozenset()
_answers: dict[int, tuple[object, bool]] = {}  # by id of the code, which is kept
_declaring = threading.Lock()  # protects the two sets


def may_rest_in(frame: FrameType) -> bool:
    """Tell whether a task may rest in the code of a frame, locks apart. Any thread."""
    code = frame.f_code
    known = _answers.get(id(code))
    if known is not None:
        return known[1]
    answer = _judge(frame)
    _answers[id(code)] = code, answer
    return answer


def declare_never(module: str) -> None:
    """Bar a module, and all that is in it, from resting. Any thread; takes effect at once."""
    global _never  # noqa: PLW0603
    with _declaring:
        _never |= {module}
        _answers.clear()


def declare_safe(module: str) -> None:
    """Let tasks rest in a module, and all that is in it, whatever locks the analysis assumes."""
    global _safe  # noqa: PLW0603
    with _declaring:
        _safe |= {module}
        _answers.clear()


def is_declared_never(frame: FrameType) -> bool:
    """Tell whether the code of a frame was declared never to rest in."""
    return bool(_never) and _is_in(_module(frame), _never)


def is_always_safe(frame: FrameType) -> bool:
    """Tell whether the code of a frame was declared always safe."""
    return bool(_safe) and _is_in(_module(frame), _safe)


def runs_loop(frame: FrameType) -> bool:
    """Tell whether a frame is that of an asyncio loop between two of its callbacks."""
    return frame.f_code.co_name == "_run_once" and _module(frame) == "asyncio.base_events"


def _judge(frame: FrameType) -> bool:
    file, module = frame.f_code.co_filename, _module(frame)
    if _is_in(module, _never) or file.startswith((_OURS, "<frozen ")):
        return False
    if not file.startswith(_STDLIB) or any(each in file for each in _INSTALLED):
        return True
    if runs_loop(frame):
        return True
    return _is_in(module, _safe) or _is_in(module, _COMPUTES)


def _module(frame: FrameType) -> str:
    name = dict.get(frame.f_globals, "__name__", "")
    return name if isinstance(name, str) else ""


def _is_in(module: str, names: frozenset[str]) -> bool:
    while module:
        if module in names:
            return True
        module = module.rpartition(".")[0]
    return False


_ = sys
