"""The display: what a notebook is given to show of a scope, and what it takes for that.

IPython asks for a bundle first, and for HTML then. The bundle has the live panel, where there is a
kernel for its messages and anywidget to make it; a frontend that cannot show it takes the HTML.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pausable.notebook import panel
from pausable.notebook.exhibit import subject_of
from pausable.notebook.plain_html import html, html_of_gone

if TYPE_CHECKING:
    from collections.abc import Collection

    from pausable.scopes.scope import Scope

__all__ = ["bundle", "html_of"]

_LIVE = "application/vnd.jupyter.widget-view+json"


def html_of(scope: Scope) -> str:
    """Draw a scope as it is now, as plain HTML; one of which nothing is left says so."""
    subject = subject_of(scope)
    status = subject.status()
    return html_of_gone(subject.path) if status is None else html(status)


def bundle(
    scope: Scope, include: Collection[str] | None, exclude: Collection[str] | None
) -> object:
    """Return the live panel of a scope, in the formats that are wanted; nothing where it has none.

    What is returned has IPython's form: data by format, or that and metadata.
    """
    is_wanted = (include is None or _LIVE in include) and _LIVE not in (exclude or ())
    if not is_wanted or not _is_in_kernel() or subject_of(scope).status() is None:
        return {}
    try:
        live = panel(scope)
    except ImportError as error:
        if error.name != "anywidget":
            raise
        return {}
    shown: Any = live._repr_mimebundle_()
    shown[0].pop("text/plain")  # the scope's own is better
    return shown


def _is_in_kernel() -> bool:
    """Say whether there is a kernel that a panel could send its messages by; imports nothing."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None
