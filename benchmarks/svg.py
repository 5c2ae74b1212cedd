"""Curves as SVG: logarithmic axes, one line a series, readable on a light and on a dark page."""

from __future__ import annotations

from html import escape
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from benchmarks.table import quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.curves import Points

__all__ = ["draw"]

_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 170, 50, 60  # margins; the names of the series are on the right
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # Okabe and Ito's
_LINE_HEIGHT = 16

_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
    f'width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" font-size="12" role="img">'
)


class _Scale:
    """Places on one axis, by logarithm."""

    def __init__(self, low: float, high: float, begin: float, end: float) -> None:
        self._low, self._span = log10(low), (log10(high) - log10(low)) or 1.0
        self._begin, self._length = begin, end - begin

    def __call__(self, value: float) -> float:
        return self._begin + (log10(value) - self._low) / self._span * self._length


def draw(title: str, x_label: str, points: Points) -> str:
    """Draw the series, times on the vertical axis."""
    xs = sorted({x for line in points.values() for x, _ in line})
    ys = [y for line in points.values() for _, y in line]
    low, high = 10.0 ** floor(log10(min(ys))), 10.0 ** ceil(log10(max(ys)))
    across = _Scale(xs[0], xs[-1], _LEFT, _WIDTH - _RIGHT)
    up = _Scale(low, high, _HEIGHT - _BOTTOM, _TOP)
    parts = [
        _HEAD,
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        _text(_LEFT, 24, title, size=15),
        *_axes(xs, across, low, high, up),
        _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 16, x_label, anchor="middle"),
        *_lines(points, across, up),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _axes(xs: list[int], across: _Scale, low: float, high: float, up: _Scale) -> Iterator[str]:
    for decade in range(round(log10(low)), round(log10(high)) + 1):
        y = up(10.0**decade)
        yield _rule(_LEFT, y, _WIDTH - _RIGHT, y)
        yield _text(_LEFT - 8, y + 4, quantity(10.0**decade, "s"), anchor="end")
    for x in xs:
        place = across(x)
        yield _rule(place, _HEIGHT - _BOTTOM, place, _HEIGHT - _BOTTOM + 5)
        yield _text(place, _HEIGHT - _BOTTOM + 20, f"{x:,}", anchor="middle")


def _lines(points: Points, across: _Scale, up: _Scale) -> Iterator[str]:
    names = _spread({name: up(line[-1][1]) for name, line in points.items()})
    for colour, (name, line) in zip(_COLOURS, points.items(), strict=False):
        places = [(across(x), up(y)) for x, y in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in places:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
        last = quantity(line[-1][1], "s")
        yield _text(_WIDTH - _RIGHT + 12, names[name] + 4, f"{name}: {last}", colour=colour)


def _spread(wanted: dict[str, float]) -> dict[str, float]:
    """Move names apart that would be written over each other, downwards."""
    placed: dict[str, float] = {}
    lowest = float("-inf")
    for name, place in sorted(wanted.items(), key=lambda item: item[1]):
        lowest = max(place, lowest + _LINE_HEIGHT)
        placed[name] = lowest
    overflow = lowest - (_HEIGHT - _BOTTOM)
    return {name: place - max(overflow, 0.0) for name, place in placed.items()}


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#ccc" fill="none"/>'


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, colour: str = "#333"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{colour}">{escape(text)}</text>'
    )
