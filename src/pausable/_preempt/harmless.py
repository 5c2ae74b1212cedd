"""What is known to hold nothing that another thread waits for: context managers, and functions."""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING

from pausable._preempt import peeking
from pausable._preempt.identity import ByCode
from pausable._preempt.peeking import is_a
from pausable._preempt.taking import takes
from pausable._preempt.territory import is_of_stdlib

if TYPE_CHECKING:
    from types import CodeType

__all__ = ["gives_back", "is_harmless_class", "is_harmless_function"]

_module_of = type.__dict__["__module__"].__get__
_name_of = type.__dict__["__name__"].__get__

_MODULES = frozenset(
    """
    _io io _pyio tempfile pathlib pathlib._local decimal _decimal _pydecimal warnings _warnings
    _py_warnings
    zipfile zipfile._path tarfile gzip bz2 lzma _bz2 _lzma subprocess socket _socket ssl _ssl
    selectors posix nt os mmap
    memoryview urllib.response urllib.request http.client socketserver smtplib ftplib imaplib
    nntplib telnetlib poplib wave aifc sunau fileinput codecs concurrent.futures._base
    concurrent.futures.thread concurrent.futures.process asyncio asyncio.locks asyncio.timeouts
    asyncio.taskgroups asyncio.runners asyncio.events asyncio.base_events contextvars _contextvars
    unittest.mock unittest.case unittest.async_case importlib.resources cProfile profile tracemalloc
    multiprocessing.pool multiprocessing.connection multiprocessing.shared_memory
    xml.etree.ElementTree memory
    """.split()  # noqa: SIM905 - a list of names reads better as words
)
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
    where = peeking.definer(cls, "__enter__") or peeking.definer(cls, "__aenter__")
    if where is None:
        return False
    return _is_known(_module_of(where), _name_of(where))


def is_harmless_function(function: object) -> bool:
    """Tell whether a function returns a context manager that holds nothing."""
    if is_a(function, FunctionType) or is_a(function, BuiltinFunctionType):
        return _is_known(function.__module__, function.__name__)
    return False


def gives_back(code: CodeType) -> bool:
    """Tell whether a function is one of the stdlib that has given back whatever it took.

    All of them do whose name does not say otherwise, but those that call what they are given.
    """
    known = _giving.get(code)
    if known is None:
        file = code.co_filename
        is_wrapper = file.endswith(("contextlib.py", "functools.py"))
        known = is_of_stdlib(file) and not is_wrapper and not takes(code.co_name)
        _giving.put(code, known)
    return known


_giving: ByCode[bool] = ByCode()


def _is_known(module: object, name: object) -> bool:
    if type(module) is not str or type(name) is not str:
        return False
    if module == "pausable" or module.startswith("pausable."):
        return True
    return module in _MODULES or (module, name) in _NAMES
