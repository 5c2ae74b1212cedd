"""In which code a task may rest: its own and that of installed packages, seldom the stdlib's.

The stdlib keeps locks in C round calls of Python code, caches, registries and settings of the whole
process. Whoever rests in the middle of a change of one stops or misleads the other threads, and no
analysis of locks can tell. So a task rests in the stdlib only where it is known to compute, and in
code that was declared safe.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from pausable._core.frames import OURS, folder_of
from pausable._preempt.memo import Memo

if TYPE_CHECKING:
    from types import CodeType, FrameType

__all__ = [
    "declare_never",
    "declare_safe",
    "is_always_safe",
    "is_declared_never",
    "is_of_stdlib",
    "may_rest_in",
    "module_of",
    "runs_loop",
]

_STDLIB = folder_of(os.__file__)
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")

# Each was read: no lock but in plain sight, no half-done state that others can see, no code that
# C calls while it has a lock of its own. Not here for these reasons, though they mostly compute:
# re, _strptime, enum, dataclasses, inspect, uuid, filecmp, zoneinfo (caches and registries),
# calendar (sets the locale of the process), gzip, bz2, lzma, tarfile (io.BufferedReader calls them,
# with a lock in C), argparse, logging, functools, contextlib, abc, queue, threading.
_COMPUTE = frozenset(
    """
    _collections_abc _markupbase _pydatetime _pydecimal ast base64 bisect collections colorsys
    configparser copy csv datetime difflib email fnmatch fractions glob graphlib heapq html
    ipaddress json numbers operator pickle pickletools plistlib pprint quopri random shlex
    statistics string stringprep textwrap token tokenize tomllib urllib.parse xml zipfile
    """.split()  # noqa: SIM905 - a list of names reads better as words
)

_never: frozenset[str] = frozenset()
_safe: frozenset[str] = frozenset()
_declaring = threading.Lock()  # protects the writing of the two; nothing is called while it is held
_answers: Memo[CodeType, bool] = Memo()


def may_rest_in(frame: FrameType) -> bool:
    """Tell whether a task may rest in the code of a frame, locks apart. Any thread."""
    answer = _answers.get(id(frame.f_code))
    return _answers.put(frame.f_code, _judge(frame)) if answer is None else answer


def declare_never(modules: frozenset[str]) -> None:
    """Bar modules, and all that is in them, from resting."""
    global _never  # noqa: PLW0603 - the frame of a task is asked for by no object
    with _declaring:
        _never |= modules
    _answers.clear()


def declare_safe(modules: frozenset[str]) -> None:
    """Let tasks rest in modules, and in all that is in them, whatever the analysis assumes."""
    global _safe  # noqa: PLW0603 - as above
    with _declaring:
        _safe |= modules
    _answers.clear()


def is_declared_never(frame: FrameType) -> bool:
    """Tell whether the code of a frame was declared never to be rested in."""
    return bool(_never) and _is_in(module_of(frame), _never)


def is_always_safe(frame: FrameType) -> bool:
    """Tell whether the code of a frame was declared always safe."""
    return bool(_safe) and _is_in(module_of(frame), _safe)


def runs_loop(frame: FrameType) -> bool:
    """Tell whether a frame is that of an asyncio loop, which goes from one callback to the next."""
    return frame.f_code.co_name == "_run_once" and module_of(frame) == "asyncio.base_events"


def module_of(frame: FrameType) -> str:
    """Return the name of the module that the code of a frame belongs to; empty if it has none."""
    names = frame.f_globals
    name = names.get("__name__") if type(names) is dict else None
    return name if isinstance(name, str) else ""


def _judge(frame: FrameType) -> bool:
    file, module = frame.f_code.co_filename, module_of(frame)
    if _is_in(module, _never) or file.startswith(OURS):
        return False
    if not is_of_stdlib(file) or _is_in(module, _safe):
        return True
    return _is_in(module, _COMPUTE) or runs_loop(frame)


def is_of_stdlib(file: str) -> bool:
    """Tell whether a file is one of the standard library."""
    if file.startswith("<frozen "):
        return True
    return file.startswith(_STDLIB) and not any(part in file for part in _INSTALLED)


def _is_in(module: str, names: frozenset[str]) -> bool:
    """Tell whether a module, or a package that it is in, is among these."""
    while module:
        if module in names:
            return True
        module = module.rpartition(".")[0]
    return False
