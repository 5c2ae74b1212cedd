"""pausable: pools whose tasks can be paused, resumed and stopped.

A drop-in for `concurrent.futures` is in `pausable.futures`; what a task calls is here.
"""

# As `typing` has it, whose import would take longer than all of this.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from pausable.adopted.custody import adopt, give_back
    from pausable.checkpoints import checkpoint, current_task, each, resting, shield, sleep
    from pausable.control.service import ControlServer, serve
    from pausable.errors import (
        NotQuiescent,
        NotSupported,
        PausableError,
        PreemptionUnavailable,
        ScopeEnded,
        Stopped,
        TaskStopped,
        TaskTimeout,
        WorkerDied,
        WorkersSilent,
    )
    from pausable.events import (
        Event,
        HoldEvent,
        HoldPlaced,
        HoldReleased,
        ScopeQuiescent,
        ScopeShutDown,
        StopRequested,
        TaskEnded,
        TaskEvent,
        TaskFaulted,
        TaskRested,
        TaskResumed,
        TaskStarted,
        TaskSubmitted,
    )
    from pausable.everything import (
        holds,
        is_paused,
        is_quiescent,
        observe,
        pause,
        pools,
        resume,
        status,
        stop,
        stragglers,
        switch,
        wait_quiescent,
        wait_quiescent_async,
    )
    from pausable.processes.process_pool import ProcessPoolExecutor
    from pausable.scopes.fault import Fault
    from pausable.scopes.future import Future
    from pausable.scopes.group import Group
    from pausable.scopes.handle import PoolHandle
    from pausable.scopes.hold import Hold
    from pausable.scopes.switch import Switch
    from pausable.snapshots import (
        HoldStatus,
        Location,
        ProcessStatus,
        ScopeStatus,
        Straggler,
        TaskStatus,
    )
    from pausable.threads.executor import ThreadPoolExecutor
    from pausable.threads.thread import Thread

__version__ = "0.1.0"

__all__ = [
    "ControlServer",
    "Event",
    "Fault",
    "Future",
    "Group",
    "Hold",
    "HoldEvent",
    "HoldPlaced",
    "HoldReleased",
    "HoldStatus",
    "Location",
    "NotQuiescent",
    "NotSupported",
    "PausableError",
    "PoolHandle",
    "PreemptionUnavailable",
    "ProcessPoolExecutor",
    "ProcessStatus",
    "ScopeEnded",
    "ScopeQuiescent",
    "ScopeShutDown",
    "ScopeStatus",
    "StopRequested",
    "Stopped",
    "Straggler",
    "Switch",
    "TaskEnded",
    "TaskEvent",
    "TaskFaulted",
    "TaskRested",
    "TaskResumed",
    "TaskStarted",
    "TaskStatus",
    "TaskStopped",
    "TaskSubmitted",
    "TaskTimeout",
    "Thread",
    "ThreadPoolExecutor",
    "WorkerDied",
    "WorkersSilent",
    "adopt",
    "checkpoint",
    "current_task",
    "each",
    "give_back",
    "holds",
    "is_paused",
    "is_quiescent",
    "observe",
    "pause",
    "pools",
    "resting",
    "resume",
    "serve",
    "shield",
    "sleep",
    "status",
    "stop",
    "stragglers",
    "switch",
    "wait_quiescent",
    "wait_quiescent_async",
]

if not TYPE_CHECKING:  # checkers would take any name for one of ours if they saw `__getattr__`
    import os as _os
    from _thread import RLock as _RLock
    from importlib import import_module as _import

    # Threads that import modules in different orders may wait for each other. CPython then gives
    # one of them a module that is half done, or raises `_DeadlockError`: so they take turns.
    _turn = _RLock()
    if hasattr(_os, "register_at_fork"):
        _os.register_at_fork(after_in_child=_turn._at_fork_reinit)

    _NAMES = {
        "adopted.custody": "adopt give_back",
        "checkpoints": "checkpoint current_task each resting shield sleep",
        "control.service": "ControlServer serve",
        "errors": """
            NotQuiescent NotSupported PausableError PreemptionUnavailable ScopeEnded Stopped
            TaskStopped TaskTimeout WorkerDied WorkersSilent
        """,
        "events": """
            Event HoldEvent HoldPlaced HoldReleased ScopeQuiescent ScopeShutDown StopRequested
            TaskEnded TaskEvent TaskFaulted TaskRested TaskResumed TaskStarted TaskSubmitted
        """,
        "everything": """
            holds is_paused is_quiescent observe pause pools resume status stop stragglers switch
            wait_quiescent wait_quiescent_async
        """,
        "snapshots": "HoldStatus Location ProcessStatus ScopeStatus Straggler TaskStatus",
        "processes.process_pool": "ProcessPoolExecutor",
        "threads.executor": "ThreadPoolExecutor",
        "threads.thread": "Thread",
        "scopes.fault": "Fault",
        "scopes.future": "Future",
        "scopes.group": "Group",
        "scopes.handle": "PoolHandle",
        "scopes.hold": "Hold",
        "scopes.switch": "Switch",
    }
    _HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}
    _MODULES = {
        "_core",
        "_preempt",
        "adopted",
        "aio",
        "checkpoints",
        "control",
        "errors",
        "events",
        "everything",
        "processes",
        "remote",
        "scopes",
        "snapshots",
        "threads",
    }

    def __getattr__(name: str) -> object:
        """Import what is used for the first time (PEP 562), and keep it.

        Raises:
            AttributeError: nothing here has this name.
        """
        if name in _MODULES:
            return _import_in_turn(name)
        if name not in _HOMES:
            raise AttributeError(f"module 'pausable' has no attribute {name!r}")
        found = globals()[name] = getattr(_import_in_turn(_HOMES[name]), name)
        return found

    def _import_in_turn(name: str) -> object:
        try:
            _turn.acquire()  # no `with`: on CPython 3.14 a Ctrl-C may leave that with the lock held
            return _import(f"pausable.{name}")
        finally:
            try:  # noqa: SIM105 - importing contextlib takes longer than all of this
                _turn.release()
            except RuntimeError:  # a Ctrl-C came before we had it
                pass

    def __dir__() -> list[str]:
        """List what users may want, whether it was used yet or not."""
        names = {*globals(), *_HOMES, *_MODULES} - {"TYPE_CHECKING", "__dir__", "__getattr__"}
        return sorted(name for name in names if name[:1] != "_" or name[:2] == "__")
