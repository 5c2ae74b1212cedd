"""The table in the terminal: one line for each result, printed as soon as it is there."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.contest import Result

__all__ = ["HEAD", "line", "quantity", "ratio", "reach"]

_COLUMNS: tuple[tuple[str, int, Callable[[str, int], str]], ...] = (
    ("name", 20, str.ljust),
    ("measure", 58, str.ljust),
    ("against", 34, str.ljust),
    ("ours", 9, str.rjust),
    ("theirs", 9, str.rjust),
    ("ratio (min..max)", 22, str.rjust),
    ("runs", 4, str.rjust),
    ("reach", 15, str.rjust),
)


def _join(cells: list[str]) -> str:
    placed = zip(cells, _COLUMNS, strict=True)
    return "  ".join(place(cell, width) for cell, (_, width, place) in placed).rstrip()


HEAD = "\n".join(
    (_join([name for name, _, _ in _COLUMNS]), _join(["-" * width for _, width, _ in _COLUMNS]))
)


def line(result: Result) -> str:
    """Say in one line what came of a contest."""
    start = [result.name, result.title, result.against]
    if result.skipped:
        return _join([*start, "", "", "", "", ""]) + "  " + result.skipped
    return _join(
        [
            *start,
            quantity(median(result.ours), result.unit),
            quantity(median(result.theirs), result.unit),
            ratio(result),
            str(len(result.ours)),
            reach(result),
        ]
    )


def ratio(result: Result) -> str:
    """Give the median of the ratios, and their spread."""
    ratios = result.ratios
    return f"{median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})"


def reach(result: Result) -> str:
    """Give the ratio that is to be reached, and say whether it is."""
    if result.reach is None:
        return ""
    sign = "≥" if result.sense == "faster" else "≤"
    return f"{sign} {result.reach:g}: {'yes' if result.is_reached else 'no'}"


def quantity(value: float, unit: str) -> str:
    """Write seconds or bytes with three digits and a fitting prefix."""
    if unit == "B":
        return f"{value:,.0f} B"
    for scale, name in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if abs(value) >= scale:  # what is left after a subtraction may be below zero
            return f"{value / scale:.3g} {name}"
    return f"{value / 1e-9:.3g} ns"
