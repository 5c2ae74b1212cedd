"""A real kernel: what a notebook keeps of a pool that was shown, with anywidget and without."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest
from notebook.lab import notebook, surroundings

for _needed in ("nbclient", "ipykernel", "anywidget"):
    if find_spec(_needed) is None:
        pytest.skip(f"{_needed} is not installed", allow_module_level=True)

RUN = """
import sys, nbformat, nbclient
page = nbformat.read("page.ipynb", as_version=4)
nbclient.NotebookClient(page, timeout=60).execute()
nbformat.write(page, "page.ipynb")
"""
LIVE = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def whole(data):
    """Put a text together, of which a notebook keeps the lines."""
    return "".join(data) if isinstance(data, list) else data


def run(folder, *cells):
    """Run a notebook; return what each cell has shown last, and the state of its widgets."""
    notebook(folder, *cells)
    subprocess.run(
        [sys.executable, "-c", RUN], cwd=folder, env=surroundings(folder), check=True, timeout=90
    )
    page = json.loads((folder / "page.ipynb").read_text(encoding="utf-8"))
    last = [cell["outputs"][-1]["data"] if cell["outputs"] else {} for cell in page["cells"]]
    shown = [{kind: whole(data) for kind, data in each.items()} for each in last]
    widgets = page["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})
    return shown, widgets


def test_with_anywidget(tmp_path):
    """A pool is shown live, with the table for frontends that have no widgets; a status is a table."""
    shown, widgets = run(
        tmp_path,
        "import pausable; pool = pausable.ThreadPoolExecutor(2, thread_name_prefix='crawler')",
        "pool",
        "pausable.status()",
        "import time; pool.pause('backup', owner='me'); time.sleep(0.5); panel = None",
    )
    assert set(shown[1]) == {LIVE, "text/html", "text/plain"}
    assert shown[1]["text/plain"].startswith("<ThreadPoolExecutor 'crawler' open")
    assert "crawler" in shown[1]["text/html"]
    assert set(shown[2]) == {"text/html", "text/plain"}
    state = widgets[shown[1][LIVE]["model_id"]]["state"]
    assert state["facts"]["state"] == "paused"  # set by another thread than that of the cells
    assert state["facts"]["holds"] == [{"scope": "crawler", "reason": "backup", "owner": "me"}]


def test_without_anywidget(tmp_path):
    """It is shown as a table, and who asks for a panel is told what to install."""
    shown, widgets = run(
        tmp_path,
        "import sys; sys.modules['anywidget'] = None\n"
        "import pausable; pool = pausable.ThreadPoolExecutor(2, thread_name_prefix='crawler')",
        "pool",
        "from pausable.notebook import panel\n"
        "try: panel(pool)\nexcept ImportError as error: said = str(error)\nsaid",
    )
    assert set(shown[1]) == {"text/html", "text/plain"}
    assert "pip install 'pausable[notebook]'" in shown[2]["text/plain"]
    assert not widgets
