"""How long the analysis of a code object takes, once, before a task may rest in it: see preemption.

Against what it takes CPython to compile the same module from its source.
"""

from __future__ import annotations

import inspect
import json.decoder
import sys
import tarfile
import textwrap
from contextlib import contextmanager
from functools import partial
from types import CodeType
from typing import TYPE_CHECKING

from benchmarks.clock import now
from benchmarks.contest import Against, Contest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

__all__ = ["contests"]


def contests(*, quick: bool) -> Iterator[Contest]:
    """List what there is to measure."""
    if sys.version_info < (3, 12):
        return
    for module in (textwrap,) if quick else (textwrap, json.decoder, tarfile):
        codes = len(list(all_codes(module)))
        yield Contest(
            f"analysing-{module.__name__.rpartition('.')[2]}",
            f"analysis of a code object, mean of the {codes} of {module.__name__}",
            partial(analysed, module),
            (Against("its share of compiling the module", partial(compiled, module)),),
            sense="cost",
        )


def all_codes(module: ModuleType) -> Iterator[CodeType]:
    """List the code objects of a module, its own first."""
    ahead = [compile(inspect.getsource(module), str(module.__file__), "exec")]
    while ahead:
        code = ahead.pop()
        yield code
        ahead += [each for each in code.co_consts if isinstance(each, CodeType)]


@contextmanager
def analysed(module: ModuleType) -> Iterator[Callable[[], float]]:
    """Analyse each code object of a module for the first time."""
    from pausable._preempt.analysis import analyse  # noqa: PLC0415 - not before 3.12

    codes = list(all_codes(module))

    def measure() -> float:
        began = now()
        for code in codes:
            analyse(code)
        return (now() - began) / len(codes)

    yield measure


@contextmanager
def compiled(module: ModuleType) -> Iterator[Callable[[], float]]:
    """Compile a module."""
    source, file = inspect.getsource(module), str(module.__file__)
    codes = len(list(all_codes(module)))

    def measure() -> float:
        began = now()
        compile(source, file, "exec")
        return (now() - began) / codes

    yield measure
