"""Pools of processes become ours, however their workers are started, and look and end as ever."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from helpers import until, without_waits
from launch.launching import DIRECT, RUN, Ended, run, start

from pausable.control.client import Client
from pausable.control.programs import processes

HOWS = ["fork", "spawn", "forkserver"]

PRELUDE = """
import concurrent.futures, inspect, multiprocessing, os, signal, sys, threading, time
from concurrent.futures import ProcessPoolExecutor, process
from concurrent.futures.process import BrokenProcessPool

HOW = sys.argv[1]
CONTEXT = multiprocessing.get_context(HOW)

def ours(pool):
    return hasattr(pool, "wait_quiescent")

def square(n):
    return n * n

def fail(n):
    raise KeyError(n)

def die():
    os._exit(3)

def leave():
    sys.exit(5)

def tell(word):  # in one write, unbuffered as buffered: that of another process does not come between
    os.write(1, f"{word}\\n".encode())

def has_ours():
    return ours(concurrent.futures.ThreadPoolExecutor()), "pausable" in sys.modules

def facts():
    return sys.argv, sys.path, dict(os.environ), threading.active_count(), len(os.listdir("/proc/self/fd"))

"""


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a program, whose main part is *text*; it gives its path."""

    def write(text: str, before: str = "") -> str:
        indented = "".join(f"    {line}\n" for line in dedent(text).strip().splitlines())
        body = f"{PRELUDE}{dedent(before)}\nif __name__ == '__main__':\n{indented}"
        (tmp_path / "program.py").write_text(body)
        return str(tmp_path / "program.py")

    return write


MACHINERY = re.compile(r'  File ".*/(?:concurrent/futures|pausable)/.*\n(?:    .*\n)*')


def same(path: str, how: str) -> Ended:
    """Run a program with and without us; both must end in the same way.

    Tracebacks have the same frames, but for those of what runs the task.
    """
    direct, ours = (run(ways, path, how) for ways in (DIRECT, RUN))
    said = [MACHINERY.sub("", each.err) for each in (direct, ours)]
    assert (ours.code, ours.out, said[1]) == (direct.code, direct.out, said[0])
    return direct


@pytest.mark.parametrize("how", HOWS)
def test_what_it_does(written, how):
    """Results, exceptions with their tracebacks, order, output and looks are the same."""
    path = written("""
        with ProcessPoolExecutor(1, CONTEXT, tell, ("ready",)) as pool:
            print(pool.submit(square, 3).result(), list(pool.map(square, range(9), chunksize=2)))
            error = pool.submit(fail, "wrong").exception()
            print(repr(error), type(error.__cause__).__name__, str(error.__cause__).count("in fail"))
            print(pool.__class__ is ProcessPoolExecutor, type(pool).__name__, type(pool).__module__)
            print(isinstance(pool, process.ProcessPoolExecutor), type(pool).__doc__ == ProcessPoolExecutor.__doc__)
            print(repr(pool)[:60], pool._max_workers)
        print(inspect.signature(ProcessPoolExecutor), inspect.signature(ProcessPoolExecutor.submit))
        for wrong in ({"max_workers": 0}, {"initializer": 1}, {"max_tasks_per_child": -1}):
            try:
                ProcessPoolExecutor(**wrong)
            except (ValueError, TypeError) as error:
                print(type(error).__name__, error)
        try:
            pool.submit(square, 1)
        except RuntimeError as error:
            print(error)
    """)
    assert same(path, how).code == 0


