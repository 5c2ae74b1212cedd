"""Pictures that are there twice, for light and for dark: the switch of the site chooses, too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PICTURE = re.compile(
    r'\s*<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="(?P<dark>[^"]+)">'
    r'\s*<img alt="(?P<alt>[^"]+)" src="(?P<light>[^"]+)"[^>]*>\s*</picture>\s*'
)


class LightAndDark(SphinxTransform):
    """Makes images of `<picture>` in the Markdown, so that Sphinx copies and checks them."""

    default_priority = 400

    def apply(self, **_: object) -> None:
        """Change the pictures of one page."""
        for raw in list(self.document.findall(nodes.raw)):
            found = PICTURE.fullmatch(raw.astext())
            if found:
                raw.replace_self(
                    [
                        nodes.image(uri=found[each], alt=found["alt"], classes=[f"only-{each}"])
                        for each in ("light", "dark")
                    ]
                )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register this with Sphinx."""
    app.add_transform(LightAndDark)
    return {"parallel_read_safe": True}
