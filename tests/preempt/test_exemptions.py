"""What is taken to hold nothing is the stdlib's own: the modules that are listed, and no namesakes."""

from __future__ import annotations

import io
import sys
import tempfile
import threading
import zipfile
from types import ModuleType

import pytest

from pausable._preempt.rule import exemptions, territory
from pausable._preempt.rule.exemptions import is_harmless_class, is_harmless_function


@pytest.mark.usefixtures("on_every_python")
def test_the_list_names_modules_of_this_python() -> None:
    """Each module that is listed is one of the stdlib, in this version."""
    listed = set(exemptions._MODULES)
    if sys.version_info >= (3, 14):
        listed |= exemptions._SINCE_3_14
    if sys.version_info < (3, 13):
        listed |= exemptions._UP_TO_3_12
    roots = {each.partition(".")[0] for each in listed}
    assert roots <= sys.stdlib_module_names
    assert {each.partition(".")[0] for each, _ in exemptions._NAMES} - {"numpy"} <= (
        sys.stdlib_module_names
    )
    newer = {"_pydatetime"} if sys.version_info < (3, 12) else set()
    computing = {each.partition(".")[0] for each in territory._COMPUTE} - newer
    assert computing <= sys.stdlib_module_names


def test_what_is_the_stdlibs_is_known() -> None:
    """Classes and functions of the stdlib, in Python and in C."""
    for each in (io.StringIO, io.TextIOWrapper, tempfile.TemporaryDirectory, zipfile.ZipFile):
        assert is_harmless_class(each)
    assert is_harmless_function(open)
    assert is_harmless_function(tempfile.NamedTemporaryFile)
    assert not is_harmless_class(type(threading.Lock()))


SOURCE = """
import threading
lock = threading.Lock()
class Guard:
    def __enter__(self):
        lock.acquire()
    def __exit__(self, *exc):
        lock.release()
def guard():
    return Guard()
"""


@pytest.mark.parametrize("name", ["memory", "profile", "wave", "asyncio.locks", "numpy"])
def test_a_namesake_is_not(name, monkeypatch, tmp_path) -> None:
    """A module of the program's own that has the name of one of them is looked at as any other."""
    module = ModuleType(name)
    module.__file__ = str(tmp_path / f"{name}.py")
    source = SOURCE.replace("Guard", "errstate") if name == "numpy" else SOURCE
    exec(compile(source, module.__file__, "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, name, module)
    cls = module.errstate if name == "numpy" else module.Guard
    if name != "numpy":
        assert not is_harmless_class(cls)
    assert not is_harmless_function(module.guard)
