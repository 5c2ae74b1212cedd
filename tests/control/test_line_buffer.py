"""LineBuffer are the same, however the pieces were cut in which they came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pausable.control.line_buffer import LineBuffer

LIMIT = 8
LETTERS = st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\n\n", b" ", b"123456789"])).map(b"".join)


def expected(stream: bytes) -> list[bytes | None]:
    """Say what comes of a stream: written as simply as can be."""
    *whole, rest = stream.split(b"\n")
    said = [None if len(each) > LIMIT else each for each in whole]
    said = [each for each in said if each is None or each.strip()]
    return said + [None] * (len(rest) > LIMIT)


@given(st.lists(LETTERS))
def test_any_pieces(pieces):
    """LineBuffer come whole, in their order; one that is too long is told once, and nothing else is lost."""
    lines, found = LineBuffer(LIMIT), []
    for each in pieces:
        found += lines.feed(each)
    stream = b"".join(pieces)
    assert found == expected(stream)
    rest = stream.rpartition(b"\n")[2]
    assert lines.forget_rest() == (len(rest) <= LIMIT and bool(rest.strip()))
    assert not lines.forget_rest()


def test_a_long_line_takes_no_room():
    """What is skipped is not kept."""
    lines = LineBuffer(LIMIT)
    assert lines.feed(b"x" * 1000) == [None]
    assert lines.feed(b"x" * 1000) == []
    assert not lines._got
    assert lines.feed(b"x\nok\n") == [b"ok"]
