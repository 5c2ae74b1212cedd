"""The ends of programs with pools of processes: nobody waits for who cannot resume."""

from __future__ import annotations

import subprocess
import sys

import pytest

HELD = """
import sys
from pausable import checkpoint, sleep
from pausable.futures import ProcessPoolExecutor, ThreadPoolExecutor

def rest():
    while True:
        sleep(0.01)

if __name__ == "__main__":
    processes = ProcessPoolExecutor(1)
    processes.submit(int).result()
"""
WAYS = {
    "a queued task": """
    processes.pause("for good")
    processes.submit(int)
""",
    "a task at rest": """
    task = processes.submit(rest)
    processes.pause("for good").wait(30)
""",
    "the with block of the pool": """
    with processes:
        processes.submit(rest)
        processes.pause("for good")
        raise ValueError("seen")
""",
    "threads, beside processes that are idle": """
    with ThreadPoolExecutor(1) as pool:
        pool.submit(rest)
        pool.pause("for good")
        raise ValueError("seen")
""",
    "all of the process": """
    import pausable
    task = processes.submit(rest)
    pausable.pause("for good")
""",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_nobody_can_resume_is_stopped(way, tmp_path):
    """The thread that watches processes is alive, and is none that could resume anything."""
    program = tmp_path / "program.py"
    program.write_text(HELD + way, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=100, check=False
    )
    assert ("ValueError: seen" in done.stderr) == ("seen" in way)
    assert done.returncode == ("seen" in way)
