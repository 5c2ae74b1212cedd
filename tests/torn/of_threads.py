"""What is struck: how threads that their users start come, end, and are stopped."""

from __future__ import annotations

from torn.scenario import Scenario, adding_to

from pausable import Thread

SCENARIOS: list[Scenario] = []
scenario = adding_to(SCENARIOS)


def made(stage, target):
    """Make a thread in the pool: a daemon, and named, as all that is struck."""
    thread = Thread(stage.pool.group("threads"), target, f"{stage.name}own", daemon=True)
    stage.made.append(stage.keep(thread.task))
    return thread


def started(thread):
    """Start a thread; what could not be started, and may still be, is given up."""
    task = vars(thread)["_p_task"]  # no line of ours, which may be struck, is run for it
    try:
        thread.start()
    except BaseException:
        task.cancel()
        raise


def is_over(thread):
    """Say whether the thread and its task have ended."""
    return thread.task.done() and not thread.is_alive()


@scenario("main", "main plain", "others", "others plain")
def start_a_thread(stage):
    stage.spin()
    thread = made(stage, int)
    yield
    started(thread)
    yield
    stage.eventually(lambda: is_over(thread), "the thread is over")


@scenario("main", "others")
def start_a_thread_that_is_held(stage):
    stage.spin()
    thread = made(stage, int)
    thread.pause("not yet")
    yield
    started(thread)
    yield
    thread.resume()
    stage.eventually(lambda: is_over(thread), "the thread is over")


@scenario("main", "others", "others plain")
def stop_a_thread(stage):
    thread = made(stage, lambda: stage.told.wait(60))
    thread.start()
    yield
    thread.stop("struck")
    yield
    stage.told.set()
    stage.eventually(lambda: is_over(thread), "the thread is over")


@scenario("main", "main plain", "others")
def join_a_thread(stage):
    thread = made(stage, lambda: stage.told.wait(60))
    thread.start()
    yield
    stage.tell_soon()
    stage.returns(thread.join)


@scenario("others")
def let_a_thread_go_that_was_held(stage):
    thread = made(stage, int)
    thread.pause("not yet")
    thread.start()
    yield
    thread.resume()
    yield
    stage.eventually(lambda: is_over(thread), "the thread is over")
