"""Tasks that processes are sent for: a spawned process imports them from here."""

from __future__ import annotations

import contextlib
import contextvars
import os
import signal
import threading
import time
from pathlib import Path

import pausable
from pausable import Stopped, checkpoint, current_task, resting, shield, sleep
from pausable._core.attention import own_seat
from pausable.futures import ThreadPoolExecutor
from pausable.scopes import attendance

setting = contextvars.ContextVar("setting", default="none")


def pid_of(_=None):
    return os.getpid()


def wait_a_moment():
    time.sleep(0.05)


def add(one, other=1, /, *, self=0, fn=0):
    return one + other + self + fn


def fail(text):
    raise ValueError(text)  # here


def tick(folder, name="ticks"):
    """Say, a line a tick, that it runs; until the file `end` is there."""
    ticks = 0
    while not Path(folder, "end").exists():
        checkpoint()
        ticks += note(folder, name)
    return ticks


def note(folder, name):
    with Path(folder, name).open("a") as file:
        return file.write(".\n") // 2


def touch(folder, name):
    Path(folder, name).touch()
    return name


def ask_forever(folder, name="begun"):
    touch(folder, name)
    while True:
        checkpoint()


def clean_up_when_stopped(folder):
    touch(folder, "begun")
    try:
        while True:
            checkpoint()
    finally:
        checkpoint()  # passes: it cleans up
        touch(folder, "cleaned")


def swallow_a_stop(folder):
    touch(folder, "begun")
    try:
        while True:
            checkpoint()
    except Stopped as stop:
        return stop.reason


def sleep_long(folder):
    touch(folder, "begun")
    sleep(1000)


def sleep_briefly(folder, seconds):
    touch(folder, "begun")
    since = time.monotonic()
    sleep(seconds)
    return time.monotonic() - since


def wait_in_quiet(folder):
    touch(folder, "begun")
    with resting():
        wait_for(folder, "go")
    touch(folder, "out")
    return "out"


def wait_in_shield(folder):
    with shield():
        touch(folder, "begun")
        while not Path(folder, "go").exists():
            checkpoint()
    checkpoint()
    return "out"


def wait_for(folder, name):
    """Wait without ever asking, and without calling anything that is in Python."""
    path = os.fspath(Path(folder, name))
    while not os.access(path, os.F_OK):
        time.sleep(0.001)


def begin_and_wait_for(folder, name):
    touch(folder, "begun")
    wait_for(folder, name)
    return name


def spin(folder, name="begun"):
    """Compute without ever asking, and say so as `tick` does."""
    ticks = number = 0
    while not Path(folder, "end").exists():
        for each in range(1000):
            number += each
        ticks += note(folder, name)
    return ticks


def name_of_me():
    return current_task()._p_name


def pause_me():
    current_task().pause()


def stop_me():
    current_task().stop("enough of myself")
    checkpoint()


def pool_of_threads(folder):
    """Rest and stop tasks of a pool of its own."""
    with ThreadPoolExecutor(2) as pool:
        future = pool.submit(ask_forever, folder, "inner")
        wait_for(folder, "inner")
        with pool.pause("from its own process", timeout=30):
            rested = pool.status().resting
        future.stop("inner stop")
        with contextlib.suppress(pausable.TaskStopped):
            future.result()
        return rested, future.cancelled(), pool.submit(pow, 2, 5).result()


