"""Pause one group of a pool while the other goes on, with all of the pool's slots."""

import argparse
import time
from concurrent.futures import wait

from pausable import Group, checkpoint
from pausable.futures import ThreadPoolExecutor


def work(interval: float) -> None:
    """Do ten pieces of work; the task can be paused before each."""
    for _ in range(10):
        checkpoint()
        time.sleep(interval)  # stands for one piece


def show(group: Group) -> None:
    """Print how far a group is."""
    now = group.status()
    print(f"{now.name}: {now.resting} resting, {now.queued} queued, {now.done} done")


def main(interval: float) -> None:
    """Run two groups, and pause one of them until the other is done."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        images = pool.group("images", limit=2)  # two of them at most run at once
        pages = pool.group("pages")
        images_futures = [images.submit(work, interval) for _ in range(4)]
        pages_futures = [pages.submit(work, interval) for _ in range(12)]
        time.sleep(interval)

        images.pause("the disk is nearly full")
        images.wait_quiescent()
        show(images)

        wait(pages_futures)
        print(f"{pages.status().done} pages done while images rested")
        show(images)

        images.resume()
        wait(images_futures)
        show(images)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--interval", type=float, default=0.1, help="seconds for one piece (default: 0.1)"
    )
    main(parser.parse_args().interval)
