"""Clients of httpx, which knows nothing of us, rest at their awaits, and lose no response."""

from __future__ import annotations

import asyncio

import pytest
from aio.loops import run, true

from pausable import aio

httpx = pytest.importorskip("httpx")


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each request of a connection, with its path."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            body = head.split(b" ")[1]
            await asyncio.sleep(0.001)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def test_clients_rest_at_their_awaits():
    """None goes on while it is quiescent, the server does, and each request has its response."""
    done: dict[str, int] = {}

    async def client(name, address, rounds):
        async with httpx.AsyncClient(base_url=address, timeout=20) as http:
            for number in range(rounds):
                response = await http.get(f"/{name}/{number}")
                assert response.text == f"/{name}/{number}"
                done[name] = number + 1

    async def main():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        names = [f"client-{number}" for number in range(5)]
        async with aio.TaskGroup("clients", offspring=True) as tasks:
            for name in names:
                tasks.create_task(client(name, f"http://{host}:{port}", 30))
            for least in (2, 8, 20):
                await true(lambda least=least: sum(done.values()) >= 5 * least)
                async with tasks.pause("a backup", timeout=10):
                    before = dict(done)
                    await asyncio.sleep(0.02)  # responses come in meanwhile
                    assert done == before
        assert done == dict.fromkeys(names, 30)
        server.close()
        await server.wait_closed()

    run(main)
