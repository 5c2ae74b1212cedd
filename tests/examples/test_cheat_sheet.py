"""Commands and keys in the documents are those that there are."""

from __future__ import annotations

import re
import shlex
from importlib import import_module

import pytest
from examples.pages import FENCED, PAGES, ROOT, name_of

from pausable.cli import main
from pausable.cli.catalogue import COMMANDS
from pausable.terminal.keys import Key

SHELL = ("sh", "shell")
CHEAT_SHEET = ROOT / "docs/cheat-sheet.md"
NAMES = {" ": "space", "\x03": "Ctrl-C", "\x1a": "Ctrl-Z"}


def commands_of(text: str) -> list[list[str]]:
    """Return the commands of ours in the shell blocks of a page, without comments."""
    blocks = [block for language, block in FENCED.findall(text) if language in SHELL]
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("pausable ")]


TYPED = {
    page: commands for page in PAGES if (commands := commands_of(page.read_text(encoding="utf-8")))
}


@pytest.mark.parametrize("page", TYPED, ids=name_of)
def test_each_command_of_a_page_can_be_typed(page, monkeypatch) -> None:
    """The command is there, and takes these options and arguments."""
    for _, name, *arguments in TYPED[page]:
        module = import_module(COMMANDS[name].module)
        monkeypatch.setattr(module, "run", lambda options: 0)
        assert main([name, *arguments]) == 0, arguments


def test_the_cheat_sheet_has_each_command() -> None:
    """But for what undoes another, lists faults, and completes commands in shells."""
    shown = {name for _, name, *_ in TYPED[CHEAT_SHEET]}
    assert set(COMMANDS) - shown == {"detach", "faults", "completion"}


def test_the_cheat_sheet_has_each_key() -> None:
    """No other keys, and none left out."""
    (table,) = re.findall(
        r"^\| key \|.*?(?=\n\n|\Z)", CHEAT_SHEET.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    rows = re.findall(r"^\| (.*?) \|", table, re.MULTILINE)[1:]
    shown = {each.strip("` ") for row in rows for each in row.split(",")}
    assert shown == {NAMES.get(key.value, key.value) for key in Key if key.value}


def test_the_cheat_sheet_fits_on_a_page() -> None:
    """In lines of a hundred characters, and no more of them than a page of paper has."""
    text = CHEAT_SHEET.read_text("utf-8")
    code = [line for _, block in FENCED.findall(text) for line in block.splitlines()]
    assert max(map(len, code)) <= 100
    assert len([line for line in text.splitlines() if line.strip("`")]) <= 90
