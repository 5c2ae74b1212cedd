"""The types in signatures: what modules import for checkers only is imported, and linked."""

from __future__ import annotations

import ast
import inspect
import pydoc
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from pausable._core.facts import fact

if TYPE_CHECKING:
    from types import ModuleType

    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


# What has no page of its own: what those that have one have in common, and what is only a type.
COMMON = ("Gated", "GroupedScope", "CoroutineScope", "_Threads")


def import_for_checkers(app: Sphinx) -> None:
    """Run the blocks of all modules that only checkers see, now that all modules are there."""
    for name in app.config.api_modules:
        module = import_module(name)
        for own in module.__all__:  # a name of `pausable` is imported when it is asked for
            getattr(module, own)
    for name in _run_blocks():
        for cls in vars(sys.modules[name]).values():
            if inspect.isclass(cls) and cls.__module__ == name:
                _make_properties(cls)


def _run_blocks() -> set[str]:
    done: set[str] = set()
    while left := {each for each in sys.modules if each.startswith("pausable.")} - done:
        before = len(done)
        for name in left:
            try:
                _run_block(sys.modules[name])
            except ImportError:  # what it imports is in a block that has not run yet
                continue
            done.add(name)
        if len(done) == before:
            raise ImportError(f"not to be imported for checkers: {sorted(left)}")
    return done


def _make_properties(cls: type) -> None:
    for name, each in list(vars(cls).items()):
        if isinstance(each, fact):  # autodoc knows properties, and shows their types
            setattr(cls, name, property(each._get))


def _run_block(module: ModuleType) -> None:
    source = inspect.getsource(module)
    for each in ast.parse(source).body:
        if isinstance(each, ast.If) and ast.unparse(each.test) == "TYPE_CHECKING":
            block = ast.Module(each.body, type_ignores=[])
            exec(compile(block, str(module.__file__), "exec"), vars(module))  # noqa: S102 - our own


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.TextElement
) -> nodes.Element | None:
    """Find what Sphinx has not found: a public name for a class, or nothing to link to."""
    if node["refdomain"] != "py":
        return None
    python = env.domains.python_domain
    target = node["reftarget"].partition("(")[0]
    for name in (target, public_name(target)):
        found = python.resolve_xref(
            env, node["refdoc"], app.builder, node["reftype"], name, node, contnode
        )
        if found is not None:
            return found
    has_no_page = is_foreign(target) or target.rpartition(".")[2] in COMMON
    return contnode if node["reftype"] == "obj" or has_no_page else None


def public_name(target: str) -> str:
    """Return the name under which users have what is made in a private place."""
    found = pydoc.locate(target)
    own = target.rpartition(".")[2]
    return f"pausable.{own}" if getattr(import_module("pausable"), own, None) is found else target


def is_foreign(target: str) -> bool:
    """Say whether a name is a variable, or of other libraries, whose pages are not here."""
    found = pydoc.locate(target)
    is_variable = isinstance(found, TypeVar | ParamSpec)
    return found is not None and (is_variable or not target.startswith("pausable"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register this with Sphinx."""
    app.add_config_value("api_modules", [], "env")
    app.connect("builder-inited", import_for_checkers)
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True}
