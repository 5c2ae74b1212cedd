"""Who is let in: nobody but the panel's own page, on every route."""

from __future__ import annotations

import json
import os
import re
from importlib.resources import files

import httpx
import pytest
from helpers import until

import pausable

OTHERS = {
    "another host": ({"Host": "evil.example"}, 421),
    "a name that was made to lead here": ({"Host": "evil.example:{port}"}, 421),
    "the host without its port": ({"Host": "127.0.0.1"}, 421),
    "another port of the loopback": ({"Host": "127.0.0.1:1"}, 421),
    "a foreign origin": ({"Origin": "https://evil.example"}, 403),
    "no origin to speak of": ({"Origin": "null"}, 403),
    "an empty origin": ({"Origin": ""}, 403),
    "the origin of another port": ({"Origin": "http://127.0.0.1:1"}, 403),
    "our origin by https": ({"Origin": "https://127.0.0.1:{port}"}, 403),
    "the other name of ours": ({"Origin": "http://localhost:{port}"}, 403),
    "another site": ({"Sec-Fetch-Site": "cross-site"}, 403),
    "another port's page": ({"Sec-Fetch-Site": "same-site"}, 403),
    "no cookie": ({"Cookie": ""}, 401),
    "a wrong token": ({"Cookie": "pausable-{port}=wrong"}, 403),
    "a token of another panel's name": ({"Cookie": "pausable-1=wrong"}, 401),
    "no cookie at all, really": ({"Cookie": "\x01;="}, 401),
}


@pytest.fixture
def routes(panel):
    """Return the methods and paths of all routes, from the application itself."""
    found = [
        (method, route.path)
        for route in panel._server.config.app._app.routes
        for method in sorted(route.methods)
    ]
    assert ("POST", "/order") in found
    assert ("GET", "/events") in found
    assert len(found) > 10
    return found


@pytest.fixture
def client(panel):
    """Return a client that has the cookie."""
    with httpx.Client(base_url=f"http://127.0.0.1:{panel.port}", timeout=20) as client:
        assert client.get(panel.address).status_code == 303
        yield client


def asked(client, method, path, headers=()):
    """Return the answer's status and headers, without waiting for the end of a stream."""
    kind = {"Content-Type": "application/json"} if method == "POST" else {}
    body = json.dumps({"pid": os.getpid(), "do": "pause", "on": {"all": True}})
    with client.stream(
        method, path, headers={**kind, **dict(headers)}, content=body if method == "POST" else None
    ) as response:
        return response


def check_is_closed(response):
    """See that an answer cannot be kept, framed or read by others, and loads nothing from them."""
    assert response.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert "unsafe" not in response.headers["content-security-policy"]
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_it_is_bound_to_this_machine(panel):
    """No other one can connect."""
    assert panel._socket.getsockname() == ("127.0.0.1", panel.port)


def test_texts_are_no_markup():
    """What a program says, such as the name of a task, is put into the page as text only."""
    scripts = [
        each
        for each in files("pausable.web").joinpath("page").iterdir()
        if each.name.endswith(".js")
    ]
    assert scripts
    for each in scripts:
        found = re.search(
            r"(inner|outer)HTML|insertAdjacentHTML|document\.write|eval\(|srcdoc", each.read_text()
        )
        assert found is None, (each.name, found)


def test_all_routes_are_there_for_the_page(client, routes):
    """With the cookie, every one answers; nothing may be kept, framed, or read by others."""
    for method, path in routes:
        response = asked(client, method, path)
        assert response.status_code == 200, path
        check_is_closed(response)
    pausable.resume()


@pytest.mark.parametrize("who", OTHERS)
def test_all_others_are_refused_on_every_route(client, routes, panel, who):
    """Whatever they ask for, and also where there is nothing; and nothing is done."""
    headers, status = OTHERS[who]
    headers = {name: value.format(port=panel.port) for name, value in headers.items()}
    for method, path in [*routes, ("GET", "/nothing"), ("DELETE", "/order")]:
        if "Cookie" in headers:
            client.cookies.clear()
        response = asked(client, method, path, headers)
        expected = 415 if method == "DELETE" and status in (401, 403) else status
        assert response.status_code in (expected, status), (method, path)
        check_is_closed(response)
    assert not pausable.is_paused()


def test_what_a_form_can_send_is_refused(client):
    """It has one of three content types; an order is JSON."""
    body = json.dumps({"pid": os.getpid(), "do": "pause", "on": {"all": True}})
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""):
        answer = client.post("/order", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 415
    assert not pausable.is_paused()


def test_the_entrance(panel):
    """The token becomes a cookie that scripts cannot read, and leaves the address."""
    with httpx.Client(base_url=f"http://127.0.0.1:{panel.port}") as client:
        assert client.get("/enter").status_code == 401
        assert client.get("/enter", params={"token": "wrong"}).status_code == 403
        assert client.get("/enter", params={"token": "ünicode"}).status_code == 403
        answer = client.get(panel.address)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(f"pausable-{panel.port}=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_two_panels_do_not_share_a_token(start):
    """Each has its own, also in the same browser: cookies do not know ports."""
    one, other = start(), start()
    with httpx.Client() as client:
        client.get(one.address)
        assert client.get(f"http://127.0.0.1:{one.port}/about").status_code == 200
        assert client.get(f"http://127.0.0.1:{other.port}/about").status_code == 401
        client.get(other.address)
        for panel in (one, other):
            assert client.get(f"http://127.0.0.1:{panel.port}/about").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"[" * 60_000, 400),
        (b"\xff", 400),
        (b'{"pid": "x", "do": "pause", "on": {}}', 400),
        (b'{"pid": 1, "do": "pause", "on": {"all": true}}', 404),
        (b'{"pid": PID, "do": "sing", "on": {"all": true}}', 404),
        (b'{"pid": PID, "do": "resize", "on": {"all": true}}', 400),
        (b'{"pid": PID, "do": "pause", "on": {"path": "nothing"}}', 409),
        (b'{"pid": PID, "do": "pause", "on": {"id": "x"}}', 409),
        (b'{"x": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
def test_orders_that_make_no_sense(client, body, status):
    """Each is answered with a code and a sentence, and changes nothing."""
    body = body.replace(b"PID", str(os.getpid()).encode())
    answer = client.post("/order", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "says"}
    assert not pausable.is_paused()


def test_read_only_is_so_on_the_servers_side(start, pool):
    """A page that was tampered with can change nothing either; it may look."""
    panel = start(read_only=True)
    with httpx.Client(base_url=f"http://127.0.0.1:{panel.port}") as client:
        client.get(panel.address)
        for verb in ("pause", "resume", "stop", "resize", "decide"):
            said = {"pid": os.getpid(), "do": verb, "on": {"all": True}}
            answer = client.post("/order", json=said)
            assert (answer.status_code, answer.json()["says"]) == (403, "this panel is read only")
        where = client.post("/order", json={"pid": os.getpid(), "do": "where", "on": {"all": True}})
        assert len(where.json()["stacks"]) == 2
    assert not pool.is_paused()


def test_a_program_that_is_gone(client, served):
    """An order to it is answered, too."""
    until(lambda: served.is_serving())
    served.close()
    said = {"pid": os.getpid(), "do": "pause", "on": {"all": True}}
    answer = client.post("/order", json=said)
    assert (answer.status_code, answer.json()["code"]) == (502, "unreachable")
