"""Let the user pause: type p to pause the pool or to resume it, s to see it, q to quit."""

import argparse
import sys
import time

from pausable import checkpoint
from pausable.futures import ThreadPoolExecutor


def say(line: str) -> None:
    """Print a line in one piece: print() alone writes its end separately, and threads mix them."""
    print(line + "\n", end="", flush=True)


def print_page(number: int, interval: float) -> None:
    """Print a page, line by line; it can be paused between two lines."""
    for _ in range(10):
        checkpoint()
        time.sleep(interval)  # stands for the work on one line
    say(f"page {number} is done")


def show(pool: ThreadPoolExecutor) -> None:
    """Print what the pool does, and who holds it."""
    now = pool.status()
    say(
        f"{'paused' if now.is_paused else 'open'}: {now.running} running, {now.resting} resting, "
        f"{now.queued} queued, {now.done} done"
    )
    for hold in now.holds:
        say(f"  held: {hold}")


def main(interval: float) -> None:
    """Print 20 pages, and do what the user types meanwhile."""
    with ThreadPoolExecutor(max_workers=4, thread_name_prefix="printer") as pool:
        for number in range(20):
            pool.submit(print_page, number, interval)
        button = pool.switch("the user asked", owner="the p key")
        for line in sys.stdin:
            match line.strip():
                case "p":
                    say("pause" if button.toggle() else "go on")
                case "s":
                    show(pool)
                case "q":
                    pool.stop("the user quit")
                    break
        button.off()  # nobody is left to type p
    show(pool)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--interval", type=float, default=0.5, help="seconds for one line (default: 0.5)"
    )
    main(parser.parse_args().interval)
