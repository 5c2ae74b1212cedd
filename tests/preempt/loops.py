"""Forms: loops of every shape."""

# ruff: noqa: E701, E702, PLW0120, RUF012, TRY203
# The shapes are what is tested here, the odd ones first of all.

from __future__ import annotations

from itertools import chain, count, cycle, repeat

from preempt.form import form

# fmt: off


@form
def while_on_one_line(run):
    while True: run.seen += 1


@form
def for_on_one_line(run):
    for _ in repeat(None): run.seen += 1


@form
def two_statements_on_one_line(run):
    while True: a = run.seen; run.seen = a + 1


@form(counts=False)
def while_true_pass(run):
    while True: pass


@form(counts=False)
def for_iter_int_pass(run):
    for _ in iter(int, 1): pass


@form
def walrus_on_one_line(run):
    n = 0
    while n := n + 1: run.seen = n

# fmt: on


@form(counts=False)
def while_true_over_two_lines(run):
    while True:
        pass


@form
def body_on_its_own_line(run):
    x = 0
    while True:
        x += 1
        run.seen = x


@form
def nested_loops(run):
    while True:
        for a in range(10):
            for b in range(10):
                if b == a:
                    continue
                if b > 8:
                    break
                run.seen += 1


@form
def loop_with_else(run):
    while True:
        for n in range(3):
            run.seen += n
        else:
            run.seen += 1


@form
def walrus_over_lines_of_text(run):
    lines = cycle(["a\n", "b\n"])
    while line := next(lines):
        run.seen += len(line)


@form
def for_into_an_attribute(run):
    for run.seen in count():
        pass


@form
def try_in_a_loop(run):
    while True:
        try:
            run.seen += 1
        except ValueError:
            raise
        else:
            run.seen += 1
        finally:
            run.seen += 1


@form
def loop_in_a_try(run):
    try:
        while True:
            run.seen += 1
    except ValueError:
        run.seen = -1


@form
def loop_in_an_except(run):
    try:
        raise ValueError
    except ValueError:
        while True:
            run.seen += 1


@form
def exceptions_as_control_flow(run):
    while True:
        try:
            raise KeyError(run.seen)
        except KeyError as error:
            run.seen = error.args[0] + 1


@form
def stop_iteration_as_the_end(run):
    while True:
        numbers = iter(range(10))
        while True:
            try:
                run.seen += next(numbers)
            except StopIteration:
                break


@form
def except_star(run):
    while True:
        try:
            raise ExceptionGroup("several", [ValueError(), KeyError()])
        except* ValueError:
            run.seen += 1
        except* KeyError:
            run.seen += 1


@form
def continue_through_a_finally(run):
    while True:
        try:
            if run.seen % 2:
                continue
            run.seen += 1
        finally:
            run.seen += 1


@form
def match_statement(run):
    shapes = cycle([{"kind": "point", "at": (1, 2)}, [1, 2, 3], "text", 7, None])
    for shape in shapes:
        match shape:
            case {"kind": str(), "at": (x, y)}:
                run.seen += x + y
            case [first, *rest]:
                run.seen += first + len(rest)
            case str() as text if text:
                run.seen += 1
            case int(number):
                run.seen += number
            case _:
                run.seen += 1


@form
def conditional_expressions(run):
    while True:
        run.seen += 1 if run.seen % 2 or not run.seen else 3


@form
def unpacking(run):
    while True:
        first, *rest = *range(3), run.seen
        run.seen = rest[-1] + 1 + first


@form
def strings(run):
    while True:
        text = f"{run.seen:>10} {'x' * 3!r}".strip().split()
        run.seen = int(text[0]) + 1


@form
def deleting_and_asserting(run):
    while True:
        here = run.seen
        assert here >= 0, "it is not"
        run.seen = here + 1
        del here


@form
def large_integers(run):
    x = 3
    while True:
        x = x * x % (2**4423 - 1)
        run.seen += 1


@form
def globals_and_nonlocals(run):
    n = 0

    def up():
        nonlocal n
        n += 1
        return n

    while True:
        run.seen = up()


@form
def class_bodies(run):
    while True:

        class Body:
            numbers = []
            for number in range(20):
                numbers.append(number)

        run.seen += len(Body.numbers)


@form
def loop_in_a_class_body(run):
    class Body:
        run.seen = 0
        while True:
            run.seen += 1


@form
def chained_iterators(run):
    for a, b in zip(chain.from_iterable(repeat(range(5))), cycle("ab"), strict=False):
        run.seen += a + len(b)


@form
def dictionaries_and_sets(run):
    seen = {}
    while True:
        seen[run.seen % 100] = {run.seen, *seen.values()} & {run.seen}
        seen = {key: 0 for key in seen if key in {**seen}}
        run.seen += 1
