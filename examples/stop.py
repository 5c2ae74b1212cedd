"""Stop tasks: one in a loop, one asleep, one in a shield, and one that has not started."""

import argparse
import threading
import time
from concurrent.futures import wait

from pausable import TaskStopped, checkpoint, shield, sleep
from pausable.futures import ThreadPoolExecutor

all_have_begun = threading.Barrier(4)  # the three tasks below, and the main thread


def say(line: str) -> None:
    """Print a line in one piece: print() alone writes its end separately, and threads mix them."""
    print(line + "\n", end="", flush=True)


def count(interval: float) -> None:
    """Count for ever, and clean up when stopped."""
    try:
        all_have_begun.wait()
        while True:
            checkpoint()  # a stop is raised here
            time.sleep(interval)
    finally:
        say("count: the finally block runs")


def wait_for_long() -> None:
    """Sleep for an hour; a stop ends the sleep at once."""
    all_have_begun.wait()
    sleep(3600)


def pay(interval: float) -> None:
    """Do two things that belong together; a stop comes after both."""
    with shield():
        all_have_begun.wait()
        time.sleep(interval)  # stands for taking the money
        checkpoint()  # does nothing in a shield
        say("pay: both halves are done")
    sleep(3600)


def main(interval: float) -> None:
    """Start three tasks, queue a fourth, and stop them all."""
    with ThreadPoolExecutor(max_workers=3) as pool:
        futures = [
            pool.submit(count, interval),
            pool.submit(wait_for_long),
            pool.submit(pay, interval),
            pool.submit(print, "this is not printed"),
        ]
        all_have_begun.wait()
        for future in reversed(futures):
            future.stop("not needed any more")  # returns at once
        wait(futures)
    for future in futures:
        try:
            future.result()
        except TaskStopped as stopped:
            say(str(stopped))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--interval", type=float, default=0.2, help="seconds for one piece of work (default: 0.2)"
    )
    main(parser.parse_args().interval)
