"""The gate tree against its two-line model, in any order of events over random trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from pausable._core.gate import Gate, HoldRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNING = st.sampled_from(["rest", "finish"])
DURATIONS = st.none() | st.floats(min_value=0.0, max_value=10.0)


def record(running: str = "rest", since: float = 0.0, duration: float | None = None) -> HoldRecord:
    """Make a hold; only what it does to running tasks and when it ends matters here."""
    return HoldRecord("a reason", "somebody", running, "pause", since, since, duration, None)


class GateTree(RuleBasedStateMachine):
    """The model is a dict of parents and a dict of holds; the machine keeps it beside the tree."""

    gates = Bundle("gates")
    placed = Bundle("placed")

    def __init__(self) -> None:
        """Begin without a gate, at a time of the test's own."""
        super().__init__()
        self.now = 0.0
        self.parents: dict[Gate, Gate | None] = {}
        self.held: dict[HoldRecord, Gate] = {}
        self.waived: dict[Gate, set[HoldRecord]] = {}  # by gates without others below

    # The model.

    def path(self, gate: Gate) -> Iterator[Gate]:
        """List a gate and those above it."""
        above: Gate | None = gate
        while above is not None:
            yield above
            above = self.parents[above]

    def holds_over(self, gate: Gate) -> set[HoldRecord]:
        """Collect the holds on a gate and on those above it, but for those that it waives."""
        above = set(self.path(gate))
        waived = self.waived.get(gate, set())
        return {hold for hold, held in self.held.items() if held in above and hold not in waived}

    # What happens.

    @initialize(target=gates)
    def plant(self):
        """The tree begins with one gate."""
        return self._make(None)

    @rule(target=gates, parent=gates)
    def grow(self, parent):
        """A gate is made below another."""
        may_have_more = parent in self.parents and not self.waived.get(parent)
        return self._make(parent if may_have_more else None)

    @rule(target=gates)
    def plant_another(self):
        """A second tree: gates move between trees, too."""
        return self._make(None)

    def _make(self, parent: Gate | None) -> Gate:
        gate = Gate(parent)
        self.parents[gate] = parent
        return gate

    @rule(target=placed, gate=gates, running=RUNNING, duration=DURATIONS)
    def place(self, gate, running, duration):
        """Somebody holds a gate."""
        if gate not in self.parents:
            return multiple()
        hold = record(running, self.now, duration)
        gate.place(hold)
        self.held[hold] = gate
        return hold

    @rule(hold=placed)
    def release(self, hold):
        """A hold is released, perhaps for the second time, perhaps after its gate has gone."""
        gate = self.held.pop(hold, None)
        if gate is not None:
            assert gate.release(hold)
        for other in self.parents:
            assert not other.release(hold)

    @rule(gate=gates, hold=placed)
    def waive(self, gate, hold):
        """One task goes on in spite of a hold: its gate is that of a task, with none below."""
        if gate in self.parents and gate not in self.parents.values():
            gate.waive([hold])
            self.waived.setdefault(gate, set()).add(hold)

    @rule(gate=gates, hold=placed)
    def unwaive(self, gate, hold):
        """It is held like all others again."""
        if gate in self.waived:
            gate.unwaive([hold])
            self.waived[gate].discard(hold)

    @rule(hold=placed)
    def confirm(self, hold):
        """Somebody was told that all is quiet under a hold: from now on it closes to all."""
        if hold in self.held:
            hold.is_confirmed = True
            self.held[hold].refresh()

    @rule(seconds=st.floats(min_value=0.0, max_value=5.0))
    def time_passes(self, seconds):
        """The holds whose time is over are released by whoever keeps the time."""
        self.now += seconds
        due = [each for each in self.held if each.expires is not None and each.expires <= self.now]
        for hold in due:
            assert hold.since + (hold.duration or 0.0) <= self.now
            assert self.held.pop(hold).release(hold)

    @rule(gate=gates, parent=gates)
    def move(self, gate, parent):
        """A gate is hung elsewhere with all that is below it."""
        is_fit = gate not in set(self.path(parent)) if parent in self.parents else False
        if gate in self.parents and is_fit and not self.waived.get(parent):
            gate.move(parent)
            self.parents[gate] = parent

    @precondition(lambda self: len(self.parents) > 1)
    @rule(gate=consumes(gates))
    def detach(self, gate):
        """A gate without gates below it leaves the tree with its holds: its task is over."""
        if gate in self.parents and gate not in self.parents.values():
            gate.detach()
            del self.parents[gate]
            self.held = {hold: held for hold, held in self.held.items() if held is not gate}
            assert not gate.holds

    # What is always true.

    @invariant()
    def gates_are_as_the_model_says(self):
        """A gate is closed iff it or one above has a hold; to running tasks iff one says "rest".

        One that says "finish" is as good as one that says "rest" once it has been confirmed.
        """
        for gate in self.parents:
            holds = self.holds_over(gate)
            assert gate.closed == bool(holds)
            assert gate.closed_to_running == any(
                hold.running == "rest" or hold.is_confirmed for hold in holds
            )
            assert set(gate.all_holds()) == holds

    @invariant()
    def the_tree_hangs_together(self):
        """Each gate knows its parent, and each parent its children and no others."""
        for gate, parent in self.parents.items():
            assert gate.parent is parent
            assert gate.waivers == sum(
                bool(below.waived) and gate in set(self.path(below)) for below in self.parents
            )
            assert set(gate.children) == {k for k, above in self.parents.items() if above is gate}


TestGateTree = GateTree.TestCase
TestGateTree.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)


def test_own_holds_come_first_and_older_before_younger():
    """`all_holds` lists a gate's own holds, oldest first, then those above."""
    top = Gate()
    below = Gate(top)
    first, second, above = record(), record("finish"), record()
    below.place(first)
    below.place(second)
    top.place(above)
    assert list(below.all_holds()) == [first, second, above]
    assert first.order < second.order < above.order


def test_a_hold_that_lets_tasks_finish_closes_the_gate_to_new_ones_only():
    """The gate is closed, but not to running tasks, until a hold that makes them rest comes."""
    gate = Gate(top := Gate())
    top.place(record("finish"))
    assert (gate.closed, gate.closed_to_running) == (True, False)
    gate.place(record("rest"))
    assert (gate.closed, gate.closed_to_running) == (True, True)


def test_a_release_elsewhere_changes_nothing():
    """A hold is released only from the gate on which it was placed."""
    gate, other = Gate(), Gate()
    gate.place(hold := record())
    assert not other.release(hold)
    assert gate.closed
    assert gate.release(hold)
    assert not gate.release(hold)
    assert not gate.closed


def test_a_gate_made_below_a_closed_one_is_closed():
    """Whoever comes later finds the gate as closed as it is for the others."""
    top = Gate()
    top.place(record())
    assert Gate(Gate(top)).closed_to_running
