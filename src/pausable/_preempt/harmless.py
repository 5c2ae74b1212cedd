"""Context managers that are known to hold nothing that another thread waits for."""

from __future__ import annotations

from pausable._preempt import peeking

__all__ = ["is_harmless_class", "is_harmless_function"]

_MODULES = frozenset(
    """
    _io io _pyio tempfile pathlib pathlib._local decimal _decimal _pydecimal warnings _warnings
    zipfile zipfile._path tarfile gzip bz2 lzma _bz2 _lzma subprocess socket _socket ssl _ssl
    selectors posix nt os mmap
    memoryview urllib.response urllib.request http.client socketserver smtplib ftplib imaplib
    nntplib telnetlib poplib wave aifc sunau fileinput codecs concurrent.futures._base
    concurrent.futures.thread concurrent.futures.process asyncio asyncio.locks asyncio.timeouts
    asyncio.taskgroups asyncio.runners asyncio.events asyncio.base_events contextvars _contextvars
    unittest.mock unittest.case unittest.async_case importlib.resources cProfile profile tracemalloc
    multiprocessing.pool multiprocessing.connection multiprocessing.shared_memory
    xml.etree.ElementTree memory
    """.split()
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
    module, name = _module(where), _name(where)
    return module in _MODULES or (module, name) in _NAMES or _is_ours(module)


def is_harmless_function(function: object) -> bool:
    """Tell whether a function returns a context manager that holds nothing."""
    module = getattr(function, "__module__", None)
    name = getattr(function, "__name__", None)
    return module in _MODULES or (module, name) in _NAMES or _is_ours(module)


def _is_ours(module: object) -> bool:
    return isinstance(module, str) and (module == "pausable" or module.startswith("pausable."))


def _module(cls: type) -> object:
    return type.__dict__["__module__"].__get__(cls)


def _name(cls: type) -> object:
    return type.__dict__["__name__"].__get__(cls)
