"""The orders that a page gives: what it says, as JSON, becomes a command to a program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from pausable.control.route import ControlError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from pausable.control.client import Client
    from pausable.control.link import Link

__all__ = ["Orders"]

_LONGEST = 65536
_REASON = "paused in the panel"

_VERBS: dict[str, Callable[[Client, dict[str, Any]], Any]] = {
    "pause": lambda client, said: client.pause(said["on"], said.get("reason") or _REASON),
    "resume": lambda client, said: client.resume(said["on"]),
    "stop": lambda client, said: client.stop(said["on"], "stopped in the panel"),
    "resize": lambda client, said: client.resize(said["on"], said["limit"]),
    "decide": lambda client, said: client.decide(said["on"], said["how"], said.get("value")),
}
_LOOKS: dict[str, Callable[[Client, dict[str, Any]], Any]] = {
    "faults": lambda client, said: client.faults(said["on"], locals=True),
    "where": lambda client, said: client.where(said["on"], locals=True),
}


class _Refusal(Exception):
    """Raised when an order cannot be carried out."""

    def __init__(self, code: str, says: str, status: int) -> None:
        super().__init__(says)
        self.response: Response = JSONResponse({"code": code, "says": says}, status)


class Orders:
    """What a page may ask of the programs that a panel shows."""

    def __init__(self, links: Sequence[Link], *, read_only: bool) -> None:
        """With *read_only* nothing that would change a program."""
        self._links = {link.pid: link for link in links}
        self._calls = _LOOKS if read_only else {**_LOOKS, **_VERBS}

    async def answer(self, request: Request) -> Response:
        """Carry out an order, and answer with the reply, or with a code and a sentence."""
        try:
            said = await _said(request)
            link, call = self._link(said), self._call(said)
            return JSONResponse(await run_in_threadpool(_carry_out, link, call, said))
        except _Refusal as refusal:
            return refusal.response

    def _link(self, said: dict[str, Any]) -> Link:
        link = self._links.get(said["pid"])
        if link is None:
            raise _Refusal("nothing-selected", "this panel does not show such a program", 404)
        return link

    def _call(self, said: dict[str, Any]) -> Callable[[Client, dict[str, Any]], Any]:
        call = self._calls.get(said["do"])
        if call is None and said["do"] in _VERBS:
            raise _Refusal("not-possible", "this panel is read only", 403)
        if call is None:
            raise _Refusal("unknown-command", f"there is no command {said['do'][:50]!r}", 404)
        return call


def _carry_out(
    link: Link, call: Callable[[Client, dict[str, Any]], Any], said: dict[str, Any]
) -> Any:  # noqa: ANN401 - the reply
    try:
        return link.ask(lambda client: call(client, said))
    except Refused as refused:
        raise _Refusal(refused.code, refused.says, 409) from None
    except ControlError as error:
        raise _Refusal("unreachable", str(error), 502) from None
    except KeyError as error:
        raise _Refusal("malformed", f"{said['do']} needs the field {error}", 400) from None


async def _said(request: Request) -> dict[str, Any]:
    """Return what a page has said."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST:
            raise _Refusal("too-large", f"an order has {_LONGEST} bytes at most", 413)
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    kinds = {"pid": int, "do": str, "on": dict}
    if not isinstance(said, dict) or not all(
        isinstance(said.get(name), kind) for name, kind in kinds.items()
    ):
        raise _Refusal("malformed", "say it as a JSON object, with pid, do and on", 400)
    return said
