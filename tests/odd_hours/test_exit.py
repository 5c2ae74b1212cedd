"""The interpreter's exit while something is paused: resting tasks are stopped, not waited for.

Real interpreters run to their end, which must come soon, with the code 0 and all `finally` blocks.
"""

from __future__ import annotations

import pytest
from scripts import finish, run, start

PROGRAM = """
begun = []
def task(name, wait):
    try:
        say("began", name)
        begun.append(name)
        wait()
        say("ended", name)
    finally:
        checkpoint()
        say("cleaned", name)

def loop():
    while True:
        checkpoint()
        time.sleep(0.001)

pool = ThreadPoolExecutor(2, thread_name_prefix="crew")
group = pool.group("g")
"""


def said(script: str, *, interrupted: bool = False) -> list[str]:
    """Run PROGRAM and *script* to a good end, or to a Ctrl-C; return what it has said."""
    if not interrupted:
        return run(PROGRAM + script)
    return finish(start(PROGRAM + script)).splitlines()


@pytest.mark.parametrize("wait", ["loop", "lambda: sleep(3600)"])
@pytest.mark.parametrize("scope", ["pool", "group", "future"])
def test_while_paused(scope, wait) -> None:
    """A resting task is stopped, whoever holds it, and cleans up."""
    lines = said(
        f"""
future = group.submit(task, "it", {wait})
until(lambda: begun)
{scope}.pause("x").wait(10)
"""
    )
    assert lines == ["began it", "cleaned it"]


def test_queued_tasks_of_a_paused_pool() -> None:
    """They are cancelled: none of them starts."""
    lines = said(
        """
pool.pause("x")
futures = [scope.submit(task, n, loop) for scope in (pool, group) for n in range(100)]
"""
    )
    assert lines == []


def test_queued_tasks_of_an_open_pool() -> None:
    """They run to their end, as in the stdlib."""
    lines = said(
        """
for number in range(10):
    pool.submit(say, number)
"""
    )
    assert sorted(lines) == [str(number) for number in range(10)]


def test_a_paused_group_beside_an_open_one() -> None:
    """What is held is ended, what is open runs to its end."""
    lines = said(
        """
held = group.submit(task, "held", loop)
until(lambda: begun)
group.pause("x").wait(10)
queued = group.submit(task, "queued", loop)
for number in range(5):
    pool.submit(task, number, lambda: sleep(0.01))
"""
    )
    assert "cleaned held" in lines
    assert not any("queued" in line for line in lines)
    assert [f"ended {number}" in lines for number in range(5)] == [True] * 5


def test_a_task_held_alone() -> None:
    """A queued task that is held on its own is cancelled; the others run."""
    lines = said(
        """
hold = pool.pause("x")
future = pool.submit(task, "held", loop)
future.pause("y")
for number in range(3):
    pool.submit(say, number)
hold.release()
"""
    )
    assert sorted(lines) == ["0", "1", "2"]


def test_paused_and_on_its_way_to_a_checkpoint() -> None:
    """A task that comes to a closed gate during the exit is stopped there."""
    lines = said(
        """
def slow():
    until(pool.is_paused)
    time.sleep(0.3)
    checkpoint()
pool.submit(task, "slow", slow)
until(lambda: begun)
pool.pause("x")
"""
    )
    assert lines == ["began slow", "cleaned slow"]


def test_in_a_resting_block() -> None:
    """A task in `resting()` is stopped when its block is over."""
    lines = said(
        """
def quiet():
    with resting():
        until(pool.is_paused)
        time.sleep(0.3)
pool.submit(task, "quiet", quiet)
until(lambda: pool.status().resting == 1)
pool.pause("x")
"""
    )
    assert lines == ["began quiet", "cleaned quiet"]


def test_in_a_resting_block_of_an_open_pool() -> None:
    """In an open pool such a task runs to its end, as any running one."""
    lines = said(
        """
def quiet():
    with resting():
        time.sleep(0.3)
pool.submit(task, "quiet", quiet)
until(lambda: pool.status().resting == 1)
"""
    )
    assert lines == ["began quiet", "ended quiet", "cleaned quiet"]


def test_in_a_shield() -> None:
    """A shielded block runs to its end; the checkpoint after it stops the task."""
    lines = said(
        """
def shielded():
    with shield():
        until(pool.is_paused)
        time.sleep(0.3)
        say("shielded")
    checkpoint()
pool.submit(task, "it", shielded)
until(lambda: begun)
pool.pause("x")
"""
    )
    assert lines == ["began it", "shielded", "cleaned it"]


def test_waiting_for_a_task_that_rests() -> None:
    """A task in `result()` of a resting one is ended, too."""
    lines = said(
        """
inner = pool.submit(task, "inner", loop)
until(lambda: begun)
outer = pool.submit(task, "outer", lambda: inner.result())
until(lambda: pool.status().resting == 1)
pool.pause("x").wait(10)
"""
    )
    assert "cleaned inner" in lines
    assert "cleaned outer" in lines
    assert not any(line.startswith("ended") for line in lines)


