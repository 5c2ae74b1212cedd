"""The benchmarks run, with next to no work, and write what they find. No time is asserted."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[2]


def bench(*arguments: str, fails_with: int = 0) -> tuple[list[str], str]:
    """Run the benchmarks; return the lines they print, and what goes to stderr."""
    command = [sys.executable, "-m", "benchmarks", *arguments]
    ran = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )
    assert ran.returncode == fails_with, ran.stdout + ran.stderr
    return ran.stdout.splitlines(), ran.stderr


def test_rows() -> None:
    """Each row that is asked for is printed, with both sides and their ratio."""
    lines, _ = bench("--quick", "--only", "throughput-1", "memory", "checkpoint", "scaling")
    rows = [line for line in lines if "stdlib's pool" in line]
    assert [row.split()[0] for row in rows] == ["throughput-1", "memory"]
    assert all(".." in row for row in rows)
    assert sum(line.startswith("checkpoint ") for line in lines) == 3
    assert sum(line.startswith("scaling-") for line in lines) == 2


def test_imports() -> None:
    """The rows of imports run whole processes, with the package alone and with what programs use."""
    lines, _ = bench("--quick", "--only", "importing")
    rows = [line.split("  ") for line in lines if line.startswith("importing-")]
    assert [row[0] for row in rows] == ["importing-package", "importing-pool"]
    for row, theirs in zip(
        rows, ("`import concurrent.futures.thread`", "the stdlib's"), strict=True
    ):
        said = "  ".join(row)
        assert theirs in said
        assert ".." in said or said.endswith("skipped: resource is not installed")  # on Windows


def test_an_import_is_measured_over_a_bare_interpreter(monkeypatch) -> None:
    """What each process takes to start is taken off, pair by pair; the first one does not count."""
    monkeypatch.syspath_prepend(ROOT)
    importing = import_module("benchmarks.importing")
    seconds = {"import this": [9.0, 0.5, 0.4, 0.7], "pass": [0.1, 0.2, 0.1]}
    monkeypatch.setattr(importing, "cpu_time", lambda code: seconds[code].pop(0))
    with importing.side("import this", 3) as measure:
        assert measure() == pytest.approx(0.4)
    assert not any(seconds.values())


def test_what_is_left_after_a_subtraction(monkeypatch) -> None:
    """It may be below zero, by the noise of a short run, and is printed like any other time."""
    monkeypatch.syspath_prepend(ROOT)
    quantity = import_module("benchmarks.table").quantity
    assert [quantity(value, "s") for value in (-0.0012, 0.0012, 0.0)] == [
        "-1.2 ms",
        "1.2 ms",
        "0 ns",
    ]


def test_peers_may_be_missing() -> None:
    """Other libraries are measured where they are installed, and else said to be skipped."""
    lines, _ = bench("--quick", "--only", "peers-tasks")
    (pebble,) = [line for line in lines if "  pebble  " in line]
    if find_spec("pebble"):
        assert ".." in pebble
    else:
        assert pebble.endswith("skipped: pebble is not installed")
    assert any("multiprocessing" in line and ".." in line for line in lines)


def test_protected_blocks() -> None:
    """They are measured against those of other libraries, where these are installed."""
    lines, _ = bench("--quick", "--only", "protected")
    rows = [line for line in lines if line.startswith("protected-")]
    assert len(rows) == 6
    assert all(".." in row or row.endswith("is not installed") for row in rows)


def test_page(tmp_path: Path) -> None:
    """The table is written between its marks, each row once, and the prose around it stays."""
    page = tmp_path / "performance.md"
    begin, end = "<!-- make bench: what follows is generated -->", "<!-- make bench: end -->"
    page.write_text(f"before\n\n{begin}\nold\n{end}\n\nafter\n", encoding="utf-8")
    listed, _ = bench("--list")
    bench("--quick", "--write", "--page", str(page), "--pythons", sys.executable)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n\n{begin}\n")
    assert text.endswith(f"{end}\n\nafter\n")
    assert "\nold\n" not in text
    assert f"| measure | against | reach | {platform.python_version()} |" in text
    assert text.count("| memory per queued task | stdlib's pool |") == 2  # ratios and medians
    for line in listed:
        name, title = line.split(maxsplit=1)
        if title.startswith("(a curve)"):
            picture = ET.parse(tmp_path / f"performance-{name}.svg").getroot()
            assert len(picture.findall(".//{*}polyline")) >= 2


def test_page_to_begin_with(tmp_path: Path) -> None:
    """A page that is not there is made, a table that would lose rows is not written."""
    page = tmp_path / "performance.md"
    bench("--quick", "--write", "--page", str(page), "--only", "memory", "workers")
    assert not page.exists()
    assert page.with_name("performance-workers.svg").exists()


def test_unknown_row() -> None:
    """A name that no row has is an error that says where to look."""
    _, error = bench("--only", "nonsense", fails_with=2)
    assert "no row is named nonsense: see --list" in error
