"""The battery: a program that `pausable run` runs sees and does what it does without it."""

from __future__ import annotations

import json
import re
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from launch.launching import DIRECT, PROGRAMS, RUN, run

if TYPE_CHECKING:
    from pathlib import Path

FACTS = (PROGRAMS / "facts.py").read_text(encoding="utf-8")
ENDINGS = re.findall(r"^def (\w+)\(\):", (PROGRAMS / "endings.py").read_text("utf-8"), re.MULTILINE)

FORMS = {
    "a script": ["facts.py"],
    "a module": ["-m", "facts"],
    "a package": ["-m", "package"],
    "a module of a package": ["-m", "package.facts"],
    "a folder": ["package"],
    "a zip file": ["facts.zip"],
    "code": ["-c", FACTS],
    "standard input": ["-"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the program in each form."""
    (tmp_path / "package").mkdir()
    for name in ("facts.py", "package/__init__.py", "package/__main__.py", "package/facts.py"):
        (tmp_path / name).write_text(FACTS, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "facts.zip", "w") as file:
        file.writestr("__main__.py", FACTS)
    return tmp_path


def facts(how, *arguments: str, **options: object) -> dict[str, object]:
    """Run the program of facts; return them."""
    ended = run(how, *arguments, **options)
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    assert len(found) > 30
    return found


@pytest.mark.parametrize("form", FORMS)
def test_facts(folder, form):
    """What a program can see of its start is the same, in whatever form it is given."""
    program = [*FORMS[form], "an argument", "--name", "--", "-c"]
    given = FACTS if form == "standard input" else ""
    assert facts(RUN, *program, cwd=folder, given=given) == facts(
        DIRECT, *program, cwd=folder, given=given
    )


def test_a_script_whose_name_begins_with_a_dash(folder):
    """As `python -- -x.py`: it is no option."""
    (folder / "-x.py").write_text(FACTS, encoding="utf-8")
    program = ["-u", "--", "-x.py", "--", "-c"]
    assert facts(RUN, *program, cwd=folder) == facts(DIRECT, *program, cwd=folder)


@pytest.mark.parametrize(
    "path",
    [None, "", "a folder", "a folder:", ":a folder", "a folder::another"],
    ids=["no PYTHONPATH", "an empty one", "a folder", "ends empty", "begins empty", "a gap"],
)
def test_facts_with_a_path(folder, path, monkeypatch):
    """PYTHONPATH and `sys.path` are as they were, however that was written."""
    program = (folder / "facts.py").as_posix()
    monkeypatch.delenv("PYTHONPATH", raising=False)
    environment = {} if path is None else {"PYTHONPATH": path}
    starter = folder / "starter.py"  # which finds pausable without PYTHONPATH
    source = str(PROGRAMS.parents[2] / "src")
    starter.write_text(
        f"import sys; sys.path.insert(0, {source!r}); from pausable.cli import main; main()"
    )
    how = (sys.executable, starter.as_posix(), "run")
    assert facts(how, program, cwd=folder, **environment) == facts(
        DIRECT, program, cwd=folder, **environment
    )


def test_facts_of_children(folder):
    """What a program starts with `multiprocessing` is as it was, and not ours."""
    program = ["facts.py", "children"]
    found = facts(RUN, *program, cwd=folder)
    assert found == facts(DIRECT, *program, cwd=folder)
    assert found["ours in a spawned child"] == []


@pytest.mark.parametrize(
    "flags",
    [
        ["-W", "error", "-X", "dev"],
        ["-OO", "-u", "-B"],
        ["-Wignore", "-Xutf8=0", "-bb"],
        ["-P", "-s", "-q"],
    ],
    ids=" ".join,
)
def test_facts_with_flags(folder, flags):
    """Options of Python are kept, whether they are given to `run` or to the Python that runs it."""
    expected = facts(DIRECT, *flags, "facts.py", cwd=folder)
    assert facts(RUN, *flags, "facts.py", cwd=folder) == expected
    assert facts((RUN[0], *flags, *RUN[1:]), "facts.py", cwd=folder) == expected


@pytest.mark.parametrize("ending", ENDINGS)
def test_endings(ending):
    """The exit code, all output and all tracebacks are the same, in whatever way a program ends."""
    program = [str(PROGRAMS / "endings.py"), ending]
    found = run(RUN, *program, given="some lines\n")
    if sys.version_info[:2] == (3, 13) and ending == "forked":  # see docs/reference/run.md
        assert "is multi-threaded, use of fork()" in found.err
        found = replace(found, err="")
    assert found == run(DIRECT, *program, given="some lines\n")


@pytest.mark.parametrize(
    "program",
    [
        ["nothing.py"],
        ["-m", "nothing.at.all"],
        ["-c", "x = = 1"],
        ["./endings.py", "raises"],
        ["."],
    ],
    ids=" ".join,
)
def test_what_python_says(program):
    """What the interpreter has to say of a program is said by it, as ever."""
    assert run(RUN, *program, cwd=PROGRAMS) == run(DIRECT, *program, cwd=PROGRAMS)
