"""Pools of sub-interpreters stay what they are, and these are no programs of their own."""

from __future__ import annotations

import sys

import pytest
from launch.launching import DIRECT, RUN, run

pytestmark = pytest.mark.skipif(sys.version_info < (3, 14), reason="they are there since 3.14")

PROGRAM = """
import sys

def where():
    from concurrent import interpreters
    return interpreters.get_current().id

if __name__ == "__main__":
    if sys.argv[1] == "ours":
        from pausable.futures import InterpreterPoolExecutor
    else:
        from concurrent.futures import InterpreterPoolExecutor
    with InterpreterPoolExecutor(1) as pool:
        print(pool.submit(where).result() != 0)
"""


@pytest.mark.parametrize("ways", [DIRECT, RUN, (*RUN, "--children")])
@pytest.mark.parametrize("whose", ["ours", "the stdlib's"])
def test_calls_are_made_in_other_interpreters(tmp_path, ways, whose):
    """As without us; nothing of ours is said, and nothing of the run is begun once more."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    ended = run(ways, str(program), whose)
    assert (ended.code, ended.out, ended.err) == (0, "True\n", "")