ENDS = {
    "the end": "pool = ProcessPoolExecutor(2, CONTEXT); pool.submit(tell, 'late')",
    "sys.exit": """
        with ProcessPoolExecutor(2, CONTEXT) as pool:
            pool.submit(tell, "done")
            sys.exit(7)
        """,
    "an exception": """
        with ProcessPoolExecutor(2, CONTEXT) as pool:
            pool.submit(fail, 1).result()
        """,
    "a worker that dies": """
        with ProcessPoolExecutor(1, CONTEXT) as pool:
            try:
                pool.submit(die).result()
            except BrokenProcessPool as error:
                print(type(error).__name__, error)
            try:
                pool.submit(square, 1)
            except BrokenProcessPool as error:
                print(error)
            sys.exit(4)
        """,
    "a worker that leaves": """
        with ProcessPoolExecutor(1, CONTEXT) as pool:
            try:
                pool.submit(leave).result()
            except SystemExit as error:
                print("left with", error.code)
        """,
    "shut down and collected": """
        pool = ProcessPoolExecutor(2, CONTEXT)
        futures = [pool.submit(square, n) for n in range(5)]
        pool.shutdown(wait=False)
        del pool
        print([each.result() for each in futures])
        """,
}


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("end", ENDS)
def test_how_it_ends(written, how, end):
    """The exit code, the output, and what is said on standard error are the same."""
    same(written(ENDS[end]), how)


@pytest.mark.parametrize("how", HOWS)
def test_what_workers_find(written, how):
    """Their arguments, paths, variables, threads and files are as ever, and nothing there is ours."""
    path = written(
        """
        with ProcessPoolExecutor(1, CONTEXT) as pool:
            argv, path, environment, threads, files = pool.submit(facts).result()
            for name in ("PYTHONPYCACHEPREFIX", "PAUSABLE_RUN"):
                environment.pop(name, None)
            print(argv, path, sorted(environment.items()), threads)
            print(hasattr(pool, "wait_quiescent") == ("pausable" in sys.modules))
            print(pool.submit(has_ours).result()[0] if HOW != "fork" else False)
        """
    )
    said = same(path, how)
    assert (said.code, said.err, said.out.splitlines()[1:]) == (0, "", ["True", "False"])


@pytest.mark.parametrize("how", HOWS)
def test_held_from_outside(written, how):
    """The pool, its tasks and its workers are seen, rest and go on, whoever wrote the program."""
    path = written(
        """
        with ProcessPoolExecutor(2, CONTEXT) as pool:
            print(sum(pool.map(count, [1, 2])), flush=True)
        """,
        before="""
        def count(n):
            tell("ready")
            for _ in range(100_000_000):
                if os.path.exists(os.environ["GO"]):
                    break
                time.sleep(0.001)
            return n
        """,
    )
    go = path + ".go"
    with start(RUN, path, how, GO=go) as process:
        try:
            assert [process.stdout.readline() for _ in range(2)] == ["ready\n"] * 2
            (found,) = [each for each in processes(timeout=60) if each.pid == process.pid]
            with Client(found.address, timeout=60) as client:
                (pool,) = client.status()["scopes"]
                assert len(pool["processes"]) == 2
                if sys.version_info >= (3, 12):  # where it can rest between its lines
                    paused = client.pause({"all": True}, "from outside", wait=30.0)
                    assert paused["is_quiescent"]
                    taken = client.status()
                    assert {task["pid"] for task in taken["tasks"]} == {*pool["processes"]}
                    assert {task["state"] for task in taken["tasks"]} == {"resting"}
                    client.resume()
                until(lambda: client.status()["process"]["running"] == 2)
        finally:
            Path(go).touch()
            out, err = process.communicate(timeout=60)
    assert (process.returncode, out, without_waits(err)) == (0, "3\n", [])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="3.11 cannot rest in code that never asks")
def test_no_preempt(written):
    """With `--no-preempt` what runs goes on."""
    path = written("""
        import pausable
        with ProcessPoolExecutor(1, CONTEXT) as pool:
            print(pool.status().is_preemptive)
    """)
    assert run(RUN, path, "spawn").out == "True\n"
    assert run((*RUN, "--no-preempt"), path, "spawn").out == "False\n"


SUBCLASSES = {
    "plain": "class Mine(ProcessPoolExecutor): pass",
    "with an own constructor": """
        class Mine(ProcessPoolExecutor):
            def __init__(self, *args):
                super().__init__(1, CONTEXT)
                self.own = args
        """,
    "with an own submit": """
        class Mine(ProcessPoolExecutor):
            def submit(self, fn, /, *args):
                return ProcessPoolExecutor.submit(self, fn, *args)
        """,
    "by a name": """
        class Mine(concurrent.futures.ProcessPoolExecutor):
            def __init__(self, *args):
                concurrent.futures.ProcessPoolExecutor.__init__(self, *args)
        """,
}


