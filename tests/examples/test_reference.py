"""The reference: every public name, signature, field and state is there as the code has it."""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

import pausable
from pausable import everything, guards, terminal
from pausable._core.facts import fact
from pausable.adopted import custody
from pausable.cli import run as cli_run
from pausable.cli.catalogue import COMMANDS
from pausable.control import programs
from pausable.control.client import Client
from pausable.events import Outcome
from pausable.scopes.progress import Progress
from pausable.snapshots import TaskState
from pausable.terminal.keys import Key

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
SIGNATURE = re.compile(r"^### `(\w+)(\(.*\))`$", re.MULTILINE)
ATTRIBUTES = re.compile(r"^### (`\w+`(?:, `\w+`)*)$", re.MULTILINE)
POOLS = (pausable.ThreadPoolExecutor, pausable.Group)


def page(name: str) -> str:
    """Return the text of a page of the reference."""
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def calls(text: str) -> list[tuple[str, str]]:
    """Return the names and signatures of the headings of a text."""
    return [(found[1], found[2]) for found in SIGNATURE.finditer(text)]


def attributes(text: str) -> set[str]:
    """Return the names of the headings of a text that are no calls."""
    return set(re.findall(r"`(\w+)`", " ".join(ATTRIBUTES.findall(text))))


def signature(called: object) -> str:
    """Return the signature of a function or method as the reference writes it."""
    found = inspect.signature(called)
    bare = inspect.Parameter.empty
    return str(
        found.replace(
            parameters=[
                each.replace(annotation=bare)
                for each in found.parameters.values()
                if each.name != "self"
            ],
            return_annotation=inspect.Signature.empty,
        )
    ).replace("<class 'Exception'>", "Exception")


def public(cls: type) -> set[str]:
    """Return the public attributes of a class."""
    return {name for name in dir(cls) if not name.startswith("_")}


