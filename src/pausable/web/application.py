"""The application: the page, its stream, and the orders that it gives."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from pausable.web.orders import Orders
from pausable.web.stream import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request

    from pausable.control.link import Link

__all__ = ["application"]

_PAGE = {
    "/": ("index.html", "text/html"),
    "/panel.css": ("panel.css", "text/css"),
    "/panel.js": ("panel.js", "text/javascript"),
    "/mirror.js": ("mirror.js", "text/javascript"),
    "/charts.js": ("charts.js", "text/javascript"),
}


def application(
    links: Sequence[Link], *, read_only: bool, is_ending: Callable[[], bool]
) -> Starlette:
    """Make the application that shows *links*; with *read_only* it has no verbs.

    Its streams end when *is_ending* says so.

    To be wrapped in a `Doorkeeper`: by itself it lets everybody in.
    """
    orders = Orders(links, read_only=read_only)

    async def events(_: Request) -> Response:
        return StreamingResponse(stream(links, is_ending), media_type="text/event-stream")

    async def about(_: Request) -> Response:
        return JSONResponse({"read_only": read_only})

    return Starlette(
        routes=[
            *[Route(path, _page, methods=["GET"]) for path in _PAGE],
            Route("/events", events, methods=["GET"]),
            Route("/about", about, methods=["GET"]),
            Route("/order", orders.answer, methods=["POST"]),
        ]
    )


async def _page(request: Request) -> Response:
    name, kind = _PAGE[request.url.path]
    text = files("pausable.web").joinpath("page", name).read_text(encoding="utf-8")
    return Response(text, media_type=kind)
