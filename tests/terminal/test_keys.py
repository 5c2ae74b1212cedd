"""The keys, each pressed by a person at a terminal, and what is seen there."""

from __future__ import annotations

TWO_LOOPS = """
    take_keys()
    loops = [Loop(), Loop()]
    when_told("go", *loops)
    with ThreadPoolExecutor(2, thread_name_prefix="shop") as pool:
        futures = [pool.options(name=f"render-{n}").submit(each) for n, each in enumerate(loops)]
        for each in loops:
            each.began.wait()
        print("begun")
    print("ended", *("stopped" if each.cancelled() else "done" for each in futures))
"""


def begin(shell, script=TWO_LOOPS):
    """Run a program until its tasks have begun."""
    shell.run(shell.program(script))
    shell.wait(r"\[pausable\] space pauses and resumes, s status, t tasks, q stops, \? help\r")
    shell.wait("begun")


def end(shell, how="done done"):
    """Let the tasks go, and wait for the end of the program."""
    shell.tell("go")
    shell.wait(f"ended {how}\r")
    shell.prompt()


def test_space_pauses_and_resumes(shell):
    """Pressed once, all tasks rest, and it says so; pressed again, they go on to their ends."""
    begin(shell)
    shell.type(" ")
    shell.wait(r"\[pausable\] paused: 2 tasks at rest; space resumes\r")
    shell.type(" ")
    shell.wait(r"\[pausable\] resumed\r")
    end(shell)
    assert shell.seen.count("? help") == 1  # the keys are said once


def test_the_request_and_the_fact(shell):
    """While a task still runs it is named, with its line; when it has come to rest, that is said."""
    begin(
        shell,
        """
        take_keys()
        loop, stuck = Loop(), Stuck()
        when_told("let go", stuck)
        when_told("go", loop)
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(loop), pool.options(name="stuck").submit(stuck)]
            loop.began.wait(), stuck.began.wait()
            print("begun")
        print("ended", *("stopped" if each.cancelled() else "done" for each in futures))
        """,
    )
    shell.type(" ")
    shell.wait(
        r"\[pausable\] pausing: 1 of 2 still run\r\n  stuck at \S+:\d+ in \S+ has not come to"
    )
    shell.tell("let go")
    shell.wait(r"\[pausable\] paused: 2 tasks at rest; space resumes\r")
    shell.type(" ")
    end(shell)


def test_status(shell):
    """`s` says in one line how many tasks do what, and who holds them, since when and why."""
    begin(shell)
    shell.type("s")
    shell.wait(r"\[pausable\] running: 2 running\r")
    shell.type(" ")
    shell.wait("paused: 2")
    shell.type("s")
    shell.wait(
        r"\[pausable\] paused: 2 resting; held by terminal pts/\d+ for \d\.\d s: paused at the keyboard\r"
    )
    shell.type(" ")
    end(shell)


def test_tasks(shell):
    """`t` shows each task with its times and its line, under its pool, and what holds it."""
    begin(shell)
    shell.type(" ")
    shell.wait("paused: 2")
    shell.type("t")
    shell.wait(r"\[pausable\] paused: 2 resting\r")
    shell.wait(r"held by terminal pts/\d+ for .*: paused at the keyboard \(space resumes\)\r")
    shell.wait(r"shop, paused: 2 resting\r")
    row = r"  render-{}  resting   active +[\d.]+ s  paused +[\d.]+ s  workloads.py:\d+ in Loop.__call__\r"
    here = shell.position()
    for number in (0, 1):  # whichever has started first
        shell.wait(row.format(number), since=here)
    shell.type(" ")
    end(shell)


