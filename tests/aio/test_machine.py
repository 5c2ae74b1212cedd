"""Coroutines that are paused at any moment end as they do in plain asyncio, which is the oracle.

The same programs run in two worlds: in plain asyncio, and in a task group of ours. The same things
happen to them: futures are set or fail, tasks are cancelled, timeouts of asyncio and scopes of
anyio expire. Only ours is paused and resumed in between. What a task of ours has said is at any
moment the beginning of what it has said there; while nothing is paused it is all of that.
"""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pausable import aio
from pausable._core.derived import validate

_TURNS = 25

waits = st.just(("wait",))
blocks = st.deferred(
    lambda: st.lists(
        st.one_of(
            waits,
            waits,
            st.tuples(st.just("timeout"), blocks),
            st.tuples(st.just("scope"), blocks),
            st.tuples(st.just("catch"), blocks),
            st.tuples(st.just("clean"), blocks),
        ),
        max_size=3,
    )
)
programs = st.one_of(
    blocks,
    st.tuples(blocks, st.lists(blocks, min_size=1, max_size=2)).map(
        lambda both: [*both[0], ("group", both[1])]
    ),
)


class World:
    """A loop on which the programs run, and what is known of them."""

    def __init__(self, group: Any = None) -> None:
        """Run tasks in plain asyncio, or as tasks of a group."""
        self.loop = asyncio.new_event_loop()
        self.group = group
        self.tasks: dict[str, asyncio.Task[Any]] = {}
        self.said: dict[str, list[str]] = {}
        self.futures: dict[str, asyncio.Future[Any]] = {}
        self.limits: dict[str, Any] = {}  # of blocks that are under way
        self.left: set[str] = set()  # blocks
        if group is not None:
            self.loop.run_until_complete(self._enter())

    async def _enter(self) -> None:
        self.group._p_carrier.bind()
        self.group._p_offspring.begin()

    def do(self, act: Any) -> None:
        """Do something while the loop runs."""

        async def within() -> None:
            act()

        self.loop.run_until_complete(within())

    def settle(self) -> None:
        """Let the loop turn until nothing goes on."""
        for _ in range(_TURNS):
            self.loop.call_soon(self.loop.stop)
            self.loop.run_forever()

    def create(self, name: str, program: list[Any]) -> None:
        """Begin a program."""
        coro = self.run(name, program)
        if self.group is not None:
            coro = self.group.drive(coro, name=name)
        self._note(name, asyncio.create_task(coro))

    def _note(self, name: str, task: asyncio.Task[Any]) -> None:
        self.tasks[name] = task
        task.add_done_callback(lambda task: task.cancelled() or task.exception())

    def future(self, name: str) -> asyncio.Future[Any]:
        """Return a future, which may be set before anybody awaits it."""
        if name not in self.futures:
            self.futures[name] = self.loop.create_future()
        return self.futures[name]

    async def run(self, name: str, program: list[Any]) -> str:
        """Run a program."""
        said = self.said[name] = ["begin"]
        await self._run(name, name, program, said)
        said.append("end")
        return name

    async def _run(self, task: str, path: str, program: list[Any], said: list[str]) -> None:
        for at, (kind, *rest) in enumerate(program):
            here = f"{path}.{at}"
            if kind == "wait":
                try:
                    said.append(f"{here} got {await self.future(here)}")
                except ConnectionError:
                    said.append(f"{here} failed")
            elif kind == "group":
                async with asyncio.TaskGroup() as group:
                    for number, block in enumerate(rest[0]):
                        child = f"{here}/{number}"
                        self._note(child, group.create_task(self.run(child, block)))
            else:
                await getattr(self, f"_{kind}")(task, here, rest[0], said)

    async def _timeout(self, task: str, here: str, block: list[Any], said: list[str]) -> None:
        try:
            async with asyncio.timeout(None) as limit:
                self.limits[here] = lambda: limit.reschedule(self.loop.time())
                try:
                    await self._run(task, here, block, said)
                finally:
                    del self.limits[here]
        except TimeoutError:
            said.append(f"{here} timed out")

    async def _scope(self, task: str, here: str, block: list[Any], said: list[str]) -> None:
        with anyio.CancelScope() as scope:
            self.limits[here] = scope.cancel
            try:
                await self._run(task, here, block, said)
            finally:
                del self.limits[here]
        said.append(f"{here} {scope.cancelled_caught}")

    async def _catch(self, task: str, here: str, block: list[Any], said: list[str]) -> None:
        me = asyncio.current_task()
        assert me is not None
        before = me.cancelling()
        try:
            await self._run(task, here, block, said)
        except asyncio.CancelledError:
            if me.cancelling() <= before or any(here.startswith(each) for each in self.limits):
                raise  # it is not the whole task that was cancelled
            me.uncancel()
            said.append(f"{here} caught")

    async def _clean(self, task: str, here: str, block: list[Any], said: list[str]) -> None:
        try:
            await self._run(task, here, block, said)
        finally:
            said.append(f"{here} cleans")

    def waiting(self) -> list[str]:
        """List the futures that somebody awaits."""
        return sorted(
            name
            for name, future in self.futures.items()
            if not future.done() and getattr(future, "_callbacks", None)
        )

    def outcome(self, name: str) -> str:
        """Say how a task has ended."""
        task = self.tasks[name]
        if not task.done():
            return "not over"
        if task.cancelled():
            return "cancelled"
        return repr(task.exception() or task.result())


