"""What is struck: pauses, resumes and stops of the process, and pools that are made meanwhile."""

from __future__ import annotations

from torn.scenario import Scenario, adding_to

import pausable

SCENARIOS: list[Scenario] = []
scenario = adding_to(SCENARIOS)


def spin_in_two_pools(stage) -> None:
    stage.spin()
    stage.spin(stage.other())


@scenario("main", "main plain", "others")
def pause_the_process(stage):
    spin_in_two_pools(stage)
    yield
    hold = pausable.pause("struck")
    yield
    stage.returns(hold.wait)


@scenario("main", "main plain", "others")
def resume_the_process(stage):
    spin_in_two_pools(stage)
    assert pausable.pause("prepared").wait(stage.patience)
    moved = stage.moves()
    yield
    pausable.resume()
    yield
    stage.eventually(moved, "the tasks go on")


@scenario("main")
def resume_the_process_of_two_holds(stage):
    spin_in_two_pools(stage)
    pausable.pause("prepared")
    assert pausable.pause("as well").wait(stage.patience)
    moved = stage.moves()
    yield
    pausable.resume()
    yield
    stage.eventually(moved, "the tasks go on")


@scenario("main", "others")
def with_pause_of_the_process(stage):
    spin_in_two_pools(stage)
    yield

    def hold(timeout: float) -> None:
        with pausable.pause("struck", timeout=timeout):
            pass

    stage.returns(hold)
    yield
    stage.eventually(stage.moves(), "the tasks go on")


@scenario("main", "others")
def a_hold_of_the_process_that_expires(stage):
    spin_in_two_pools(stage)
    moved = stage.moves()
    yield
    pausable.pause("struck", duration=0.002)
    yield
    stage.eventually(lambda: not pausable.is_paused(), "the hold has expired")
    stage.eventually(moved, "the tasks go on")


@scenario("main")
def toggle_a_switch_of_the_process(stage):
    spin_in_two_pools(stage)
    switch = pausable.switch("struck")
    yield
    switch.toggle()
    switch.toggle()


@scenario("main")
def make_a_pool_in_a_paused_process(stage):
    stage.spin()
    pausable.pause("prepared")
    yield
    other = stage.other()
    stage.keep(other.submit(int))
    pausable.resume()


@scenario("main", "main plain")
def stop_the_process(stage):
    spin_in_two_pools(stage)
    stage.may_end.update(stage.spins)
    stage.alike += stage.spins
    yield
    pausable.stop("struck")
    yield
    stage.let_go()


@scenario("main")
def observe_the_process(stage):
    spin_in_two_pools(stage)
    yield
    end = pausable.observe(stage.events.append)
    pausable.pause("struck").release()
    end()
