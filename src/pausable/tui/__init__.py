"""The terminal panel, `pausable top`: programs, pools, groups and tasks, live, with the verbs.

It runs in a process of its own and speaks through `control.client`: nothing of it is imported into
the programs that it shows, and it can never slow them.
"""
