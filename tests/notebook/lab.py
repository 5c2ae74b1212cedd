"""A JupyterLab with a browser in front of it, for tests: skipped, with a word, where either is missing."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from helpers import until

import pausable

try:
    from playwright.sync_api import expect, sync_playwright
except ImportError:
    expect = sync_playwright = None

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["browser", "chromium", "expect", "lab", "notebook", "run_all", "surroundings"]

TOKEN = "t"
CEILING = 60_000  # milliseconds for whatever is waited for


def chromium() -> str:
    """Return the path of a browser; skip the test where it or what drives it is missing."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("there is no chromium here: apt-get install chromium")
    if sync_playwright is None:
        pytest.skip("playwright is not installed: pip install --group notebook")
    return found


def notebook(folder: Path, *cells: str) -> str:
    """Write a notebook; return its name. Without a kernelspec, Lab would ask for one."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    written = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "source": cell,
            "outputs": [],
            "execution_count": None,
        }
        for number, cell in enumerate(cells)
    ]
    page = {
        "cells": written,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (folder / "page.ipynb").write_text(json.dumps(page), encoding="utf-8")
    return "page.ipynb"


@contextmanager
def lab(folder: Path) -> Iterator[str]:
    """Run a JupyterLab that serves *folder* and nothing else; give its address."""
    if find_spec("jupyterlab") is None:
        pytest.skip("JupyterLab is not installed: pip install --group notebook")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    options = {
        "--ServerApp.token": TOKEN,
        "--ServerApp.root_dir": folder,
        "--ServerApp.port": port,
        "--ServerApp.ip": "127.0.0.1",
        "--ServerApp.port_retries": 0,
        "--LabApp.news_url": "",
        "--LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "--LabApp.expose_app_in_browser": True,
        "--LabApp.extension_manager": "readonly",
    }
    command = [sys.executable, "-m", "jupyterlab", "--allow-root", "--no-browser"]
    with (folder / "lab.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, *(f"{name}={value}" for name, value in options.items())],
            cwd=folder,
            env=surroundings(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            until(lambda: _is_up(server, address), timeout=60, what="JupyterLab is up")
            yield address
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):  # how soon it ends is not ours to say
                server.wait(60)
            server.kill()
            server.wait()


def _is_up(server: subprocess.Popen[bytes], address: str) -> bool:
    assert server.poll() is None, "JupyterLab has ended: see its lab.log"
    with suppress(OSError), urllib.request.urlopen(f"{address}/api?token={TOKEN}"):
        return True
    return False


def surroundings(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing of the user's is read, or written."""
    quiet = folder / ".settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}', encoding="utf-8")
    folders = {
        "JUPYTERLAB_SETTINGS_DIR": ".settings",
        "JUPYTERLAB_WORKSPACES_DIR": ".workspaces",
        "JUPYTER_CONFIG_DIR": ".config",
        "JUPYTER_DATA_DIR": ".data",
        "JUPYTER_RUNTIME_DIR": ".runtime",
        "IPYTHONDIR": ".ipython",
    }
    ours = {name: str(folder / each) for name, each in folders.items()}
    source = str(Path(pausable.__file__).parents[1])  # it may be imported from a checkout
    path = os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH"))))
    return {**os.environ, **ours, "PYTHONPATH": path}


@contextmanager
def browser(path: str, **options: Any) -> Iterator[Any]:
    """Run a browser without a window; give a page of it."""
    with sync_playwright() as driver:
        run = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            page = run.new_page(viewport={"width": 1200, "height": 1000}, **options)
            page.set_default_timeout(CEILING)
            expect.set_options(timeout=CEILING)
            yield page
        finally:
            run.close()


RUN_ALL = """async () => {
  const page = window.jupyterapp.shell.currentWidget;
  await page.context.ready;
  await page.sessionContext.ready;
  window.jupyterapp.commands.execute("notebook:run-all-cells");
}"""


def run_all(page: Any, address: str, name: str) -> None:
    """Open a notebook, and have all of its cells run."""
    page.goto(f"{address}/lab/tree/{name}?token={TOKEN}")
    page.wait_for_selector(".jp-Notebook")
    page.evaluate(RUN_ALL)
