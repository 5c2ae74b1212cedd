"""What is struck: how tasks come, end and are stopped."""

from __future__ import annotations

from concurrent.futures import wait

from torn.scenario import Scenario, adding_to

SCENARIOS: list[Scenario] = []
scenario = adding_to(SCENARIOS)


# Work.


@scenario("main", "main plain", "others plain")
def submit_first(stage):
    yield
    future = stage.keep(stage.pool.submit(int))
    yield
    stage.eventually(future.done, "the task has ended")


@scenario("main", "main plain", "others", "others plain")
def submit_to_an_idle_worker(stage):
    stage.spin()
    stage.idle()
    yield
    future = stage.keep(stage.pool.submit(int))
    yield
    stage.eventually(future.done, "the task has ended")


@scenario("main", "main plain", "others")
def submit_for_a_new_worker(stage):
    stage.spin()
    yield
    future = stage.keep(stage.pool.submit(int))
    yield
    stage.eventually(future.done, "the task has ended")


@scenario("main", "main plain", "others")
def submit_to_busy_workers(stage):
    stage.spin()
    stage.fill()
    yield
    future = stage.keep(stage.pool.submit(int))
    yield
    stage.told.set()
    stage.eventually(future.done, "the task has ended")


@scenario("main", "others", queue_size=1)
def submit_to_a_full_queue(stage):
    stage.spin()
    stage.fill()
    stage.keep(stage.pool.submit(int))
    yield
    stage.tell_soon()
    future = stage.keep(stage.pool.submit(int))
    yield
    stage.told.set()
    stage.eventually(future.done, "the task has ended")


@scenario("main")
def cancel(stage):
    stage.spin()
    stage.fill()
    future = stage.keep(stage.pool.submit(int))
    stage.keep(stage.pool.submit(int))
    yield
    future.cancel()


@scenario("main", "main plain", "others", "others plain")
def result(stage):
    stage.spin()
    future = stage.keep(stage.pool.submit(stage.told.wait, 60))
    yield
    stage.tell_soon()
    stage.returns(future.result)


# Ends of tasks.


def ending(stage, outcome):
    stage.spin()
    future = stage.keep(stage.pool.submit(lambda: stage.told.wait(60) and outcome()))
    yield future
    stage.told.set()
    yield
    stage.eventually(future.done, "the task has ended")
    stage.idle()


@scenario("others", "others plain")
def end_with_a_result(stage):
    yield from ending(stage, int)


@scenario("others", "others plain")
def end_with_an_exception(stage):
    yield from ending(stage, lambda: [].pop())


@scenario("others", "others plain")
def end_with_callbacks(stage):
    steps = ending(stage, int)
    future = next(steps)
    for _ in range(2):
        future.add_done_callback(id)
    yield
    yield from steps


@scenario("others")
def end_with_one_who_waits_for_several(stage):
    stage.spin()
    futures = [stage.keep(stage.pool.submit(stage.told.wait, 60)) for _ in range(3)]
    yield
    stage.tell_soon()
    stage.returns(lambda timeout: wait(futures, timeout))


# Stops.


@scenario("main", "others")
def stop_a_task(stage):
    stage.spin()
    future = stage.spin()
    stage.may_end.add(future)
    yield
    future.stop("struck")
    yield
    stage.eventually(future.done, "the task has ended")


@scenario("main", "others")
def stop_a_task_at_rest(stage):
    stage.spin()
    future = stage.spin()
    stage.may_end.add(future)
    stage.rest()
    yield
    future.stop("struck")
    yield
    stage.eventually(future.done, "the task has ended")


@scenario("main", "main plain", "others")
def stop_the_pool(stage):
    stage.alike += [stage.spin(), stage.spin()]
    stage.may_end.update(stage.alike)
    stage.fill()
    stage.keep(stage.pool.submit(int))
    yield
    stage.pool.stop("struck")
    yield
    stage.told.set()
    stage.returns(lambda timeout: wait(stage.futures, timeout))
