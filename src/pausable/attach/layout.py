"""The layout: where in the memory of a CPython the facts are that PEP 768 speaks of.

Each process has a table of offsets for debuggers, `_Py_DebugOffsets`, at the beginning of a section
of its own. What is in the table differs from one minor version to the next, and has been settled
for those that were released. So there is one layout here for each minor version that is known.
"""

from __future__ import annotations

from typing import NamedTuple

from pausable.attach.refusal import AttachRefused

__all__ = ["COOKIE", "HEAD", "Layout", "layout_of"]

COOKIE = b"xdebugpy"
"""How the table begins, from 3.13 on."""

HEAD = 24
"""Bytes of its head: the cookie, the version, and whether it is free-threaded."""

_FIRST = (3, 14)
_FINAL = 0xF0


class Layout(NamedTuple):
    """Where in the table the offsets are that are needed: each is the place of an 8-byte number."""

    interpreters: int  #: in the runtime: the first interpreter
    interpreter_id: int
    next_interpreter: int
    threads: int  #: in an interpreter: the first thread
    next_thread: int
    native_id: int  #: in a thread: what the system calls it
    eval_breaker: int
    support: int  #: in a thread: where its requests are
    is_enabled: int  #: in an interpreter: whether requests are heard
    is_pending: int  #: in the support: whether there is a request
    script: int  #: in the support: the path of the script
    script_size: int  #: bytes that there are for it


_LAYOUTS = {
    (3, 14): Layout(40, 56, 64, 72, 192, 224, 712, 720, 728, 736, 744, 752),
}


def layout_of(version: int, *, is_free_threaded: bool) -> Layout:
    """Return the layout of a version, given as in `sys.hexversion`.

    Raises:
        AttachRefused: it cannot be attached to, or is not known.
    """
    minor = version >> 24, version >> 16 & 0xFF
    reason = _why_not(minor, is_final=version & _FINAL == _FINAL, is_free_threaded=is_free_threaded)
    if reason is not None:
        raise AttachRefused(f"it runs Python {minor[0]}.{minor[1]}, {reason}")
    return _LAYOUTS[minor]


def _why_not(minor: tuple[int, int], *, is_final: bool, is_free_threaded: bool) -> str | None:
    if minor < _FIRST:
        return "and only 3.14 and newer can be attached to: start it with `pausable run` instead"
    if minor not in _LAYOUTS:
        return "which this version of pausable does not know: update pausable"
    if not is_final:
        return "but not as it was released: use a release"
    if is_free_threaded:
        return (
            "without the GIL, where no calls can be found on the stacks of other threads: start it "
            "with `pausable run` instead"
        )
    return None
