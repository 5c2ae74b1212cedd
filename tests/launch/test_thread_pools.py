"""The calls of a `multiprocessing.pool.ThreadPool` become tasks, and are in all else as ever."""

from __future__ import annotations

import sys
from textwrap import dedent

import pytest
from launch.launching import DIRECT, PROGRAMS, RUN, run

PRELUDE = """
import logging, multiprocessing.dummy, multiprocessing.pool, os, sys, threading
from multiprocessing.pool import ThreadPool
sys.path.insert(0, {tests!r})
if "pausable" in sys.modules:
    import pausable
    from helpers import until
logging.disable()

def square(number):
    return number * number

def fails(number):
    raise ValueError(number)

def handle():
    (found,) = pausable.pools()
    return found
"""


def text_of(program: str) -> str:
    """Return a program with its prelude."""
    return PRELUDE.format(tests=str(PROGRAMS.parents[1])) + dedent(program)


def same(program: str, *, is_silent: bool = True) -> list[str]:
    """Run a program with and without us; return its lines, which must be the same, as its errors."""
    direct = run(DIRECT, "-c", text_of(program))
    assert run(RUN, "-c", text_of(program)) == direct
    assert (direct.code, direct.err if is_silent else "") == (0, ""), direct
    return direct.out.splitlines()


def said(program: str, *options: str) -> list[str]:
    """Run a program under us to a good end; return its lines."""
    found = run((*RUN, *options), "-c", text_of(program))
    assert (found.code, found.err) == (0, ""), found
    return found.out.splitlines()


def test_what_it_does():
    """All its ways to call give the same results, errors and callbacks, in the same order."""
    same("""
        with ThreadPool(3) as pool:
            print(pool, len(pool._pool))
            print(pool.map(square, range(20)), pool.map(square, range(20), 7))
            print(list(pool.imap(square, range(9))), list(pool.imap(square, range(9), 2)))
            print(sorted(pool.imap_unordered(square, range(9))))
            print(pool.apply(square, (3,)), pool.apply(int, ("11",), {"base": 2}))
            print(pool.starmap(pow, [(2, 3), (3, 4)]), pool.starmap_async(pow, [(5, 2)]).get())
            called = []
            pool.apply_async(square, (4,), callback=called.append).get()
            failed = pool.apply_async(fails, (5,), error_callback=called.append)
            failed.wait()
            print(failed.successful(), called)
            for call in (pool.map, pool.imap, pool.imap_unordered):
                try:
                    print(list(call(fails, range(3))))
                except ValueError as error:
                    print(type(error).__name__, error.__traceback__.tb_frame.f_code.co_name)
    """)


def test_threads_and_initializers():
    """The threads are its own, with their names, and each is initialized once."""
    same("""
        begun = threading.Barrier(3)
        own = threading.local()
        def initialize(*arguments):
            own.arguments = arguments
        def look(_):
            begun.wait()
            thread = threading.current_thread()
            return thread.name, type(thread).__name__, thread.daemon, own.arguments
        with ThreadPool(3, initialize, (1, 2)) as pool:
            print(sorted(pool.map(look, range(3), chunksize=1)))
            print(multiprocessing.dummy.current_process().name, threading.active_count())
    """)


@pytest.mark.parametrize(
    "end",
    [
        "pool.close(); pool.join()",
        "pool.terminate(); pool.join()",
        "pool.close(); pool.close(); pool.terminate(); pool.join()",
        "del pool",
        "",
    ],
)
@pytest.mark.parametrize("used", [True, False], ids=["used", "not used"])
def test_its_ends(end, used):
    """However it ends, its threads and the program do."""
    same(f"""
        pool = ThreadPool(3)
        print({used} and pool.map(square, range(9)))
        {end}
        print("over")
    """)


def test_calls_that_are_queued_when_it_is_closed():
    """They are made, all of them."""
    same("""
        go_on, begun = threading.Event(), threading.Event()
        pool = ThreadPool(1)
        def wait():
            begun.set()
            go_on.wait()
        pool.apply_async(wait)
        begun.wait()
        queued = pool.map_async(square, range(5), chunksize=1)
        pool.close()
        go_on.set()
        pool.join()
        print(queued.get())
    """)


def test_a_call_that_ends_its_thread():
    """The other one goes on, with all that is queued."""
    same("""
        left = threading.Event()
        def leave():
            left.set()
            raise SystemExit
        with ThreadPool(2) as pool:
            queued = pool.apply_async(leave), pool.map_async(square, range(50), chunksize=1)
            left.wait()
            print(queued[1].get())
    """)


def test_wrong_arguments():
    """They are refused as ever."""
    same("""
        for wrong in (0, -1, "3"):
            try:
                ThreadPool(wrong)
            except (ValueError, TypeError) as error:
                print(type(error).__name__, error)
        with ThreadPool() as pool:
            print(len(pool._pool) == pool._processes)
        class Mine(ThreadPool):
            def __init__(self):
                super().__init__(2)
        with Mine() as pool:
            print(pool.map(square, [1, 2]))
        with multiprocessing.dummy.Pool(2) as pool:
            print(pool.map(square, [1, 2]))
    """)


