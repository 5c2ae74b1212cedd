"""The doorkeeper: what stands in front of every route, and lets nobody in but the panel's user.

Any page in any tab of the user's browser may send requests to a port of the loopback. So each one
needs the token, and must come from the panel's own page:

- the Host is ours: else it is a name of somebody's that was made to lead here (DNS rebinding);
- the Origin, where there is one, is ours, and not "null"; nor did another site cause the request;
- what changes something is JSON, which a form cannot send;
- the token comes in a cookie that scripts cannot read, other sites cannot send, and panels on other
  ports do not get: cookies do not know ports, so its name has it.

The token in the address that the user opens is exchanged for the cookie by `/enter`, and leaves the
address bar with that.
"""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse, RedirectResponse

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["ENTRANCE", "Doorkeeper"]

ENTRANCE = "/enter"

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_READING = frozenset({"GET", "HEAD"})


class Doorkeeper:
    """Wraps the application; refuses, or calls it."""

    def __init__(self, app: ASGIApp, *, token: str, port: int) -> None:
        """Let in who knows *token*, at *port* of the loopback."""
        self._app = app
        self._token = token
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        self._cookie = f"pausable-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # of websockets there are none

        async def send_closed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        response = self._refusal(scope) or self._entry(scope)
        await (response or self._app)(scope, receive, send_closed)

    def _refusal(self, scope: Scope) -> Response | None:
        """Return why a request is not let in, whoever sent it; None if it may be."""
        headers = Headers(scope=scope)
        if headers.get("host") not in self._hosts:
            return PlainTextResponse("this panel is at another address\n", 421)
        origin = headers.get("origin")
        if origin is not None and origin.removeprefix("http://") != headers["host"]:
            return PlainTextResponse("another site cannot use this panel\n", 403)
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            is_entry = scope["path"] == ENTRANCE and headers.get("sec-fetch-mode") == "navigate"
            if not is_entry:
                return PlainTextResponse("another site cannot use this panel\n", 403)
        if scope["method"] not in _READING:
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                return PlainTextResponse("say it as application/json\n", 415)
        return None

    def _entry(self, scope: Scope) -> Response | None:
        """Exchange the token for the cookie; refuse who has neither; None to who has the cookie."""
        if scope["path"] == ENTRANCE:
            given = QueryParams(scope["query_string"]).get("token", "")
            if not given:
                return PlainTextResponse("the address needs the token that was printed\n", 401)
            if not self._is_right(given):
                return PlainTextResponse("this is not the token of this panel\n", 403)
            response = RedirectResponse("/", 303)
            response.set_cookie(
                self._cookie, self._token, httponly=True, samesite="strict", path="/"
            )
            return response
        given = self._cookie_of(Headers(scope=scope))
        if not given:
            return PlainTextResponse("open the address that `pausable web` has printed\n", 401)
        if not self._is_right(given):
            return PlainTextResponse("this is not the token of this panel\n", 403)
        return None

    def _cookie_of(self, headers: Headers) -> str:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return ""
        return "" if found is None else found.value

    def _is_right(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._token.encode())
