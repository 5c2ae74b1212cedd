"""Pause, look at and stop code that has no checkpoint and has never heard of pausable.

Tasks sort, compare and count in plain functions. The pool is preemptive, so that they rest between
two of their lines; while they rest, the program shows the line of each, steps one of them on, and
stops them in the end. Needs CPython 3.12 or newer.
"""

import argparse
import difflib
import random
import time

from pausable import NotQuiescent, PreemptionUnavailable
from pausable.futures import ThreadPoolExecutor

counts = {"bubble_sort": 0, "compare": 0, "collatz": 0}


def bubble_sort() -> None:
    """Sort lists, slowly."""
    while True:
        items = random.sample(range(300), 300)
        for end in range(len(items), 1, -1):
            for i in range(end - 1):
                if items[i] > items[i + 1]:
                    items[i], items[i + 1] = items[i + 1], items[i]
        counts["bubble_sort"] += 1


def compare() -> None:
    """Compare texts with the standard library, which has no checkpoint either."""
    words = ["alpha", "beta", "gamma", "delta"]
    while True:
        left, right = (random.choices(words, k=40) for _ in range(2))
        difflib.SequenceMatcher(None, left, right).get_opcodes()
        counts["compare"] += 1


def collatz() -> None:
    """Look for long sequences in a single expression."""
    number = 1
    while number := number + 1:
        n = number
        while (n := n // 2 if n % 2 == 0 else 3 * n + 1) != 1:
            pass
        counts["collatz"] += 1


def main(interval: float) -> None:
    """Pause three times, look around, and stop."""
    with ThreadPoolExecutor(preemptive=True) as pool:
        tasks = [pool.submit(task) for task in (bubble_sort, compare, collatz)]
        while 0 in counts.values():  # until each is under way
            time.sleep(interval)
        for _ in range(3):
            time.sleep(interval)
            try:
                with pool.pause("to look around", timeout=30):
                    before = dict(counts)
                    time.sleep(interval)  # nothing of the pool runs meanwhile
                    print("moved while paused:", before != counts)
            except NotQuiescent as error:
                print(error)

        with pool.pause("to look closer", timeout=30):
            for task in tasks:
                place = task.where()
                print(task.name, "rests in", place.function if place else "?")
            sorting = tasks[0]
            lines = [sorting.step(timeout=30) for _ in range(5)]
            print("five steps, each to another line or round:", None not in lines)
            print("its locals:", ", ".join(sorted(sorting.locals())))

        pool.stop("seen enough")
    print("stopped:", ", ".join(task.name for task in tasks if task.cancelled()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--interval", type=float, default=0.5, help="seconds between two pauses (default: 0.5)"
    )
    try:
        main(parser.parse_args().interval)
    except PreemptionUnavailable as error:
        print(error)