def test_nothing_starts():
    """While it is paused no call starts, and all are made after the resume."""
    assert said("""
        done = []
        with ThreadPool(2) as pool:
            pausable.pause("for a test")
            result = pool.map_async(done.append, range(6), chunksize=1)
            until(lambda: handle().status().queued == 6)
            print(handle().name, handle().status().tasks[0].name, handle().is_quiescent(), done)
            pausable.resume()
            result.get()
            print(sorted(done), handle().status().done)
    """) == ["ThreadPool-1 append-1 True []", "[0, 1, 2, 3, 4, 5] 6"]


LOOP = """
go_on, begun = [True], threading.Barrier(3)
def loop(number):
    begun.wait()
    while go_on:
        pass
    return number
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="tasks rest at checkpoints only")
def test_nothing_runs():
    """A call that runs rests between two of its lines, also one of a chunk."""
    program = """
with ThreadPool(2) as pool:
    result = pool.map_async(loop, range(2))
    begun.wait()
    with pausable.pause("for a test", timeout=50):
        print(handle().status().resting, sorted(each.name for each in handle().status().tasks))
        go_on.clear()
    print(result.get())
"""
    assert said(LOOP + program) == ["2 ['loop-1', 'loop-2']", "[0, 1]"]


def test_a_call_that_checks():
    """With `--no-preempt` it rests at its checkpoints."""
    assert said(
        """
        begun, go_on = threading.Event(), threading.Event()
        def checks():
            begun.set()
            while not go_on.is_set():
                pausable.checkpoint()
            return pausable.current_task() is not None
        with ThreadPool(1) as pool:
            result = pool.apply_async(checks)
            begun.wait()
            with pausable.pause("for a test", timeout=50):
                print(handle().status().resting)
                go_on.set()
            print(result.get())
        """,
        "--no-preempt",
    ) == ["1", "True"]


def test_what_is_stopped():
    """A call that runs, and one that has not started, fail with the reason."""
    assert said("""
        begun = threading.Event()
        def rests():
            begun.set()
            while True:
                pausable.checkpoint()
        def outcome(result):
            try:
                return result.get(50)
            except Exception as error:
                return f"{type(error).__name__} {error}"
        with ThreadPool(1) as pool:
            results = [pool.apply_async(rests), pool.apply_async(square, (2,))]
            begun.wait()
            until(lambda: handle().status().queued == 1)
            print(pausable.stop("for a test"))
            print(*map(outcome, results), sep="\\n")
            print(pool.apply(square, (3,)))
    """) == [
        "2",
        "TaskStopped rests-1 was stopped: for a test",
        "TaskStopped square-2 was stopped: for a test",
        "9",
    ]


def test_a_close_while_paused():
    """Whoever joins it waits for the resume, also if no thread had begun before."""
    assert said("""
        pausable.pause("for a test")
        pool = ThreadPool(2)
        result = pool.map_async(square, range(5), chunksize=1)
        pool.close()
        waits = threading.Thread(target=pool.join)
        waits.start()
        until(lambda: handle().is_shutdown() if hasattr(handle(), "is_shutdown") else True)
        print(result.ready())
        pausable.resume()
        waits.join()
        print(result.get())
    """) == ["False", "[0, 1, 4, 9, 16]"]


def test_a_termination_while_paused():
    """What has not started is dropped, as ever; the program ends."""
    assert said("""
        with ThreadPool(2) as pool:
            pausable.pause("for a test")
            pool.map_async(print, range(5), chunksize=1)
            until(lambda: handle().status().queued == 5)
        print("over")
    """) == ["over"]


def test_a_fork():
    """In the child it is as empty as the stdlib's, and a new one works."""
    # On 3.14 the semaphores of the child are counted as leaked, with and without us.
    program = """
        import warnings
        warnings.simplefilter("ignore")  # of other threads: there are
        pool = ThreadPool(2)
        print(pool.map(square, range(4)))
        child = os.fork()
        if child == 0:
            with ThreadPool(2) as own:
                print("child", own.map(square, range(3)), flush=True)
            os._exit(0)
        print(os.waitpid(child, 0)[1], pool.map(square, range(3)))
        pool.terminate()
        pool.join()
    """
    same(program, is_silent=False)


@pytest.mark.parametrize(("pattern", "chosen"), [("__main__", 1), ("other", 0), ("*.Mine", 1)])
def test_only_some(pattern, chosen):
    """`--only` selects by the module that makes one, or by its class."""
    made = "Mine(2)" if "Mine" in pattern else "multiprocessing.dummy.Pool(2)"
    assert said(
        f"""
        class Mine(ThreadPool): pass
        with {made} as pool:
            print(len(pausable.pools()), pool.map(square, [1]))
        """,
        "--only",
        pattern,
    ) == [f"{chosen} [1]"]
