"""`make demo`, in short: it checks itself, says what it has found, and ends at a Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

DEMO = Path(__file__).parents[2] / "examples" / "demo"
SHORT = ("--seconds", "2")
CAN_SERVE = find_spec("msgspec") is not None
CAN_PREEMPT = sys.version_info >= (3, 12)
SCENES = [
    "One after the other, to compare",
    "The same by a pool of 8, paused in the middle",
    "A task that does not rest is named",
    "One group of two is held",
    "A web server is killed",
    "Code that has never heard of pausable",
    "Stop",
    *(["From another terminal"] if CAN_SERVE else []),
]


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path) -> None:
    """Keep it apart from other demos, which would have the same name."""
    tmp_path.chmod(0o700)
    monkeypatch.setenv("PAUSABLE_RUNTIME_DIR", str(tmp_path))


@pytest.fixture(scope="module")
def lines(run_example: Callable[..., list[str]], tmp_path_factory) -> list[str]:
    """Run it where there is no terminal, and return what it prints."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("run")
        folder.chmod(0o700)
        patch.setenv("PAUSABLE_RUNTIME_DIR", str(folder))
        return run_example("demo", *SHORT)


def said(lines: list[str], label: str) -> list[str]:
    """Return what stands beside a label, in all scenes."""
    return [line[13:] for line in lines if line.startswith(f"  {label} ")]


def test_it_is_short_without_a_terminal(lines: list[str]) -> None:
    """It is under 40 lines of less than 80 characters, and moves no cursor."""
    assert len(lines) < 40
    # The path of this Python may be long.
    assert [line for line in lines if len(line) > 79 and not line.startswith("    ")] == []
    assert not any("\x1b" in line or "\r" in line for line in lines)


def test_all_scenes_are_played(lines: list[str]) -> None:
    """Each is there, in its order."""
    titles = [line[2:] for line in lines if re.match(r"\d ", line)]
    assert len(titles) == len(SCENES)
    assert all(title.startswith(scene) for title, scene in zip(titles, SCENES, strict=True))


def test_what_it_has_found(lines: list[str]) -> None:
    """Nothing moves while paused, the straggler and the stack have lines, nothing is lost."""
    (files,) = re.findall(r"^(\d+) files", said(lines, "done")[0])
    assert int(files) >= 60
    paused, straggler = said(lines, "paused")[0], said(lines, "straggler")[0]
    assert paused.startswith("0 run, ")
    assert paused.endswith(" 0 bytes were packed")
    assert re.fullmatch(r"pack_at_once-1 at work\.py:\d+ in pack_at_once", straggler)
    assert said(lines, "held")[0].startswith("zlib packed 0 bytes, while lzma packed ")
    assert said(lines, "killed")[0].endswith(" 0 of them tried in vain")
    assert said(lines, "restarted") == ["one tried, then all: 200 of 200 files came"]
    assert said(lines, "stopped")[0].startswith("40 tasks in ")
    assert "All " in lines[-1]


@pytest.mark.skipif(not CAN_PREEMPT, reason="it is left out there")
def test_unmodified_code_has_a_stack(lines: list[str]) -> None:
    """The innermost line is one of the standard library, or of what it was called by."""
    begin = next(
        index
        for index, line in enumerate(lines)
        if line.startswith("  at rest    ") and " in " in line
    )
    stack = [re.match(r"  (?:at rest| {7}) +(\w+\.py):\d+ in \w+ ", each) for each in lines[begin:]]
    names = [found[1] for found in stack if found]
    assert names
    assert set(names) <= {"work.py", "difflib.py"}


@pytest.mark.skipif(CAN_PREEMPT, reason="it is not left out here")
def test_unmodified_code_is_left_out(lines: list[str]) -> None:
    """Where it cannot be paused, the demo says why, and goes on."""
    assert "sys.monitoring" in said(lines, "left out")[0]


@pytest.mark.skipif(not CAN_SERVE, reason="msgspec is not installed")
def test_another_terminal(lines: list[str]) -> None:
    """The commands of another terminal are shown, typed, and answered."""
    shown = [line.split() for line in lines[1:4] if line.startswith("    ")]
    assert [each[-2:] for each in shown] == [["pause", "demo"], ["resume", "demo"]]
    at = lines.index("  $ pausable pause demo --reason lunch --wait")
    assert re.fullmatch(r" +paused demo \(\d+\); each started task rests", lines[at + 1])
    assert lines[at + 2] == "  $ pausable resume demo"
    assert lines[at + 3].startswith("             resumed demo (")


def test_the_comparison_is_one_of_seconds(lines: list[str]) -> None:
    """The sequential run takes a fifth of the time that the demo is given, and is measured."""
    (ran,) = [line for line in lines if line.startswith("seconds in which it ran")]
    sequential, pooled = map(float, ran.split()[-2:])
    assert sequential >= 0.4
    assert pooled > 0
    (paused,) = [line for line in lines if line.startswith("seconds paused")]
    assert float(paused.split()[-1]) > 0


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent by a signal")
@pytest.mark.parametrize("scene", [0, 1, 3, 5, 6])
def test_ctrl_c(scene: int) -> None:
    """At any moment it ends the demo with the exit code of Ctrl-C and without a traceback."""
    with subprocess.Popen(
        [sys.executable, str(DEMO), *SHORT],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        try:
            assert demo.stdout
            for line in demo.stdout:
                if line.startswith(f"{scene} " if scene else "pausable "):
                    break
            demo.send_signal(signal.SIGINT)
            demo.send_signal(signal.SIGINT)  # a second one changes nothing
            rest, _ = demo.communicate(timeout=100)
        finally:
            demo.kill()
    assert demo.returncode == 130
    assert "Traceback" not in rest
    assert rest.endswith("interrupted: what had begun is stopped\n")


@pytest.mark.skipif(os.name != "posix", reason="there are no terminals of this kind")
def test_in_a_terminal_of_80_columns() -> None:
    """Nothing is wrapped, and of the line that is alive nothing is left."""
    pyte = pytest.importorskip("pyte")
    leader, follower = os.openpty()
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    with subprocess.Popen(
        [sys.executable, "-W", "error", str(DEMO), *SHORT],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm"},
    ) as demo:
        os.close(follower)
        was_alive = False
        try:
            while printed := _read(leader):
                stream.feed(printed)
                was_alive = was_alive or "[" in screen.display[screen.cursor.y]
        finally:
            demo.kill()
            os.close(leader)
    assert demo.returncode == 0
    assert was_alive
    shown = [line.rstrip() for line in screen.display]
    assert not any(line.startswith("  [") for line in shown)
    assert [line for line in shown if line.startswith("All ")]
    assert [line[0] for line in shown if re.match(r"\d ", line)][-1] == str(len(SCENES))


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except OSError:  # it has ended
        return b""