def test_stop(shell):
    """`q` asks first; pressed again it stops all tasks, paused or not, and says when they are over."""
    begin(shell)
    shell.type("q")
    shell.wait(r"\[pausable\] stop 2 tasks \(2 running\)\? q again does, any other key does not\r")
    shell.type("n")
    shell.wait(r"\[pausable\] nothing is stopped\r")
    shell.type(" ")
    shell.wait("paused: 2")
    shell.type("q")
    shell.wait(r"stop 2 tasks \(2 resting\)\?")
    shell.type("q")
    shell.wait("ended stopped stopped\r")
    shell.prompt()


def test_what_is_stopped_is_told(shell):
    """A stop that takes long is followed like a pause, till none of its tasks runs."""
    begin(
        shell,
        """
        take_keys()
        stuck, last = Stuck(), Loop()
        when_told("let go", stuck)
        when_told("go", last)
        with ThreadPoolExecutor(1) as pool:
            future = pool.options(name="stuck").submit(stuck)
            stuck.began.wait()
            print("begun")
            last.go.wait()
        print("ended", future.cancelled())
        """,
    )
    shell.type("qq")
    shell.wait(r"\[pausable\] stopping: 1 of 1 still run\r\n  stuck at ")
    shell.tell("let go")
    shell.wait(r"\[pausable\] stopped: 1 task\r")
    shell.type("q")
    shell.wait(r"\[pausable\] nothing to stop: no task is there\r")
    end(shell, "True")


def test_help(shell):
    """`?` explains each key in a line."""
    begin(shell)
    shell.type("?")
    for key in ("space ", "s ", "t ", "q ", "Ctrl-C ", "Ctrl-Z "):
        shell.wait(rf"\n  {key} +\w")
    end(shell)


def test_what_is_no_key(shell):
    """A letter, an arrow and a pasted text do nothing, and that is said once each."""
    begin(shell)
    for each in ("x", "\x1b[A", "quit?"):
        shell.type(each)
        shell.wait(r"\[pausable\] no key of ours: \? lists them\r")
    end(shell)


def test_no_pool_yet(shell):
    """A pause before there is a pool says that nothing is there; a pool that comes is born paused."""
    begin(
        shell,
        """
        take_keys()
        print("begun")
        until((folder / "pool").exists, 100)
        with ThreadPoolExecutor(2) as pool:
            future = pool.submit(abs, -1)
            print("paused", pool.is_paused())
        print("ended", future.result())
        """,
    )
    shell.type(" ")
    shell.wait(r"\[pausable\] nothing to pause: no pool yet; one that is made now starts paused\r")
    shell.tell("pool")
    shell.wait("paused True")
    shell.type(" ")
    end(shell, "1")


def test_what_others_hold(shell):
    """A resume that opens nothing says who else holds what, why, and that it does not end that."""
    begin(
        shell,
        """
        from pausable.guards import Guard
        take_keys()
        def probe():
            if not (folder / "go").exists():
                raise ConnectionError("no route")
        guard = Guard("db", probe, trip_on=ConnectionError, every=0.02)
        pool = ThreadPoolExecutor(2, guards=[guard])
        future = pool.submit(guard.protect(probe))
        until(pool.is_paused)
        print("begun")
        print("ended", future.result())
        """,
    )
    shell.type(" ")
    shell.wait(r"\[pausable\] paused: 1 task at rest; space resumes; also held by guard db on")
    shell.type(" ")
    shell.wait(r"\[pausable\] resumed here, but held by guard db on (?s:.*)no route: a resume here")
    shell.wait("does not open that\r")
    end(shell, "None")


def test_started_paused(shell):
    """A hold that was given with the keys is released by space, as one of theirs."""
    begin(
        shell,
        """
        import pausable
        take_keys(pausable.pause("started paused", owner="me"))
        with ThreadPoolExecutor(2) as pool:
            future = pool.submit(abs, -1)
            print("begun")
        print("ended", future.result())
        """,
    )
    shell.type("s")
    shell.wait(r"\[pausable\] paused: 1 queued; held by me for .*: started paused\r")
    shell.type(" ")
    end(shell, "1")
