"""The documents: their code runs and prints what they say, their links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
MARK = "\x1e"  # printed after each block, so that the output of each can be told apart


def name_of(page: Path) -> str:
    """Return the page's path in the checkout, for the names of tests."""
    return page.relative_to(ROOT).as_posix()


def code_of(page: Path) -> list[tuple[str, str | None]]:
    """Return the Python blocks of a page, each with the text block right after it, if any."""
    text = page.read_text(encoding="utf-8")
    blocks = [*FENCED.finditer(text), None]
    found = []
    for block, following in pairwise(blocks):
        if block is None or block[1] != "python":
            continue
        shown = None
        if following is not None and following[1] == "text":
            between = text[block.end() : following.start()].strip()
            shown = following[2] if between in ("", "It prints:") else None
        found.append((block[2], shown))
    return found


def pattern_of(shown: str) -> str:
    """Return the pattern of an output in which ``...`` stands for anything."""
    return ".*?".join(re.escape(part) for part in shown.strip().split("..."))


@pytest.mark.parametrize("page", [page for page in PAGES if code_of(page)], ids=name_of)
def test_the_code_of_a_page_prints_what_the_page_says(page: Path, tmp_path: Path) -> None:
    """The Python blocks of a page are one program, and each prints the text block after it."""
    blocks = code_of(page)
    script = tmp_path / "page.py"
    program = "".join(f"{code}\nprint({MARK!r}, flush=True)\n" for code, _ in blocks)
    script.write_text(program, encoding="utf-8")
    command = [sys.executable, "-W", "error", script.name]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    outputs = ran.stdout.split(MARK)
    assert len(outputs) == len(blocks) + 1, ran.stdout
    for (code, shown), output in zip(blocks, outputs, strict=False):
        if shown is not None:
            said = re.fullmatch(pattern_of(shown), output.strip(), re.DOTALL)
            assert said, f"{code}\nprinted\n{output}\nbut the page says\n{shown}"


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings, made as code hosts make them."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    """Each link into the checkout names a file that exists, and a heading that it has."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    for target, anchor in LINK.findall(text):
        if target.startswith("http"):
            continue
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), target
        if anchor:
            assert anchor in anchors_of(path), f"{target}#{anchor}"


def test_every_page_is_linked_from_another() -> None:
    """No document is out of reach of a reader who begins at the README."""
    reached = {ROOT / "README.md"}
    to_read = list(reached)
    while to_read:
        page = to_read.pop()
        for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
            path = (page.parent / target).resolve()
            pages = path.glob("*.md") if path.is_dir() else [path]
            for each in pages:
                if each.suffix == ".md" and each.exists() and each not in reached:
                    reached.add(each)
                    to_read.append(each)
    assert set(PAGES) == reached
