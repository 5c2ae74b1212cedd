"""The page of limits says what the drivers say, and leaves out nothing that the contract needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from adapters.limits import COLUMNS, PAGE, ROWS, UNTOLD, written

from pausable.processes.frost import CAN_FREEZE

NEEDED = {
    need
    for each in Path(__file__).parent.glob("test_*.py")
    for need in re.findall(r'mark\.needs\("([\w ]+)"\)', each.read_text("utf-8"))
}


@pytest.mark.skipif(not CAN_FREEZE, reason="the page is about Linux")
def test_the_page_is_what_the_drivers_say():
    """Each cell, and each sentence."""
    text = PAGE.read_text("utf-8")
    assert written(text) == text, "PYTHONPATH=tests python -m adapters.limits writes it anew"


def test_what_tests_need_has_a_row_or_is_of_no_matter_to_users():
    """And there is no row that no test stands for."""
    told = {need for needs in ROWS for need in needs}
    assert not told & UNTOLD
    assert told | UNTOLD == NEEDED


@pytest.mark.parametrize("name", COLUMNS)
def test_what_is_lacked_is_needed_by_a_test(name):
    """Else nobody would try whether it is refused."""
    driver = COLUMNS[name]
    assert {*driver.lacks, *driver.spared} <= NEEDED
    assert not driver.lacks.keys() & driver.spared.keys()
