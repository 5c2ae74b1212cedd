"""The pools of a program become ours, whoever makes them and by whatever name, and look as ever."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from launch.launching import DIRECT, RUN, Ended, run

PRELUDE = """
import asyncio, concurrent.futures, inspect, queue, sys, threading
from concurrent.futures import ThreadPoolExecutor, thread
is_run = "pausable" in sys.modules
def ours(pool):
    return hasattr(pool, "wait_quiescent")
"""


def ended(program: str, *options: str) -> Ended:
    """Run a program under us."""
    return run((*RUN, *options), "-c", PRELUDE + dedent(program))


def said(program: str, *options: str) -> list[str]:
    """Run a program under us to a good end; return its lines."""
    found = ended(program, *options)
    assert (found.code, found.err) == (0, ""), found
    return found.out.splitlines()


def same(program: str) -> list[str]:
    """Run a program with and without us; return its lines, which must be the same."""
    direct = run(DIRECT, "-c", PRELUDE + dedent(program))
    assert ended(program) == direct
    assert (direct.code, direct.err) == (0, ""), direct
    return direct.out.splitlines()


def test_by_any_name():
    """It does not matter from where the class was imported, or when."""
    assert said("""
        makers = [ThreadPoolExecutor, concurrent.futures.ThreadPoolExecutor, thread.ThreadPoolExecutor]
        print(all(ours(make(1)) for make in makers))
        from pausable.futures import ThreadPoolExecutor as Ours
        print(all(isinstance(make(1), Ours) for make in makers), type(Ours(1)) is Ours)
    """) == ["True", "True True"]


def test_by_asyncio():
    """So are the default executor of a loop and what `to_thread` uses."""
    assert said("""
        async def main():
            print(await asyncio.to_thread(lambda: threading.current_thread().name))
            loop = asyncio.get_running_loop()
            print(await loop.run_in_executor(None, abs, -1), ours(loop._default_executor))
            loop.set_default_executor(ThreadPoolExecutor(1, "mine"))
            print(await asyncio.to_thread(lambda: threading.current_thread().name))
        asyncio.run(main())
    """) == ["asyncio_0", "1 True", "mine_0"]


def test_what_they_look_like():
    """Representations, names, signatures and documentation are as ever."""
    shown = same("""
        with ThreadPoolExecutor(2) as pool:
            future = pool.submit(abs, -1)
            future.result()
            print(pool, future, pool.__class__ is ThreadPoolExecutor, type(pool).__name__)
            print(type(pool).__module__, type(pool).__qualname__, type(pool).__doc__)
            print(isinstance(pool, ThreadPoolExecutor), isinstance(future, concurrent.futures.Future))
            print(pool.submit(lambda: threading.current_thread().name).result())
        print(inspect.signature(ThreadPoolExecutor), inspect.signature(ThreadPoolExecutor.submit))
        print(ThreadPoolExecutor.__init__.__doc__, ThreadPoolExecutor.submit.__qualname__)
        print(ThreadPoolExecutor(thread_name_prefix="mine"), ThreadPoolExecutor().submit(int))
        for wrong in (0, -1):
            try:
                ThreadPoolExecutor(wrong)
            except ValueError as error:
                print(error)
        try:
            ThreadPoolExecutor(1, initializer=7)
        except TypeError as error:
            print(error)
    """)
    assert shown[0].startswith("<concurrent.futures.thread.ThreadPoolExecutor object at 0x...>")


def test_methods_that_others_replace():
    """As tracers do with the stdlib's class: pools that are made then have theirs, before ours."""
    assert same("""
        class Derived(ThreadPoolExecutor):
            def submit(self, fn, /, *args):
                print("derived")
                return super().submit(fn, *args)

        def traced(name, method):
            def call(self, *args, **kwargs):
                print(name, type(self).__name__, len(args))
                return method(self, *args, **kwargs)
            return call

        def use(cls):
            with cls(1) as pool:
                assert ours(pool) or not is_run
                print(pool.submit(abs, -1).result(), list(pool.map(abs, [-2])), type(pool).__name__)

        use(ThreadPoolExecutor)
        before = {name: getattr(ThreadPoolExecutor, name) for name in ("__init__", "submit", "shutdown")}
        for name, method in before.items():
            setattr(ThreadPoolExecutor, name, traced(name, method))
        use(ThreadPoolExecutor)
        use(Derived)
        for name, method in before.items():
            setattr(ThreadPoolExecutor, name, method)
        use(ThreadPoolExecutor)
        use(Derived)
    """)[1:6] == [
        "__init__ ThreadPoolExecutor 1",
        "submit ThreadPoolExecutor 2",
        "submit ThreadPoolExecutor 2",
        "1 [2] ThreadPoolExecutor",
        "shutdown ThreadPoolExecutor 0",
    ]


