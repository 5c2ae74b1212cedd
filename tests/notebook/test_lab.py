"""The live panel in a JupyterLab, with a real browser: what is pressed there happens, and is seen."""

from __future__ import annotations

import re

from notebook.lab import browser, chromium, expect, lab, notebook, run_all

POOL = """
import threading, time
from pausable import ThreadPoolExecutor, checkpoint

over = threading.Event()

def work():
    while not over.is_set():
        checkpoint()
        time.sleep(0.002)

pool = ThreadPoolExecutor(2, thread_name_prefix="<crawler>")
tasks = [pool.submit(work) for _ in range(5)]
pool
"""
LAST = """
over.set()
pool.shutdown()
"""


def test_the_button_pauses_and_resumes(tmp_path):
    """A press of Pause brings the tasks to rest, one of Resume lets them go on; all views show it."""
    path = chromium()
    name = notebook(tmp_path, POOL, "pool", "pool.pause('by hand', owner='me'); None")
    outside = []
    with lab(tmp_path) as address, browser(path) as page:
        page.on("request", lambda sent: outside.append(sent.url))
        run_all(page, address, name)
        panels = page.locator(".pausable-panel")
        expect(panels).to_have_count(2)
        first, second = panels.nth(0), panels.nth(1)
        state = first.locator(".pausable-head .pausable-state")
        button = first.get_by_role("button")

        # It shows what a cell has done, as text and not as markup.
        expect(state).to_have_text("paused")
        expect(first.locator(".pausable-name")).to_have_text("<crawler>")
        expect(first).to_contain_text("by hand")
        expect(button).to_have_text("Resume")

        # By the keyboard, too.
        button.focus()
        page.keyboard.press("Enter")
        expect(state).to_have_text("running")
        expect(second.locator(".pausable-head .pausable-state")).to_have_text("running")

        second.get_by_role("button").click()
        expect(state).to_have_text("paused")
        resting = first.locator("table", has_text="Tasks").locator("tbody tr", has_text="resting")
        expect(resting).to_have_count(2)
        expect(first).to_contain_text("paused in the notebook")
        expect(first).to_contain_text("3 wait to start")
        assert re.search(r"a cell, line \d+ in work", resting.first.inner_text())

        # A pool that has ended says so, and there is nothing to press any more.
        first.get_by_role("button").click()
        expect(state).to_have_text("running")
        page.evaluate(
            """source => {
              const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
              kernel.requestExecute({ code: source });
            }""",
            LAST,
        )
        expect(state).to_have_text("over")
        expect(first.get_by_role("button")).to_have_count(0)
    assert not [url for url in outside if not re.match(r"(data|blob):|https?://127\.0\.0\.1:", url)]


def test_the_button_works_while_a_cell_runs(tmp_path):
    """A cell that waits for its tasks does not keep the panel from pausing them."""
    path = chromium()
    with lab(tmp_path) as address, browser(path) as page:
        run_all(page, address, notebook(tmp_path, POOL, "over.wait(60)"))
        panel = page.locator(".pausable-panel")
        state = panel.locator(".pausable-head .pausable-state")
        expect(state).to_have_text("running")
        expect(page.locator(".jp-InputPrompt").nth(1)).to_have_text("[*]:")
        panel.get_by_role("button").click()
        expect(state).to_have_text("paused")
        expect(page.locator(".jp-InputPrompt").nth(1)).to_have_text("[*]:")
