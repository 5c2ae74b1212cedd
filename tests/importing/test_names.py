"""The names of the package are found, listed, explained and pickled as if all were there at once."""

from __future__ import annotations

import ast
import importlib
import pickle
import sys
from pathlib import Path

import pytest
from importing.fresh import fresh

import pausable

MODULES = ("checkpoints", "control", "errors", "events", "everything", "snapshots", "threads")


def shown_to_checkers() -> dict[str, str]:
    """Read from the source what type checkers see: each name, and the module it is from."""
    tree = ast.parse(Path(pausable.__file__).read_text(encoding="utf-8"))
    (block,) = (
        each
        for each in tree.body
        if isinstance(each, ast.If) and ast.unparse(each.test) == "TYPE_CHECKING"
    )
    return {alias.name: each.module for each in block.body for alias in each.names}


def test_each_is_what_type_checkers_see():
    """Each public name is the object of that module from which they import it, and no other is."""
    shown = shown_to_checkers()
    assert set(shown) == set(pausable.__all__)
    for name, module in shown.items():
        assert getattr(pausable, name) is getattr(importlib.import_module(module), name)


def test_a_star_import():
    """It brings all that is public, and nothing else."""
    said = fresh("""
        from pausable import *
        found = set(globals()) - {"sys", "ours", "faulthandler"}
        print(*sorted(name for name in found if name[:2] != "__"))
        import pausable
        print(*sorted(pausable.__all__))
    """)
    assert said[0] == said[1]


def test_dir():
    """It lists all names before they are used, and the same ones afterwards; no private ones."""
    said = fresh(f"""
        import pausable
        before = dir(pausable)
        print(ours() == {{"pausable"}}, set(before) >= {{*pausable.__all__, *{MODULES}}})
        for name in before:
            getattr(pausable, name)
        print(before == dir(pausable))
        print([name for name in before if name[:1] == "_" and name[:2] != "__"])
        import pausable.futures
        print("futures" in dir(pausable))
    """)
    assert said == ["True True", "True", "[]", "True"]


def test_help():
    """It explains everything public, and none of the ways in which it is found."""
    text = "\n".join(fresh("import pausable; help(pausable)"))
    for name in pausable.__all__:
        found = (f"class {name}(", f"    {name}", f"    async {name}(")
        assert any(each in text for each in found), name
    assert "Rest here while the task, its group or its pool is paused" in text
    assert "__getattr__" not in text
    assert "_NAMES" not in text


def test_an_unknown_name(capsys):
    """It is an AttributeError like any module's: it proposes what there is, never what is not."""
    for wrong, proposed in [
        ("chekpoint", "checkpoint"),
        ("ThreadPoolExecuter", "ThreadPoolExecutor"),
        ("_HOME", None),
        ("TYPE_CHECKIN", None),
        ("nonsense", None),
    ]:
        with pytest.raises(AttributeError, match="module 'pausable' has no attribute") as caught:
            getattr(pausable, wrong)
        assert (caught.value.name, caught.value.obj) == (wrong, pausable)
        sys.__excepthook__(caught.type, caught.value, None)  # what users see; 3.11 knows no other
        said = capsys.readouterr().err
        assert said.partition("Did you mean: ")[2] == (f"'{proposed}'?\n" if proposed else "")
    assert not hasattr(pausable, "nonsense")
    assert getattr(pausable, "nonsense", 7) == 7


def test_an_unknown_name_in_an_import():
    """It is an ImportError, as of any module, and imports nothing."""
    said = fresh("""
        try:
            from pausable import chekpoint
        except ImportError as error:
            print(error.name, str(error).partition(" (")[0], *ours())
    """)
    assert said == ["pausable cannot import name 'chekpoint' from 'pausable' pausable"]


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_attributes(name):
    """Those that `import pausable` has always brought are there, without an import of their own."""
    assert fresh(f"import pausable; print(pausable.{name}.__name__)") == [f"pausable.{name}"]


def test_other_modules_want_an_import():
    """Others become attributes when they are imported, as in any package."""
    said = fresh("""
        import pausable
        print(hasattr(pausable, "futures"), hasattr(pausable, "guards"))
        import pausable.futures, pausable.guards
        print(pausable.futures.ThreadPoolExecutor is pausable.ThreadPoolExecutor)
        print(pausable.guards.Guard.__name__)
    """)
    assert said == ["False False", "True", "Guard"]


def test_reload():
    """After a reload all names are there, and are the same objects, used before or not."""
    said = fresh("""
        import importlib, pausable
        before = pausable.Stopped
        again = importlib.reload(pausable)
        print(again is pausable, again.Stopped is before)
        from pausable.errors import PausableError
        print(again.PausableError is PausableError)
        del sys.modules["pausable"]
        import pausable as anew
        print(anew is again, anew.Stopped is before)
    """)
    assert said == ["True True", "True", "False True"]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(protocol):
    """What is pickled names the modules where things are, which are found where none was imported."""
    location = pausable.Location("a.py", 1, "f")
    straggler = pausable.Straggler("a task", location, 1.0)
    error = pausable.NotQuiescent("a pool", 2.0, [straggler])
    classes = [pausable.ThreadPoolExecutor, pausable.Future, pausable.Hold, pausable.TaskEnded]
    data = pickle.dumps([location, error, pausable.checkpoint, *classes], protocol)
    for module in ("snapshots", "errors", "checkpoints", "threads.executor", "events"):
        assert f"pausable.{module}".encode() in data
    said = fresh(f"""
        import pickle
        location, error, checkpoint, *classes = pickle.loads({data!r})
        import pausable
        print(location, error.stragglers[0].where == location, checkpoint is pausable.checkpoint)
        print(*(each is getattr(pausable, each.__name__) for each in classes))
    """)
    assert said == ["a.py:1 in f True True", "True True True True"]


def test_a_pickle_that_names_the_package():
    """A class is found through the package, too."""
    assert pickle.loads(b"cpausable\nStopped\n.") is sys.modules["pausable.errors"].Stopped
