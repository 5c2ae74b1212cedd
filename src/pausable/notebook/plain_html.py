"""The plain HTML: a status as plain HTML, which needs no script and nothing from elsewhere.

Whatever people have named, or given as a reason, is text here, and never markup.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from pausable.notebook.portrayal import NO_TIMES, gone, picture
from pausable.notebook.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pausable.notebook.portrayal import Facts, Times
    from pausable.snapshots import ProcessStatus, ScopeStatus

__all__ = ["draw", "html", "html_of_gone"]

_SHORT = 9.95  # seconds
_NUMBERS = ("running", "resting", "queued", "done", "failed")


def html(status: ScopeStatus | ProcessStatus) -> str:
    """Draw a status."""
    return draw(*picture(status))


def html_of_gone(name: str) -> str:
    """Say of a pool that nothing of it is left."""
    return draw(gone(None, name), NO_TIMES)


def draw(facts: Facts, times: Times) -> str:
    """Draw a picture."""
    parts = [_head(facts), _scopes(facts), _holds(facts, times), _tasks(facts, times)]
    return f'<div class="pausable"><style>{STYLE}</style>{"".join(parts)}</div>'


def _head(facts: Facts) -> str:
    says = f'<span class="pausable-says">{escape(facts["says"])}</span>' if facts["says"] else ""
    return (
        '<div class="pausable-head">'
        f'<span class="pausable-kind">{facts["kind"]}</span> '
        f'<span class="pausable-name">{escape(facts["name"])}</span> '
        f"{_state(facts['state'])} {says}</div>"
    )


def _scopes(facts: Facts) -> str:
    rows = [
        [
            _indented(each["name"], each["depth"]),
            _state(each["state"]),
            *(f"{each[count]:,}" for count in _NUMBERS),  # type: ignore[literal-required]
        ]
        for each in facts["scopes"]
    ]
    return _table("Pools and groups", ("name", "state", *_NUMBERS), rows, facts, "scopes")


def _holds(facts: Facts, times: Times) -> str:
    rows = [
        [escape(each["scope"]), escape(each["reason"]), escape(each["owner"]), seconds(age)]
        for each, age in zip(facts["holds"], times["holds"], strict=True)
    ]
    return _table("Held", ("scope", "reason", "owner", "age"), rows, facts, "holds")


def _tasks(facts: Facts, times: Times) -> str:
    rows = [
        [
            escape(each["name"]),
            _state(each["state"]),
            seconds(active),
            seconds(paused),
            f"<code>{escape(each['where'])}</code>",
        ]
        for each, (active, paused) in zip(facts["tasks"], times["tasks"], strict=True)
    ]
    return _table("Tasks", ("task", "state", "active", "paused", "at"), rows, facts, "tasks")


def _table(
    caption: str, heads: Iterable[str], rows: list[list[str]], facts: Facts, what: str
) -> str:
    """Draw one table; nothing, if it would be empty."""
    if not rows:
        return ""
    heads = list(heads)
    numbers = [' class="pausable-n"' if _is_number(head) else "" for head in heads]
    head = "".join(
        f'<th scope="col"{kind}>{name}</th>' for name, kind in zip(heads, numbers, strict=True)
    )
    body = "".join(f"<tr>{_cells(row, numbers)}</tr>" for row in rows)
    more = facts["more"][what]
    rest = f'<div class="pausable-more">and {more:,} more</div>' if more else ""
    return (
        f'<div class="pausable-scroll"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{rest}"
    )


def _cells(row: list[str], kinds: list[str]) -> str:
    return "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(row, kinds, strict=True))


def _is_number(head: str) -> bool:
    return head in (*_NUMBERS, "age", "active", "paused")


def _state(state: str) -> str:
    return f'<span class="pausable-state" data-state="{escape(state)}">{escape(state)}</span>'


def _indented(name: str, depth: int) -> str:
    return f'<span style="padding-left: {1.2 * depth:g}em">{escape(name)}</span>'


def seconds(value: float) -> str:
    """Say how long: with a tenth below ten seconds, in minutes and hours above a minute."""
    if value < _SHORT:
        return f"{value:.1f} s"
    whole = round(value)
    minutes, left = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if not minutes and not hours:
        return f"{whole} s"
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
