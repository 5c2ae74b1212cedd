"""Watch a pool: its log, its events as they happen, and a snapshot at any moment."""

import argparse
import logging
import sys
import threading
import time

from pausable import Event, HoldEvent, TaskEnded, TaskEvent, checkpoint
from pausable.futures import ThreadPoolExecutor


def say(line: str) -> None:
    """Print a line in one piece: print() alone writes its end separately, and threads mix them."""
    print(line + "\n", end="", flush=True)


def work(interval: float, may_end: threading.Event) -> None:
    """Work until told to end; the task can be paused between two pieces of work."""
    while not may_end.is_set():
        checkpoint()
        time.sleep(interval)


def tell(event: Event) -> None:
    """Print an event on a line."""
    what = type(event).__name__
    match event:
        case TaskEnded(task=task, outcome=outcome):
            say(f"event: {what} {task}: {outcome}")
        case TaskEvent(task=task):
            say(f"event: {what} {task}")
        case HoldEvent(hold=hold):
            say(f"event: {what} {hold.reason!r}")
        case _:
            say(f"event: {what} {event.scope}")


def main(interval: float) -> None:
    """Run three tasks on two slots, pause them in the middle, and print all there is to see."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="log: %(message)s")
    may_end = threading.Event()
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="watched") as pool:
        pool.observe(tell)
        first = pool.options(name="first").submit(work, interval, may_end)
        pool.options(name="second").submit(work, interval, may_end)
        pool.options(name="third").submit(work, interval, may_end)
        while pool.status().running < 2:
            time.sleep(interval)

        with pool.pause("to look around"):
            for task in pool.status().tasks:
                say(f"task: {task.name} is {task.state}")
            place = first.where()
            if place is not None:
                say(f"task: first rests in {place.function}")
        may_end.set()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--interval", type=float, default=0.1, help="seconds for one piece (default: 0.1)"
    )
    main(parser.parse_args().interval)
