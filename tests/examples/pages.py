"""The code of the documents: which blocks there are, and what a program made of them prints."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

__all__ = [
    "FENCED",
    "HANGS",
    "PAGES",
    "ROOT",
    "Block",
    "check_outputs",
    "code_of",
    "name_of",
    "pattern_of",
    "program_of",
]

Block = tuple[str, str | None]

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HANGS = "It prints, and does not end:"
MARK = "\x1e"  # printed after each block, so that the output of each can be told apart


def name_of(page: Path) -> str:
    """Return the page's path in the checkout, for the names of tests."""
    return page.relative_to(ROOT).as_posix()


def code_of(text: str) -> list[Block]:
    """Return the Python blocks of a page, each with the text block right after it, if any."""
    blocks = [*FENCED.finditer(text), None]
    found = []
    for block, following in pairwise(blocks):
        if block is None or block[1] != "python":
            continue
        shown = None
        if following is not None and following[1] == "text":
            between = text[block.end() : following.start()].strip()
            shown = following[2] if between in ("", "It prints:", HANGS) else None
        found.append((block[2], shown))
    return found


def pattern_of(shown: str) -> str:
    """Return the pattern of an output in which ``...`` stands for anything."""
    return ".*?".join(re.escape(part) for part in shown.strip().split("..."))


def program_of(blocks: list[Block]) -> str:
    """Return the blocks as one program, which marks the end of each.

    Only where it is the program itself: a process that it starts may import it.
    """
    mark = f'\nif __name__ == "__main__":\n    print({MARK!r}, flush=True)\n'
    return "".join(code + mark for code, _ in blocks)


def check_outputs(blocks: list[Block], printed: str) -> None:
    """Compare what each block has printed with what the page says, where it says something."""
    outputs = printed.split(MARK)
    assert len(outputs) == len(blocks) + 1, printed
    for (code, shown), output in zip(blocks, outputs, strict=False):
        if shown is not None:
            said = re.fullmatch(pattern_of(shown), output.strip(), re.DOTALL)
            assert said, f"{code}\nprinted\n{output}\nbut the page says\n{shown}"