@pytest.mark.parametrize("kind", SUBCLASSES)
def test_a_subclass(written, kind):
    """Its pools are ours, and the class sees nothing of that."""
    path = written(
        """
        with Mine(1, CONTEXT) as pool:
            print(pool.submit(square, 3).result(), list(pool.map(square, [1, 2])))
            print(sorted(name for name in vars(pool) if name == "own"), isinstance(pool, Mine))
        print(type(pool).__name__, type(pool).__module__, pool.__class__ is Mine)
        if "pausable" in sys.modules:
            assert ours(pool)
        """,
        before=SUBCLASSES[kind],
    )
    said = same(path, "spawn")
    assert (said.code, said.err) == (0, "")


def test_a_subclass_that_cannot_be_ours(written):
    """It stays the stdlib's; that is said once."""
    path = written(
        """
        for _ in range(2):
            with Mine(1, CONTEXT) as pool:
                print(ours(pool), pool.submit(square, 3).result())
        """,
        before="""
        class Mine(ProcessPoolExecutor):
            def _spawn_process(self):
                super()._spawn_process()
        """,
    )
    found = run(RUN, path, "spawn")
    assert (found.code, found.out) == (0, "False 9\n" * 2)
    why = "it has its own _spawn_process()"
    assert found.err == f"pausable: pools of __main__.Mine cannot be paused: {why}\n"


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [("__main__", "True True"), ("__main__.Mine", "False True"), ("nothing", "False False")],
)
def test_only_some(written, pattern, chosen):
    """`--only` selects by the module that makes a pool, or by its class."""
    path = written(
        "print(ours(ProcessPoolExecutor(1)), ours(Mine(1)))",
        before="class Mine(ProcessPoolExecutor): pass",
    )
    found = run((*RUN, "--only", pattern), path, "spawn")
    assert (found.code, found.out, found.err) == (0, f"{chosen}\n", "")


@pytest.mark.parametrize("how", ["spawn", "forkserver"])
def test_children(written, how):
    """With `--children` the pools of workers are ours, too; what helps to start them is no program."""
    path = written(
        """
        with ProcessPoolExecutor(1, CONTEXT) as pool:
            print(pool.submit(has_ours).result(), flush=True)
            print("ready", os.getpid(), *pool._processes, flush=True)
            sys.stdin.readline()
        """
    )
    with start((*RUN, "--children"), path, how) as process:
        assert process.stdout.readline() == "(True, True)\n"
        pids = [int(each) for each in process.stdout.readline().split()[1:]]
        found = {each.pid for each in processes(timeout=60)}
        assert found <= {*pids}
        assert process.pid in found
        assert (pids[1] in found) == (how == "spawn")
        _, err = process.communicate("\n", 60)
    assert (process.returncode, err) == (0, "")


def test_processes_that_would_not_find_us(written, tmp_path):
    """Where pausable is not on `sys.path`, the pool stays the stdlib's, and that is said."""
    path = written("""
        sys.path[:] = [each for each in sys.path if not os.path.exists(os.path.join(each, "pausable"))]
        with ProcessPoolExecutor(1, CONTEXT) as pool:
            print(ours(pool), pool.submit(square, 3).result())
    """)
    found = run(RUN, path, "spawn")
    assert (found.code, found.out) == (0, "False 9\n")
    assert "would not find pausable on sys.path" in found.err
    assert list(tmp_path.iterdir())


def test_it_is_not_imported_for_the_program():
    """What a program does not use is not imported for it; what it does, only then."""
    found = run(
        RUN,
        "-c",
        "import sys\n"
        "names = ('concurrent.futures.process', 'multiprocessing', 'pausable.processes')\n"
        "print(*(name in sys.modules for name in names))\n"
        "import concurrent.futures.process\n"
        "print(*(name in sys.modules for name in names))\n",
    )
    assert found.out == "False False False\nTrue True False\n"
