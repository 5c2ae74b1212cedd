"""Measures, for each form, how long a pause takes until its task rests: a program.

    python tests/preempt/latency.py [--rounds 200] [--tasks 1] [FORM...]

Prints p50, p99 and the most, in milliseconds, the slowest forms last.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from preempt.exercise import Exercise
from preempt.forms import FORMS, PATIENCE, Form

from pausable import ThreadPoolExecutor


def measure(form: Form, rounds: int, tasks: int) -> list[float]:
    """Pause so many tasks of a form so many times; return how long each took, in milliseconds."""
    taken = []
    with ThreadPoolExecutor(tasks, preemptive=True) as pool:
        exercises = [Exercise(pool, form).under_way() for _ in range(tasks)]
        for _ in range(rounds):
            time.sleep(random.random() * 0.003)
            began = time.perf_counter()
            hold = pool.pause("measured")
            if not hold.wait(PATIENCE):
                print(*pool.stragglers(), sep="\n")
                taken.append(float("inf"))
                hold.release()
                break
            taken.append(1000 * (time.perf_counter() - began))
            hold.release()
        pool.stop("measured")
        for each in exercises:
            each.see_stopped("measured")
    return taken


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--tasks", type=int, default=1)
    parser.add_argument("forms", nargs="*")
    options = parser.parse_args()
    forms = [form for form in FORMS if not options.forms or form.name in options.forms]
    results = {form.name: measure(form, options.rounds, options.tasks) for form in forms}
    print(f"{'form':40} {'p50':>8} {'p99':>8} {'most':>8}  ms, CPython {sys.version.split()[0]}")
    for name, taken in sorted(results.items(), key=lambda each: max(each[1])):
        cuts = statistics.quantiles(taken, n=100, method="inclusive") if len(taken) > 1 else taken
        p99 = cuts[98] if len(cuts) > 98 else max(taken)
        print(f"{name:40} {statistics.median(taken):8.2f} {p99:8.2f} {max(taken):8.2f}")


if __name__ == "__main__":
    main()
