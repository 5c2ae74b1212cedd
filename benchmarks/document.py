"""The page with the numbers: the table between its marks, and the pictures next to it."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.svg import draw
from benchmarks.table import quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.contest import Result
    from benchmarks.curves import Curve, Points

__all__ = ["PAGE", "begin_page", "replace_between", "write_picture", "write_table"]

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "performance.md"
_BEGIN = "<!-- make bench: what follows is generated -->"
_END = "<!-- make bench: end -->"
_PICTURES = {
    "queued": "What a pool with 100 groups takes for its verbs, by the number of queued tasks",
    "resting": "From a resume until the last of the resting tasks has moved, by their number",
    "workers": "20,000 no-op tasks from the first submit to the last result, by workers",
}


def write_table(results: dict[str, list[Result]], page: Path = PAGE) -> None:
    """Put the results, by Python version, between the marks; the prose around stays as it is."""
    text = page.read_text(encoding="utf-8") if page.exists() else begin_page()
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(replace_between(text, "\n".join(_report(results))), encoding="utf-8")


def write_picture(curve: Curve, points: Points, page: Path = PAGE) -> Path:
    """Draw a curve next to the page."""
    path = page.with_name(f"performance-{curve.name}.svg")
    path.write_text(draw(curve.title, curve.x, points), encoding="utf-8")
    return path


def begin_page() -> str:
    """Return a page to begin with: the marks, and the pictures below them."""
    pictures = "\n\n".join(
        f"![{title}](performance-{name}.svg)" for name, title in _PICTURES.items()
    )
    return f"# Performance\n\n{_BEGIN}\n{_END}\n\n## How it grows\n\n{pictures}\n"


def replace_between(text: str, generated: str) -> str:
    """Return *text* with what is between the marks replaced; raise if it has no marks."""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        msg = f"the page has no line {_BEGIN!r} with a {_END!r} after it"
        raise ValueError(msg)
    return f"{before}{begin}\n\n{generated}\n\n{end}{after}"


def _report(results: dict[str, list[Result]]) -> Iterator[str]:
    versions = list(results)
    runs = sorted({len(each.ours) for found in results.values() for each in found if each.ours})
    often = f"{runs[0]}" if runs[0] == runs[-1] else f"{runs[0]} to {runs[-1]}"
    yield (
        f"CPython {', '.join(versions)} on {platform.system()} {platform.machine()} with "
        f"{os.cpu_count()} processors; {often} runs each. A ratio is the median of "
        "those of all runs, with the smallest and the largest: theirs by ours where it is to be "
        "at least (≥) so much, ours by theirs where it is to be at most (≤) so much. "
        "✓: reached; ✗: not reached."
    )
    yield ""
    yield from _table(results, _ratio, "reach")
    yield ""
    yield "The medians behind these ratios, ours and theirs:"
    yield ""
    yield from _table(results, _medians, "")


def _table(
    results: dict[str, list[Result]], cell: Callable[[Result], str], reach: str
) -> Iterator[str]:
    """Write one line for each row of the first version that has it, one column for each version."""
    head = ["measure", "against", *([reach] if reach else []), *results]
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    rows: dict[tuple[str, str], Result] = {}
    for found in results.values():
        for each in found:
            rows.setdefault((each.name, each.against), each)
    for key, row in rows.items():
        cells = [row.title, row.against, *([_reach(row)] if reach else [])]
        for found in results.values():
            same = next((each for each in found if (each.name, each.against) == key), None)
            cells.append(cell(same) if same else "")
        yield f"| {' | '.join(cells)} |"


def _reach(result: Result) -> str:
    if result.reach is None:
        return ""
    return f"{'≥' if result.sense == 'faster' else '≤'} {result.reach:g}"


def _ratio(result: Result) -> str:
    if result.skipped:
        return "skipped"
    ratios = result.ratios
    mark = {True: " ✓", False: " ✗", None: ""}[result.is_reached]
    return f"{median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f}){mark}"


def _medians(result: Result) -> str:
    if result.skipped:
        return result.skipped
    ours, theirs = (quantity(median(each), result.unit) for each in (result.ours, result.theirs))
    return f"{ours}, {theirs}"