def test_waiting_for_a_queued_task_of_a_paused_pool() -> None:
    """So is one that waits for a task that will never start."""
    lines = said(
        """
group.pause("x")
inner = group.submit(task, "inner", loop)
outer = pool.submit(task, "outer", lambda: inner.result())
until(lambda: pool.status().resting == 1)
"""
    )
    assert lines == ["began outer", "cleaned outer"]


def test_a_thread_that_a_task_started_rests() -> None:
    """A thread of a task that rests at the exit does not keep the program alive."""
    lines = said(
        """
import contextvars
def guest():
    try:
        loop()
    except pausable.Stopped:
        say("guest stopped")
def host():
    thread = threading.Thread(target=contextvars.copy_context().run, args=(guest,))
    thread.start()
    thread.join()
    checkpoint()
pool.submit(task, "host", host)
until(lambda: begun)
pool.pause("x")
until(lambda: pool._p_node.pool.others.guests)
"""
    )
    assert "guest stopped" in lines
    assert "cleaned host" in lines


def test_a_staggered_resume_that_takes_an_hour() -> None:
    """Tasks that wait for their turn do not keep the program alive for that long."""
    lines = said(
        """
pool.max_workers = 3
for number in range(3):
    pool.submit(task, number, lambda: (checkpoint(), sleep(0.01)))
pool.pause("x")
pool.wait_quiescent(10)
pool.resume(stagger=3600)
"""
    )
    assert len([line for line in lines if line.startswith("cleaned")]) <= 3


@pytest.mark.parametrize(
    "ended", ["pool.shutdown(wait=False)", "pool.shutdown(wait=False); pool = None"]
)
def test_after_a_shutdown_without_waiting(ended) -> None:
    """Paused, shut down and left alone, even dropped, it ends with the program."""
    lines = said(
        f"""
pool.submit(task, "it", loop)
until(lambda: begun)
pool.pause("x").wait(10)
{ended}
"""
    )
    assert lines == ["began it", "cleaned it"]


def test_a_hold_that_ends_later_than_it_should_be_waited_for() -> None:
    """A hold with an hour left is waited for; Ctrl-C ends that, and the tasks."""
    lines = said(
        """
pool.submit(task, "it", loop)
until(lambda: begun)
pool.pause("x", duration=3600).wait(10)
def interrupt():
    until(lambda: pool._p_node.waiters.shutdowns, what="the exit waits")
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt, daemon=True).start()
""",
        interrupted=True,
    )
    assert "cleaned it" in lines
    assert "ended it" not in lines


def test_many_paused_pools() -> None:
    """Several pools, each paused in its own way, all end."""
    lines = said(
        """
pools = [ThreadPoolExecutor(4) for _ in range(10)]
for number, each in enumerate(pools):
    for _ in range(4):
        each.submit(task, number, loop)
    until(lambda: begun.count(number) == 4)
    each.pause("x")
    for _ in range(10):
        each.submit(task, "queued", loop)
for each in pools:
    each.wait_quiescent(10)
"""
    )
    assert len([line for line in lines if line.startswith("cleaned")]) == 40
    assert not any("queued" in line for line in lines)


def test_done_callbacks_and_observers_see_the_stop() -> None:
    """They are called during the exit, with the reason at hand."""
    lines = said(
        """
def callback(future):
    try:
        future.result()
    except pausable.TaskStopped as error:
        say("callback:", error.reason)
future = pool.submit(task, "it", loop)
future.add_done_callback(callback)
until(lambda: begun)
pool.pause("x").wait(10)
"""
    )
    assert lines[:2] == ["began it", "cleaned it"]
    assert lines[2].startswith("callback:")
    assert "exit" in lines[2]


def test_submits_and_pauses_during_the_exit() -> None:
    """A cleanup that submits during the exit is refused; one that pauses may; the program ends."""
    lines = said(
        """
def stubborn():
    try:
        loop()
    finally:
        for attempt in (lambda: pool.submit(int), lambda: pool.pause("x")):
            try:
                attempt()
            except RuntimeError as error:
                say("refused")
            else:
                say("allowed")
future = pool.submit(task, "it", stubborn)
until(lambda: begun)
pool.pause("x").wait(10)
"""
    )
    assert [line for line in lines if line in ("refused", "allowed")] == ["refused", "allowed"]


def test_at_exit_functions_run_after_it() -> None:
    """`atexit` functions find all pools ended."""
    lines = said(
        """
import atexit
atexit.register(lambda: say("threads", sum(t.is_alive() for t in pool._threads)))
pool.submit(task, "it", loop)
until(lambda: begun)
pool.pause("x").wait(10)
"""
    )
    assert lines == ["began it", "cleaned it", "threads 0"]


def test_nothing_is_said_on_the_way() -> None:
    """Neither a traceback nor a log line: an exit while paused is no error."""
    lines = said(
        """
for _ in range(4):
    pool.submit(loop)
group.pause("x")
group.submit(loop)
pool.pause("y")
pool.wait_quiescent(10)
"""
    )
    assert lines == []
