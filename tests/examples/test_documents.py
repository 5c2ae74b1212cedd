"""The documents: their code runs and prints what they say, their links lead somewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest
from examples.pages import FENCED, PAGES, ROOT, check_outputs, code_of, name_of, program_of

from pausable.control.folders import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
PICTURE = re.compile(r' (?:src|srcset)="([^"]+)"')

CODE = {page: blocks for page in PAGES if (blocks := code_of(page.read_text(encoding="utf-8")))}
# These two have tests of their own.
ONE_PROGRAM = [page for page in CODE if page.stem not in ("troubleshooting", "README")]
NEEDS_PREEMPTION = ["docs/how-to/pause-code-that-you-cannot-change.md"]
NEEDS_INTERPRETERS = ["docs/how-to/pause-a-pool-of-interpreters.md"]
NEEDS = {  # which are large
    "docs/how-to/pause-scikit-learn.md": ("sklearn", "dask"),
    "docs/how-to/pause-a-cluster.md": ("distributed",),
}


@pytest.fixture
def sockets_folder(monkeypatch) -> Iterator[None]:
    """Have programs of pages listen in a folder of the test's own, beside others of their name."""
    made = tempfile.mkdtemp(prefix="pausable-", dir="/tmp" if os.name == "posix" else None)
    monkeypatch.setenv(VARIABLE, made)
    yield
    shutil.rmtree(made)


@pytest.mark.usefixtures("sockets_folder")
@pytest.mark.parametrize("page", ONE_PROGRAM, ids=name_of)
def test_the_code_of_a_page_prints_what_the_page_says(page: Path, tmp_path: Path) -> None:
    """The Python blocks of a page are one program, and each prints the text block after it."""
    if name_of(page) in NEEDS_PREEMPTION and sys.version_info < (3, 12):
        pytest.skip("the page needs CPython 3.12")
    if name_of(page) in NEEDS_INTERPRETERS and sys.version_info < (3, 14):
        pytest.skip("the page needs CPython 3.14")
    for package in NEEDS.get(name_of(page), ()):
        pytest.importorskip(
            package, reason=f"the page needs {package}: see the groups `programs` and `cluster`"
        )
    script = tmp_path / "page.py"
    script.write_text(program_of(CODE[page]), encoding="utf-8")
    command = [sys.executable, "-W", "error", script.name]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False
    )
    assert ran.returncode == 0, ran.stderr
    check_outputs(CODE[page], ran.stdout)


@pytest.mark.parametrize("page", CODE, ids=name_of)
def test_no_page_prints_what_threads_may_mix(page: Path) -> None:
    """From where the log goes to stdout nothing is printed: print() writes a line's end separately.

    It comes from other threads, as what observers print does.
    """
    program = "".join(code for code, _ in CODE[page])
    _, logs, rest = program.partition("stream=sys.stdout")
    assert not (logs and "print(" in rest)
    for observer in re.findall(r"\.observe\((\w+)", program):
        assert observer != "print"
        body = re.search(rf"^def {observer}\(.*?(?=^\S)", program + "\n#", re.MULTILINE | re.DOTALL)
        assert body is None or "print(" not in body[0]


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
    for picture in PICTURE.findall(text):
        assert (page.parent / picture).is_file(), picture


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