class Pausing(RuleBasedStateMachine):
    """What happens to the programs, in both worlds."""

    def __init__(self) -> None:
        """Begin with two empty worlds."""
        super().__init__()
        self.plain = World()
        self.group = aio.TaskGroup("machine", offspring=True)
        self.ours = World(self.group)
        self.number = 0
        self.is_paused = False
        self.behind: set[str] = set()  # tasks that have something in hand

    def _both(self, act: Any) -> None:
        for world in (self.plain, self.ours):
            world.do(lambda world=world: act(world))
            world.settle()
        self._compare()

    def _compare(self) -> None:
        assert not validate(self.group._p_node.pool)
        for name, said in self.plain.said.items():
            mine = self.ours.said.get(name, [])
            assert mine == said[: len(mine)], name
            if not self.is_paused:
                assert mine == said, name
                assert self.ours.outcome(name) == self.plain.outcome(name)

    @initialize(made=st.lists(programs, min_size=1, max_size=2))
    def begin(self, made: list[list[Any]]) -> None:
        """Begin some programs."""
        for program in made:
            self.create(program)

    @precondition(lambda self: not self.is_paused)
    @rule(program=programs)
    def create(self, program: list[Any]) -> None:
        """Begin another."""
        name = f"t{self.number}"
        self.number += 1
        self._both(lambda world: world.create(name, program))

    @rule(data=st.data(), value=st.integers(0, 9))
    def set(self, data: Any, value: int) -> None:
        """Let something come that a task awaits."""
        self._settle_one(data, lambda future: future.set_result(value))

    @rule(data=st.data())
    def fail(self, data: Any) -> None:
        """Let something fail that a task awaits."""
        self._settle_one(data, lambda future: future.set_exception(ConnectionError("down")))

    def _settle_one(self, data: Any, settle: Any) -> None:
        names = self.plain.waiting()
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        if self.is_paused:
            self.behind.add(_task_of(name))

        def act(world: World) -> None:
            settle(world.future(name))

        self._both(act)

    @rule(data=st.data())
    def cancel(self, data: Any) -> None:
        """Cancel a task, at rest or not."""
        names = [
            name
            for name in self.plain.tasks
            if name in self.ours.tasks and not self.plain.tasks[name].done()
        ]
        if names:
            name = data.draw(st.sampled_from(sorted(names)))
            self._both(lambda world: world.tasks[name].cancel())

    @rule(data=st.data())
    def expire(self, data: Any) -> None:
        """Let a timeout or a scope end its block, which may pass in a pause."""
        names = [
            name
            for name in self.plain.limits
            if name in self.ours.limits and _task_of(name) not in self.behind
        ]
        if names:
            name = data.draw(st.sampled_from(sorted(names)))
            self._both(lambda world: world.limits[name]())

    @precondition(lambda self: not self.is_paused)
    @rule()
    def pause(self) -> None:
        """Pause ours: each task is at rest then."""
        self.group.pause("a while")
        self.is_paused = True
        self.ours.settle()
        assert self.group.is_quiescent()
        self._compare()

    @precondition(lambda self: self.is_paused)
    @rule()
    def resume(self) -> None:
        """Resume ours: it catches up."""
        self.group.resume()
        self.is_paused = False
        self.behind.clear()
        self.ours.settle()
        self._compare()

    def teardown(self) -> None:
        """Let all come to an end."""
        if self.is_paused:
            self.resume()
        for _ in range(30):
            self._both(lambda world: [task.cancel() for task in world.tasks.values()])
        assert all(task.done() for task in self.ours.tasks.values())
        assert self.group.status().running == self.group.status().resting == 0
        self.ours.group._p_offspring.end()
        self.group._p_carrier.unbind()
        for world in (self.plain, self.ours):
            world.loop.close()


def _task_of(name: str) -> str:
    """Return the task in which a future or a block is."""
    head, _, last = name.rpartition("/")
    return f"{head}/{last.split('.')[0]}" if head else last.split(".")[0]


TestPausing = Pausing.TestCase
TestPausing.settings = settings(max_examples=60, stateful_step_count=30)
