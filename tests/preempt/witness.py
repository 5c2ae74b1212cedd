"""What is known of the locks of a case of the corpus, and what the rule says, at every event."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from pausable._preempt.rule.safety import obstacle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# --- For the corpus ------------------------------------------------------------------------------

CASES: dict[str, Callable[[], object]] = {}
registered: list[Any] = []


def case(function: Callable[[], object]) -> Callable[[], object]:
    """Add a function to the corpus."""
    name = function.__name__
    assert name not in CASES, f"two cases of the name {name}"
    CASES[name] = function
    return function


def known(lock: Any) -> Any:
    """Register a lock, so that the truth about it is asked at each event, and return it."""
    registered.append(lock)
    return lock


class Fact:
    """Not a lock of the stdlib: what is asked whether it is held."""

    def __init__(self, truth: Callable[[], bool]) -> None:
        self.truth = truth


def is_locked_elsewhere(path: str) -> bool:
    """Tell whether a file is locked by `flock`, by trying to."""
    import fcntl  # noqa: PLC0415 - not on every system

    with Path(path).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def says_proc(file: Any) -> bool:
    """Tell whether the system says that a file of this process is locked."""
    if file is None or file.closed:
        return False
    return "\nlock:" in Path(f"/proc/self/fdinfo/{file.fileno()}").read_text(encoding="utf-8")


class Delicate:
    """Not a lock: a place where nothing may rest, of which the code says nothing."""

    def __init__(self) -> None:
        self.is_on = False

    def truth(self) -> bool:
        return self.is_on


def is_held(lock: Any) -> bool:
    """Tell the truth about a registered lock. The case runs in one thread."""
    if isinstance(lock, (Delicate, Fact)):
        return lock.truth()
    if isinstance(lock, threading.Condition):
        return is_held(lock._lock)
    if isinstance(lock, threading.Semaphore):
        return lock._value < lock.initial if hasattr(lock, "initial") else lock._value == 0
    if hasattr(lock, "_semlock"):
        return lock._semlock._count() > 0
    if hasattr(lock, "_is_owned"):
        return lock._is_owned()
    return lock.locked()


# --- For the test --------------------------------------------------------------------------------


@dataclass
class Verdict:
    """What the rule has said at the events of one case."""

    events: int = 0
    free: int = 0  #: nothing was held
    unsafe: list[str] = field(default_factory=list)
    over_cautious: list[str] = field(default_factory=list)
    for_good: list[str] = field(default_factory=list)  #: of these, those that are no guess


def codes(code: CodeType) -> Iterator[CodeType]:
    """List a code object and all that are made in it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from codes(each)


def run_case(function: Callable[[], object]) -> object:
    """Call a case; the code of this function is its entry."""
    return function()


class Watch:
    """Asks at each event of some code what the rule says, and what is true."""

    TOOL = 4
    EVENTS = ("LINE", "JUMP", "PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD")

    def __init__(self, function: Callable[[], object]) -> None:
        self.verdict = Verdict()
        self._function = function
        self._codes = [
            each
            for each in codes(function.__globals__["CODE"])
            if each.co_name not in {"<module>", "case", "known"}
        ]
        self._at_work = False

    def run(self) -> Verdict:
        """Run the case under observation."""
        monitoring = sys.monitoring
        events = [getattr(monitoring.events, name) for name in self.EVENTS]
        registered.clear()
        monitoring.use_tool_id(self.TOOL, "corpus")
        try:
            for name, event in zip(self.EVENTS, events, strict=True):
                monitoring.register_callback(self.TOOL, event, self._callback(name))
            for code in self._codes:
                monitoring.set_local_events(self.TOOL, code, sum(events))
            run_case(self._function)
        finally:
            for code in self._codes:
                monitoring.set_local_events(self.TOOL, code, 0)
            for event in events:
                monitoring.register_callback(self.TOOL, event, None)
            monitoring.free_tool_id(self.TOOL)
            registered.clear()
        return self.verdict

    def _callback(self, name: str) -> Callable[..., None]:
        return lambda *_: self._look(name, sys._getframe(1))

    def _look(self, event: str, frame: FrameType) -> None:
        if self._at_work or not in_case(frame):
            return
        self._at_work = True
        try:
            self._compare(event, frame)
        finally:
            self._at_work = False

    def _compare(self, event: str, frame: FrameType) -> None:
        held = [each for each in list(registered) if is_held(each)]
        said = obstacle(frame, {run_case.__code__})
        place = f"{event} at line {frame.f_lineno} in {frame.f_code.co_qualname}"
        self.verdict.events += 1
        self.verdict.free += not held
        if held and said is None:
            self.verdict.unsafe.append(f"{place}: {held} held")
        elif not held and said is not None:
            self.verdict.over_cautious.append(f"{place}: {said}")
            if not said.is_guess:
                self.verdict.for_good.append(f"{place}: {said}")


def in_case(frame: FrameType | None) -> bool:
    """Tell whether a frame is on top of that of a case."""
    while frame is not None:
        if frame.f_code is run_case.__code__:
            return True
        frame = frame.f_back
    return False
