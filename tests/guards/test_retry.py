"""Retry-After: the resource says when it will be back, and is not asked before."""

from __future__ import annotations

import logging
import math
import pickle
import time
import urllib.error
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime
from types import SimpleNamespace

import pytest
from clocks import HOUR, clock
from helpers import until

from pausable.guards import Backoff, Guard, ProbeFailed, probes, retry_after
from pausable.guards.question import answer_of, delay_of

__all__ = ["clock"]

QUICK = {"every": 0.01, "backoff": Backoff(factor=1.0)}


def error(**facts) -> Exception:
    """Make an exception with these attributes."""
    found = ConnectionError("503")
    for name, value in facts.items():
        setattr(found, name, value)
    return found


def answered(value, key="Retry-After") -> Exception:
    """Make an exception as that of a client whose server has answered with this header."""
    return error(response=SimpleNamespace(headers={key: value}))


def in_an_hour(form: str) -> str:
    """Return the moment in an hour."""
    return (datetime.now(UTC) + timedelta(hours=1)).strftime(form)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (error(retry_after=30), 30.0),
        (error(retry_after=0.5), 0.5),
        (error(retry_after="120"), 120.0),
        (error(retry_after=lambda: 7), 7.0),
        (error(retry_after=timedelta(minutes=2)), 120.0),
        (answered("120"), 120.0),
        (answered(" 120 ", "retry-after"), 120.0),
        (answered("0"), 0.0),
        (error(headers={"Retry-After": "9"}), 9.0),
        (error(retry_after=None, response=SimpleNamespace(headers={"Retry-After": "8"})), 8.0),
        (ProbeFailed("starting", retry_after=3), 3.0),
    ],
)
def test_seconds(said, seconds):
    """As an attribute, a method, or a header of the response or the error."""
    assert delay_of(retry_after, said) == seconds


@pytest.mark.parametrize(
    "form",
    ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"],
)
def test_dates(form):
    """The three forms of HTTP dates (RFC 9110, section 5.6.7)."""
    assert delay_of(retry_after, answered(in_an_hour(form))) == pytest.approx(3600, abs=60)


def test_errors_of_real_clients():
    """Those of httpx, and of urllib, which is its own response."""
    httpx = pytest.importorskip("httpx")
    answer = httpx.Response(
        503, headers={"Retry-After": "17"}, request=httpx.Request("GET", "http://x")
    )
    with pytest.raises(httpx.HTTPStatusError) as caught:
        answer.raise_for_status()
    assert delay_of(retry_after, caught.value) == 17.0
    headers = Message()
    headers["Retry-After"] = "19"
    failed = urllib.error.HTTPError("http://x", 503, "busy", headers, None)
    assert delay_of(retry_after, failed) == 19.0
    failed.close()


class Hostile(Exception):
    """Whatever is asked of it, it raises."""

    def __getattribute__(self, name):
        raise SystemExit(name)


@pytest.mark.parametrize(
    "said",
    [
        ConnectionError(),
        error(retry_after=-1),
        error(retry_after=math.nan),
        error(retry_after=math.inf),
        error(retry_after=10**400),
        error(retry_after=1e9),
        error(retry_after=True),
        error(retry_after=object()),
        error(retry_after=lambda: 1 / 0),
        error(retry_after=lambda: "soon"),
        answered("-5"),
        answered("soon"),
        answered(""),
        answered("9" * 400),
        answered("nan"),
        answered("1e3"),
        answered("Fri, 99 Foo 2026 99:99:99 GMT"),
        answered("Sun, 06 Nov 1994 08:49:37 GMT"),
        answered("Sun, 06 Nov 9994 08:49:37 GMT"),
        error(response=3),
        error(response=SimpleNamespace(headers=3)),
        error(response={"headers": {"Retry-After": "3"}}),
    ],
)
def test_nonsense_is_ignored(said):
    """Negative, not a number, in the past, more than a day away, or anything else: no word of it."""
    assert delay_of(retry_after, said) is None


def test_an_exception_that_raises_whatever_is_asked(resource):
    """It trips the guard if it is of the kind that does, and says nothing of when."""
    db = Guard("db", resource.probe, trip_on=Hostile)
    resource.up.clear()
    try:
        with db:
            raise Hostile
    except Hostile:  # not by pytest.raises, which looks at it
        pass
    assert db.status().trips == 1
    assert db.status().reason.startswith("Hostile")
    assert db.status().retry_at is None


