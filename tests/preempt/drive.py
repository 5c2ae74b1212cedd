"""A program: puts forms through it in a preemptive pool, under whatever tool has been started.

    python drive.py [--pauses N] [--settrace | --threading-settrace | --cprofile] [FORM...]

Says which tools have an id before, and that they have the same ones after, with nothing left set.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import sys
import threading
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent))

from helpers import until
from preempt.exercise import Exercise
from preempt.forms import FORMS
from preempt.instrumentation import leftovers, tools

from pausable import ThreadPoolExecutor

if TYPE_CHECKING:
    from collections.abc import Iterator

traced: set[str] = set()


def tracer(frame, event, arg):
    """Trace every line, as debuggers do that know no other way."""
    traced.add(event)
    return tracer


@contextmanager
def tool(options: argparse.Namespace) -> Iterator[None]:
    """Use one of the tools that a program starts by itself."""
    if options.threading_settrace:
        threading.settrace(tracer)
        yield
        threading.settrace(None)  # type: ignore[arg-type]
        assert {"call", "line", "return"} <= traced
    elif options.settrace:
        threading.settrace_all_threads(tracer)
        sys.settrace(tracer)
        yield
        sys.settrace(None)
        threading.settrace_all_threads(None)
        assert {"call", "line", "return"} <= traced
    elif options.cprofile:
        with cProfile.Profile():
            yield
    else:
        yield


def drive(names: list[str], pauses: int) -> None:
    """Put the forms of these names, or all, through it."""
    pool = ThreadPoolExecutor(4, preemptive=True)
    for form in FORMS:
        if names and form.name not in names:
            continue
        exercise = Exercise(pool, form).under_way()
        for _ in range(pauses):
            exercise.rest_and_go_on()
        exercise.stop()
        print(form, flush=True)  # noqa: T201
    pool.shutdown()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pauses", type=int, default=1)
    for option in ("--settrace", "--threading-settrace", "--cprofile"):
        parser.add_argument(option, action="store_true")
    parser.add_argument("forms", nargs="*")
    options = parser.parse_args()
    outside = tools()
    with tool(options):
        before = tools()
        try:
            drive(options.forms, options.pauses)
        except Exception:  # noqa: BLE001 - whatever it is, it is printed
            traceback.print_exc()
            os._exit(1)  # a task that does not rest may not stop either
        until(lambda: tools() == before, what="the tool id is given back")
    used = [number for number, name in enumerate(outside) if name]
    assert not leftovers(besides=used), leftovers(besides=used)
    print("tools", *before, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
