"""A pool of daemons (`daemon=True`): the interpreter's exit does not wait for it, paused or not."""

from __future__ import annotations

import pytest
from scripts import run

SCRIPT = """
pool = ThreadPoolExecutor(1, daemon={daemon})
began, ends = threading.Event(), threading.Event()

def task():
    began.set()
    for _ in range({rounds}):
        checkpoint()
        time.sleep(0.01)
    ends.wait()
    say("over")

pool.submit(task)
assert began.wait(20)
pool.submit(say, "the next")
{then}
say("the end of the program")
ends.set()
"""


@pytest.mark.parametrize("then", ["", 'pool.pause("for a test").wait(20)'])
def test_nobody_waits_for_it(then):
    """What has not ended by then never does."""
    assert run(SCRIPT.format(daemon=True, rounds=10**6, then=then)) == ["the end of the program"]


def test_others_are_waited_for():
    """As with the stdlib's pool."""
    said = run(SCRIPT.format(daemon=False, rounds=10, then=""))
    assert said == ["the end of the program", "over", "the next"]


def test_its_end_is_waited_for_where_the_program_says_so():
    """shutdown() and the end of a with block are as for any pool."""
    said = run(SCRIPT.format(daemon=True, rounds=10, then="ends.set(); pool.shutdown()"))
    assert said == ["over", "the next", "the end of the program"]


def test_a_pool_beside_it_is_waited_for():
    """Each pool for itself."""
    script = SCRIPT.format(daemon=True, rounds=10**6, then="")
    script += "\nThreadPoolExecutor(1).submit(lambda: (time.sleep(0.1), say('the other')))\n"
    assert run(script) == ["the end of the program", "the other"]