def test_a_pool_that_the_program_makes_of_ours():
    """Whoever knows us sees what we show."""
    assert said("""
        import pausable.futures
        with pausable.futures.ThreadPoolExecutor(1, "mine") as pool:
            print(pool, pool.submit(abs, -1).result())
            print("abs" in repr(pool.submit(abs, -1)))
    """) == ["<ThreadPoolExecutor 'mine' open, max_workers=1> 1", "True"]


def test_the_log_of_the_program():
    """What is paused there is not logged by its handlers; warnings of ours go to standard error."""
    found = ended("""
        import logging, pausable
        logging.basicConfig(level=1, stream=sys.stdout)
        pausable.pause("for a test")
        pool = ThreadPoolExecutor(1)
        pool.submit(logging.info, "mine")
        pausable.resume()
        pool.shutdown()
        pausable.pause("for ever")
        pool = ThreadPoolExecutor(1)
        pool.submit(logging.info, "mine, too")
        import threading
        threading.Timer(1.5, pausable.resume).start()
        pool.shutdown()  # it says after a second for whom it waits
    """)
    assert (found.code, found.out) == (0, "INFO:root:mine\nINFO:root:mine, too\n")
    assert found.err.startswith("pausable: shutdown of 'ThreadPoolExecutor-1' waits for a resume")
    assert all(line.startswith("pausable: ") for line in found.err.splitlines())


SUBCLASSES = {
    "nothing of its own": "class Mine(ThreadPoolExecutor): pass",
    "super": """
        class Mine(ThreadPoolExecutor):
            def __init__(self, label):
                super().__init__(max_workers=2, thread_name_prefix=label)
                self.label = label
            def submit(self, fn, /, *args, **kwargs):
                print("submit", fn.__name__)
                return super().submit(fn, *args, **kwargs)
            def shutdown(self, wait=True, **options):
                print("shutdown", wait, options)
                super().shutdown(wait, **options)
        """,
    "by name": """
        class Mine(ThreadPoolExecutor):
            def __init__(self, label):
                ThreadPoolExecutor.__init__(self, 2, label)
            def submit(self, *args, **kwargs):
                print("submit")
                return ThreadPoolExecutor.submit(self, *args, **kwargs)
            def shutdown(self, *args, **kwargs):
                print("shutdown")
                return ThreadPoolExecutor.shutdown(self, *args, **kwargs)
        """,
    "of its own class": """
        class Base(ThreadPoolExecutor):
            def __init__(self, label):
                super(self.__class__, self).__init__(2, label)
        class Mine(ThreadPoolExecutor):
            def __init__(self, label):
                super(self.__class__, self).__init__(2, label)
        """,
    "with __new__": """
        class Mine(ThreadPoolExecutor):
            def __new__(cls, *args, **kwargs):
                self = super().__new__(cls)
                self.made = "made"
                return self
        """,
    "a mixin": """
        import abc
        class Mixin(abc.ABC):
            def hello(self):
                return "hello"
            def __repr__(self):
                return f"<{type(self).__name__} {self.hello()}>"
        class Mine(Mixin, ThreadPoolExecutor): pass
        """,
    "a registry": """
        registry = []
        class Base(ThreadPoolExecutor):
            def __init_subclass__(cls, **kwargs):
                super().__init_subclass__(**kwargs)
                registry.append(cls)
        class Mine(Base): pass
        """,
    "names of ours": """
        class Mine(ThreadPoolExecutor):
            name = None
            def __init__(self, label):
                super().__init__(2, label)
                self.name, self.path, self.id, self.max_workers = label, "a path", 7, 2
                self.options = {}
            def pause(self):
                return "mine"
            status = stop = resume = group = switch = tasks = pause
            def is_paused(self):
                return "perhaps"
        """,
    "what is private": """
        class Mine(ThreadPoolExecutor):
            def __init__(self, label):
                super().__init__(2, label)
                self._work_queue = queue.Queue(maxsize=100)
            def submit(self, fn, /, *args):
                print(self._work_queue.qsize(), self._work_queue.maxsize, len(self._threads))
                return super().submit(fn, *args)
        """,
    "slots": """
        class Mine(ThreadPoolExecutor):
            __slots__ = ("field",)
            def __init__(self, label):
                super().__init__(2, label)
                self.field = 7
        """,
    "generic": """
        from typing import Generic, TypeVar
        T = TypeVar("T")
        class Base(ThreadPoolExecutor, Generic[T]): pass
        Mine = Base[int]
        """,
}