def tick_in_a_pool(folder, name):
    """Wait for a task of a pool of its own that counts."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(tick, folder, name).result()


def guest_of_mine(folder):
    """Start a thread in its context that asks, and wait for it."""
    touch(folder, "begun")
    context = contextvars.copy_context()
    seen = []

    def ask():
        try:
            while not Path(folder, "go").exists():
                checkpoint()
                sleep(0.001)
            seen.append("went on")
        except Stopped as stop:
            seen.append(stop.reason)

    thread = threading.Thread(target=lambda: context.run(ask))
    thread.start()
    thread.join()
    return seen


def initialize(folder, value):
    setting.set(value)
    Path(folder, f"initialized-{os.getpid()}").touch()


def fail_to_initialize():
    raise RuntimeError("no way to begin")


def setting_here(_=None):
    return setting.get()


def die(number=signal.SIGKILL):
    os.kill(os.getpid(), number)


def die_once(folder):
    path = Path(folder, "died")
    if not path.exists():
        path.touch()
        die()
    return "lived"


def item(folder, number):
    Path(folder, f"item-{number}").touch()
    return number


def item_that_may_fail(number):
    if number == 3:
        raise ValueError("three")
    return number


def handle_urgent_data(folder):
    """Have the signal for itself."""
    signal.signal(signal.SIGURG, lambda *_: None)
    touch(folder, "begun")
    while not Path(folder, "end").exists():
        checkpoint()


def look_when_the_signal_comes(folder):
    """Be in a look at the pool of one seat when the signal of the parent comes."""
    pool = own_seat().pool
    begin_and_wait_for(folder, "go")
    with pool.lock:
        signal.raise_signal(signal.SIGURG)
    touch(folder, "out")
    checkpoint()
    return "went on"


class Unpicklable:
    """What cannot be sent."""

    def __reduce__(self):
        raise TypeError("not me")


def die_with(*_):
    """Do in place of all that a worker process does."""
    os._exit(3)


def toil(steps):
    """Work in steps of a millisecond, and ask before each."""
    for _ in range(steps):
        checkpoint()
        time.sleep(0.001)
    return steps


def helped(number):
    return number + 1


def spin_and_call(folder, name="begun"):
    """Compute by calls, and sleep, without ever asking, and say so as `tick` does."""
    ticks = number = 0
    while not Path(folder, "end").exists():
        number = helped(number)
        time.sleep(0.0005)
        ticks += note(folder, name)
    return ticks


def count_up(folder):
    """Write what it has counted to, without ever asking."""
    touch(folder, "begun")
    number = 0
    with Path(folder, "count").open("w") as file:
        while number < 10**9:
            number += 1
            if number % 1000 == 0:
                file.seek(0)
                file.write(str(number))
                file.flush()


def stop_late(folder):
    """Never ask, and clean up by hand."""
    number = 0
    try:
        touch(folder, "begun")
        while True:
            number += 1
    finally:
        touch(folder, "cleaned")


def three_rounds(folder):
    """Compute for a while, again and again, in functions of its own."""
    total = 0
    for _ in range(3):
        total += sum(each * each for each in range(100_000))
    return total


def one_long_call(folder):
    """Be in C code for minutes."""
    touch(folder, "begun")
    time.sleep(600)


def wait_in_one_call(folder):
    """Open a pipe, which the system does when the other end is opened."""
    path = os.fspath(Path(folder, "pipe"))
    os.mkfifo(path)
    touch(folder, "begun")
    os.close(os.open(path, os.O_RDONLY))


def ask_seldom(folder):
    """Wait in C code, and ask in between."""
    touch(folder, "begun")
    while True:
        time.sleep(0.2)
        checkpoint()


def be_deaf(folder, name):
    """Be in C code for minutes, and say so before."""
    touch(folder, name)
    time.sleep(600)


def fork_and_pause(folder):
    """Fork a child that pauses a pool of its own; say how it has ended, and whether we noticed."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            rested, stopped, result = pool_of_threads(folder)
            code = 0 if (rested, stopped, result) == (1, True, 32) and not attendance.flag else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), bool(attendance.flag)


class CannotArrive(Exception):
    """One that is pickled without an argument that it needs."""

    def __init__(self, one, other):
        super().__init__(one)
        self.other = other

    def __reduce__(self):
        """As by default; else `tblib`, which Dask brings, pickles it so that it arrives."""
        return CannotArrive, self.args


class OfThisModule(Exception):
    """One that both sides know."""


def raise_of_this_module():
    raise OfThisModule("of this module")


def raise_what_cannot_arrive():
    raise CannotArrive(1, 2)


def meet(barrier):
    """Go on when all processes that are started have come here."""
    barrier.wait(30)


def initialize_when_told(folder):
    touch(folder, f"initializing-{os.getpid()}")
    wait_for(folder, "go")


def initialize_the_first(folder):
    """Fail in each process but one."""
    try:
        Path(folder, "first").mkdir()
    except FileExistsError:
        raise RuntimeError("only one") from None


def die_in_initializer(folder):
    touch(folder, f"dead-{os.getpid()}")
    os._exit(3)
