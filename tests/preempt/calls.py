"""Forms: calls of every kind, from Python and from C, of code that is there and that is not yet."""

# ruff: noqa: C417, E731, PIE804
# The shapes are what is tested here. `setattr` counts in a lambda.

from __future__ import annotations

import bisect
import functools
import json
import operator
import re
import string
import threading
from itertools import accumulate, chain, count, dropwhile, filterfalse, groupby, repeat, starmap

from preempt.form import form


def bump(run):
    run.seen += 1


def one(run):
    two(run)


def two(run):
    three(run)


def three(run):
    bump(run)


@form
def chain_of_small_functions(run):
    while True:
        one(run)


@form
def keywords_and_stars(run):
    def call(*args, step=1, **rest):
        run.seen += len(args) + step + len(rest)

    while True:
        call(1, 2, *(3,), step=2, **{"a": 1})


def descend(run, depth):
    run.seen += 1
    if depth:
        descend(run, depth - 1)


@form
def deep_recursion(run):
    while True:
        descend(run, 400)


@form
def loop_at_the_bottom_of_a_recursion(run):
    def down(depth):
        if depth:
            down(depth - 1)
        while True:
            run.seen += 1

    down(400)


@form
def tree_recursion(run):
    def fib(n):
        run.seen += 1
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    fib(90)


@form(counts=False)
def tree_recursion_of_a_lambda(run):
    fib = lambda n: n if n < 2 else fib(n - 1) + fib(n - 2)
    fib(90)


@form
def mutual_recursion(run):
    def even(n):
        run.seen += 1
        return n == 0 or odd(n - 1)

    def odd(n):
        return n != 0 and even(n - 1)

    while True:
        even(200)


@form
def lambda_in_sorted(run):
    while True:
        sorted(range(20_000), key=lambda n: setattr(run, "seen", run.seen + 1) or -n)


@form
def lambda_in_map(run):
    return any(map(lambda n: setattr(run, "seen", n), count()))


@form
def lambda_in_filter(run):
    return next(filter(lambda n: setattr(run, "seen", n), count()))


@form
def lambda_in_reduce(run):
    return functools.reduce(lambda a, b: setattr(run, "seen", b), count())


@form
def lambda_in_max(run):
    return max(count(), key=lambda n: setattr(run, "seen", n) or n)


@form
def lambda_in_min(run):
    return min(count(), key=lambda n: setattr(run, "seen", n) or n)


@form
def lambdas_in_itertools(run):
    pairs = zip(count(), accumulate(repeat(1), lambda a, b: a + b), strict=False)
    added = starmap(lambda a, b: a + b, filterfalse(lambda pair: pair[0] % 3, pairs))
    groups = groupby(dropwhile(lambda n: n < 10, added), key=lambda n: n // 100)
    for _, group in groups:
        run.seen += len(list(group))


@form
def lambda_in_re_sub(run):
    text = "a1" * 20_000
    while True:
        re.sub("a", lambda match: setattr(run, "seen", run.seen + 1) or match[0], text)


@form
def default_of_json(run):
    class Odd:
        pass

    odd = [Odd() for _ in range(5_000)]
    while True:
        json.dumps(odd, default=lambda each: setattr(run, "seen", run.seen + 1))


@form
def hook_of_json(run):
    text = json.dumps([{"a": n} for n in range(5_000)])
    while True:
        json.loads(text, object_hook=lambda each: setattr(run, "seen", run.seen + 1))


@form
def cmp_to_key(run):
    def compare(a, b):
        run.seen += 1
        return b - a

    while True:
        sorted(range(10_000), key=functools.cmp_to_key(compare))


@form
def key_in_bisect(run):
    numbers = range(10**9)
    while True:
        bisect.bisect(numbers, 7, key=lambda n: setattr(run, "seen", run.seen + 1) or n)


@form
def formatter_from_c(run):
    template = string.Template("$a and $b")

    class Names(dict):
        def __missing__(self, key):
            run.seen += 1
            return key

    while True:
        template.substitute(Names())
        "{c} {d}".format_map(Names())


@form
def lambda_called_only_later(run):
    def both(n):
        run.seen += n

    while True:  # for the first part of this C call no code of this program is on the stack
        any(chain(map(operator.not_, repeat(1, 200_000)), map(both, range(1, 2_000))))


@form
def functions_made_anew(run):
    while True:

        def fresh(n):
            for _ in range(n):
                run.seen += 1

        fresh(1_000)


@form
def function_first_called_late(run):
    hidden = {"late": lambda: bump(run)}
    while True:
        sum(range(20_000))
        hidden["late"]()


@form
def exec_of_one_line(run):
    exec("while True: run.seen += 1", {"run": run})


@form
def exec_of_a_program(run):
    source = (
        "def work():\n    for _ in range(100):\n        run.seen += 1\nwhile True:\n    work()\n"
    )
    exec(compile(source, "<made here>", "exec"), {"run": run})


@form
def exec_again_and_again(run):
    while True:  # each time a new code object that is equal to the one before
        exec("for _ in range(500): run.seen += 1", {"run": run})


@form
def eval_of_an_expression(run):
    eval("any(run.seen < 0 for run.seen in count())", {"run": run, "count": count})


@form
def lambda_from_eval(run):
    while True:
        eval("lambda: setattr(run, 'seen', run.seen + 1)", {"run": run})()


@form
def long_function(run):
    lines = "\n        ".join(f"n = n * {k} % 1000003" for k in range(3, 900))
    source = f"def work(n):\n    while True:\n        {lines}\n        run.seen += 1\n"
    names = {"run": run}
    exec(source, names)
    names["work"](5)


@form
def partials_and_methods(run):
    class Worker:
        def method(self, n):
            run.seen += n

        @classmethod
        def of_the_class(cls, n):
            run.seen += n

        @staticmethod
        def static(n):
            run.seen += n

    worker = Worker()
    calls = [functools.partial(worker.method, 1), worker.of_the_class, Worker.static, worker.method]
    while True:
        for call in calls:
            call(*(() if isinstance(call, functools.partial) else (1,)))


@form
def threads_of_its_own(run):
    while True:
        thread = threading.Thread(target=len, args=("one",))
        thread.start()
        thread.join()
        run.seen += 1