@pytest.mark.parametrize("text", SUBCLASSES.values(), ids=SUBCLASSES)
def test_a_subclass(text):
    """Its pools are ours, and the class sees of that nothing at all."""
    program = (
        dedent(text)
        + """
registry = globals().get("registry", [])
with (Mine("mine") if "__init__" in vars(Mine) else Mine(2, "mine")) as pool:
    own = {name: each for name, each in vars(pool).items() if name[:1] != "_"}
    print(own, getattr(pool, "status", None) and pool.status())
    future = pool.submit(threading.current_thread)
    print(future.result().name, sorted(pool.map(abs, [-1, 2])), isinstance(pool, ThreadPoolExecutor))
print(pool, type(pool).__name__, type(pool).__module__, pool.__class__ is Mine, registry)
if is_run:
    assert ours(pool)
"""
    )
    if "is_paused" not in text:
        program = program.replace('getattr(pool, "status", None) and pool.status()', "''")
    if text == SUBCLASSES["generic"]:
        program = program.replace("pool.__class__ is Mine", "pool.__class__ is Base")
    same(program)


LEFT_ALONE = {
    "it has its own _adjust_thread_count()": """
        class Mine(ThreadPoolExecutor):
            def _adjust_thread_count(self):
                super()._adjust_thread_count()
        """,
    "it makes the stdlib's work items": """
        from concurrent.futures.thread import _WorkItem
        class Base(ThreadPoolExecutor):
            def other(self):
                return _WorkItem
        class Mine(Base): pass
        """,
    "it has a work queue of its own": """
        class Mine(ThreadPoolExecutor):
            def __init__(self, *args):
                super().__init__(*args)
                self._work_queue = queue.LifoQueue()
        """,
    "it is made by Meta, and not by type": """
        class Meta(type): pass
        class Mine(ThreadPoolExecutor, metaclass=Meta): pass
        """,
}


ALONE = """
import pausable
for _ in range(3):
    with Mine(2) as pool:
        print(ours(pool), pool.submit(abs, -1).result(), type(pool) is Mine)
        pausable.pause("for a test")
        future = pool.submit(abs, -2)
        found = [each for each in pausable.pools() if each.is_paused()]
        print(len(found), bool(found) and future.done())
        pausable.resume()
        print(future.result())
"""


@pytest.mark.parametrize("why", LEFT_ALONE)
def test_a_subclass_that_cannot_be_ours(why):
    """Its pools stay the stdlib's, and are adopted: they can be paused all the same."""
    found = ended(dedent(LEFT_ALONE[why]) + ALONE)
    assert (found.code, found.err) == (0, "")
    assert found.out == 3 * "False 1 True\n1 False\n2\n"


@pytest.mark.parametrize("why", LEFT_ALONE)
def test_a_subclass_that_cannot_be_ours_and_is_not_adopted(why):
    """With `--only` nothing is adopted: that is said once, for all pools of the class."""
    found = ended(dedent(LEFT_ALONE[why]) + ALONE, "--only", "*.Mine")
    assert (found.code, found.out) == (0, 3 * "False 1 True\n0 False\n2\n")
    also = "and with --only none is adopted"
    assert found.err == f"pausable: pools of __main__.Mine cannot be paused: {why}, {also}\n"


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        ("maker", "True False False False"),
        ("__main__", "False True True True"),
        ("__main__.Mine", "False False True False"),
        ("pre*", "False False False True"),
        ("m*", "True False False False"),
        ("nothing", "False False False False"),
    ],
)
def test_only_some(tmp_path, pattern, chosen):
    """`--only` selects by the module that makes a pool, by its class, or by its prefix."""
    (tmp_path / "maker.py").write_text(
        "from concurrent.futures import ThreadPoolExecutor\ndef make(): return ThreadPoolExecutor(1)"
    )
    program = f"""
sys.path.insert(0, {str(tmp_path)!r})
import maker
class Mine(ThreadPoolExecutor): pass
made = [maker.make(), ThreadPoolExecutor(1), Mine(1), ThreadPoolExecutor(1, thread_name_prefix="prefix")]
print(*map(ours, made))
"""
    assert said(program, "--only", pattern) == [chosen]


