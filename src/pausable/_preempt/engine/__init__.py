"""The engine: who watches, and what happens to a task that is found.

- `lookout`: who looks when, so that nobody is overlooked; the engine that the core wakes.
- `look`: one look at all who are chased.
- `monitor`: the hand on `sys.monitoring`.
- `safe_point`: a task comes to an event, and rests. `stop_point`: it is stopped there.
- `precaution`: neither our calls nor our faults are to be the task's.
- `stdlib_wait`: waits in which a task counts as at rest. `event_loop`: loops of asyncio in tasks.
"""
