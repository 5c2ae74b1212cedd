"""A program to be shown: a shop with pages to render, one of which listens to nobody."""

import threading
import time

import pausable
from pausable.futures import ThreadPoolExecutor


def render(page: int) -> int:
    """Render a page, line by line."""
    for _ in range(100_000):
        pausable.checkpoint()
        time.sleep(0.01)
    return page


def upload(_page: int) -> None:
    """Send it in one go: there is no checkpoint."""
    threading.Event().wait()


def main() -> None:
    """Work until told to end."""
    with pausable.serve("shop"), ThreadPoolExecutor(4, thread_name_prefix="pages") as pool:
        images = pool.group("images", limit=2)
        for page in range(3):
            pool.submit(render, page)
        for page in range(4):
            images.submit(render, page)
        mail = ThreadPoolExecutor(1, thread_name_prefix="mail")
        mail.submit(upload, 1)
        print("ready", flush=True)
        input()


if __name__ == "__main__":
    main()
