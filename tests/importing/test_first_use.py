"""The first use of a name imports a module: by several threads, interrupted, in a changed process."""

from __future__ import annotations

from textwrap import dedent

import pytest
from importing.fresh import fresh


def test_by_many_threads():
    """Threads that want all names at the same time, each in another order, get the same objects."""
    said = fresh("""
        import random, threading
        import pausable
        sys.setswitchinterval(1e-6)
        meeting, found = threading.Barrier(12), []

        def use(seed):
            names = random.Random(seed).sample(pausable.__all__, len(pausable.__all__))
            meeting.wait()
            found.append({name: getattr(pausable, name) for name in names})

        threads = [threading.Thread(target=use, args=[seed]) for seed in range(12)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        print(len(found), all(each == found[0] for each in found))
    """)
    assert said == ["12 True"]


# Calls `at(name)` just before the code of a module of ours is run.
AT = """
import sys, threading
from importlib.machinery import PathFinder

class Finder:
    def find_spec(name, path, target=None):
        if not name.startswith("pausable."):
            return None
        spec = PathFinder.find_spec(name, path, target)
        run = spec.loader.exec_module

        def exec_module(module):
            at(name)
            run(module)

        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Finder)
import pausable
"""


def test_while_another_thread_imports_it():
    """Who wants what another thread is just importing waits for that, and gets the same object."""
    script = """
        inside, go, got = threading.Event(), threading.Event(), []

        def at(name):
            if name == "pausable.snapshots":
                inside.set()
                go.wait()

        def use():
            got.append(pausable.Location)

        threads = [threading.Thread(target=use) for _ in range(2)]
        threads[0].start()
        inside.wait()
        threads[1].start()

        def waits():
            frame = sys._current_frames().get(threads[1].ident)
            return frame is not None and frame.f_code.co_name == "_import_in_turn"

        while not waits():
            pass
        print(got)
        go.set()
        for each in threads:
            each.join()
        print(len(got), got[0] is got[1] is pausable.snapshots.Location)
    """
    assert fresh(AT + dedent(script)) == ["[]", "2 True"]


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "MemoryError"])
def test_that_was_interrupted(error):
    """Ctrl-C, or an error, in the middle of the import leaves nothing half there: the next use works."""
    script = f"""
        left = ["pausable._core.gate", "pausable._core.pool", "pausable.threads.executor"]

        def at(name):
            if name in left:
                left.remove(name)
                raise {error}

        failed = 0
        while left:
            try:
                pausable.ThreadPoolExecutor
            except {error}:
                failed += 1
                print("ThreadPoolExecutor" in vars(pausable))
        with pausable.ThreadPoolExecutor(1) as pool:
            print(failed, pool.submit(abs, -1).result(20))
            with pool.pause("for a test"):
                queued = pool.submit(abs, -2)
            print(queued.result(20))
    """
    assert fresh(AT + dedent(script)) == ["False", "False", "False", "3 1", "2"]


def test_with_a_held_clock():
    """What is imported while freezegun holds the clock has the real one afterwards."""
    pytest.importorskip("freezegun")
    said = fresh("""
        import time
        import freezegun
        import pausable
        with freezegun.freeze_time("2020-01-01"):
            with pausable.ThreadPoolExecutor(1) as pool:
                pool.pause("for a moment", duration=0.01)
                print(pool.submit(abs, -1).result(20))
        with pausable.ThreadPoolExecutor(1) as pool:
            print(pool.pause("now").placed_at >= time.time() - 80)
            pool.resume()
    """)
    assert said == ["1", "True"]


BETWEEN = """
import pausable
{first}
import gevent.monkey; gevent.monkey.patch_all()
try:
    with pausable.ThreadPoolExecutor(2) as pool:
        print(pool.submit(abs, -1).result(20))
        hold = pool.pause("for a test")
        queued = pool.submit(abs, -2)
        print(hold.wait(20), queued.done())
        pool.resume()
        print(queued.result(20))
except RuntimeError as error:
    print(error)
"""


def test_after_gevent_has_replaced_threads():
    """`import pausable` may come before `patch_all()`: all that minds is imported after it."""
    pytest.importorskip("gevent")
    assert fresh(BETWEEN.format(first="")) == ["1", "True False", "2"]


def test_gevent_between_two_imports():
    """Half of ours before `patch_all()`, half after it: a pool refuses with a word, it cannot hang."""
    pytest.importorskip("gevent")
    said = fresh(BETWEEN.format(first="from pausable import checkpoint"))
    assert "patch_all(): let that be called first" in said[0]
