"""`make demo`, in short: it checks itself, and says what it has found."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def test_demo(run_example: Callable[..., list[str]]) -> None:
    """Nothing moves while paused, and the digests are those of a sequential run."""
    lines = run_example("demo", "--seconds", "3")
    start = next(index for index, line in enumerate(lines) if line.startswith("chunks hashed"))
    table, checks = lines[start + 1 : -6], lines[-5:]
    assert [line[:32].rstrip() for line in table] == [
        "sequential, once through",
        "once through",
        "again and again, a quarter",
        "paused",
        "resumed, up to a half",
        "small files paused",
        "resumed, to the end",
    ]
    assert table[3].split()[-3:] == ["0", "0", "0"]
    assert "endless was stopped: it would never end" in lines
    assert any("0 running" in line and "paused: 'to show that" in line for line in lines)
    assert all(line.startswith("yes  ") for line in checks)
    assert checks[-1] == "yes  all digests are those of the sequential run"
    assert not any("\x1b" in line for line in lines)
