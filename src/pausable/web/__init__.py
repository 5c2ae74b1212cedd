"""The web panel, `pausable web`: one page with the tree of programs, live, and the verbs.

It runs in a process of its own and speaks through `control.client`: nothing of it is imported into
the programs that it shows. It is bound to the loopback, and closed to everybody without its token.
"""
