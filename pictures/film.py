"""A recording as an SVG that plays by itself, and asks for nothing from outside.

What a row shows is drawn once, and is visible for as long as it was there. Where no motion is
wanted, or none is understood, it is a still.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pictures.recording import Frame, Key, Row

__all__ = ["Pane", "film"]

_T = TypeVar("_T")

_TICK = 0.1  # seconds: what changes sooner than that is not shown
_KEY_SECONDS = 1.4
_CELL, _LINE, _SIZE = 9.6, 21.0, 16.0  # of a character
_PAD, _BAR, _GAP = 16.0, 32.0, 12.0
_FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"


class _Theme(NamedTuple):
    back: str
    edge: str
    text: str
    faint: str
    key: str
    colours: dict[str, str]


_THEMES = {
    "dark": _Theme(
        back="#161b22",
        edge="#30363d",
        text="#e6edf3",
        faint="#8d96a0",
        key="#1f6feb",
        colours={"green": "#3fb950", "blue": "#58a6ff", "brightblack": "#484f58"},
    ),
    "light": _Theme(
        back="#f6f8fa",
        edge="#d0d7de",
        text="#1f2328",
        faint="#59636e",
        key="#0969da",
        colours={"green": "#1a7f37", "blue": "#0969da", "brightblack": "#c4ccd4"},
    ),
}


@dataclass
class Pane:
    """One terminal: what it showed, and the keys that were pressed there."""

    title: str
    columns: int
    frames: Sequence[Frame]
    keys: Sequence[Key]

    @property
    def height(self) -> float:
        """Return the height of its window."""
        return _BAR + len(self.frames[0].rows) * _LINE + _PAD

    @property
    def width(self) -> float:
        """Return the width of its window."""
        return 2 * _PAD + self.columns * _CELL


@dataclass
class _Times:
    """When what is drawn is visible: a class of the style sheet for each span of time."""

    seconds: float
    still: float
    names: dict[tuple[float, float], str] = field(default_factory=dict)

    def attribute(self, begin: float, end: float) -> str:
        """Return what an element has that is visible from *begin* to *end*."""
        if begin <= 0 and end >= self.seconds:
            return ""
        name = self.names.setdefault((begin, end), f"v{len(self.names)}")
        still = " still" if begin <= self.still < end else ""
        return f' class="part {name}{still}"'

    def rules(self) -> Iterator[str]:
        """Yield the rules of the style sheet."""
        yield f".part{{visibility:hidden;animation:{self.seconds:.1f}s step-end infinite}}"
        yield ".still{visibility:visible}"
        for (begin, end), name in self.names.items():
            moments = [f"0%{{visibility:{'visible' if begin <= 0 else 'hidden'}}}"]
            if begin > 0:
                moments.append(f"{self._percent(begin)}{{visibility:visible}}")
            if end < self.seconds:
                moments.append(f"{self._percent(end)}{{visibility:hidden}}")
            yield f"@keyframes {name}{{{''.join(moments)}}}.{name}{{animation-name:{name}}}"
        yield "@media (prefers-reduced-motion:reduce){.part{animation:none}}"

    def _percent(self, moment: float) -> str:
        return f"{100 * moment / self.seconds:.2f}%"


def film(panes: Sequence[Pane], theme: str, seconds: float, still: float, title: str) -> str:
    """Draw terminals, one below the other; *still* is the moment that a still shows."""
    colours = _THEMES[theme]
    times = _Times(seconds, still)
    body: list[str] = []
    top = 1.0
    for pane in panes:
        body += [f'<g transform="translate(1 {top:g})">', *_pane(pane, colours, times), "</g>"]
        top += pane.height + _GAP
    width, height = max(pane.width for pane in panes) + 2, top - _GAP + 1
    style = [
        f"text{{font:{_SIZE:g}px {_FONT};fill:{colours.text};white-space:pre}}",
        f".title{{font-family:system-ui,sans-serif;font-size:14px;fill:{colours.faint}}}",
        ".bold{font-weight:bold}",
        ".key{font-family:system-ui,sans-serif;font-weight:600;fill:#fff}",
        *(f".{name}{{fill:{value}}}" for name, value in colours.colours.items()),
        *times.rules(),
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        f' role="img" aria-label="{escape(title)}">'
    )
    return "\n".join([head, f"<style>{''.join(style)}</style>", *body, "</svg>\n"])


def _pane(pane: Pane, theme: _Theme, times: _Times) -> Iterator[str]:
    yield (
        f'<rect width="{pane.width:g}" height="{pane.height:g}" rx="8"'
        f' fill="{theme.back}" stroke="{theme.edge}"/>'
    )
    middle = pane.width / 2
    yield f'<text class="title" x="{middle:g}" y="21" text-anchor="middle">{pane.title}</text>'
    yield f'<path d="M0 {_BAR - 1:g}H{pane.width:g}" stroke="{theme.edge}"/>'
    yield f'<g transform="translate({_PAD:g} {_BAR + 6:g})">'
    frames = _sampled(pane.frames)
    for line in range(len(frames[0].rows)):
        shown = [(frame.at, frame.rows[line]) for frame in frames]
        for row, begin, end in _spans(shown, times.seconds):
            if row:
                yield f"<g{times.attribute(begin, end)}>{_text(row, line)}</g>"
    for cursor, begin, end in _spans([(each.at, each.cursor) for each in frames], times.seconds):
        if cursor:
            yield (
                f'<rect{times.attribute(begin, end)} x="{cursor[1] * _CELL:g}"'
                f' y="{cursor[0] * _LINE + 1:g}" width="{_CELL:g}" height="{_LINE - 2:g}"'
                f' fill="{theme.faint}" fill-opacity=".6"/>'
            )
    yield "</g>"
    for key in pane.keys:
        yield from _key(key, pane, theme, times)


def _sampled(frames: Sequence[Frame]) -> list[Frame]:
    """Return the last frame of each tick, at its beginning."""
    found = {int(frame.at / _TICK): frame for frame in frames}
    return [frame._replace(at=tick * _TICK) for tick, frame in found.items()]


def _spans(shown: Sequence[tuple[float, _T]], seconds: float) -> Iterator[tuple[_T, float, float]]:
    """Yield what was shown, from when on and until when, the same only once in a row."""
    begin = 0.0
    for (_, what), (until, following) in pairwise(shown):
        if what != following:
            yield what, begin, until
            begin = until
    yield shown[-1][1], begin, seconds


def _text(row: Row, line: int) -> str:
    """Draw a row: a font that is another is made to fit."""
    y = line * _LINE + _SIZE
    parts = []
    for run in row:
        names = " ".join(
            filter(None, (run.colour.replace("default", ""), "bold" if run.bold else ""))
        )
        given = f' class="{names}"' if names else ""
        parts.append(
            f'<text{given} x="{run.column * _CELL:g}" y="{y:g}"'
            f' textLength="{len(run.text) * _CELL:g}">{escape(run.text, quote=False)}</text>'
        )
    return "".join(parts)


def _key(key: Key, pane: Pane, theme: _Theme, times: _Times) -> Iterator[str]:
    """Draw a key that is pressed."""
    width, height = 40 + 10.0 * len(key.name), 40.0
    x, y = pane.width - width - _PAD, pane.height - height - _PAD
    yield (
        f"<g{times.attribute(key.at, key.at + _KEY_SECONDS)}>"
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"'
        f' fill="{theme.key}"/>'
        f'<text class="key" x="{x + width / 2:g}" y="{y + 26:g}" text-anchor="middle">'
        f"{key.name}</text></g>"
    )
