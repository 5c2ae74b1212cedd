"""Locks on files: of the system, and of classes that are made of them."""

# As people write it, not as they should.
# ruff: noqa: PTH123, SIM115, D101

import contextlib
import os
import tempfile
import threading
from contextlib import ExitStack, closing, contextmanager, suppress

import fasteners
import filelock
from preempt.witness import Fact, case, is_locked_elsewhere, known, says_proc

try:
    import fcntl
    from fcntl import LOCK_EX, LOCK_UN, flock
except ImportError:  # there is no fcntl: these cases are not run there
    fcntl = None


def work(count=3):
    total = 0
    for number in range(count):
        total += number
    return total


def new_path():
    number, path = tempfile.mkstemp()
    os.close(number)
    return path


def flocked():
    path = new_path()
    known(Fact(lambda: is_locked_elsewhere(path)))
    return path


@case
def file_flock():
    with open(flocked(), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            work()
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
        work()
    work()


@case
def file_flock_without_finally():
    file = open(flocked(), "w")
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    work()
    fcntl.flock(file.fileno(), fcntl.LOCK_UN | fcntl.LOCK_NB)
    work()
    file.close()


@case
def file_flock_until_closed():
    with open(flocked(), "w") as file:
        flock(file, LOCK_EX)
        work()
    work()


@case
def file_flock_of_descriptor():
    number = os.open(flocked(), os.O_RDWR)
    flock(number, LOCK_EX)
    work()
    os.close(number)
    work()


@case
def file_flock_of_descriptor_unlocked():
    fd = os.open(flocked(), os.O_RDWR)
    take, operation = fcntl.flock, LOCK_EX
    take(fd, operation)
    work()
    operation = LOCK_UN
    take(fd, operation)
    work()
    os.close(fd)


@case
def file_flock_in_loop_refused():
    path = flocked()
    with open(path, "w") as other, open(path, "w") as file:
        flock(other, LOCK_EX)
        for number in range(3):
            if number == 2:
                flock(other, LOCK_UN)
            try:
                flock(file, LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                work()
            else:
                work()
                flock(file, LOCK_UN)
    work()


@case
def file_lockf():
    with open(new_path(), "w") as file:
        known(Fact(lambda: says_proc(file)))
        fcntl.lockf(file, fcntl.LOCK_EX)
        work()
        fcntl.lockf(file, fcntl.LOCK_UN)
        work()
    work()


@case
def file_lockf_of_os():
    with open(new_path(), "w") as file:
        known(Fact(lambda: says_proc(file)))
        os.lockf(file.fileno(), os.F_LOCK, 0)
        work()
        os.lockf(file.fileno(), os.F_ULOCK, 0)
        work()


def lock_file(file):
    fcntl.flock(file, fcntl.LOCK_EX)


def unlock_file(file):
    fcntl.flock(file, fcntl.LOCK_UN)


@case
def file_flock_by_helpers():
    file = open(flocked(), "w")
    for _ in range(2):
        lock_file(file)
        work()
        unlock_file(file)
        work()
    file.close()


def operate(file, how):
    fcntl.flock(file, how)


@case
def file_flock_by_parameter():
    file = open(flocked(), "w")
    operate(file, fcntl.LOCK_EX)
    work()
    operate(file, fcntl.LOCK_UN)
    work()
    file.close()


@case
def file_flock_in_object():
    class Guard:
        def __init__(self, path):
            self.path = path
            self.file = None

        def begin(self):
            self.file = open(self.path, "w")
            fcntl.flock(self.file, fcntl.LOCK_EX)

        def end(self):
            self.file.close()

        def __enter__(self):
            self.begin()
            return self

        def __exit__(self, *exc):
            self.end()

    guard = Guard(flocked())
    guard.begin()
    work()
    guard.end()
    work()
    with guard:
        work()
    with Guard(flocked()):
        work()
    work()


@contextmanager
def locked_file(path):
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield file
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


@case
def file_flock_in_generator():
    path = flocked()
    with locked_file(path):
        work()
    with ExitStack() as stack:
        stack.enter_context(locked_file(path))
        work()
    work()


@case
def file_filelock_both_ways():
    path = flocked()
    lock = filelock.FileLock(path)
    with lock:
        work()
    with lock.acquire(timeout=1):
        work()
    lock.acquire()
    try:
        work()
    finally:
        lock.release()
    with filelock.FileLock(path), suppress(KeyError):
        work()
    work()


@case
def file_filelock_without_a_name():
    path = flocked()
    with filelock.FileLock(path).acquire(timeout=1):
        work()
    with ExitStack() as stack:
        stack.enter_context(filelock.FileLock(path).acquire())
        work()
    work()


@case
def file_fasteners_between_processes():
    path = new_path()
    lock = fasteners.InterProcessLock(path)
    known(Fact(lambda: lock.acquired))
    with lock:
        work()
    work()
    if lock.acquire(blocking=False):
        work()
        lock.release()
    work()


class Holder:
    def __init__(self):
        self.lock = fasteners.InterProcessLock(new_path())
        known(Fact(lambda: self.lock.acquired))

    def begin(self):
        self.lock.acquire()

    def end(self):
        self.lock.release()


@case
def file_fasteners_by_helpers():
    holder = Holder()
    holder.begin()
    work()
    holder.end()
    work()


def rw_lock():
    lock = fasteners.ReaderWriterLock()
    known(Fact(lambda: lock.owner is not None))
    return lock


@case
def file_fasteners_reader_writer():
    lock = rw_lock()
    with lock.write_lock():
        work()
    with lock.read_lock():
        work()
    work()
    lock.acquire_write_lock()
    work()
    lock.release_write_lock()
    work()
    lock.acquire_read_lock()
    try:
        work()
    finally:
        lock.release_read_lock()
    work()


@case
def file_fasteners_reader_writer_in_process():
    lock = fasteners.InterProcessReaderWriterLock(new_path())
    known(Fact(lambda: says_proc(lock.lockfile)))
    with lock.write_lock():
        work()
    with lock.read_lock():
        work()
    work()


class ReaderWriterLock:
    """Made of a condition and a field."""

    def __init__(self):
        self._cond = threading.Condition()
        self.writer = None
        known(Fact(lambda: self.writer is not None))

    def _acquire_write_lock(self):
        with self._cond:
            self._cond.wait_for(lambda: self.writer is None)
            self.writer = threading.get_ident()

    def _release_write_lock(self):
        with self._cond:
            self.writer = None
            self._cond.notify_all()

    @contextlib.contextmanager
    def write_lock(self):
        self._acquire_write_lock()
        try:
            yield self
        finally:
            self._release_write_lock()

    def begin(self):
        self._acquire_write_lock()

    def end(self):
        self._release_write_lock()


@case
def file_underscored_reader_writer():
    lock = ReaderWriterLock()
    with lock.write_lock():
        work()
    work()
    lock._acquire_write_lock()
    work()
    lock._release_write_lock()
    work()


@case
def file_underscored_reader_writer_by_helpers():
    lock = ReaderWriterLock()
    lock.begin()
    work()
    lock.end()
    work()


@case
def file_closing():
    path = flocked()
    with closing(open(path, "w")) as file:
        flock(file, LOCK_EX)
        work()
    work()
