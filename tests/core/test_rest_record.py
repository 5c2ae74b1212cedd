"""The record of a task's rests: it costs one object, however much becomes known of the task."""

from __future__ import annotations

import gc

from pausable._core.rest_record import Chase, Pauser, RestRecord, RestTimes

NAMES = [name for each in (RestTimes, Pauser, Chase, RestRecord) for name in each.__annotations__]


def test_it_is_one_object():
    """Each field is in the record itself: ten thousand that rest at once are no more to collect."""
    records = [RestRecord() for _ in range(100)]
    for record in records:
        for name in reversed(NAMES):  # in whatever order they become known
            setattr(record, name, "known")
    assert not any(type(each) is dict for record in records for each in gc.get_referents(record))


def test_each_idea_has_its_own_fields():
    """No name is used by two of them."""
    assert len(NAMES) == len(set(NAMES)) > 15
