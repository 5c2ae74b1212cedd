"""The question: what a guard asks of its resource, and what counts as an answer.

A probe is any callable. It is bad if it raises, or returns False, or something that says when the
resource will be back; all else is good. When, it says as HTTP servers do by the header
``Retry-After`` (RFC 9110, section 10.2.3): in seconds, or as a date. What says so is the
resource's, or a library's: it may be anything, and does no harm.

It is the user's: it may block for ever, and there is no way to end it. So it is called on a thread
of its own, which costs its guard one thread and no more, and nobody else anything; the guard asks
no other question until it answers.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from time import time as wall_clock
from types import CoroutineType
from typing import Any, NamedTuple, Self, TypeAlias

from pausable.errors import PausableError, Stopped
from pausable.scopes.common_log import ERROR, WARNING, say
from pausable.scopes.foreign import callable_name, described, function_of, is_of
from pausable.scopes.standpoint import here
from pausable.scopes.timer import clock

__all__ = [
    "PATIENCE",
    "Errors",
    "Failure",
    "Probe",
    "ProbeFailed",
    "Question",
    "Resource",
    "answer_of",
    "delay_of",
    "failure_of",
    "retry_after",
]

PATIENCE = 10.0  # seconds after which no answer is a bad one

_LONGEST = 86_400.0  # seconds: who says to come back later than that is not believed

_HEADER = "Retry-After"
_NUMBER = re.compile(r"\d{1,300}(\.\d*)?", re.ASCII)

Probe: TypeAlias = Callable[[], object]
"""Called on a thread of its own: it should answer, or give up, within a second or so."""

Errors: TypeAlias = type[Exception] | tuple[type[Exception], ...]


class ProbeFailed(PausableError, RuntimeError):
    """Raised when a probe finds that its resource does not do what is wanted of it."""

    def __init__(self, message: str, *, retry_after: float | str | None = None) -> None:
        """Say what is wrong; and, if known, in how many seconds, or when, to ask again."""
        super().__init__(message)
        self.retry_after: float | str | None = retry_after


@dataclass(frozen=True, slots=True)
class Resource:
    """What a guard was told of what it watches."""

    probe: Probe
    trip_on: tuple[type[Exception], ...]
    retry_after: Callable[[Any], float | None]

    @classmethod
    def checked(
        cls, probe: Probe, trip_on: Errors, when: Callable[[Any], float | None] | None
    ) -> Self:
        """Make it of what a user gave; raise TypeError if something is of the wrong kind."""
        if not callable(probe):
            msg = f"a probe must be callable, not {probe!r}"
            raise TypeError(msg)
        if inspect.iscoroutinefunction(function_of(probe)):
            msg = f"a probe must answer when it is called, which {callable_name(probe)} does not"
            raise TypeError(msg)
        if when is None:
            when = retry_after
        if not callable(when):
            msg = f"retry_after must be callable, not {when!r}"
            raise TypeError(msg)
        errors = trip_on if isinstance(trip_on, tuple) else (trip_on,)
        for each in errors:
            if not (isinstance(each, type) and issubclass(each, Exception)):
                msg = f"trip_on must be an exception class, or a tuple of them, not {trip_on!r}"
                raise TypeError(msg)
        return cls(probe, errors, when)

    def failure(self, error: BaseException) -> Failure | None:
        """Say what an *error* of work means for the resource, if anything. Outside all locks."""
        if not is_of(error, self.trip_on):
            return None
        return Failure.of(error, self.retry_after)


class Failure(NamedTuple):
    """What is wrong with the resource."""

    why: str
    delay: float | None = None  #: in seconds, for which it asks to be left alone

    @classmethod
    def of(cls, error: BaseException, when: Callable[[Any], float | None]) -> Self:
        """Make one of an exception, which *when* is asked about. Outside all locks."""
        delay = delay_of(when, error)
        return cls(described(error), delay)


@dataclass(slots=True, eq=False)
class Question:
    """One call of a probe."""

    epoch: int  #: of the machine, in which it began
    began: float  #: on the monotonic clock
    is_new: bool = True  #: it is to be asked yet
    is_late: bool = False  #: it was said that there is no answer

    def run(self, resource: Resource, told: Callable[..., object]) -> None:
        """Call the probe, then *told* with this, what is wrong, and the time.

        Blocks for as long as the probe does. Meanwhile this thread waits for no guard (`here`).
        """
        try:
            told(self, self._ask(resource), clock())
        except Exception as error:  # noqa: BLE001 - this thread has nobody else to tell
            say(ERROR, "what follows from the answer of a probe has failed", error=error)
        except BaseException as error:  # noqa: BLE001 - it was sent to this thread
            told(self, Failure(described(error)), clock())

    def _ask(self, resource: Resource) -> Failure | None:
        here.is_asked = True
        try:
            return answer_of(resource.probe, resource.retry_after)
        except BaseException as error:  # noqa: BLE001 - it must not end without an answer
            return Failure(described(error))
        finally:
            here.is_asked = False


def failure_of(probe: Probe) -> str | None:
    """Call *probe*; return what was wrong, or None."""
    failure = answer_of(probe, retry_after)
    return None if failure is None else failure.why


def answer_of(probe: Probe, when: Callable[[Any], float | None]) -> Failure | None:
    """Call *probe*; return what is wrong, or None.

    *when* is asked about exceptions in how many seconds to ask again; what is returned must say so
    in the usual words.
    """
    try:
        answer = probe()
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is an answer
        return Failure.of(error, when)
    if answer is None or answer is True:
        return None
    name = callable_name(probe)
    if answer is False:
        return Failure(f"{name} returned False")
    if type(answer) is CoroutineType:
        answer.close()
        return Failure(f"{name} returned a coroutine, which nobody awaits")
    delay = delay_of(retry_after, answer)
    return None if delay is None else Failure(f"{name} says to ask again later", delay)


def retry_after(error: object) -> float | None:
    """Return in how many seconds *error* says that one may try again; None if it does not.

    It may have an attribute or a method `retry_after`, or headers with ``Retry-After``, of its own
    or of its `response`: those of httpx, requests, aiohttp and urllib do. Seconds are a number, a
    timedelta, text, or an HTTP date.
    """
    said = getattr(error, "retry_after", None)
    if callable(said):
        said = said()
    seconds = _seconds(said)
    if seconds is not None:
        return seconds
    for each in (getattr(error, "response", None), error):
        seconds = _seconds(_header(getattr(each, "headers", None)))
        if seconds is not None:
            return seconds
    return None


def _header(headers: Any) -> object:
    """Return the header of any mapping of headers, be it a plain one."""
    get = getattr(headers, "get", None)
    if not callable(get):
        return None
    return get(_HEADER) or get(_HEADER.lower())


def _seconds(said: object) -> float | None:
    if isinstance(said, bool):
        return None
    if isinstance(said, (int, float)):
        return float(said)
    if isinstance(said, timedelta):
        return said.total_seconds()
    if isinstance(said, str):
        return float(said) if _NUMBER.fullmatch(said := said.strip()) else _until(said)
    return None


def _until(date: str) -> float | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        moment = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:  # HTTP dates are in UTC, whatever they say
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() - wall_clock()


def delay_of(when: Callable[[Any], float | None], error: object) -> float | None:
    """Ask *when* about *error*; None if the answer is none, or nonsense. Outside all locks."""
    try:
        seconds = when(error)
        if isinstance(seconds, (int, float)) and 0.0 <= seconds <= _LONGEST:
            return float(seconds)
    except BaseException as failure:  # it is foreign code, and only a hint
        if isinstance(failure, (Stopped, KeyboardInterrupt)):
            raise  # these are sent to this thread
        say(WARNING, "what says when to try again has failed: %s", described(failure))
    return None
