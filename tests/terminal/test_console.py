"""The console looks at a program that goes on meanwhile."""

from __future__ import annotations

import itertools

from pausable import HoldStatus, Location, ProcessStatus, ScopeStatus, Straggler
from pausable.terminal import console as module
from pausable.terminal.console import Console

LINE = Location("pages.py", 41, "render")


class Program:
    """Stands for all pools: two tasks run, which rest when it is looked at for the second time."""

    def __init__(self):
        self.looks = itertools.count()

    def switch(self, reason, owner):
        hold = HoldStatus("process", reason, owner, 0.0, None, "rest", None, "switch", 1.0)

        class Switch:
            def on(self):
                Program.hold = hold

        return Switch()

    def observe(self, observer, kinds):
        return lambda: None

    def stragglers(self):
        if next(self.looks):
            return []
        return [Straggler(f"render-{number}", LINE, 0.01) for number in range(2)]

    def status(self):
        running, resting = (0, 2) if next(self.looks) else (2, 0)
        pool = ScopeStatus(
            "shop",
            is_paused=True,
            is_quiescent=not running,
            is_shut_down=False,
            max_workers=2,
            holds=(),
            active_time=1.0,
            paused_time=0.0,
            tasks=(),
            running=running,
            resting=resting,
            queued=3,
            done=0,
        )
        return ProcessStatus("process", bool(Program.hold), not running, (Program.hold,), (pool,))


class Device:
    """Stands for a terminal."""

    name = "pts/3"

    def __init__(self):
        self.written = ""

    def size(self):
        return 80, 24

    def write(self, text):
        self.written += text


def test_what_comes_to_rest_between_two_looks_is_counted(monkeypatch):
    """Who still runs, and how many rest, are two questions; the tasks go on between them."""
    monkeypatch.setattr(module, "everything", Program())
    device = Device()
    console = Console(device, None)
    console._pause()
    while console.timeout() is not None:
        console.tick()
    assert "paused: 2 tasks at rest, 3 queued; space resumes" in device.written