def section(text: str, heading: str) -> str:
    """Return the part of a page below a heading of the second level."""
    return re.split(r"^## ", text.split(f"\n## {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[
        0
    ]


def test_every_public_name_is_there() -> None:
    """Whatever can be imported from `pausable` has its place in the reference."""
    reference = "".join(each.read_text("utf-8") for each in REFERENCE.glob("*.md"))
    assert [name for name in pausable.__all__ if f"`{name}" not in reference] == []


def test_pools_and_groups() -> None:
    """Each method of pools and groups is there with its signature, and nothing that is not."""
    for name, shown in calls(page("pools")):
        for cls in POOLS:
            assert signature(getattr(cls, name)) == shown, name
    shown_names = {name for name, _ in calls(page("pools"))} | attributes(page("pools"))
    theirs = public(concurrent.futures.ThreadPoolExecutor) - shown_names
    assert public(pausable.ThreadPoolExecutor) - theirs == shown_names
    assert public(pausable.Group) - {"limit", "priority"} == shown_names - {"max_workers"}


def test_the_process() -> None:
    """Each function that acts on all pools is there, with its signature, and those that add some."""
    shown = re.findall(r"^## `(\w+)(\(.*\))`$", page("process"), re.MULTILINE)
    assert {name for name, _ in shown} == {*everything.__all__, *custody.__all__}
    for name, each in shown:
        assert signature(getattr(pausable, name)) == each, name


def test_the_keys_of_the_terminal() -> None:
    """Both functions are there with their signatures, and each key."""
    text = page("terminal")
    assert {name for name, _ in calls(text)} == set(terminal.__all__)
    for name, shown in calls(text):
        assert signature(getattr(terminal, name)) == shown, name
    names = {" ": "space", "\x03": "Ctrl-C", "\x1a": "Ctrl-Z"}
    rows = set(re.findall(r"^\| `?([^ `]+)`? \|", section(text, "The keys"), re.MULTILINE))
    assert {names.get(key.value, key.value) for key in Key if key.value} == rows - {
        "key",
        "Ctrl-\\\\",
        "---",
    }


def test_options_of_the_progress_bar() -> None:
    """Each option of `progress()` is there, with its default."""
    options = inspect.signature(Progress.__init__).parameters.values()
    text = section(page("pools"), "Progress bar")
    shown = set(re.findall(r"^\| `(\w+)` \| `(\w+)` \|", text, re.MULTILINE))
    assert shown == {
        (each.name, str(each.default)) for each in options if each.kind is each.KEYWORD_ONLY
    }


def test_what_a_task_calls() -> None:
    """The checkpoint and its family are there with their signatures."""
    found = calls(section(page("tasks"), "What a task calls"))
    assert {name for name, _ in found} == set(pausable.checkpoints.__all__)
    for name, shown in found:
        assert signature(getattr(pausable, name)) == shown, name


def test_futures() -> None:
    """What a future has beyond the stdlib's is there, with its signatures."""
    text = section(page("tasks"), "`Future`")
    for name, shown in calls(text):
        assert signature(getattr(pausable.Future, name)) == shown, name
    for name in attributes(text):
        assert isinstance(getattr(pausable.Future, name), fact), name
    assert not {name for name, _ in calls(text)} & public(concurrent.futures.Future)


def test_holds() -> None:
    """Each method and attribute of a hold is there."""
    text = section(page("holds"), "`Hold`")
    for name, shown in calls(text):
        assert signature(getattr(pausable.Hold, name)) == shown, name
    assert {name for name, _ in calls(text)} | attributes(text) == public(pausable.Hold)


LIVE = (
    pausable.ThreadPoolExecutor,
    pausable.Group,
    pausable.PoolHandle,
    pausable.ControlServer,
    pausable.Future,
    pausable.Hold,
    pausable.Switch,
    pausable.Fault,
    guards.Guard,
    guards.Window,
)


@pytest.mark.parametrize("cls", LIVE)
def test_live_objects_answer_by_methods(cls) -> None:
    """What can be asked of them is called; an attribute that is true or false would look the same."""
    asked = [name for name in public(cls) if name.startswith(("is_", "has_"))]
    assert [name for name in asked if not inspect.isfunction(getattr(cls, name))] == []


@pytest.mark.parametrize("cls", [pausable.ScopeStatus, pausable.TaskStatus, pausable.Straggler])
def test_snapshots_have_attributes(cls) -> None:
    """Each `is_` of a snapshot is a field."""
    asked = {name for name in public(cls) if name.startswith("is_")}
    assert asked == {field.name for field in dataclasses.fields(cls) if "is_" in field.name[:3]}


def test_switches() -> None:
    """Each method and attribute of a switch is there."""
    text = section(page("holds"), "`Switch`")
    for name, shown in calls(text):
        assert signature(getattr(pausable.Switch, name)) == shown, name
    assert {name for name, _ in calls(text)} | attributes(text) == public(pausable.Switch)


def test_live_control() -> None:
    """What `serve` takes and returns is there, and so is the client, with its signatures."""
    text = page("control")
    assert dict(calls(text))["serve"] == signature(pausable.serve)
    about = section(text, "`ControlServer`")
    assert {name for name, _ in calls(about)} | attributes(about) == public(pausable.ControlServer)
    for name, shown in re.findall(r"^\| `(\w+)(\(.*?\))` \|", text, re.MULTILINE):
        found = getattr(Client, name, None) or getattr(programs, name)
        assert signature(found) == shown, name


def test_faults() -> None:
    """Each decision and each fact of a fault is there."""
    text = section(page("tasks"), "`Fault`")
    for name, shown in calls(text):
        assert signature(getattr(pausable.Fault, name)) == shown, name
    assert {name for name, _ in calls(text)} | attributes(text) == public(pausable.Fault) - {"end"}


def test_guards() -> None:
    """Each name of `pausable.guards` and of its probes is there, and each method of a guard."""
    text = page("guards")
    assert [name for name in guards.__all__ if f"`{name}" not in text] == []
    assert [
        name for name in guards.probes.__all__ if f"`{name}" not in text and name != "Probe"
    ] == []
    about = section(text, "`Guard`")
    for name, shown in calls(about):
        assert signature(getattr(guards.Guard, name)) == shown, name
    documented = {name for name, _ in calls(about)} | attributes(about)
    assert documented == public(guards.Guard) - {"look_around"}
    for cls in (guards.Guard, guards.Window, guards.Backoff):
        shown = signature(cls).replace(repr(guards.Backoff()), "Backoff()").replace("'", '"')
        assert f"`{cls.__name__}{shown}" in text


def test_probes() -> None:
    """Each probe is there with its signature."""
    rows = re.findall(r"^\| `(\w+)(\(.*?\))` \|", page("guards"), re.MULTILINE)
    for name, shown in rows:
        assert signature(getattr(guards.probes, name)).replace("'", '"') == shown, name


SNAPSHOTS = [
    ("guards", guards.GuardStatus),
    ("pools", pausable.ScopeStatus),
    ("process", pausable.ProcessStatus),
    ("tasks", pausable.TaskStatus),
    ("tasks", pausable.Straggler),
    ("tasks", pausable.Location),
    ("holds", pausable.HoldStatus),
]


@pytest.mark.parametrize(("name", "cls"), SNAPSHOTS, ids=lambda each: getattr(each, "__name__", ""))
def test_fields_of_snapshots(name, cls) -> None:
    """Each field of a snapshot is there."""
    text = section(page(name), f"`{cls.__name__}`")
    assert [each.name for each in dataclasses.fields(cls) if f"`{each.name}`" not in text] == []


def test_events() -> None:
    """Each event is there, in a row with the fields that it has beyond those of its base."""
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)$", page("events"), re.MULTILINE))
    events = {
        name: cls
        for name in pausable.__all__
        if isinstance(cls := getattr(pausable, name), type)
        and issubclass(cls, pausable.Event)
        and cls is not pausable.Event
    }
    assert set(rows) == set(events)
    for name, cls in events.items():
        inherited = {each.name for each in dataclasses.fields(cls.__base__)}
        own = {each.name for each in dataclasses.fields(cls)} - inherited
        assert {field for field in own if f"`{field}`" not in rows[name]} == set()


