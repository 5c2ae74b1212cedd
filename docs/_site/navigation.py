"""The navigation of the site; in the pages themselves, code hosts would show it as code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def add_navigation(app: Sphinx, docname: str, source: list[str]) -> None:
    """Append to a page the tables of contents that `navigation` has for it.

    One with a caption is for the margin only, one without is for the page, too.
    """
    for caption, entries in app.config.navigation.get(docname, {}).items():
        options = [":glob:", f":caption: {caption}\n:hidden:" if caption else ":maxdepth: 1"]
        source[0] += "\n".join(["\n```{toctree}", *options, "", *entries, "```\n"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register this with Sphinx."""
    app.add_config_value("navigation", {}, "env")
    app.connect("source-read", add_navigation)
    return {"parallel_read_safe": True}
