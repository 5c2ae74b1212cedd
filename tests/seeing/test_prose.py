"""Prose: what a person reads within a line."""

from __future__ import annotations

import pytest

from pausable.scopes.prose import plain, short


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (12.4, "12 s"),
        (119, "119 s"),
        (600, "10 min"),
        (9000, "2.5 h"),
        (260_000, "3.0 d"),
    ],
)
def test_a_duration_is_said_in_few_digits(seconds, text):
    """As a person would say it."""
    assert short(seconds) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Größe \U0001f600", "Größe \U0001f600"),
        ("two\nlines,\ttwo\u2028more", "two lines, two more"),
        ("a\x1b[2Jscreen", r"a\x1b[2Jscreen"),
        ("half a \ud83d", r"half a \ud83d"),
    ],
)
def test_text_of_others_stays_on_its_line(text, line):
    """White space is a space; what a terminal would obey, or could not print, is an escape."""
    assert plain(text) == line
