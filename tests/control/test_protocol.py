"""Frames: what can be said, what is refused and how, and that all of it is understood for ever."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pausable.control import commands, parts, protocol, replies, reply_shapes, shapes
from pausable.control.protocol import Error, Pause, Selection, Status, decode_command, encode

KEPT = sorted(Path(__file__).parent.glob("frames/*/*.jsonl"))
LINES = [(file, line) for file in KEPT for line in file.read_bytes().splitlines()]


def as_said(frame: Any) -> Any:
    """Return a frame as JSON has it, with its defaults."""
    if isinstance(frame, msgspec.Struct):
        found = {each: as_said(getattr(frame, each)) for each in frame.__struct_fields__}
        tag = frame.__struct_config__
        return found if tag.tag is None else {**found, tag.tag_field: tag.tag}
    return [as_said(each) for each in frame] if isinstance(frame, list) else frame


def has_all_of(found: Any, said: Any) -> bool:
    """Say whether all that was said is there; more may be."""
    if isinstance(said, dict):
        return all(name in found and has_all_of(found[name], said[name]) for name in said)
    if isinstance(said, list):
        return len(found) == len(said) and all(map(has_all_of, found, said))
    return bool(found == said)


@pytest.mark.parametrize(("file", "line"), LINES, ids=lambda each: getattr(each, "stem", ""))
def test_kept_frames_are_understood(file, line):
    """What any version has sent means today what it meant then: no field of it is lost."""
    decode = decode_command if file.stem == "commands" else protocol.decode_reply
    frame = decode(line)
    assert not isinstance(frame, Error) or file.stem == "replies"
    assert has_all_of(as_said(frame), json.loads(line))


def test_frames_of_each_kind_are_kept():
    """There is one of every command and reply of this version."""
    of = {"commands": ("do", protocol.Command), "replies": ("reply", protocol.Reply)}
    for stem, (field, union) in of.items():
        kept = {json.loads(line)[field] for file, line in LINES if file.stem == stem}
        assert kept == {each.__struct_config__.tag for each in get_args(union)}


SELECTIONS = st.builds(
    Selection,
    all=st.booleans(),
    path=st.none() | st.text(),
    id=st.none() | st.integers(-(2**53), 2**53),
    glob=st.none() | st.text(),
)
NUMBERS = st.integers(-(2**53), 2**53) | st.text(max_size=100)
SECONDS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=8,
)
COMMANDS = st.one_of(
    st.builds(protocol.Hello, id=NUMBERS, token=st.none() | TEXT),
    st.builds(
        Pause,
        id=NUMBERS,
        on=SELECTIONS,
        reason=TEXT,
        running=st.sampled_from(["rest", "finish"]),
        duration=SECONDS,
        ends=st.sampled_from(["resume", "connection"]),
        wait=SECONDS,
    ),
    st.builds(protocol.Resume, id=NUMBERS, on=SELECTIONS, below=st.booleans(), stagger=SECONDS),
    st.builds(protocol.Stop, id=NUMBERS, on=SELECTIONS, reason=TEXT),
    st.builds(Status, id=NUMBERS, on=SELECTIONS, tasks=st.integers(0, 10_000)),
    st.builds(protocol.Decide, id=NUMBERS, on=SELECTIONS, how=st.just("resolve"), value=JSON),
    st.builds(protocol.Resize, id=NUMBERS, on=SELECTIONS, limit=st.none() | st.integers(-9, 9)),
)


@given(COMMANDS)
def test_a_command_arrives_as_it_was_sent(command):
    """Encoded as one line and decoded, every command is equal to what it was."""
    line = encode(command)
    assert line.count(b"\n") == 1
    assert decode_command(line) == command


@given(st.binary())
def test_any_bytes_have_an_answer(line):
    """Nothing that comes over the wire raises: it is a command, or an error that can be sent."""
    assert encode(decode_command(line))


@given(st.sampled_from([line for _, line in LINES]), st.data())
def test_any_damage_has_an_answer(line, data):
    """Nor does a good frame in which bytes were changed, cut out or put in."""
    begin = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(begin, min(begin + 5, len(line))))
    damaged = line[:begin] + data.draw(st.binary(max_size=5)) + line[end:]
    assert encode(decode_command(damaged))


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        (b"", "malformed", "this is no command"),
        (b"pause", "malformed", "a command is one line like"),
        (b"3", "malformed", "Expected `object`"),
        (b"[" * 5000, "malformed", "this is no command"),
        (b'{"do":"status","id":"\xff"}', "malformed", "(?i)utf-8"),
        (b'{"do":"stop"}', "malformed", "missing required field `on`"),
        (b'{"do":"pause","reason":3}', "malformed", r"Expected `str`, got `int` - at `\$.reason`"),
        (b'{"do":"status","id":99999999999999999999}', "malformed", "this is no command"),
        (b'{"do":"status","tasks":-1}', "malformed", ">= 0"),
        (b'{"do":"reboot"}', "unknown-command", "'reboot'; there are decide, faults, hello"),
        (b'{"do":"pause","v":2}', "too-new", "version 2 of the protocol, and the program speaks 1"),
        (b'{"do":"reboot","v":2}', "too-new", "install a newer pausable"),
    ],
)
def test_what_is_refused(line, code, says):
    """Each kind of line that is no command has a code, and a sentence that says what is wrong."""
    error = decode_command(line)
    assert isinstance(error, Error)
    assert error.code == code
    assert re.search(says, error.says)


@pytest.mark.parametrize("line", [b'{"do":"stop","id":7}', b'{"do":"x","id":7}'])
def test_an_error_has_the_number_of_the_command(line):
    """Where it can be read at all, so that the client knows which of its commands was refused."""
    assert decode_command(line).id == 7


def test_unknown_fields_are_ignored():
    """A newer client may say more, as long as it asks for nothing that only its version has."""
    assert decode_command(b'{"do":"pause","on":{"path":"a","x":1},"mood":"calm"}') == Pause(
        on=Selection(path="a")
    )


def test_a_reply_that_is_none():
    """A client that reads something else is told so."""
    with pytest.raises(ValueError, match="not a reply"):
        protocol.decode_reply(b'{"reply":"nonsense"}')


STRUCTS = {
    name: each
    for module in (parts, replies)
    for name, each in vars(module).items()
    if isinstance(each, type) and issubclass(each, msgspec.Struct) and name != "Answer"
}


@pytest.mark.parametrize("name", [*STRUCTS, "Selection"])
def test_shapes_are_those_of_the_frames(name):
    """What type checkers are told of a reply as a dict has the fields that it has as a frame."""
    struct = STRUCTS.get(name) or commands.Selection
    tag = struct.__struct_config__.tag
    fields = set(struct.__struct_fields__) | ({"reply"} if tag else set())
    module = reply_shapes if name in reply_shapes.__all__ else shapes
    assert set(getattr(module, name).__annotations__) == fields


def test_there_is_no_other_shape():
    """Nor one of something that is not sent."""
    assert {*shapes.__all__, *reply_shapes.__all__} == {*STRUCTS, "Selection"}
