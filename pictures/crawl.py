"""A program to be shown: it counts the links of a site, and has never heard of a pause."""

import re
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor, as_completed

WIDTH = 40


def crawl(section: str) -> int:
    """Count the links of the pages of a section."""
    links = 0
    for page in range(5):
        with urllib.request.urlopen(f"{section}/{page}", timeout=60) as answer:
            text = answer.read().decode()
        links += len(re.findall('href="(.*?)"', text))
    return links


def main(site: str) -> None:
    """Go through all sections of a site."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        sections = [pool.submit(crawl, f"{site}/{number}") for number in range(32)]
        links = 0
        for done, section in enumerate(as_completed(sections), 1):
            links += section.result()
            full = WIDTH * done // len(sections)
            bar = f"\x1b[32m{'━' * full}\x1b[90m{'━' * (WIDTH - full)}\x1b[0m"
            print(f"\r{bar} {done} of {len(sections)} sections, {links} links", end="", flush=True)
    print()


if __name__ == "__main__":
    main(sys.argv[1])
