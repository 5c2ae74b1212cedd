"""Attach: to a program that runs already, and was not started under us.

`attachment` does it, from outside: it asks the threads of the program to run a short script (PEP
768), which loads pausable there, adopts the pools of the stdlib and begins to serve (`inside`).

- `subject`: what can be told of the process without touching it, and why it cannot be done.
- `layout`, `elf`: where in its memory things are. `stillness`: its threads stand still meanwhile.
- `request`: is written into its memory, and withdrawn from there.
- `errand`: the script, and the answer that comes back.

The modules for the side of the client need nothing of the rest of pausable.
"""
