"""`pausable run`: the real interpreter runs a program, and the stdlib's pools become ours.

In the order in which it happens: `invocation` reads the command line, `installed` finds a command,
`launcher` prepares the environment and becomes the interpreter, `boot/sitecustomize` is found by
that, and calls `hook`, which has the stdlib's classes taken over (`takeover`; what is of each kind
is in `stdlib_pools`, `process_pools` and `thread_pools`) and the program reached from outside.
"""
