"""What is struck: groups, shutdowns and sizes."""

from __future__ import annotations

from concurrent.futures import wait

from torn.scenario import Scenario, adding_to

SCENARIOS: list[Scenario] = []
scenario = adding_to(SCENARIOS)


# Groups.


@scenario("main")
def make_a_group(stage):
    stage.spin()
    yield
    stage.pool.group("g", limit=1)


@scenario("main", "others")
def pause_and_resume_a_group(stage):
    stage.spin()
    group = stage.pool.group("g")
    stage.spin(group)
    moved = stage.moves()
    yield
    hold = group.pause("struck")
    stage.returns(hold.wait)
    group.resume()
    yield
    stage.eventually(moved, "the tasks go on")


@scenario("main", "others")
def submit_to_a_group(stage):
    stage.spin()
    group = stage.pool.group("g", limit=1)
    yield
    futures = [stage.keep(group.submit(int)) for _ in range(2)]
    yield
    stage.returns(lambda timeout: wait(futures, timeout))


@scenario("main", "others")
def shut_down_a_group(stage):
    stage.spin()
    group = stage.pool.group("g")
    stage.keep(group.submit(stage.told.wait, 60))
    yield
    group.shutdown(wait=False)
    stage.told.set()
    stage.returns(lambda timeout: group.shutdown(timeout=timeout))


# The pool.


@scenario("main", "main plain", "others", "others plain")
def shut_down(stage):
    stage.may_end.add(stage.spin())
    stage.idle()
    yield
    stage.pool.shutdown(wait=False)
    yield
    stage.let_go()
    stage.eventually(lambda: not stage.threads(), "the threads have ended")


@scenario("main", "main plain", "others")
def shut_down_and_wait(stage):
    stage.may_end.add(stage.spin())
    stage.idle()
    yield
    stage.let_go()
    stage.returns(lambda timeout: stage.pool.shutdown(timeout=timeout))


@scenario("main", "others")
def shut_down_and_cancel(stage):
    stage.may_end.add(stage.spin())
    stage.fill()
    stage.alike += [stage.keep(stage.pool.submit(int)) for _ in range(2)]
    yield
    stage.pool.shutdown(wait=False, cancel_futures=True)
    yield
    stage.let_go()
    stage.eventually(lambda: not stage.threads(), "the threads have ended")


@scenario("main")
def leave_the_with_block(stage):
    stage.may_end.add(stage.spin())
    stage.idle()
    yield
    with stage.pool:
        stage.let_go()


@scenario("main", "others")
def more_workers(stage):
    stage.spin()
    stage.fill()
    futures = [stage.keep(stage.pool.submit(int)) for _ in range(2)]
    yield
    stage.pool.max_workers = 4
    yield
    stage.returns(lambda timeout: wait(futures, timeout))


@scenario("main")
def fewer_workers(stage):
    stage.spin()
    stage.spin()
    yield
    stage.pool.max_workers = 1
