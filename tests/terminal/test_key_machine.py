"""The machine of the keys: what each key asks for, by what is known and what was asked before."""

from __future__ import annotations

import pytest

from pausable.terminal.key_machine import AT_ONCE, Act, KeyMachine, PoolFacts
from pausable.terminal.keys import Key, keys_in

NOTHING = PoolFacts()
RUNNING = PoolFacts(unfinished=3)
PAUSED = PoolFacts(is_on=True, unfinished=3)
STOPPING = PoolFacts(unfinished=3, is_stopping=True)


def press(*presses):
    """Press keys one after the other, each with the facts and at the time; return the last answer."""
    machine = KeyMachine()
    return [machine.press(*each) for each in presses][-1]


@pytest.mark.parametrize(
    ("key", "facts", "acts"),
    [
        (Key.SPACE, RUNNING, [Act.PAUSE]),
        (Key.SPACE, NOTHING, [Act.PAUSE]),
        (Key.SPACE, PAUSED, [Act.RESUME]),
        (Key.STATUS, PAUSED, [Act.SHOW_STATUS]),
        (Key.TASKS, PAUSED, [Act.SHOW_TASKS]),
        (Key.HELP, NOTHING, [Act.SHOW_KEYS]),
        (Key.SUSPEND, RUNNING, [Act.SUSPEND]),
        (Key.STOP, RUNNING, [Act.ASK]),
        (Key.STOP, NOTHING, [Act.SAY_NOTHING_TO_STOP]),
        (Key.OTHER, RUNNING, [Act.SAY_NO_KEY]),
        (Key.INTERRUPT, RUNNING, [Act.PAUSE, Act.OFFER]),
        (Key.INTERRUPT, PAUSED, [Act.OFFER]),
        (Key.INTERRUPT, NOTHING, [Act.SAY_PASSED_ON, Act.INTERRUPT, Act.RESUME]),
    ],
)
def test_a_key_alone(key, facts, acts):
    """Each key does one thing, which depends on nothing but the facts."""
    assert press((key, facts, 0.0)) == acts


def test_stop_asks_once():
    """The second `q` stops; any other key does not, and does what it always does."""
    q = (Key.STOP, RUNNING, 0.0)
    assert press(q, q) == [Act.STOP]
    assert press(q, (Key.OTHER, RUNNING, 0.0)) == [Act.SAY_NOT_STOPPED]
    assert press(q, (Key.SPACE, RUNNING, 0.0)) == [Act.SAY_NOT_STOPPED, Act.PAUSE]
    assert press(q, (Key.SPACE, RUNNING, 0.0), q) == [Act.ASK]
    assert press(q, (Key.INTERRUPT, RUNNING, 0.0), q) == [Act.STOP]  # that has offered it


def test_three_interrupts():
    """The first pauses, the second interrupts, the third ends, if it comes soon."""
    first, second = (Key.INTERRUPT, RUNNING, 0.0), (Key.INTERRUPT, PAUSED, 100.0)
    assert press(first, second) == [Act.SAY_INTERRUPTED, Act.INTERRUPT, Act.RESUME_LATER]
    assert press(first, second, (Key.INTERRUPT, STOPPING, 100 + AT_ONCE)) == [Act.END]


def test_a_third_interrupt_that_comes_late():
    """It ends nothing: it interrupts what is still stopping, or else is a first one again."""
    before = [(Key.INTERRUPT, RUNNING, 0.0), (Key.INTERRUPT, PAUSED, 1.0)]
    late = 1.1 + AT_ONCE
    assert Act.INTERRUPT in press(*before, (Key.INTERRUPT, STOPPING, late))
    assert press(*before, (Key.INTERRUPT, RUNNING, late)) == [Act.PAUSE, Act.OFFER]
    assert Act.INTERRUPT in press(*before, (Key.INTERRUPT, NOTHING, late))


@pytest.mark.parametrize("key", [Key.SPACE, Key.STATUS, Key.OTHER])
def test_any_other_key_forgets_the_interrupts(key):
    """After it Ctrl-C is a first one again."""
    first = (Key.INTERRUPT, RUNNING, 0.0)
    assert press(first, (key, PAUSED, 0.1), first) == [Act.PAUSE, Act.OFFER]
    assert press(first, first, (key, PAUSED, 0.1), first) == [Act.PAUSE, Act.OFFER]


@pytest.mark.parametrize(
    ("chunk", "keys"),
    [
        (b" ", [Key.SPACE]),
        (b"  ", [Key.SPACE, Key.SPACE]),
        (b"st", [Key.STATUS, Key.TASKS]),
        (b"s\n", [Key.STATUS]),
        (b"\n", [Key.OTHER]),
        (b"x", [Key.OTHER]),
        ("ü".encode(), [Key.OTHER]),
        (b"\x1b[A", [Key.OTHER]),
        (b"quit", [Key.OTHER]),
        (b"qq\x03", [Key.INTERRUPT]),
        (b"\x1bO\x1a\x1a", [Key.SUSPEND, Key.SUSPEND]),
        (b"", []),
    ],
)
def test_bytes(chunk, keys):
    """An arrow or a pasted text is one key that does nothing; Ctrl-C and Ctrl-Z are never lost in it."""
    assert keys_in(chunk) == keys
