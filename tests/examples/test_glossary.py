"""The words of the glossary: the first use of each on a page leads there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from examples.pages import FENCED, ROOT, name_of

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "docs"
GLOSSARY = DOCS / "reference/glossary.md"
PAGES = sorted(
    [
        DOCS / "tutorial.md",
        DOCS / "troubleshooting.md",
        *DOCS.glob("how-to/*.md"),
        *DOCS.glob("explanation/*.md"),
    ]
)

NOUN = r"\b(?:an?|the|its|each|every|no|own|last|other|two|all|\w+'s)\s\W{{0,3}}(?P<word>{})\b"
"""For words that are verbs as well: a lock that somebody holds is no hold."""

WORDS = {
    "gate": r"\bgates?\b",
    "hold": NOUN.format("holds?"),
    "switch": NOUN.format("switch(?:es)?"),
    "scope": r"\bscopes?\b",
    "checkpoint": r"\bcheckpoints?\b",
    "safe-point": r"\bsafe\spoints?\b",
    "preemptive": r"\bpreemptive\b",
    "quiescent": r"\bquiescen(?:t|ce)\b",
    "straggler": r"\bstragglers?\b",
    "slot": r"\bslots?\b",
    "seat": r"\bseats?\b",
    "active-time": r"\bactive\stime\b",
    "paused-time": r"\bpaused\stime\b",
    "guard": r"\bguards?\b",
    "trial": r"\btrials?\b",
    "fault": r"\bfaults?\b",
    "adopted": r"\badopted\b",
    "waive": r"\bwaive[ds]?\b",
}

NO_PROSE = re.compile(
    FENCED.pattern
    + r"|^#+ [^\n]*$|`[^`]+`|<!-- make bench: what.*?<!-- make bench: end -->|<[^>]*>",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")


def blank(found: re.Match[str]) -> str:
    """Return as many spaces, so that all else stays where it is."""
    return " " * len(found[0])


def first_uses_without_a_link(text: str) -> dict[str, tuple[int, int]]:
    """Return the words whose first use in the prose of a page leads elsewhere, or nowhere.

    Headings, code and the texts of links to other pages are no uses.
    """
    prose = NO_PROSE.sub(blank, text)
    targets = {}
    for link in LINK.finditer(prose):
        page, _, anchor = link[2].partition("#")
        if page.endswith("glossary.md"):
            targets[link.span(1)] = anchor
    prose = LINK.sub(lambda link: link[0] if link.span(1) in targets else blank(link), prose)
    found = {}
    for word, pattern in WORDS.items():
        use = re.search(pattern, prose, re.IGNORECASE)
        if use is None:
            continue
        start, end = use.span("word" if "word" in use.groupdict() else 0)
        if not any(
            first <= start and end <= last and anchor == word
            for (first, last), anchor in targets.items()
        ):
            found[word] = (start, end)
    return found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_first_use_of_a_word_leads_to_the_glossary(page: Path) -> None:
    """Whoever meets a word of ours for the first time on a page is one click away from it."""
    text = page.read_text(encoding="utf-8")
    missing = first_uses_without_a_link(text)
    said = {word: text[start - 30 : end + 30] for word, (start, end) in missing.items()}
    assert said == {}


def test_each_word_is_in_the_glossary() -> None:
    """Under a heading of its own, which is what links lead to."""
    headings = re.findall(r"^## (.*)$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(WORDS) <= {heading.replace(" ", "-") for heading in headings}


def test_a_use_that_leads_nowhere_is_found() -> None:
    """In prose, but not in code, a heading or the text of another link."""
    elsewhere = "# Gates\n\n`gate` and [a gate](gates.md)\n\n```text\ngate\n```\n"
    assert first_uses_without_a_link(elsewhere + "[Gates](glossary.md#gate), a gate") == {}
    assert set(first_uses_without_a_link(elsewhere + "a gate [gate](glossary.md#gate)")) == {"gate"}
    assert set(first_uses_without_a_link("a [gate](glossary.md#hold)")) == {"gate"}
    assert set(first_uses_without_a_link("who holds a lock, and the hold of others")) == {"hold"}
