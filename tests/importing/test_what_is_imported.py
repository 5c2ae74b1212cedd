"""An import brings what it is for, and no more: the rest comes when it is first used."""

from __future__ import annotations

import pytest
from importing.fresh import fresh

# What a program that pauses nothing has no use for.
SELDOM = (
    "pausable._preempt",
    "pausable.guards",
    "pausable.lowlevel",
    "pausable.metrics",
    "pausable.notebook",
    "pausable.scopes.progress",
    "pausable.spans",
    "pausable.tracing",
)


def seldom(modules: list[str]) -> list[str]:
    """Pick what only few programs need."""
    return [name for name in modules if name.startswith(SELDOM)]


def test_the_package_alone():
    """`import pausable` imports none of our other modules, and none of the stdlib's large ones."""
    said = fresh("""
        before = set(sys.modules)
        import pausable
        print(*ours())
        print(*{"concurrent.futures", "logging", "threading", "typing"} & set(sys.modules) - before)
    """)
    assert said == ["pausable", ""]


def test_the_version():
    """Who asks for the version imports nothing for it."""
    said = fresh("import pausable; print(pausable.__version__.count('.'), *ours())")
    assert said == ["2 pausable"]


def test_a_checkpoint():
    """A module that calls `checkpoint()` imports no pool."""
    loaded = fresh("from pausable import checkpoint; print(*ours(), sep='\\n')")
    assert "pausable.checkpoints" in loaded
    assert not [name for name in loaded if name.startswith("pausable.threads")]
    assert not seldom(loaded)


@pytest.mark.parametrize("name", ["Location", "Stopped", "TaskEnded"])
def test_plain_data(name):
    """Errors, events and snapshots bring nothing of what runs."""
    loaded = fresh(f"from pausable import {name}; print(*ours(), sep='\\n')")
    assert set(loaded) <= {
        "pausable",
        "pausable.errors",
        "pausable.events",
        "pausable.snapshots",
    }


@pytest.mark.parametrize(
    "program",
    [
        "import pausable.futures",
        "from pausable.futures import ThreadPoolExecutor",
        "from pausable import ThreadPoolExecutor, checkpoint",
        """
from pausable import ThreadPoolExecutor, checkpoint
with ThreadPoolExecutor(1) as pool:
    pool.pause("for a test").wait(10)
    pool.submit(checkpoint)
    pool.status(), pool.stragglers()
    pool.resume()
""",
    ],
    ids=["the drop-in", "its pool", "ours", "a pause"],
)
def test_a_pool(program):
    """What makes tasks rest between two lines, and the guards, come with the first who wants them."""
    loaded = fresh(f"{program}\nprint(*ours(), sep='\\n')")
    assert "pausable.threads.executor" in loaded
    assert not seldom(loaded)


@pytest.mark.parametrize(
    ("program", "large"),
    [
        (
            "from pausable.futures import ThreadPoolExecutor",
            "asyncio datetime decimal importlib.util numbers pathlib random signal",
        ),
        ("from pausable.guards import Guard", "asyncio email zoneinfo socket ssl subprocess"),
    ],
    ids=["a pool", "a guard"],
)
def test_little_of_the_stdlib(program, large):
    """What takes long to import, and few programs need, comes when it is first needed."""
    said = fresh(f"""
        import concurrent.futures.thread
        before = set(sys.modules)
        {program}
        print(*set({large!r}.split()) & (set(sys.modules) - before))
    """)
    assert said == [""]


def test_the_drop_in():
    """It brings processes, and what these need, when they are used, as the stdlib's package does."""
    said = fresh("""
        from pausable.futures import ThreadPoolExecutor, as_completed
        large = {"multiprocessing", "socket", "subprocess"}
        print(*large & set(sys.modules))
        from pausable.futures import ProcessPoolExecutor
        import concurrent.futures
        print(issubclass(ProcessPoolExecutor, concurrent.futures.ProcessPoolExecutor))
    """)
    assert said == ["", "True"]


def test_what_is_used_stays():
    """A name is looked for once: from its first use on it is an ordinary attribute."""
    said = fresh("""
        import pausable
        print("Stopped" in vars(pausable))
        first = pausable.Stopped
        print("Stopped" in vars(pausable), pausable.Stopped is first)
    """)
    assert said == ["False", "True True"]
