"""Pools of sub-interpreters: the pool's threads are those of `threads`, each with an interpreter.

From CPython 3.14 on. How a task runs elsewhere, and rests there, is in `remote`. Here is what is
about interpreters: where the pool is `interpreter_pool`, `interpreter_crew`, `interpreter_seat`,
`worker_interpreter`; in the other interpreter `interpreter_main`; between the two `pipe` and
`foreign_error`.
"""
