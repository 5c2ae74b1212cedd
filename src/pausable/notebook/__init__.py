"""In a notebook: a pool, a group or the process that shows itself, with buttons where it can.

What is shown is imported when it is shown: `display` decides what, `table` is plain HTML, and
`live` the panel, which needs the extra ``notebook``. Nothing here keeps a pool alive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pausable.notebook.live import Panel
    from pausable.scopes.scope import Scope

__all__ = ["panel"]


def panel(scope: Scope | None = None) -> Panel:
    """Return a live panel of a pool or a group; of the process, if none is given.

    A widget: what a cell ends with, or `display()`. It shows state, counts, holds with reason,
    owner and age, and the tasks that run or rest, and has a button that pauses and resumes. It
    looks ten times a second while something changes, and keeps no pool alive.

    Raises:
        ImportError: anywidget is not installed: ``pip install 'pausable[notebook]'``.
    """
    from pausable.notebook.exhibit import subject_of  # noqa: PLC0415
    from pausable.notebook.live import panel_of  # noqa: PLC0415

    return panel_of(subject_of(scope))
