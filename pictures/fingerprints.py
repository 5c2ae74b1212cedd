"""The fingerprints: what each picture shows, as it was when the picture was made.

A picture is stale when one of its sources has changed since: what decides how it looks, and no
more. A test says so.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

__all__ = ["FOLDER", "SOURCES", "fingerprint", "read", "write"]

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
_FILE = FOLDER / "fingerprints.json"

SOURCES = {
    "run": (
        "pictures/run.py",
        "pictures/recording.py",
        "pictures/film.py",
        "pictures/crawl.py",
        "pictures/site.py",
        "src/pausable/terminal/follower.py",
        "src/pausable/terminal/note.py",
        "src/pausable/terminal/screen.py",
        "src/pausable/terminal/phrases.py",
        "src/pausable/cli/resume.py",
    ),
    "top": (
        "pictures/top.py",
        "pictures/shop.py",
        "src/pausable/tui/app.py",
        "src/pausable/tui/cells.py",
        "src/pausable/tui/details.py",
        "src/pausable/tui/happenings.py",
        "src/pausable/tui/outline.py",
        "src/pausable/control/words.py",
    ),
    "web": (
        "pictures/web.py",
        "pictures/shop.py",
        "src/pausable/web/page/charts.js",
        "src/pausable/web/page/index.html",
        "src/pausable/web/page/mirror.js",
        "src/pausable/web/page/panel.css",
        "src/pausable/web/page/panel.js",
    ),
    "notebook": (
        "pictures/notebook.py",
        "src/pausable/notebook/portrayal.py",
        "src/pausable/notebook/script.py",
        "src/pausable/notebook/style.py",
    ),
}
"""The kinds of pictures, and the files that decide how they look."""


def fingerprint(kind: str, root: Path = ROOT) -> str:
    """Return that of the sources as they are now."""
    found = hashlib.sha256()
    for name in SOURCES[kind]:
        content = (root / name).read_bytes()
        found.update(f"{name} {len(content)}\n".encode() + content)
    return found.hexdigest()


def read() -> dict[str, str]:
    """Return those of the pictures that there are."""
    found: dict[str, str] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


def write(kind: str) -> None:
    """Note that the pictures of a kind have just been made."""
    kept = {**(read() if _FILE.exists() else {}), kind: fingerprint(kind)}
    _FILE.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")
