"""The README: each of its examples is a program, and prints what stands there; its commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from helpers import until

from pausable.control.client import Unreachable
from pausable.control.programs import find

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"^### ([^\n]+)\n\n```python\n(.*?)^```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
EXAMPLES = {title: (code, shown) for title, code, shown in EXAMPLE.findall(TEXT)}
SESSION = re.search(r"^```console\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
CRAWL = """
import concurrent.futures, os, sys

def load(number):
    print("loading", flush=True)
    while not os.path.exists(sys.argv[1]):
        pass

with concurrent.futures.ThreadPoolExecutor(1) as pool:
    pool.submit(load, 1)
"""


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command, with all that it prints in the order in which it does."""
    return subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
        check=False,
    )


def test_there_are_four_examples() -> None:
    """None is left out here because it is written in another way; each is of some ten lines."""
    assert TEXT.count("```python\n") == len(EXAMPLES) == 4
    for code, _ in EXAMPLES.values():
        assert len([line for line in code.splitlines() if line]) <= 11


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_prints_what_stands_there(title: str, tmp_path: Path) -> None:
    """Alone, in a file of its own, it prints that and nothing else."""
    code, shown = EXAMPLES[title]
    (tmp_path / "example.py").write_text(code, encoding="utf-8")
    ran = run([sys.executable, "-u", "-W", "error", "example.py"], tmp_path)
    if "preemptive=True" in code and sys.version_info < (3, 12):
        assert "PreemptionUnavailable" in ran.stdout.splitlines()[-1]
    else:
        assert (ran.stdout, ran.returncode) == (shown, 0)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="before 3.12 what runs does not rest")
def test_the_commands_of_another_terminal_print_what_stands_there(
    monkeypatch, tmp_path: Path
) -> None:
    """They reach a program that `pausable run` runs; only its process id is another one."""
    pytest.importorskip("msgspec")
    assert SESSION
    said = re.findall(r"^\$ pausable (.*)\n(.*)\n", SESSION[1], re.MULTILINE)
    assert [typed.split()[0] for typed, _ in said] == ["pause", "resume"]
    monkeypatch.setenv("PAUSABLE_RUNTIME_DIR", str(tmp_path))  # no other program is called crawl
    tmp_path.chmod(0o700)
    (tmp_path / "crawl.py").write_text(CRAWL, encoding="utf-8")
    is_over = tmp_path / "is_over"
    command = [sys.executable, "-m", "pausable"]
    with subprocess.Popen(
        [*command, "run", "crawl.py", str(is_over)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            assert program.stdout
            assert program.stdout.readline() == "loading\n"
            until(lambda: serves(program.pid), timeout=100)
            for typed, shown in said:
                printed = run([*command, *typed.split()], tmp_path).stdout.strip()
                assert printed == re.sub(r"\(\d+\)", f"({program.pid})", shown)
            is_over.touch()
            assert program.wait(100) == 0
        finally:
            program.kill()


def serves(pid: int) -> bool:
    """Say whether a program can be reached."""
    try:
        return bool(find(pid))
    except Unreachable:
        return False


def test_the_commands_of_the_checkout_are_there() -> None:
    """Each target of make is one of the Makefile, each extra one of the project."""
    targets = set(re.findall(r"^make ([\w-]+)", TEXT, re.MULTILINE))
    assert targets >= {"demo", "test"}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [each for each in targets if f"\n{each}: " not in makefile] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extras in re.findall(r"pip install '\.\[([\w,]+)\]'", TEXT):
        assert set(extras.split(",")) <= set(project["optional-dependencies"])


def test_a_reader_is_led_on_within_two_screens() -> None:
    """The benefit, a picture and the commands come first, then the first link."""
    before, _, _ = TEXT.partition("](docs/")
    assert before.count("\n") < 2 * 25
    assert before.index("<picture>") < before.index("make demo") < before.index("make test")
