"""The hook: what is done in the interpreter that runs a program, before the first line of that."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from pausable import everything
from pausable.control.service import serve
from pausable.launch.briefing import Briefing
from pausable.launch.late import when_imported
from pausable.launch.remarks import keep_apart, say
from pausable.launch.stdlib_pools import make_ours
from pausable.scopes.resumers import resumers
from pausable.terminal import take_keys

if TYPE_CHECKING:
    from types import ModuleType

    from pausable.scopes.hold import Hold

__all__ = ["begin"]

_OWNER = "pausable run"
_HELPERS = (
    "from multiprocessing.forkserver import main",
    "from multiprocessing.resource_tracker import main",
)


def begin(text: str) -> None:
    """Have the program's pools made ours, and the process be reached, as the briefing says.

    Raises:
        Exception: something of ours does not work here; the program can run without it.
    """
    briefing = Briefing.decoded(text)
    is_child = briefing.pid != os.getpid()
    keep_apart()
    if briefing.lease >= 0 and not is_child:
        _hold_while(briefing.lease)
    hold = None
    if briefing.is_held and not is_child:
        hold = everything.pause("started with --paused", owner=_OWNER)
    if briefing.trace and not is_child:
        _trace(briefing.trace)
    is_served = not _helps_only() and _serve(briefing.name)
    has_keys = briefing.has_keys and not is_child and _take_keys(hold)
    if hold is not None and not (is_served or has_keys):
        hold.release()
        say("it does not start paused: nobody could resume it")
    make_ours(briefing.only, say, is_preemptive=briefing.is_preemptive)
    when_imported("concurrent.futures.process", partial(_make_process_pools_ours, briefing))
    when_imported("multiprocessing.pool", partial(_make_thread_pools_ours, briefing))


def _serve(name: str) -> bool:
    """Let the process be reached from outside; say so if it cannot be."""
    try:
        return serve(name).is_serving()
    except (ImportError, OSError, RuntimeError) as error:
        say(f"the program runs, but cannot be reached from outside: {error}")
        return False


def _take_keys(hold: Hold | None) -> bool:
    """Let who sits at the terminal pause and resume; say so if that fails."""
    try:
        return take_keys(hold)
    except Exception as error:  # noqa: BLE001 - whatever it is, the rest works without it
        say(f"the program runs, but no key pauses it: {error}")
        return False


def _make_thread_pools_ours(briefing: Briefing, module: ModuleType) -> None:
    from pausable.launch.thread_pools import make_thread_pools_ours  # noqa: PLC0415 - few have any

    make_thread_pools_ours(module, briefing.only, "auto" if briefing.is_preemptive else False)


def _make_process_pools_ours(briefing: Briefing, module: ModuleType) -> None:
    from pausable.launch.process_pools import (  # noqa: PLC0415 - few have any
        make_process_pools_ours,
    )

    make_process_pools_ours(module, briefing.only, say, is_preemptive=briefing.is_preemptive)


def _helps_only() -> bool:
    """Say whether this is a process that `multiprocessing` has for itself, and no program's."""
    words = sys.orig_argv
    code = words[words.index("-c") + 1] if "-c" in words[:-1] else ""
    return any(helper in code for helper in _HELPERS)


def _hold_while(lease: int) -> None:
    """Hold the process until what has *lease* has ended."""
    from pausable.launch.lease import when_over  # noqa: PLC0415 - where there is one

    hold = everything.pause("started with --while", owner=_OWNER)

    def can_resume() -> bool:
        return not hold.is_released()

    resumers.add(can_resume)

    def release() -> None:
        # At its exit CPython 3.12 starts no threads: who waits there says what becomes of a pool
        # that has none yet.
        with suppress(RuntimeError):
            hold.release()
        resumers.discard(can_resume)

    when_over(lease, release)


def _trace(path: str) -> None:
    """Trace all pools into a file, to the end of the program; it runs also if that cannot be."""
    from pausable.tracing import trace  # noqa: PLC0415 - seldom wanted

    try:
        trace(path).begin()
    except OSError as error:
        say(f"there is no trace: {error}")
