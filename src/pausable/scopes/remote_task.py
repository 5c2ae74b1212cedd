"""The task as its own process knows it: enough for its code to rest, to stop, to know itself."""

from __future__ import annotations

from typing import Any, NoReturn

from pausable.errors import NotSupported
from pausable.scopes.future import Future

__all__ = ["RemoteTask"]


class RemoteTask(Future[Any]):
    """What `current_task()` returns in a worker process. Its pool is in another process."""

    __slots__ = ()

    def pause(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            NotSupported: always. Pause it where its pool is.
        """
        _refuse(self, "pause")

    def resume(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            NotSupported: always.
        """
        _refuse(self, "resume")

    def switch(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            NotSupported: always.
        """
        _refuse(self, "switch")


def _refuse(task: RemoteTask, what: str) -> NoReturn:
    wanted = f"{what}() in the process of the task: that is for where its pool is"
    raise NotSupported(wanted, task._p_name)
