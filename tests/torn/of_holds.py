"""What is struck: pauses, resumes, holds that expire, and guards."""

from __future__ import annotations

from contextlib import suppress

from torn.scenario import Scenario, adding_to

SCENARIOS: list[Scenario] = []
scenario = adding_to(SCENARIOS)


# Holds.


@scenario("main", "main plain", "others")
def pause(stage):
    stage.spin()
    stage.spin()
    yield
    hold = stage.pool.pause("struck")
    yield
    stage.returns(hold.wait)


@scenario("main", "main plain", "others", "others plain")
def resume(stage):
    stage.spin()
    stage.spin()
    stage.rest()
    moved = stage.moves()
    yield
    stage.pool.resume()
    yield
    stage.eventually(moved, "the tasks go on")


@scenario("main")
def release(stage):
    stage.spin()
    hold = stage.rest()
    yield
    hold.release()


@scenario("main", "main plain", "others")
def with_pause(stage):
    stage.spin()
    stage.spin()
    yield

    def hold(timeout: float) -> None:
        with stage.pool.pause("struck", timeout=timeout):
            pass

    stage.returns(hold)
    yield
    stage.eventually(stage.moves(), "the tasks go on")


@scenario("main", "others")
def a_hold_that_expires(stage):
    stage.spin()
    moved = stage.moves()
    yield
    stage.pool.pause("struck", duration=0.002)
    yield
    stage.eventually(lambda: not stage.pool.is_paused(), "the hold has expired")
    stage.eventually(moved, "the tasks go on")


@scenario("main")
def pause_and_resume_a_task(stage):
    future = stage.spin()
    yield
    future.pause("struck")
    future.resume()


# Guards.


@scenario("main", "others")
def a_guard_trips(stage):
    guard = stage.guard()
    group = stage.pool.group("guarded", guards=[guard])
    stage.spin(group)
    stage.spin()
    yield
    with suppress(ConnectionError), guard:
        raise ConnectionError("struck")
    yield
    stage.eventually(group.is_quiescent, "the group is quiescent")


@scenario("main", "others")
def a_task_trips_its_guard(stage):
    guard = stage.guard(trial=True)
    group = stage.pool.group("guarded", guards=[guard])
    stage.spin()

    @guard.protect
    def work() -> None:
        stage.probe()

    yield
    future = stage.keep(group.submit(work))
    yield
    stage.eventually(lambda: guard.status().trips or future.done(), "the guard trips")
    stage.told.set()
    stage.eventually(future.done, "the task has ended")


@scenario("others")
def a_guard_recovers(stage):
    guard = stage.guard()
    group = stage.pool.group("guarded", guards=[guard])
    stage.spin(group)
    moved = stage.moves()
    with suppress(ConnectionError), guard:
        raise ConnectionError("struck")
    assert group.wait_quiescent(stage.patience)
    yield
    stage.told.set()
    stage.returns(guard.wait_healthy)
    yield
    stage.eventually(moved, "the tasks go on")
