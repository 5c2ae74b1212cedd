"""`pausable run`: the real interpreter runs a program, and the stdlib's thread pools become ours.

In the order in which it happens: `invocation` reads the command line, `installed` finds a command,
`launcher` prepares the environment and becomes the interpreter, `boot/sitecustomize` is found by
that, and calls `hook`, which has `stdlib_pools` replaced and the program reached from outside.
"""