def test_what_a_probe_returns_may_say_when():
    """That is bad; all else that it returns is good, but for False."""
    answer = SimpleNamespace(headers={"Retry-After": "5"})
    failure, delay = answer_of(lambda: answer, retry_after)
    assert "to ask again later" in failure
    assert delay == 5.0
    assert answer_of(lambda: SimpleNamespace(headers={}), retry_after) is None


def trip(db: Guard, said: Exception) -> None:
    """Let some work fail."""
    with pytest.raises(ConnectionError), db:
        raise said


def test_the_guard_does_not_ask_before(pool, resource, caplog, clock):
    """It is held for so long, though the probe would be good; its status and the log say so."""
    db = Guard("db", resource.probe, trip_on=ConnectionError, **QUICK)
    group = pool.group("g", guards=[db])
    with caplog.at_level(logging.WARNING, "pausable"):
        trip(db, answered("7200"))
    until(lambda: "guard 'db': the resource asks to be left alone for 7" in caplog.text)
    assert db.status().retry_at == pytest.approx(time.time() + 2 * HOUR, abs=60)
    future = group.submit(str, 1)
    clock.move(HOUR)
    assert db.status().retry_at == pytest.approx(time.time() + HOUR, abs=60)
    assert group.is_paused()
    assert resource.probes == 0
    clock.move(HOUR)
    assert future.result(10) == "1"
    assert resource.probes == 1
    assert db.status().retry_at is None


def test_an_override_is_by_hand(pool, resource):
    """It does not wait for the resource's consent."""
    db = Guard("db", resource.probe, trip_on=ConnectionError, **QUICK)
    group = pool.group("g", guards=[db])
    trip(db, answered("3600"))
    assert db.override()
    assert group.submit(str, 1).result(10) == "1"
    assert not resource.probes


def test_a_probe_that_says_when(pool):
    """The next one is not before that."""
    said = iter([ProbeFailed("starting", retry_after=0.2), None])
    asked = []

    def probe():
        asked.append(time.monotonic())
        found = next(said)
        if found is not None:
            raise found

    db = Guard("db", probe, trip_on=ConnectionError, **QUICK)
    group = pool.group("g", guards=[db])
    trip(db, ConnectionError("refused"))
    assert group.submit(str, 1).result(10) == "1"
    assert asked[1] - asked[0] >= 0.2


def test_a_trial_that_says_when(pool, resource):
    """Its failure trips the guard for so long."""
    db = Guard("db", resource.probe, trip_on=ConnectionError, **QUICK)
    tries = []

    @db.protect
    def work():
        tries.append(time.monotonic())
        if len(tries) < 3:
            raise error(retry_after=0.0 if len(tries) < 2 else 0.2)
        return "done"

    assert pool.submit(work).result(10) == "done"
    assert tries[2] - tries[1] >= 0.2


def test_one_of_ones_own(resource):
    """A callable that knows the errors of a library."""
    db = Guard(
        "db",
        resource.probe,
        trip_on=ConnectionError,
        retry_after=lambda error: float(str(error).split()[-1]),
    )
    trip(db, ConnectionError("come back in 50"))
    assert db.status().retry_at == pytest.approx(time.time() + 50, abs=20)


def test_one_that_raises_is_logged_and_ignored(resource, caplog):
    """The guard trips, and waits as usual."""
    db = Guard("db", resource.probe, trip_on=ConnectionError, retry_after=lambda _: 1 / 0)
    trip(db, ConnectionError("refused"))
    assert db.is_tripped()
    assert db.status().retry_at is None
    until(lambda: "has failed: ZeroDivisionError" in caplog.text)
    with pytest.raises(TypeError, match="retry_after"):
        Guard("db", resource.probe, retry_after=3)


def test_the_http_probe_understands_it(monkeypatch):
    """It hands on what the server says."""
    httpx = pytest.importorskip("httpx")
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=600), usegmt=True)
    monkeypatch.setattr(
        httpx, "request", lambda *_, **__: httpx.Response(503, headers={"Retry-After": later})
    )
    failure, delay = answer_of(probes.http("http://x"), retry_after)
    assert "answered 503" in failure
    assert delay == pytest.approx(600, abs=60)


def test_a_failed_probe_can_be_sent():
    """Its word of when goes with it."""
    copy = pickle.loads(pickle.dumps(ProbeFailed("starting", retry_after="60")))
    assert (str(copy), copy.retry_after) == ("starting", "60")
