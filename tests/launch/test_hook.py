"""The hook takes itself away, lets the user's own through, and never keeps a program from running."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from launch.launching import DIRECT, RUN, run

import pausable

SOURCE = Path(pausable.__file__).parent


@pytest.fixture
def with_own(tmp_path, monkeypatch):
    """Give a function that puts a `sitecustomize` of the user on PYTHONPATH."""
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{SOURCE.parent}")

    def put(text: str) -> None:
        (tmp_path / "sitecustomize.py").write_text(text, encoding="utf-8")

    return put


SHOW = """
import sitecustomize, sys
print(sitecustomize.__file__, sitecustomize.__spec__.name, sitecustomize.mark)
"""


def test_the_own_module_of_the_user(with_own):
    """It is run, once, as if we were not there."""
    with_own("import sys; mark = __name__ in sys.modules; print('mine', flush=True)")
    ended = run(RUN, "-c", SHOW)
    assert ended.out == "mine\n" + run(DIRECT, "-c", SHOW).out
    assert ended.out.startswith("mine\nmine\n")  # our launcher is a Python, too


def test_an_own_module_that_raises(with_own):
    """The interpreter says so as ever, and the program's pools are ours all the same."""
    with_own("raise ValueError('mine')")
    program = (
        "import concurrent.futures as c, sys; print('sitecustomize' in sys.modules);"
        "print(hasattr(c.ThreadPoolExecutor(), 'pause'))"
    )
    ended = run(RUN, "-c", program)
    direct = run(DIRECT, "-c", program)
    assert ended.err == 2 * direct.err
    assert direct.out == "False\nFalse\n"
    assert ended.out == "False\nTrue\n"


def test_no_own_module():
    """Then there is none."""
    program = "try:\n import sitecustomize\nexcept ImportError as error: print(error.name, error)"
    ended = run(RUN, "-c", program)
    assert ended == run(DIRECT, "-c", program)
    assert ended.out == "sitecustomize No module named 'sitecustomize'\n"


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("launch/hook.py", "raise RuntimeError('broken')", "RuntimeError: broken"),
        ("threads/executor.py", "x = = 1", "SyntaxError: "),
        ("launch/made_ours.py", "import nothing_at_all", "ModuleNotFoundError: "),
    ],
)
def test_one_of_ours_that_cannot_be_imported(tmp_path, monkeypatch, path, text, why):
    """The program runs without pauses, and that is said once, however it ends."""
    copy = tmp_path / "pausable"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / path).write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    program = (
        "from concurrent.futures import ThreadPoolExecutor as Pool\n"
        "with Pool() as pool: print(type(pool).__mro__[1].__name__, pool.submit(abs, -1).result())"
    )
    ended = run(RUN, "-c", program)
    assert (ended.code, ended.out) == (0, "Executor 1\n")
    assert ended.err.startswith(f"pausable: the program runs without pauses ({why}")
    assert ended.err.count("\n") == 1


def test_a_broken_hook_and_no_standard_error(tmp_path, monkeypatch):
    """Where nothing can be said, nothing is."""
    copy = tmp_path / "pausable"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "launch" / "hook.py").write_text("raise RuntimeError", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    shell = f"exec {sys.executable} -m pausable run -c 'print(1)' 2>&-"
    assert run(("sh", "-c", shell)).out == "1\n"


def test_another_package_of_our_name(tmp_path, monkeypatch):
    """The one that was asked is the one that is used, wherever the program looks for modules."""
    (tmp_path / "pausable.py").write_text("raise RuntimeError('not me')", encoding="utf-8")
    starter = f"""
import sys
sys.path.insert(0, {str(SOURCE.parent)!r})
from pausable.cli import main
main()
"""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    program = "import concurrent.futures as c; print(hasattr(c.ThreadPoolExecutor(), 'pause'))"
    ended = run((sys.executable, "-c", starter), "run", "-c", program)
    assert (ended.out, ended.err) == ("True\n", "")
