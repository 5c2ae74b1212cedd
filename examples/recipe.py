"""The known pause-and-resume recipe, with pausable: no event to make, to pass in and to set.

A task reports ten times, half a second apart. After two seconds the main thread pauses the pool
for two seconds, and resumes it.
"""

import argparse
import time

from pausable import checkpoint
from pausable.futures import ThreadPoolExecutor


def say(line: str) -> None:
    """Print a line in one piece: print() alone writes its end separately, and threads mix them."""
    print(line + "\n", end="", flush=True)


def task(interval: float) -> None:
    """Report ten times; the checkpoint is all that lets it be paused."""
    for i in range(10):
        checkpoint()
        say(f"Task is running [{i}]...")
        time.sleep(interval)


def main(interval: float) -> None:
    """Run the task, and pause it in the middle for four intervals."""
    with ThreadPoolExecutor() as pool:
        pool.submit(task, interval)
        time.sleep(4 * interval)
        hold = pool.pause("the main thread asked")
        say("Main Pausing Tasks")
        hold.wait()  # until the task rests: from here on not a line of it runs
        say("Task is PAUSED")
        time.sleep(4 * interval)
        say("Main Resuming Tasks")
        pool.resume()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--interval", type=float, default=0.5, help="seconds between two reports (default: 0.5)"
    )
    main(parser.parse_args().interval)
