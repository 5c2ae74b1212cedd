"""Programs that know nothing of us, paused twice by the command line: they do what they would.

They are run by us; or run as ever, and are attached to while they work. Those whose libraries are not installed are left out; `make programs` has all.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from attach.conftest import needs_3_14
from helpers import until
from launch.launching import DIRECT, PROGRAMS, RUN, Ended, run, start
from launch.turnstile import SEGMENTS, Turnstile, pages, segments, serve

from pausable.control.client import Client
from pausable.control.programs import find
from pausable.launch.installed import find_installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def needs(*modules: str) -> pytest.MarkDecorator:
    """Leave a program out where one of its libraries is missing."""
    missing = [each for each in modules if find_spec(each) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


@pytest.fixture
def behind() -> Iterator[Callable[[Any], tuple[Turnstile, str]]]:
    """Give a function that serves an application behind a turnstile; it returns that and the URL."""
    servers = []

    def begin(application):
        turnstile = Turnstile(application)
        servers.append((serve(turnstile), turnstile))
        return turnstile, f"http://127.0.0.1:{servers[-1][0].server_port}"

    yield begin
    for server, turnstile in servers:
        turnstile.let_through(math.inf)
        server.shutdown()
        server.server_close()


def pausable(verb: str, process: subprocess.Popen[str], *options: str) -> None:
    """Call `pausable`, which must do what it is asked for."""
    command = [sys.executable, "-m", "pausable", verb, str(process.pid), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, (verb, done.stdout, done.stderr)


def pause_and_resume(process: subprocess.Popen[str], turnstile: Turnstile) -> None:
    """Pause a program amid its work, see that nothing of that goes on, and resume it."""
    before = turnstile.served
    turnstile.let_through(8)
    until(lambda: turnstile.served == before + 8 and turnstile.waiting, 90)
    pausable("pause", process)
    turnstile.let_through(math.inf)  # what is on its way comes back, and rests
    pausable("pause", process, "--wait", "--timeout", "80")
    served = turnstile.served
    with Client(find(process.pid), timeout=60) as client:
        status = client.status()
    assert [each["running"] for each in status["scopes"]] == [0] * len(status["scopes"])
    assert (turnstile.served, turnstile.waiting) == (served, 0)
    turnstile.let_through(0)
    pausable("resume", process)


def attach(process: subprocess.Popen[str], turnstile: Turnstile, folder: Path) -> None:
    """Attach to a program. All of its threads wait for pages: it hears that when one comes."""
    command = [sys.executable, "-m", "pausable", "attach", str(process.pid), "--timeout", "80"]
    pipe, moment = subprocess.PIPE, threading.Event()
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, env=environment
    ) as attaching:
        until(lambda: [*folder.glob("*/script.py")] or attaching.poll() is not None, 90)
        while [*folder.glob("*/token")]:  # nobody has heard it so far
            turnstile.let_through(1)
            moment.wait(0.05)
        said = attaching.communicate(timeout=90)
    assert attaching.returncode == 0, said


def paused_twice(
    turnstile: Turnstile,
    *program: str,
    cwd: Path | None = None,
    attached: Path | None = None,
    **environment: str,
) -> Ended:
    """Run a program under us, paused twice; return how it has ended.

    Or as ever, and attach to it, with what that takes in the folder *attached*.
    """
    how = RUN if attached is None else DIRECT
    with start(how, *program, cwd=cwd, **environment) as process:
        try:
            if attached is not None:
                until(lambda: turnstile.waiting, 90)
                attach(process, turnstile, attached)
            for _ in range(2):
                pause_and_resume(process, turnstile)
            turnstile.let_through(math.inf)
            out, err = process.communicate(timeout=90)
        finally:
            process.kill()
    return Ended(process.returncode, out, said_by_itself(err))


def said_by_itself(err: str) -> str:
    """Leave out what we say on its standard error: on a busy machine it waits for long."""
    lines = err.splitlines(keepends=True)
    return "".join(each for each in lines if " has waited for " not in each)


HOWS = ["run", pytest.param("attach", marks=needs_3_14)]


@pytest.fixture
def folder_for(tmp_path) -> Callable[[str], Path | None]:
    """Give the folder for `attach`, or None for `run`."""

    def folder_for(how: str) -> Path | None:
        if how == "run":
            return None
        (tmp_path / "attach").mkdir()
        return tmp_path / "attach"

    return folder_for


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("urls", "run"),
        pytest.param("urls", "attach", marks=needs_3_14),
        pytest.param("threads_of_joblib", "run", marks=needs("joblib")),
        pytest.param("threads_of_dask", "run", marks=needs("dask")),
        pytest.param("threads_of_dask", "attach", marks=[needs("dask"), needs_3_14]),
    ],
)
def test_a_program_that_loads_pages(behind, folder_for, name, how):
    """The same output and exit code, and no page was asked for while it was paused."""
    turnstile, url = behind(pages)
    program = str(PROGRAMS / f"{name}.py")
    turnstile.let_through(math.inf)
    direct = run(DIRECT, program, url)
    assert (direct.code, turnstile.served) == (0, 60)
    turnstile.let_through(0)
    assert paused_twice(turnstile, program, url, attached=folder_for(how)) == direct
    assert turnstile.served == 120


@needs("boto3", "moto", "flask")
@pytest.mark.parametrize("how", HOWS)
def test_transfers(behind, folder_for, how):
    """boto3 moves the same data, through many pools that come and go."""
    from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415

    turnstile, url = behind(DomainDispatcherApplication(create_backend_app))
    program = str(PROGRAMS / "transfers.py")
    turnstile.let_through(math.inf)
    direct = run(DIRECT, program, url)
    assert (direct.code, direct.out.count("True")) == (0, 2)
    turnstile.let_through(2)  # the bucket is made by the main thread
    assert paused_twice(turnstile, program, url, attached=folder_for(how)) == direct


STREAMS = {
    # how each is told to load four segments at once, and to be patient
    "yt_dlp": "--ignore-config --no-cache-dir --no-progress --fixup=never --socket-timeout=600 -N4",
    "streamlink": "--no-config --http-timeout=600 --stream-timeout=600 "
    "--stream-segment-timeout=600 --stream-segment-threads=4",
}


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("name", [pytest.param(each, marks=needs(each)) for each in STREAMS])
def test_a_stream(behind, folder_for, tmp_path, name, how):
    """All segments, in their order, are in the file that they would be in."""
    turnstile, url = behind(segments)
    playlist = f"{url}/list.m3u8"
    what = ["-oout.ts", playlist] if name == "yt_dlp" else ["-oout.ts", f"hls://{playlist}", "best"]
    options = ["-m", name, *STREAMS[name].split(), *what]
    ended = []
    for each in ("direct", "paused"):
        folder = tmp_path / "here"
        folder.mkdir()
        if each == "direct":
            turnstile.let_through(math.inf)
            ended.append(run(DIRECT, *options, cwd=folder))
            turnstile.let_through(0)
        else:
            attached = folder_for(how)
            ended.append(paused_twice(turnstile, *options, cwd=folder, attached=attached))
        folder.rename(tmp_path / each)
    direct, paused = ended
    assert direct.code == 0, direct
    assert paused == direct
    written = [(tmp_path / each / "out.ts").read_bytes() for each in ("direct", "paused")]
    assert written[0].count(b".ts") == SEGMENTS * 100
    assert written[1] == written[0]


@needs("pip")
def test_an_installed_command(behind):
    """`pausable run pip` does what `pip` does; it has no pools any more, and nothing to pause."""
    turnstile, url = behind(index)
    options = ["list", "--outdated", f"--index-url={url}/simple", "--format=json"]
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_CONFIG_FILE": os.devnull}
    turnstile.let_through(math.inf)
    direct = run(DIRECT, "-m", "pip", *options, **quiet)
    assert direct.code == 0, direct.err
    turnstile.let_through(0)
    command = "pip" if find_installed("pip") else "-mpip"
    with start(RUN, command, *options, **quiet) as process:
        until(lambda: turnstile.waiting, 90)
        pausable("pause", process, "--wait")
        pausable("resume", process)
        turnstile.let_through(math.inf)
        out, err = process.communicate(timeout=90)
    assert Ended(process.returncode, out, err) == direct


def index(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer as an index of packages that has none of them."""
    body = b"<!DOCTYPE html><html><body></body></html>"
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(body)))])
    return [body]
