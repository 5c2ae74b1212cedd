"""Measure pausable against what it replaces, side by side in one run.

    python -m benchmarks                       all rows, some minutes
    python -m benchmarks --list                the names of the rows
    python -m benchmarks --only throughput-8   one row
    python -m benchmarks --only throughput memory
                                               all rows whose names begin so; wildcards work, too
    python -m benchmarks --only pausing-8 --runs 51
                                               more runs, for a smaller change
    python -m benchmarks --only throughput --cpu
                                               CPU time: steadier while the machine is busy
    python -m benchmarks --write               also writes docs/explanation/performance.md, and
                                               measures and draws the curves next to it
    python -m benchmarks --only workers --write
                                               a curve alone; --only does not write the table, which
                                               would lose its other rows
    python -m benchmarks --write --pythons python3.11 python3.12
                                               a column for each of these instead of this Python
    python -m benchmarks --quick               everything with next to no work: a smoke test

From a checkout without an installation: ``PYTHONPATH=src python -m benchmarks``.

The ratio in the table is the median of the ratios of all runs, with the smallest and the largest.
Of what is to be faster ("≥") it is theirs by ours; of a cost ("≤") it is ours by theirs.
"""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path

from benchmarks import clock, document, pythons, table
from benchmarks.contest import Result, hold
from benchmarks.curves import Curve, Points, curves, draw_points
from benchmarks.registry import contests, is_wanted


def main() -> int:
    """Measure what the arguments ask for, print the table, and write the page."""
    options = parse()
    wanted = list(contests(options.only, quick=options.quick))
    drawn = [each for each in curves(quick=options.quick) if is_wanted(each.name, options.only)]
    if options.list:
        titles = {each.name: each.title for each in wanted}
        titles |= {each.name: f"(a curve) {each.title}" for each in drawn}
        print("\n".join(f"{name:20}  {title}" for name, title in titles.items()))
        return 0
    if not wanted and not drawn:
        print(f"no row is named {', '.join(options.only)}: see --list", file=sys.stderr)
        return 2
    if options.cpu:
        clock.use_cpu_time()

    results = measure_all(options) if wanted else {}
    if options.json:
        pythons.write(options.json, platform.python_version(), results[platform.python_version()])
        return 0
    if options.write and results and not options.only:
        document.write_table(results, options.page)
    if options.write or options.only:
        for curve in drawn:
            show(curve, draw_points(curve, 1 if options.quick else options.runs), options)
    return 0


def measure_all(options: argparse.Namespace) -> dict[str, list[Result]]:
    """Measure in each of the interpreters; return the results by version."""
    if not options.pythons:
        return {platform.python_version(): measure(options)}
    arguments = ["--quick"] * options.quick + ["--cpu"] * options.cpu
    arguments += ["--runs", str(options.runs)] if options.runs else []
    arguments += ["--only", *options.only] if options.only else []
    return dict(pythons.measure_in(python, arguments) for python in options.pythons)


def measure(options: argparse.Namespace) -> list[Result]:
    """Measure in this interpreter, and print each result as it comes."""
    print(f"Python {platform.python_version()}", flush=True)
    print(table.HEAD, flush=True)
    results = []
    for contest in contests(options.only, quick=options.quick):
        for result in hold(contest, 1 if options.quick else options.runs):
            print(table.line(result), flush=True)
            results.append(result)
    return results


def show(curve: Curve, points: Points, options: argparse.Namespace) -> None:
    """Print the points of a curve, and draw it."""
    print(f"{curve.name}: {curve.title}, by {curve.x}")
    for series, line in points.items():
        print(f"  {series:16}", *(f"{x:,}: {table.quantity(y, 's')}" for x, y in line), sep="  ")
    if options.write:
        print(f"  drawn: {document.write_picture(curve, points, options.page).name}", flush=True)


def parse() -> argparse.Namespace:
    """Read the command line."""
    doc = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m benchmarks", None, __doc__, formatter_class=doc)
    add = parser.add_argument
    add("--only", nargs="+", action="extend", default=[], metavar="NAME")
    add("--runs", type=int, help="how often each side has its turn")
    add("--quick", action="store_true", help="a smoke test: next to no work")
    add("--cpu", action="store_true", help="CPU time instead of time")
    add("--list", action="store_true", help="print the names of the rows")
    add("--write", action="store_true", help="write the page and draw the curves")
    add("--page", type=Path, default=document.PAGE, help="another page to write")
    add("--pythons", nargs="+", default=[], metavar="PYTHON", help="measure in each of these")
    add("--json", type=Path, metavar="FILE", help="write the results there, and no page")
    options = parser.parse_args()
    if options.runs is not None and options.runs < 1:
        parser.error("--runs must be 1 or more")
    return options


if __name__ == "__main__":
    raise SystemExit(main())
