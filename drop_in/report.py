"""What is printed in the end: a table of all runs, and each difference by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drop_in.comparison import Difference
    from drop_in.run import Run
    from drop_in.trial import Trial

__all__ = ["difference", "findings", "row", "table"]

_HEAD = ("project", "mode", "passed", "failed", "skipped", "other", "pools", "pauses", "at rest")


def table(trials: Iterable[Trial]) -> str:
    """One line for each run."""
    rows = [_HEAD, *(row(run) for trial in trials for run in trial.runs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in rows
    )


def row(run: Run) -> tuple[str, ...]:
    """Count what came of the tests, and what was done to the pools."""
    project, counts, pools = run.environment.project, run.record.counts, run.pools
    main = [counts.pop(each, 0) for each in ("passed", "failed", "skipped")]
    ours = (pools["pools"], pools["pauses"], pools["rested"]) if run.mode != "stdlib" else ("",) * 3
    numbers = (*main, counts.total(), *ours)
    return (f"{project.name} {project.version}", run.mode, *map(str, numbers))


def difference(found: Difference) -> str:
    """Say in two lines what differs."""
    kind = "flaky" if found.is_flaky else "FAILS" if found.is_failure else "differs"
    again = "; ".join(f"{mode} again: {', '.join(each)}" for mode, each in found.again.items())
    text = f"{kind}: {found.mode} {found.ours}, stdlib {found.theirs}: {found.test}"
    return f"{text}\n    {again}" if again else text


def findings(trials: Iterable[Trial], missing: Iterable[str]) -> list[str]:
    """List all that is to be looked at, or say that there is nothing."""
    found = [*missing]
    for trial in trials:
        found += [trial.reason] * bool(trial.reason)
        found += [
            f"{trial.environment.project.name}: {difference(each)}" for each in trial.differences
        ]
    return found or ["no test differs"]
