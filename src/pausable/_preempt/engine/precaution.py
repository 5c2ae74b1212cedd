"""Precautions: neither our calls nor our faults are to be those of the task that they come upon."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING

from pausable._core.frames import OURS, entries
from pausable._core.locations import location_of
from pausable.scopes.common_log import ERROR, leave_word

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = ["CALLS_USERS", "allows", "has_room"]

CALLS_USERS = ("checkpoints.py", "chunks.py", "attempts.py")
"""Files of ours from which users' code is called on purpose: each(), map(), protect()."""

_ROOM = 120  # calls: ours and those of observers where a task rests, and those below the task


def has_room(frame: FrameType) -> bool:
    """Say whether there is room for our calls on top of this stack, which is none of ours.

    Otherwise they would fail half-way. Code of ours on the stack was interrupted by a finalizer or
    a signal handler, and has locks that no rule knows of; but for that which calls users' code.
    """
    depth = _ROOM
    each: FrameType | None = frame
    while each is not None and each.f_code not in entries:
        file = each.f_code.co_filename
        if file.startswith(OURS) and not file.endswith(CALLS_USERS):
            return False
        depth += 1
        each = each.f_back
    return depth < sys.getrecursionlimit()


def allows(rule: Callable[[FrameType], bool], frame: FrameType) -> bool:
    """Ask a rule. Its faults are never the task's, into whose code an exception would go."""
    try:
        return rule(frame)
    except RecursionError:
        return False
    except Exception:  # noqa: BLE001 - as text: who keeps a traceback keeps all of its frames
        text = "cannot tell whether a task may rest or stop at %s\n%s"
        leave_word(ERROR, text, location_of(frame), traceback.format_exc())
        return False
