"""Real servers on free loopback ports, started and killed by the test: PostgreSQL, and HTTP."""

from __future__ import annotations

import gc
import http.client
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pg8000.dbapi
import pytest
from helpers import until

from pausable.guards import probes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Http", "Postgres", "http_server", "postgres_server"]


def free_port() -> int:
    """Return a port of the loopback interface that nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Server:
    """A server in a directory of its own, that keeps what was written when it is killed."""

    errors: tuple[type[Exception], ...]

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.log = directory / "server.log"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        ask = self.probe()

        def answers() -> bool:
            if self.process is None or self.process.poll() is not None:
                self.process = self._start()
            return probes.failure_of(ask) is None

        until(answers, timeout=60, what=f"{type(self).__name__} answers; see {self.log}")

    def kill(self) -> None:
        """Kill it, at once and without a chance to say good-bye."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def probe(self) -> Callable[[], object]:
        """Make a probe of it."""
        raise NotImplementedError

    def connect(self) -> Any:
        """Connect to it; raise one of `errors` if it is down."""
        raise NotImplementedError

    def hang_up(self, connection: Any) -> None:
        """Close a connection, which may be broken."""
        connection.close()

    def write(self, connection: Any, row: int) -> None:
        """Write a row: twice is as good as once."""
        raise NotImplementedError

    def rows(self) -> list[int]:
        """Read all rows."""
        raise NotImplementedError


class Postgres(Server):
    """A real PostgreSQL; as it refuses to run as root, it runs as somebody else then."""

    errors = (pg8000.dbapi.Error, OSError)

    def __init__(self, directory: Path, binaries: Path) -> None:
        super().__init__(directory)
        self.binaries = binaries
        self.data = directory / "data"
        self.account: dict[str, Any] = {}
        if os.getuid() == 0:
            owner = next(each for each in pwd.getpwall() if each.pw_name in ("postgres", "nobody"))
            self.account = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
            os.chown(directory, owner.pw_uid, owner.pw_gid)

    def make(self) -> None:
        """Make an empty cluster."""
        command = ["initdb", "-D", str(self.data), "-U", "test", "-A", "trust", "-N", "-E", "UTF8"]
        command += ["--locale", "C"]
        self._run(command)

    def _run(self, command: list[str]) -> None:
        command[0] = str(self.binaries / command[0])
        subprocess.run(command, check=True, capture_output=True, cwd=self.directory, **self.account)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [str(self.binaries / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        command += ["-k", str(self.directory), "-h", "127.0.0.1", "-F"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.directory, **self.account
            )

    def probe(self) -> Callable[[], object]:
        """Ask it a question, over a new connection."""
        return probes.dbapi(self.connect)

    def connect(self) -> Any:
        """Connect, as its superuser. The client does not close what it could not use."""
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        try:
            return pg8000.dbapi.connect(user="test", sock=sock, database="postgres")
        except BaseException:
            sock.close()
            raise

    def hang_up(self, connection: Any) -> None:
        """Close both of its halves; the client would leave one open, and try to write to it."""
        for half in (connection._sock, connection._usock):
            with suppress(OSError, AttributeError):
                half.close()

    def execute(self, statement: str) -> list[Any]:
        """Execute one statement over a connection of its own; return what it gives."""
        with closing(self.connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            found = list(cursor.fetchall()) if cursor.description else []
            connection.commit()
            return found

    def write(self, connection: Any, row: int) -> None:
        """Insert a row, unless it is there."""
        with closing(connection.cursor()) as cursor:
            cursor.execute("INSERT INTO rows VALUES (%s) ON CONFLICT DO NOTHING", (row,))
            connection.commit()

    def rows(self) -> list[int]:
        """Read them, in order."""
        return [row for (row,) in self.execute("SELECT key FROM rows ORDER BY key")]


class Http(Server):
    """The HTTP server of the stdlib, in a process of its own; a row is a file."""

    errors = (OSError, http.client.HTTPException)
    program = """
import http.server, pathlib, sys
class Rows(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def do_PUT(self):
        pathlib.Path(self.path.strip("/")).touch()
        self.send_response(204)
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Rows).serve_forever()
"""

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", self.program, str(self.port)]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, cwd=self._data(), stdout=log, stderr=log)

    def _data(self) -> Path:
        data = self.directory / "rows"
        data.mkdir(exist_ok=True)
        return data

    def probe(self) -> Callable[[], object]:
        """Ask for the status."""
        return probes.http(f"http://127.0.0.1:{self.port}/", timeout=5)

    def connect(self) -> Any:
        """Connect."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.connect()
        return connection

    def write(self, connection: Any, row: int) -> None:
        """Put a row; the server hangs up afterwards."""
        connection.request("PUT", f"/{row}")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 204

    def rows(self) -> list[int]:
        """Read them, in order."""
        return sorted(int(each.name) for each in self._data().iterdir())


def binaries_of_postgres() -> Path | None:
    """Find the programs of PostgreSQL: Debian's newest, or those on PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    if not found and on_path is None:
        return None
    return found[-1].parent if found else Path(str(on_path)).resolve().parent


@contextmanager
def directory_of_its_own() -> Iterator[Path]:
    """Make a directory that another account may use, too; pytest's may not be entered by others."""
    directory = Path(tempfile.mkdtemp(prefix="pausable-server-"))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def running(server: Server) -> Iterator[None]:
    """Start it, and kill it in the end."""
    try:
        server.start()
        yield
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()


@pytest.fixture
def postgres_server() -> Iterator[Postgres]:
    """Give a running PostgreSQL with an empty table; skip where it cannot be had."""
    binaries = binaries_of_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed here (Debian: apt-get install postgresql)")
    with directory_of_its_own() as directory:
        server = Postgres(directory, binaries)
        server.make()
        with running(server):
            server.execute("CREATE TABLE rows (key integer PRIMARY KEY)")
            yield server
            gc.collect()  # what the client has left behind ends with this test


@pytest.fixture
def http_server() -> Iterator[Http]:
    """Give a running HTTP server without rows."""
    with directory_of_its_own() as directory:
        server = Http(directory)
        with running(server):
            yield server