def test_only_several():
    """All that any of them selects."""
    program = """
class A(ThreadPoolExecutor): pass
class B(ThreadPoolExecutor): pass
print(ours(A()), ours(B()), ours(ThreadPoolExecutor()))
"""
    assert said(program, "--only", "*.A", "--only=*.B") == ["True True False"]


CAN_PREEMPT = sys.version_info >= (3, 12)


@pytest.mark.parametrize("options", [(), ("--no-preempt",)], ids=["preemptive", "--no-preempt"])
def test_a_loop_that_never_asks(options):
    """A task rests between its lines, where this Python can; with `--no-preempt` it goes on."""
    program = """
import pausable
from pausable.errors import NotQuiescent
go_on = True
begun = threading.Event()
def loop():
    while go_on:
        begun.set()
with ThreadPoolExecutor(1) as pool:
    future = pool.submit(loop)
    begun.wait()
    begun.clear()
    hold = pausable.pause("for a test")
    if wanted:
        print(pausable.wait_quiescent(50))
    else:
        print(begun.wait(50))
    go_on = False
    hold.release()
"""
    wanted = CAN_PREEMPT and not options
    assert said(f"wanted = {wanted}\n{dedent(program)}", *options) == ["True"]


def test_threads_that_were_replaced():
    """After gevent's `patch_all()` pools stay the stdlib's, and work; that is said once."""
    pytest.importorskip("gevent")
    program = """
import gevent.monkey
gevent.monkey.patch_all()
for _ in range(2):
    with ThreadPoolExecutor(1) as pool:
        print(ours(pool), pool.submit(abs, -1).result())
"""
    found = ended(program)
    assert (found.code, found.out) == (0, "False 1\nFalse 1\n")
    assert found.err.count("the program has replaced threads") == 1


def test_children_of_choice(tmp_path):
    """With `--children`, Python processes that the program starts are run so, too, and theirs."""
    (tmp_path / "child.py").write_text(
        "import sys, concurrent.futures as c, subprocess\n"
        "print(hasattr(c.ThreadPoolExecutor(), 'pause'), sys.argv[1:], flush=True)\n"
        "if sys.argv[1:]: subprocess.run([sys.executable, __file__, *sys.argv[2:]], check=True)\n"
    )
    program = [str(tmp_path / "child.py"), "a", "b"]
    found = run((*RUN, "--children"), *program)
    assert (found.out, found.err) == ("True ['a', 'b']\nTrue ['b']\nTrue []\n", "")
    found = run(RUN, *program)
    assert (found.out, found.err) == ("True ['a', 'b']\nFalse ['b']\nFalse []\n", "")


def test_children_of_multiprocessing(tmp_path):
    """So are those of multiprocessing, however they are started."""
    (tmp_path / "parent.py").write_text(
        "import multiprocessing, concurrent.futures as c\n"
        "def child(): print(hasattr(c.ThreadPoolExecutor(), 'pause'), flush=True)\n"
        "if __name__ == '__main__':\n"
        " for how in ('spawn', 'forkserver', 'fork'):\n"
        "  each = multiprocessing.get_context(how).Process(target=child)\n"
        "  each.start(); each.join()\n"
    )
    found = run((*RUN, "--children"), str(tmp_path / "parent.py"))
    assert (found.code, found.out, found.err) == (0, "True\nTrue\nTrue\n", "")


def test_an_installed_command(tmp_path):
    """It is run as from the shell: its first argument is the path where it was found."""
    command = tmp_path / "a-command"
    command.write_text(
        f"#!{sys.executable}\nimport sys, concurrent.futures as c\n"
        "print(sys.argv, hasattr(c.ThreadPoolExecutor(), 'pause'))\n"
    )
    command.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    found = run(RUN, "a-command", "--name", cwd=Path("/"), PATH=path)
    assert (found.out, found.err) == (f"['{command}', '--name'] True\n", "")
