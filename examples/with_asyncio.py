"""Use a pool from asyncio: pause, resume and stop its tasks without blocking the loop."""

import argparse
import asyncio
import threading
import time

from pausable import checkpoint
from pausable.futures import ThreadPoolExecutor

both_have_begun = threading.Barrier(3)  # the two tasks below, and the coroutine
may_end = threading.Event()


def work(interval: float) -> str:
    """Work until told to end; the task can be paused between two pieces of work."""
    both_have_begun.wait()
    while not may_end.is_set():
        checkpoint()
        time.sleep(interval)
    return "done"


async def main(interval: float) -> None:
    """Pause a pool's tasks, then stop one of them, from a coroutine."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=2) as pool:
        first = loop.run_in_executor(pool, work, interval)  # the usual way
        future = pool.submit(work, interval)  # can be paused and stopped by itself
        second = asyncio.wrap_future(future)
        await asyncio.to_thread(both_have_begun.wait)  # blocks a thread, not the loop

        hold = pool.pause("the service is being moved")  # does not block
        is_quiescent = await asyncio.to_thread(hold.wait, 5)
        print(f"quiescent: {is_quiescent}, resting: {pool.status().resting}")
        hold.release()

        future.stop("not needed any more")
        try:
            await second
        except asyncio.CancelledError:
            print(f"second: cancelled={future.cancelled()}")
        may_end.set()
        print(f"first: {await first}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--interval", type=float, default=0.1, help="seconds for one piece (default: 0.1)"
    )
    asyncio.run(main(parser.parse_args().interval))
