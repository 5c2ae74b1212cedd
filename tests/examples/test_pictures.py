"""The pictures of the documents are newer than what they show, and ask for nothing from outside."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from pictures.fingerprints import FOLDER, SOURCES, fingerprint, read

ROOT = Path(__file__).parents[2]
PICTURES = sorted(path for path in FOLDER.iterdir() if path.suffix != ".json")
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("kind", SOURCES)
def test_a_picture_is_newer_than_what_it_shows(kind):
    """What decides how it looks is what it was when the picture was made."""
    assert read().get(kind) == fingerprint(kind), (
        f'docs/pictures/{kind}-* show what is no more: run `make pictures ARGS="{kind}"`, and look at them'
    )


@pytest.mark.parametrize(
    ("kind", "source"), [(kind, source) for kind in SOURCES for source in SOURCES[kind]]
)
def test_a_change_of_any_source_is_seen(kind, source, tmp_path):
    """Of a single byte."""
    for each in SOURCES[kind]:
        copy = tmp_path / each
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / each, copy)
    assert fingerprint(kind, tmp_path) == fingerprint(kind)
    with (tmp_path / source).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert fingerprint(kind, tmp_path) != fingerprint(kind)


def test_each_picture_is_there_dark_and_light():
    """For each kind there are two, and there are no others."""
    wanted = [f"{kind}-{theme}" for kind in SOURCES for theme in ("dark", "light")]
    assert [path.stem for path in PICTURES] == sorted(wanted)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_seen_on_a_page(picture):
    """By a page that names both themes, and says in words what is there to be seen."""
    kind = picture.stem.partition("-")[0]
    dark, light = (f"pictures/{kind}-{theme}{picture.suffix}" for theme in ("dark", "light"))
    shown = rf'<source media="\(prefers-color-scheme: dark\)" srcset="[./]*(docs/)?{dark}">\s*<img alt="[^"]{{40,}}" src="[./]*(docs/)?{light}"'
    assert any(re.search(shown, page.read_text(encoding="utf-8")) for page in PAGES)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_small(picture):
    """A page with it is there at once."""
    assert picture.stat().st_size < 150_000


@pytest.mark.parametrize(
    "picture", [path for path in PICTURES if path.suffix == ".svg"], ids=lambda path: path.name
)
def test_a_drawing_asks_for_nothing_from_outside(picture):
    """No font, no image, no script: it is a picture wherever it is shown."""
    drawn = picture.read_text(encoding="utf-8")
    assert not re.search(
        r"<(script|image|use|foreignObject)\b|@import|@font-face|url\((?!#)", drawn
    )
    outside = re.sub(r'xmlns(:\w+)?="[^"]*"', "", drawn)
    assert not re.search(r'(href|src)\s*=\s*"(?!#)', outside)