def test_errors() -> None:
    """Each error is there, with the error of the stdlib that it is as well, and its facts."""
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)$", page("errors"), re.MULTILINE))
    assert set(rows) == set(pausable.errors.__all__)
    for name, row in rows.items():
        cls = getattr(pausable, name)
        bases = {each.__name__ for each in cls.__mro__}
        assert re.findall(r"`(\w+)`", row)[0] in bases
        facts = set(inspect.signature(cls.__init__).parameters) - {"self", "args", "kwargs"}
        assert {fact for fact in facts if f"`{fact}`" not in row} == set()


def test_words_for_states_and_outcomes() -> None:
    """Each state of a task, and each outcome, is there, and no other state."""
    states = set(re.findall(r'^\| `"(\w+)"`', page("tasks"), re.MULTILINE))
    assert states == set(get_args(TaskState))
    assert {each for each in get_args(Outcome) if f'`"{each}"`' not in page("events")} == set()


def test_the_command_line() -> None:
    """Each command is there with its line, and each option of `run`."""
    rows = re.findall(r"^\| \[`(\w+)`\]\(\S+\) \| (.*) \|$", page("command-line"), re.MULTILINE)
    assert dict(rows) == {name: command.line for name, command in COMMANDS.items()}
    parser = argparse.ArgumentParser()
    cli_run.add_arguments(parser)
    text = page("run")
    for action in parser._actions:
        assert f"| `{', '.join(action.option_strings).replace(', ', '`, `')}" in text, action


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("run", "top", "web")])
def test_the_options_of_commands(name) -> None:
    """Each has a section, which has each of its options; the common ones are said once."""
    parser = argparse.ArgumentParser()
    import_module(COMMANDS[name].module).add_arguments(parser)
    text = page("command-line")
    section = text.split(f"### `{name}`\n")[1].split("\n##")[0]
    for action in parser._actions:
        for option in action.option_strings:
            if option not in ("-h", "--help", "--id", "--all"):
                assert f"`{option}" in section, option
