"""Preemption: tasks rest, and stop, between two lines of code that never asks.

Three rooms, each of which imports from those below it only:

- `engine` watches: it finds where the tasks are that are to rest or to stop, has them seen there,
  and lets them rest, or has `Stopped` raised into them.
- `rule` judges: may a task rest at this place, may it be stopped there, and if not, why.
- `analysis` reads bytecode: a code object and an instruction in, and out come the names of all that
  may be held there.

`memo` keeps what was found out once about a code object or a class.
"""
