"""Forms: comprehensions and generators, driven from where they stand and from elsewhere."""

# ruff: noqa: B035, C402, C417
# The shapes are what is tested here. `for run.seen in ...` counts without a line of its own.

from __future__ import annotations

import threading
import types
from collections import deque
from itertools import count, islice, takewhile

from preempt.form import form


@form
def list_comprehension(run):
    return [0 for run.seen in count() if run.seen < 0]


@form
def set_comprehension(run):
    return {0 for run.seen in count() if run.seen < 0}


@form
def dict_comprehension(run):
    return {0: 0 for run.seen in count() if run.seen < 0}


@form
def nested_comprehension(run):
    return [0 for _ in count() for run.seen in range(100) if run.seen < 0]


@form
def short_comprehensions(run):
    while True:
        run.seen += len([n for n in [m * 2 for m in range(10)] if n % 3])


@form
def generator_in_any(run):
    return any(run.seen < 0 for run.seen in count())


@form
def generator_in_sum(run):
    return sum(0 for run.seen in count())


@form
def generator_in_max(run):
    return max(-run.seen for run.seen in count())


@form
def generator_in_a_deque(run):
    deque((n for run.seen in count() for n in ()), maxlen=0)


@form
def generator_in_dict(run):
    while True:
        run.seen += len(dict((n, n) for n in range(1000)))


@form
def generator_in_join(run):
    while True:
        run.seen += len("".join(str(n) for n in range(1000)))


def numbers():
    n = 0
    while True:
        yield n
        n += 1


@form
def loop_over_a_generator(run):
    for run.seen in numbers():
        pass


def delegating(depth):
    if depth:
        yield from delegating(depth - 1)
    else:
        yield from numbers()


@form
def yield_from(run):
    for n in delegating(20):
        run.seen = n + 1


@form
def generator_of_a_generator(run):
    squares = (n * n for n in (m + 1 for m in numbers()) if n % 3)
    for square in takewhile(lambda n: n >= 0, squares):
        run.seen = square


def averaging():
    total = average = 0
    for n in count(1):
        total += yield average
        average = total / n


@form
def send_into_a_generator(run):
    averages = averaging()
    next(averages)
    while True:
        averages.send(run.seen)
        run.seen += 1


def catching():
    while True:
        try:
            yield
        except KeyError:
            yield "caught"


@form
def throw_into_a_generator(run):
    catcher = catching()
    while True:
        next(catcher)
        run.seen += catcher.throw(KeyError) == "caught"


@form
def many_generators_in_turn(run):
    alive = deque(islice(numbers(), 3) for _ in range(10))
    while True:
        generator = alive.popleft()
        for n in generator:
            run.seen += n + 1
            alive.append(generator)
            break
        else:
            alive.append(islice(numbers(), 3))


@form
def closing_generators(run):
    def resource():
        try:
            yield from range(3)
        finally:
            run.seen += 1

    while True:
        for _ in resource():
            break


@form
def generator_from_another_thread(run):
    made = []

    def make():
        generator = numbers()
        next(generator)
        made.append(generator)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    for run.seen in made[0]:
        pass


@form
def generator_based_coroutine(run):
    @types.coroutine
    def pause():
        yield

    async def work():
        while True:
            await pause()
            run.seen += 1

    coroutine = work()
    try:
        while True:
            coroutine.send(None)
    finally:
        coroutine.close()


@form
def map_over_a_generator(run):
    for n in map(lambda n: n + 1, numbers()):
        run.seen = n
