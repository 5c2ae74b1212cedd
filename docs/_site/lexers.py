"""Colours for what the documents have in fences of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pygments.lexer import RegexLexer
from pygments.token import Generic, Keyword, Name, Number, String, Text

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class FramesLexer(RegexLexer):
    """Frames of the control protocol: what is sent, what comes back, and ``...`` for anything."""

    name = "frames"
    aliases: ClassVar = ["frames"]
    tokens: ClassVar = {
        "root": [
            (r"^[<>]", Generic.Prompt),
            (r'"[^"\n]*"(?=\s*:)', Name.Tag),
            (r'"[^"\n]*"', String.Double),
            (r"\b(true|false|null)\b", Keyword.Constant),
            (r"-?\d+(\.\d+)?", Number),
            (r"[^\"\d\n]+?|\n|.", Text),
        ]
    }


def setup(app: Sphinx) -> dict[str, Any]:
    """Register this with Sphinx."""
    app.add_lexer("frames", FramesLexer)
    return {"parallel_read_safe": True}
