"""Links of pages to other files and to folders of the checkout: on the site, each is a page."""

from __future__ import annotations

import ast
import html
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

LEXERS = {".py": "python", ".toml": "toml", ".sh": "shell"}


class LinksIntoTheCheckout(SphinxTransform):
    """Lets links to files lead to their pages, those to folders to a list or to their README."""

    default_priority = 400

    def apply(self, **_: object) -> None:
        """Change the links of one page."""
        shown = shown_by(self.app)[self.env.docname] = set()
        for link in list(self.document.findall(addnodes.download_reference)):
            path = self._path(link)
            shown.add(path)
            link.replace_self(self._reference(link, f"{link['reftarget']}.html"))
        for link in list(self.document.findall(addnodes.pending_xref)):
            if link["reftype"] != "myst" or link["refdomain"]:
                continue
            path = self._path(link)
            if (path / "README.md").is_file():
                link["refdomain"] = "doc"
                link["reftarget"] = self.env.path2doc(path / "README.md")
                link["reftargetid"] = None
            elif path.is_dir():
                shown.add(path)
                shown.update(files_in(path))
                link.replace_self(
                    self._reference(link, f"{link['reftarget'].rstrip('/')}/index.html")
                )

    def _path(self, link: nodes.Element) -> Path:
        return Path(self.env.relfn2path(link["reftarget"], self.env.docname)[1])

    @staticmethod
    def _reference(link: nodes.Element, uri: str) -> nodes.reference:
        return nodes.reference("", "", *link.children, refuri=uri, internal=True)


def shown_by(app: Sphinx) -> dict[str, set[Path]]:
    """Return what each page links to."""
    if not hasattr(app.env, "shown_by"):
        app.env.shown_by = {}
    return app.env.shown_by


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, str], str]]:
    """Give a page for each file and folder that is linked to, and one that leads to the start."""
    for path in sorted(set().union(*shown_by(app).values())):
        name = path.relative_to(app.srcdir).as_posix()
        if path.is_dir():
            yield f"{name}/index", {"title": f"{name}/", "body": listing(path)}, "page.html"
        else:
            code = app.builder.highlighter.highlight_block(
                path.read_text(encoding="utf-8"), LEXERS.get(path.suffix, "text")
            )
            body = f"<h1>{html.escape(name)}</h1>\n{code}"
            yield name, {"title": name, "body": body}, "page.html"
    first = app.builder.get_target_uri(app.config.root_doc)
    yield "index", {"first": first}, "first.html"


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder, and of those in it."""
    found = sorted(folder.rglob("*.*"))
    return [each for each in found if each.is_file() and "__pycache__" not in each.parts]


def listing(folder: Path) -> str:
    """Return a list of the files of a folder, with the first lines of their docstrings."""
    rows = []
    for path in files_in(folder):
        said = ast.get_docstring(ast.parse(path.read_text("utf-8"))) if path.suffix == ".py" else ""
        name = html.escape(path.relative_to(folder).as_posix())
        line = html.escape((said or "").partition("\n")[0])
        rows.append(f'<li><a href="{name}.html"><code>{name}</code></a>: {line}</li>')
    return f"<h1>{html.escape(folder.name)}/</h1>\n<ul>\n" + "\n".join(rows) + "\n</ul>"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register this with Sphinx."""
    app.add_transform(LinksIntoTheCheckout)
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": False, "env_version": 1}
