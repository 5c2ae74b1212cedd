"""A web server in a process of its own, which can be killed and started again at the same port."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Server:
    """Serves a folder, to this machine only."""

    def __init__(self, folder: Path) -> None:
        """Say which; it is not started yet."""
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self.port = 0  # any that is free, and then that one

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__, str(self.port)],
            cwd=self._folder,
            stdin=subprocess.PIPE,  # when that is closed, it ends, however the demo has ended
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            process_group=0,  # a Ctrl-C is not for it
        )
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())

    def kill(self) -> None:
        """Kill it, if it runs: from here on connections are refused."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.communicate()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Have a folder served during the block."""
    server = Server(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def main(port: int) -> None:
    """Serve the current folder until standard input is closed."""
    with ThreadingHTTPServer(("127.0.0.1", port), SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port, flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]))
