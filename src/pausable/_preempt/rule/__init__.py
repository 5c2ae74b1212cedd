"""The rule: may a task rest here, and may it be stopped here.

- `safety`: the two questions. `refusal`: the answer is remembered. `doubt`: for how long a guess
  keeps a task from resting. `reasons`: in words, for whoever waits for it.
- `territory`: in which modules a task may rest. `finalizers`: code that Python calls by itself.
- `inquiry`: what is held on account of a frame, or its `finding`: by `with` (`managers`), by loops
  and generators (`iterables`), by what was called (`callees`), as the objects show (`evidence`).
- `lookup`, `namespace`: from the names in the code to objects. `objects`: looking at these without
  running code of theirs. `functions`: what can be told before they are called.
- `locks`, `signs`, `files`, `transactions`, `reach`: whether an object is held now.
- `exemptions`, `mentions`: what holds nothing, and need not be looked into.
"""
