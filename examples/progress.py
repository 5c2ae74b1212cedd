"""Show a progress bar that knows about pauses; needs the extra `progress`, which brings rich."""

import argparse
import time

from pausable import checkpoint
from pausable.futures import ThreadPoolExecutor, wait


def work(interval: float) -> None:
    """Do ten pieces of work; the task can be paused before each."""
    for _ in range(10):
        checkpoint()
        time.sleep(interval)


def main(interval: float) -> None:
    """Do 24 tasks, pause in the middle, and watch the bar stand still."""
    with ThreadPoolExecutor(max_workers=4, thread_name_prefix="work") as pool:
        futures = [pool.submit(work, interval) for _ in range(24)]
        with pool.progress(refresh=interval):
            wait(futures[:8])
            with pool.pause("to show a pause"):
                time.sleep(10 * interval)
            wait(futures)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--interval", type=float, default=0.1, help="seconds for one piece (default: 0.1)"
    )
    main(parser.parse_args().interval)
