"""The documented protocol is the one that is spoken: its examples are said to a real server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import get_args

import pytest
from workloads import Loop

import pausable
from pausable.control import protocol
from pausable.control.client import Client

DOCS = Path(__file__).parents[2] / "docs" / "reference"
PAGE = (DOCS / "protocol.md").read_text("utf-8")
BLOCKS = re.findall(r"^```frames\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [line for block in BLOCKS for line in block.splitlines()]
EVERY = {str(each.__struct_config__.tag) for each in get_args(protocol.Command)}


def test_the_examples(client, make_pool):
    """Each line that is said is answered by the lines below it."""
    shop = f"shop-{uuid.uuid4().hex}"  # of that name there has been none: it is the path
    pool = make_pool(1, thread_name_prefix=shop)
    pool.group("images")

    def work():
        loop()

    loop = Loop()
    pool.submit(work)
    assert loop.began.wait(10)
    for line in EXAMPLES:
        if line.startswith("> "):
            said = line.removeprefix("> ").replace('"shop', f'"{shop}')
            client._socket.sendall(said.encode() + b"\n")
        else:
            assert_is_like(next_line(client), line.removeprefix("< ").replace("shop", shop))


def next_line(client):
    """Return the next frame that is no repetition of a sample."""
    while True:
        frame = client._receive(60)
        if frame["reply"] != "sample" or frame["number"] == 1:
            return json.dumps(frame, separators=(",", ":"))


def assert_is_like(line, shown):
    """Compare with what the page shows, in which ``...`` stands for anything."""
    name = json.loads(line).get("name")
    pattern = ".*?".join(re.escape(part) for part in shown.split("..."))
    if name is not None:
        pattern = pattern.replace("example", re.escape(name))
    pattern = pattern.replace('"name":"example"', '"name":"test"')
    assert re.fullmatch(pattern, line), f"{line}\nis not\n{shown}"


def test_all_commands_are_documented():
    """There is an example of each, and a section."""
    said = {json.loads(line[2:])["do"] for line in EXAMPLES if line.startswith("> {")}
    assert said - {"reboot"} == EVERY
    headings = " ".join(re.findall(r"^### (.*)$", PAGE, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", headings)) == EVERY


def test_all_codes_are_documented():
    """Each code of an error has its row."""
    rows = re.findall(r'^\| `"([a-z-]+)"` \|', PAGE, re.MULTILINE)
    assert rows
    assert set(rows) == set(get_args(protocol.ErrorCode))


def test_fields_of_holds_are_documented():
    """So has each field of a hold."""
    table = PAGE.split("\n## Holds\n")[1]
    assert [each for each in protocol.Hold.__struct_fields__ if f"`{each}`" not in table] == [
        "running"
    ]


def test_methods_of_clients_are_documented():
    """Each has its row, with its signature."""
    page = (DOCS / "control.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `(\w+)\(", page, re.MULTILINE))
    public = {name for name in dir(Client) if not name.startswith("_")}
    assert rows - {"processes", "find"} == public


def test_by_a_shell(server, pool):
    """What the page shows first works: one line of a shell asks for the status."""
    netcat = shutil.which("nc")
    if netcat is None or "-U" not in subprocess.getoutput(f"{netcat} -h"):
        pytest.skip("there is no nc that speaks to Unix sockets")
    line = re.search(r"^echo .*$", PAGE, re.MULTILINE)[0]
    line = re.sub(r'"\$XDG.*?"', server.address, line)
    said = subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(said.stdout)["process"]["pid"]
    assert pausable.serve() == server
