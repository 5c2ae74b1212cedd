"""Tracing: what all pools of the process have done, as a file for Perfetto or ``chrome://tracing``.

As a context manager, or from one call to another::

    from pausable.tracing import trace

    with trace("out.json"):
        ...

    recording = trace("out.json")
    recording.begin()       # as early as possible: pools that are made later are recorded, too
    ...
    recording.end()         # else the interpreter's exit does it

Whoever starts a program that knows nothing of this, as `pausable run --trace out.json` does, calls
``trace(path).begin()`` before the program, and no more. `chart` says what is drawn, `file` keeps
the file readable at any time, and `writer` is what goes on in between.
"""

from __future__ import annotations

from pausable.tracing.writer import Recording, trace

__all__ = ["Recording", "trace"]
