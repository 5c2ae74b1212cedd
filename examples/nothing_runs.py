"""Do something while nothing of a pool runs: enter when all rest, or hear who does not."""

import argparse
import threading
import time
from concurrent.futures import wait

from pausable import NotQuiescent, checkpoint
from pausable.futures import ThreadPoolExecutor

counters = [0] * 8


def count(number: int, is_over: threading.Event) -> None:
    """Count until it is over; no count is half done at a checkpoint."""
    while not is_over.is_set():
        checkpoint()
        counters[number] += 1


def ignore(has_begun: threading.Event, is_over: threading.Event) -> None:
    """Wait without a checkpoint: this task cannot rest."""
    has_begun.set()
    is_over.wait()


def take_a_look(interval: float) -> None:
    """Look twice at counters that move all the time: between the two, nothing runs."""
    is_over = threading.Event()
    with ThreadPoolExecutor(max_workers=8) as pool:
        futures = [pool.submit(count, number, is_over) for number in range(8)]
        time.sleep(interval)
        with pool.pause("taking a look", timeout=10):
            before = list(counters)
            time.sleep(interval)  # stands for a backup
            print(f"moved while paused: {sum(counters) - sum(before)}")
        is_over.set()
        wait(futures)


def fail_to_take_a_look(interval: float) -> None:
    """Try the same with a task that cannot rest."""
    has_begun, is_over = threading.Event(), threading.Event()
    with ThreadPoolExecutor(max_workers=8) as pool:
        pool.submit(ignore, has_begun, is_over)
        has_begun.wait()
        try:
            with pool.pause("taking another look", timeout=interval):
                print("this is not printed")
        except NotQuiescent as error:
            for straggler in error.stragglers:
                print(f"not quiescent: {straggler.task} {straggler.why}")
        print(f"paused now: {pool.is_paused()}")
        is_over.set()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--interval", type=float, default=0.5, help="seconds of each look (default: 0.5)"
    )
    seconds = parser.parse_args().interval
    take_a_look(seconds)
    fail_to_take_a_look(seconds)
