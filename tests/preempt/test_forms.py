"""Every form of code comes to rest, goes on and stops, though none of it knows that it can."""

from __future__ import annotations

import pytest
from preempt.exercise import Exercise
from preempt.forms import FORMS, PATIENCE
from workloads import background

from pausable._core.gil import HAS_GIL

# Without the GIL each thread that is started waits for all others to have had their turn: 137 busy
# ones on two processors take minutes to start, with or without a pool.
AT_ONCE = len(FORMS) if HAS_GIL else 12
every_form = pytest.mark.parametrize("form", FORMS, ids=str)


def test_there_are_enough_of_them() -> None:
    """At least 45 forms, each with a name of its own."""
    assert len({form.name for form in FORMS}) == len(FORMS) >= 45


@every_form
def test_it_rests_and_goes_on_and_is_stopped_while_it_runs(pool, form) -> None:
    """Paused three times it rests and does not move; then, running, it ends with one clean-up."""
    exercise = Exercise(pool, form).under_way()
    for _ in range(3):
        exercise.rest_and_go_on()
    exercise.stop()


@every_form
def test_it_is_stopped_where_it_rests(pool, form) -> None:
    """While the pool stays paused it ends at a stop, with one clean-up."""
    exercise = Exercise(pool, form).under_way()
    assert pool.pause("stop").wait(PATIENCE), pool.stragglers()
    exercise.look()
    exercise.stop()
    assert pool.is_paused()


@every_form
def test_it_rests_if_it_was_paused_before_it_has_begun(pool, form) -> None:
    """Paused on its own before a line of it has run, it starts after the resume, and rests then."""
    exercise = Exercise(pool, form)
    for _ in range(3):
        with exercise.future.pause("early", timeout=PATIENCE):
            assert exercise.future.is_quiescent()
    exercise.under_way().stop()


def test_all_forms_at_once(make_pool) -> None:
    """One pool with all of them rests as a whole, goes on as a whole and stops as a whole."""
    for first in range(0, len(FORMS), AT_ONCE):
        forms = FORMS[first : first + AT_ONCE]
        pool = make_pool(len(forms))
        pool.pause("not yet")
        exercises = [Exercise(pool, form) for form in forms]
        pool.resume()
        for each in exercises:
            assert each.run.began.wait(PATIENCE), each.run.form
        for _ in range(3):
            with pool.pause("all", timeout=2 * PATIENCE):
                assert pool.status().resting == len(forms)
                seen = [each.run.seen for each in exercises]
                background(int).result(PATIENCE)
                assert [each.run.seen for each in exercises] == seen
        assert pool.stop("all of you") == len(forms)
        for each in exercises:
            each.see_stopped("all of you")
