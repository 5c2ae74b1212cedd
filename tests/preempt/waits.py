"""Forms: loops round C calls, sleeps and waits. A task in a C call rests when that returns."""

# ruff: noqa: LOG001, PLC0415, PTH123
# The shapes are what is tested here.

from __future__ import annotations

import csv
import hashlib
import io
import logging
import queue
import select
import socket
import threading
import time
import zlib

from preempt.form import form

SHORT = 0.002  # seconds


@form
def loop_of_c_calls(run):
    data = b"data" * 1_000
    while True:
        run.seen += len(hashlib.sha256(data).digest()) + zlib.crc32(data) % 2


@form
def sum_of_a_range(run):
    while True:
        sum(range(10_000))
        run.seen += 1


@form
def sleeps(run):
    while True:
        time.sleep(SHORT)
        run.seen += 1


@form(counts=False)
def sleeps_on_one_line(run):
    return any(time.sleep(SHORT) for _ in iter(int, 1))


@form
def event_waits(run):
    never = threading.Event()
    while not never.wait(SHORT):
        run.seen += 1


@form
def condition_waits(run):
    condition = threading.Condition()
    while True:
        with condition:
            condition.wait(SHORT)
        run.seen += 1


taken = threading.Lock()
taken.acquire()


@form
def waits_for_a_lock(run):
    while not taken.acquire(timeout=SHORT):
        run.seen += 1


@form
def takes_a_lock(run):
    lock = threading.Lock()
    while True:
        with lock:
            run.seen += 1


@form
def takes_an_rlock_twice(run):
    lock = threading.RLock()

    def inner():
        with lock:
            run.seen += 1

    while True:
        with lock:
            inner()


@form
def acquire_and_release(run):
    lock, slots = threading.Lock(), threading.Semaphore(2)
    while True:
        lock.acquire()
        try:
            run.seen += 1
        finally:
            lock.release()
        with slots:
            run.seen += 1


@form
def polls_a_queue(run):
    items = queue.Queue()
    while True:
        try:
            items.get(timeout=SHORT)
        except queue.Empty:
            run.seen += 1


@form
def passes_items_through_queues(run):
    there, back = queue.Queue(), queue.SimpleQueue()
    while True:
        there.put(run.seen)
        back.put(there.get() + 1)
        run.seen = back.get()


@form
def select_with_a_timeout(run):
    one, other = socket.socketpair()
    with one, other:
        while True:
            select.select([one], [], [], SHORT)
            run.seen += 1


@form
def talks_over_a_socket(run):
    one, other = socket.socketpair()
    with one, other:
        while True:
            one.sendall(b"ping")
            run.seen += len(other.recv(4))


@form
def reads_a_file_by_lines(run):
    while True:
        with open(__file__, encoding="utf-8") as file:
            for line in file:
                run.seen += len(line)


@form
def parses_csv(run):
    text = "a,b,c\n" + "1,2,3\n" * 100
    while True:
        for row in csv.DictReader(io.StringIO(text)):
            run.seen += int(row["a"])


@form
def prints_and_logs(run):
    log = logging.Logger("preempt.forms")
    stream = io.StringIO()
    log.addHandler(logging.StreamHandler(stream))
    while True:
        print(run.seen, file=stream)
        log.warning("seen %d", run.seen)
        stream.seek(0)
        stream.truncate()
        run.seen += 1


@form
def imports_what_is_there(run):
    while True:
        import json
        from os import path

        run.seen += bool(json) + bool(path)
