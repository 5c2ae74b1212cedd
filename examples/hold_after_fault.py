"""Hold after a fault: the failed item waits for a decision, the rest of its group waits with it."""

import argparse
import logging
import queue
import time

from pausable import Event, TaskFaulted, ThreadPoolExecutor

prices = {"apple": 3, "pear": 4, "plum": 2}
"""What is known when the work begins: three of the prices below are missing."""


def price_of(item: str, interval: float) -> int:
    """Look a price up."""
    time.sleep(interval)
    return prices[item]


def main(interval: float) -> None:
    """Price six items: of three faults one is repaired, one resolved by hand, one given up."""
    logging.getLogger("pausable").setLevel(logging.ERROR)  # what is held is said here
    news: queue.Queue[TaskFaulted] = queue.Queue()

    def notice(event: Event) -> None:
        if isinstance(event, TaskFaulted):
            news.put(event)

    with ThreadPoolExecutor(max_workers=1) as pool:
        group = pool.group("prices", on_fault="hold", faults=KeyError)
        group.observe(notice)
        items = ["apple", "fig", "pear", "kiwi", "quince", "plum"]
        futures = {
            item: group.options(name=item).submit(price_of, item, interval) for item in items
        }
        for decision in ("repair", "resolve", "give up"):
            news.get(timeout=10)
            (fault,) = group.faults()
            print(f"held: {fault.reason}, with {fault.locals['item']!r}; {decision}")
            if decision == "repair":
                prices["fig"] = 5
                fault.retry()
            elif decision == "resolve":
                fault.resolve(0)
            else:
                fault.skip()
        for item, future in futures.items():
            print(f"{item}: {'given up' if future.cancelled() else future.result()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--interval", type=float, default=0.2, help="seconds for one item (default: 0.2)"
    )
    main(parser.parse_args().interval)
