"""Hold after a fault: the failed item waits for a decision, the rest of its group waits with it."""

import argparse
import queue
import time

from pausable import Event, Group, HoldPlaced, TaskStopped, ThreadPoolExecutor, checkpoint

prices = {"apple": 3, "pear": 4, "plum": 2}
"""What is known when the work begins: two of the prices below are missing."""


def price_of(group: Group, item: str, interval: float) -> int:
    """Look a price up; after a fault hold the group, and try again when it is resumed."""
    while True:
        checkpoint()  # after a fault the task rests here until somebody has decided
        time.sleep(interval)
        try:
            return prices[item]
        except KeyError as fault:
            group.pause(f"{item}: {fault!r}", owner=item)


def main(interval: float) -> None:
    """Price five items: one fault is repaired, one item is given up."""
    items = ["apple", "fig", "pear", "kiwi", "plum"]
    faults: queue.Queue[str] = queue.Queue()

    def notice(event: Event) -> None:
        if isinstance(event, HoldPlaced):
            faults.put(event.hold.owner)

    with ThreadPoolExecutor(max_workers=1) as pool:
        group = pool.group("prices")
        group.observe(notice)
        futures = {
            item: group.options(name=item).submit(price_of, group, item, interval) for item in items
        }
        for _ in range(2):
            item = faults.get(timeout=10)
            group.wait_quiescent()
            print(f"held: {group.holds()[0].reason}")
            if item == "fig":
                prices[item] = 5  # repaired: the task tries again
            else:
                futures[item].stop("there is no price")  # given up
            group.resume()

    for item, future in futures.items():
        try:
            print(f"{item}: {future.result()}")
        except TaskStopped as stopped:
            print(stopped)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--interval", type=float, default=0.2, help="seconds for one item (default: 0.2)"
    )
    main(parser.parse_args().interval)
