"""A program that knows nothing of it may be traced, from its beginning to its end."""

from __future__ import annotations

import json

import pytest
from launch.launching import RUN, run

PROGRAM = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
os.chdir("/")
with ThreadPoolExecutor(2, thread_name_prefix="crawler") as pool:
    print(sum(pool.map(len, ["a", "bc"])))
{end}
"""


@pytest.mark.parametrize(
    ("end", "code"), [("", 0), ("sys.exit(3)", 3), ("raise KeyboardInterrupt", -2)]
)
def test_a_program(tmp_path, end, code):
    """Its tasks are in the file, which is where it was asked for; the program is the same."""
    ended = run((*RUN, "--trace", "out.json"), "-c", PROGRAM.format(end=end), cwd=tmp_path)
    assert (ended.code, ended.out) == (code, "3\n"), ended.err
    entries = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["traceEvents"]
    assert sorted(each["name"] for each in entries if each["ph"] == "X") == ["len-1", "len-2"]
    assert "pool crawler" in [each["args"]["name"] for each in entries if each["ph"] == "M"]


def test_a_file_that_cannot_be_written(tmp_path):
    """The program runs, and it is said once that there is no trace."""
    path = str(tmp_path / "nowhere" / "out.json")
    ended = run((*RUN, "--trace", path), "-c", PROGRAM.format(end=""))
    assert (ended.code, ended.out) == (0, "3\n")
    assert ended.err.startswith("pausable: there is no trace: ")
    assert len(ended.err.splitlines()) == 1
