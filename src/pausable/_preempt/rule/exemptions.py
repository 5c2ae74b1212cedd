"""What is known to hold nothing that another thread waits for: context managers, and functions."""

from __future__ import annotations

import os
import sys
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING

from pausable._preempt.analysis import takes
from pausable._preempt.memo import Memo
from pausable._preempt.rule import objects
from pausable._preempt.rule.objects import is_a
from pausable._preempt.rule.territory import is_of_stdlib

if TYPE_CHECKING:
    from types import CodeType

__all__ = ["gives_back", "is_harmless_class", "is_harmless_function"]

_MODULES = frozenset(  # each is in every Python that is supported, as a test checks
    """
    _io io _pyio tempfile pathlib pathlib._local decimal _decimal _pydecimal warnings _warnings
    zipfile zipfile._path tarfile gzip bz2 lzma _bz2 _lzma subprocess socket _socket ssl _ssl
    selectors posix nt os mmap
    urllib.response urllib.request http.client socketserver smtplib ftplib imaplib
    poplib wave fileinput codecs concurrent.futures._base
    concurrent.futures.thread concurrent.futures.process asyncio asyncio.locks asyncio.timeouts
    asyncio.taskgroups asyncio.runners asyncio.events asyncio.base_events contextvars _contextvars
    unittest.mock unittest.case unittest.async_case importlib.resources cProfile profile tracemalloc
    multiprocessing.pool multiprocessing.connection multiprocessing.shared_memory
    xml.etree.ElementTree
    """.split()  # noqa: SIM905 - a list of names reads better as words
)
_SINCE_3_14 = frozenset({"_py_warnings"})
_UP_TO_3_12 = frozenset({"nntplib", "telnetlib", "aifc", "sunau"})
_NAMES = frozenset(
    {
        ("contextlib", "suppress"),
        ("contextlib", "redirect_stdout"),
        ("contextlib", "redirect_stderr"),
        ("contextlib", "_RedirectStream"),
        ("contextlib", "closing"),
        ("contextlib", "aclosing"),
        ("contextlib", "nullcontext"),
        ("contextlib", "chdir"),
        ("multiprocessing.managers", "BaseManager"),
        ("numpy", "errstate"),
        ("builtins", "open"),
        ("builtins", "memoryview"),
        ("decimal", "localcontext"),
    }
)


def is_harmless_class(cls: type) -> bool:
    """Tell whether `with` on an instance of a class holds nothing."""
    known = _classes.get(id(cls))
    return _classes.put(cls, _judge(cls)) if known is None else known


_classes: Memo[type, bool] = Memo()


def _judge(cls: type) -> bool:
    name = next((each for each in ("__enter__", "__aenter__") if objects.definer(cls, each)), None)
    where = None if name is None else objects.definer(cls, name)
    if where is None or name is None:
        return False
    enter = objects.attribute(where, name)
    return _is_known(objects.module_of(where), objects.name_of(where), enter)


def is_harmless_function(function: object) -> bool:
    """Tell whether a function returns a context manager that holds nothing."""
    if is_a(function, FunctionType) or is_a(function, BuiltinFunctionType):
        return _is_known(function.__module__, function.__name__, function)
    return False


def gives_back(code: CodeType) -> bool:
    """Tell whether a function is one of the stdlib that has given back whatever it took.

    All of them do whose name does not say otherwise, but those that call what they are given.
    """
    known = _giving.get(id(code))
    if known is None:
        file = code.co_filename
        is_wrapper = file.endswith(("contextlib.py", "functools.py"))
        known = is_of_stdlib(file) and not is_wrapper and not takes(code.co_name)
        _giving.put(code, known)
    return known


_giving: Memo[CodeType, bool] = Memo()


def _is_known(module: object, name: object, function: object) -> bool:
    if type(module) is not str or type(name) is not str:
        return False
    root = module.partition(".")[0]
    is_named = root == "pausable" or module in _ALL_MODULES or (module, name) in _NAMES
    return is_named and _comes_from(root, function)


def _comes_from(root: str, function: object) -> bool:
    """Tell whether a function is of the package that it is said to be of, not of a namesake."""
    found = sys.modules.get(root)
    origin = None if found is None else objects.fields(found).get("__file__")
    file = function.__code__.co_filename if is_a(function, FunctionType) else origin
    if root in sys.stdlib_module_names:
        return is_of_stdlib(file) if type(file) is str else root in sys.builtin_module_names
    if type(file) is not str or type(origin) is not str:
        return False
    return file.startswith(origin.rpartition(os.sep)[0] + os.sep)


_ALL_MODULES = _MODULES | _SINCE_3_14 | _UP_TO_3_12
