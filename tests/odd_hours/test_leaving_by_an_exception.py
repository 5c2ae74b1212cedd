"""An exception leaves `with pool:` or `with group:` while it is held: seen at once, or waited for.

Whether somebody can still resume decides. Real interpreters run to their end.
"""

from __future__ import annotations

import pytest
from scripts import finish, run, start

PROGRAM = """
logging.getLogger("pausable").addHandler(logging.NullHandler())

rounds = 5

def work(number):
    for _ in range(rounds):
        checkpoint()
        time.sleep(0.01)
    return number

def outcome(future):
    return "stopped" if future.cancelled() else future.result(0)

class Broken(Exception):
    pass

def leave(scope, hold, error=Broken):
    futures = []
    try:
        with scope:
            futures += [scope.submit(work, number) for number in range(4)]
            hold(scope)
            raise error
    except error:
        say(*map(outcome, futures))

pool = ThreadPoolExecutor(2)
"""


FOR_EVER = (
    PROGRAM
    + """
rounds = 1_000_000  # no task ends before it is held
"""
)


@pytest.mark.parametrize("scope", ["pool", "pool.group('g')"])
@pytest.mark.parametrize("error", ["Broken", "GeneratorExit", "SystemExit"])
def test_nobody_can_resume(scope, error) -> None:
    """What is held is stopped, and the exception goes on at once."""
    script = f"leave({scope}, lambda scope: scope.pause('x').wait(10), {error})"
    assert run(FOR_EVER + script) == ["stopped stopped stopped stopped"]


def test_it_says_what_it_stops() -> None:
    """As a warning: whoever reads the log learns where the work has gone."""
    script = """
logging.basicConfig(format="%(levelname)s %(message)s")
leave(pool, lambda scope: scope.pause("x").wait(10))
"""
    said = "\n".join(run(FOR_EVER + script))
    assert "WARNING Broken left the block of 'ThreadPoolExecutor-0' while it was held" in said
    assert "4 tasks are stopped" in said


HOLDS = {
    "nothing": "lambda scope: None",
    "a duration": "lambda scope: scope.pause('429', duration=0.3)",
    "a thread": """lambda scope: (
        scope.pause('the user asked'), threading.Timer(0.3, scope.resume).start()
    )""",
}


@pytest.mark.parametrize("scope", ["pool", "pool.group('g')"])
@pytest.mark.parametrize("hold", HOLDS)
@pytest.mark.parametrize("error", ["Broken", "SystemExit"])
def test_what_goes_on_by_itself_is_waited_for(scope, hold, error) -> None:
    """Everything runs to its end, as in the stdlib, and then the exception goes on."""
    assert run(PROGRAM + f"leave({scope}, {HOLDS[hold]}, {error})") == ["0 1 2 3"]


def test_the_thread_that_could_resume_ends() -> None:
    """From then on nobody can."""
    script = """
leave(pool, lambda scope: (scope.pause("x"), threading.Timer(0.3, say, ["gone"]).start()))
"""
    assert run(FOR_EVER + script) == ["gone", "stopped stopped stopped stopped"]


def test_the_main_thread_waits_for_the_one_that_leaves() -> None:
    """It could not resume before that has left: nobody is there."""
    script = """
thread = threading.Thread(target=leave, args=(pool, lambda scope: scope.pause("x").wait(10)))
thread.start()
thread.join()
"""
    assert run(FOR_EVER + script) == ["stopped stopped stopped stopped"]


def test_a_task_that_comes_to_its_gate_later() -> None:
    """It is stopped there."""
    script = """
stuck = Stuck()
future = pool.submit(stuck)
stuck.began.wait()
threading.Thread(target=lambda: (time.sleep(0.3), stuck.go.set()), daemon=True).start()
leave(pool, lambda scope: scope.pause("x"))
say("stuck", future.cancelled())
"""
    assert run(FOR_EVER + script)[-1] == "stuck True"


def test_a_group_leaves_the_rest_of_its_pool_alone() -> None:
    """Only what is in the group is stopped; the pool goes on."""
    script = """
other = pool.group("other")
loop = Loop()
future = other.submit(loop)
loop.began.wait()
other.pause("elsewhere").wait(10)
leave(pool.group("g"), lambda scope: scope.pause("x").wait(10))
say(future.status().state)
loop.go.set()
other.resume()
say(future.result() == loop.rounds)
"""
    assert run(FOR_EVER + script) == ["stopped stopped stopped stopped", "resting", "True"]


def test_a_subclass_that_has_its_own_shutdown() -> None:
    """It is called once, to wait, as the stdlib's `with` does."""
    script = """
class Mine(ThreadPoolExecutor):
    def shutdown(self, wait=True, **options):
        say("shutdown", wait, options)
        return super().shutdown(wait, **options)
leave(Mine(2), lambda scope: None)
"""
    assert run(PROGRAM + script) == ["shutdown True {}", "0 1 2 3"]


def test_an_exit_in_the_block_runs_what_is_queued() -> None:
    """`sys.exit()` in the block of an open pool: all that is queued runs, as in the stdlib."""
    process = start(
        PROGRAM
        + """
with pool:
    futures = [pool.submit(lambda n=number: say("ran", n)) for number in range(20)]
    sys.exit(7)
"""
    )
    said = finish(process)
    assert process.returncode == 7
    assert len(said.splitlines()) == 20


def test_who_looks_for_others_keeps_no_frame() -> None:
    """The question whether anybody is there leaves no cycle with the frames of all threads."""
    script = """
import gc, types
from pausable.scopes.resumers import is_anybody_there
threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
is_anybody_there()
gc.collect()
gc.disable()
gc.set_debug(gc.DEBUG_SAVEALL)
say(is_anybody_there())
gc.collect()
say([each.f_code.co_name for each in gc.garbage if type(each) is types.FrameType])
"""
    assert run(script) == ["False", "[]"]
