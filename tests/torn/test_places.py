"""The strikes are faithful: they tear what CPython would tear, and nothing else."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from functools import partial

import pytest
from torn.places import instructions, places
from torn.strikes import _CTRL_C, Struck, Whom, aim, interruptible, record

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs setitimer")

lock = _thread.allocate_lock()
done: list[str] = []


class Made:
    """An object whose making is ours."""

    def __init__(self) -> None:
        self.number = abs(-1)


def helped(number: int) -> int:
    return abs(number)


def torn() -> None:
    """Lose the lock to what comes between the first two lines."""
    lock.acquire()
    try:
        done.append("begun")
    finally:
        lock.release()


def whole() -> None:
    """Have the lock for a block, with all that is a place."""
    with lock:
        done.append("begun")
        Made()
        for each in range(2):
            helped(each)
        partial(helped, 1)()
        done.append("over")


CODES = {torn.__code__, whole.__code__, Made.__init__.__code__, helped.__code__}


def struck_everywhere(call, on_main: bool) -> list[tuple[str, bool, object]]:
    """Strike a call at each of its places; return the instruction, whether the lock is lost, and by what."""
    recorder, watch = record(CODES, Whom(on_main=on_main))
    with watch.prepared():
        on_a_thread(call, watch, on_main)
    found = []
    for place in places(recorder.threads.values(), 9):
        strike, watch = aim(place, Whom(on_main=on_main))
        with watch.prepared():
            error = on_a_thread(call, watch, on_main)
        assert strike.fired, place
        found.append((str(place), lock.locked(), error))
        if lock.locked():
            lock.release()
    return found


def on_a_thread(call, watch, on_main):
    """Call it with the watch on; return what came out."""
    raised = []

    def run() -> None:
        try:
            call()
            for each in range(3):
                abs(each)  # what is left by now comes out here
        except (KeyboardInterrupt, Struck) as error:
            raised.append(error)

    watch.begin()
    if on_main:
        with interruptible(10):
            run()
    else:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    watch.end()
    return raised[0] if raised else None


@pytest.mark.parametrize("on_main", [True, False], ids=["main thread", "other thread"])
def test_what_is_torn_is_found(on_main) -> None:
    """`acquire()` before the `try` is found, on the call, and there alone."""
    found = struck_everywhere(torn, on_main)
    assert all(error is not None for _, _, error in found)
    lost = [what for what, is_lost, _ in found if is_lost]
    assert len(lost) == 1, lost
    assert "CALL@" in lost[0]


def with_is_whole() -> bool:
    """Say whether this Python lets nothing between the C of `__enter__` and the block.

    3.14 does, which is python/cpython#148874; asked without any watch.
    """
    mine = _thread.allocate_lock()
    with interruptible(10):
        try:
            with (_CTRL_C.fire, mine)[1]:
                abs(0)
        except KeyboardInterrupt:
            pass
    return not mine.locked()


@pytest.mark.parametrize("on_main", [True, False], ids=["main thread", "other thread"])
def test_what_is_whole_is_not(on_main) -> None:
    """`with lock:` loses the lock at no place but where this Python itself does."""
    found = struck_everywhere(whole, on_main)
    assert len(found) > 12
    assert all(error is not None for _, _, error in found)
    lost = [what for what, is_lost, _ in found if is_lost]
    assert len(lost) == (0 if with_is_whole() else 1), lost


def test_where_it_is_delivered() -> None:
    """It comes out of an instruction after which CPython looks, or of an entry."""
    ends = set()
    for _, _, error in struck_everywhere(whole, on_main=True):
        trace = error.__traceback__
        while trace.tb_next is not None:
            trace = trace.tb_next
        if trace.tb_frame.f_code in CODES:
            ends.add(instructions(trace.tb_frame.f_code)[trace.tb_lasti][0])
    assert ends <= {"CALL", "PRECALL", "RESUME", "JUMP_BACKWARD"}
    assert ends >= {"CALL", "RESUME", "JUMP_BACKWARD"}


def test_other_trace_functions_stay() -> None:
    """Those that coverage or a debugger has set are there afterwards."""

    def theirs(*_):
        return theirs

    before, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(theirs)
    threading.settrace(theirs)
    try:
        struck_everywhere(torn, on_main=True)
        seen = sys.gettrace(), threading.gettrace()
    finally:
        sys.settrace(before)
        threading.settrace(of_threads)
    assert seen == (theirs, theirs)
