"""The reference that is made of docstrings: fences of `api`, with a public name in each line."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FENCE = re.compile(r"^```api\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What is inherited from these is not listed again.
FOREIGN = ("Executor", "BaseException", "object", "tuple")

# What Sphinx makes of defaults that are not given, and of `*args: P.args`.
REWORDED = (
    (r" \| ~?[\w.]*\bUnset\b", ""),
    (r"\bUnset\.UNSET\b|<factory>", "..."),
    (r"~typing\.~P\b", "~typing.Any"),
)


def add_directives(_app: Sphinx, _docname: str, source: list[str]) -> None:
    """Put directives of autodoc in the place of the names in a page."""
    source[0] = FENCE.sub(
        lambda fence: "```{eval-rst}\n" + "".join(map(directive, fence[1].split())) + "```",
        source[0],
    )


def directive(name: str) -> str:
    """Return what documents a name: in full where it is at home, elsewhere where that is."""
    module, _, own = name.rpartition(".")
    found = getattr(import_module(module), own)
    kind = kind_of(found)
    home = home_of(found, module, own)
    if home != module:
        return f".. py:{kind}:: {name}\n\n   The one of `{home}`.\n\n"
    if kind in ("function", "data"):
        return f".. auto{kind}:: {name}\n\n"
    here = import_module(module)
    is_below_another = any(
        base.__name__ in here.__all__ and getattr(here, base.__name__) is base
        for base in found.__bases__
    )
    members = (
        ":show-inheritance:"
        if is_below_another or kind == "exception"
        else f":inherited-members: {', '.join(FOREIGN)}"
    )
    return f".. auto{kind}:: {name}\n   :members:\n   {members}\n\n"


def home_of(found: object, module: str, own: str) -> str:
    """Return the module that a name is documented in: the stdlib's, or the uppermost of ours."""
    made_in = str(getattr(found, "__module__", module))
    if not made_in.startswith("pausable"):
        return made_in.partition("._")[0]
    parents = [module]
    while "." in parents[-1]:
        parents.append(parents[-1].rpartition(".")[0])
    return next(
        each for each in reversed(parents) if getattr(import_module(each), own, None) is found
    )


def kind_of(found: object) -> str:
    """Return the word that Sphinx has for what a name stands for."""
    if inspect.isclass(found):
        return "exception" if issubclass(found, BaseException) else "class"
    return "function" if inspect.isroutine(found) else "data"


def keep_colons(
    _app: Sphinx, what: str, _name: str, _obj: object, _options: object, lines: list[str]
) -> None:
    """Let Napoleon see no types in what is said of attributes: there, a colon is only a colon."""
    if what in ("attribute", "data", "property"):
        lines[:0] = ["..", ""]


def show_signature(
    _app: Sphinx,
    _what: str,
    _name: str,
    obj: object,
    _options: object,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """Show arguments as the docstrings have them, and none of what is not made by a call."""
    said = getattr(getattr(obj, "__init__", None), "__doc__", None) or ""
    if inspect.isclass(obj) and said.startswith("Use `"):
        return "", None
    for shown, meant in REWORDED:
        signature = signature and re.sub(shown, meant, signature)
    return signature, returns


def setup(app: Sphinx) -> dict[str, Any]:
    """Register this with Sphinx."""
    app.connect("source-read", add_directives)
    app.connect("autodoc-process-docstring", keep_colons, priority=400)
    app.connect("autodoc-process-signature", show_signature)
    return {"parallel_read_safe": True}
