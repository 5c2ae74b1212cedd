"""The reception: what each client is answered and sent, and when it has gone.

All of it is done by the server's thread, in turns in which each client has its share. Who waits, or
does not read, is left until he can go on.
"""

from __future__ import annotations

import selectors
import threading
import time
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from pausable.control.broadcast import Broadcast
from pausable.control.connection import Connection
from pausable.control.door import Door
from pausable.control.outside import OutsideHolds, Party
from pausable.control.owner import owner_of, user_name
from pausable.control.protocol import LONGEST, Error, Hello, decode_command
from pausable.control.targets import Refusal
from pausable.scopes.common_log import ERROR, INFO, say

if TYPE_CHECKING:
    import socket

    from pausable._core.ports import Wakeable
    from pausable.control.commands import Command
    from pausable.control.listener import Listener
    from pausable.control.peers import Peer
    from pausable.control.replies import Reply
    from pausable.control.verbs import Verbs

__all__ = ["CONNECTIONS", "Reception"]

CONNECTIONS = 64
"""How many are served at once."""

_TURN = 32  # commands of one client that are answered in one turn
_LOCKED = 5.0  # seconds in which a client must have said the token
_LAST = 0.5  # seconds for which commands that are done aside are waited for at the end


class Reception:
    """The connections of a server. For its thread alone, but for `close_copies`."""

    def __init__(
        self,
        selector: selectors.BaseSelector,
        listener: Listener,
        verbs: Verbs,
        outside: OutsideHolds,
        server: Wakeable,
    ) -> None:
        """Begin with none; *server* is woken when there is something to do for one."""
        self._user = user_name()
        self._selector = selector
        self._listener = listener
        self._verbs = verbs
        self._outside = outside
        self._server = server
        self._broadcast = Broadcast(verbs, server)
        self.door: Door = Door(selector, listener, self._welcome)
        self._connections: set[Connection] = set()
        self._aside: set[threading.Thread] = set()
        self._done_aside: deque[tuple[Connection, Reply]] = deque()

    def idle_for(self) -> float | None:
        """Return for how many seconds nothing is to be done if nobody comes."""
        moments = [] if self.door.opens_at is None else [self.door.opens_at]
        for each in self._connections:
            if each.can_go_on():
                return 0.0
            moments += [wait.deadline for wait in each.waits]
            if each.watch is not None:
                moments.append(each.watch.due)
            if not each.is_known:
                moments.append(each.lock_by)
        return max(min(moments) - time.monotonic(), 0.0) if moments else None

    def attend_to_all(self) -> None:
        """Do what there is to do for each."""
        self.door.look(time.monotonic())
        for connection in self._broadcast.events(tuple(self._connections)):
            self._drop(connection)
        self._send_done()
        for connection in tuple(self._connections):
            self._attend(connection)
        self._broadcast.observe(self._connections)
        self._outside.forget_over()
        for connection in self._connections:
            connection.party.forget_over()

    def _send_done(self) -> None:
        while self._done_aside:
            connection, reply = self._done_aside.popleft()
            connection.is_busy = False
            if connection in self._connections:
                self._attend(connection, reply)

    def dismiss(self) -> None:
        """Tell all that the program does not serve any more, and close the connections.

        What is just being done aside may be what ends the program: its reply comes first.
        """
        deadline = time.monotonic() + _LAST
        for thread in tuple(self._aside):
            thread.join(max(deadline - time.monotonic(), 0.0))
        self._send_done()
        for connection in tuple(self._connections):
            with suppress(OSError):
                connection.send(Error(code="closing", says="the program does not serve any more"))
            self._drop(connection)
        self._broadcast.observe(())

    def forsake(self) -> None:
        """Leave the connections as they are: their descriptors are the program's by now."""
        for connection in tuple(self._connections):
            connection.socket.detach()
        self._broadcast.observe(())

    def close_copies(self) -> None:
        """Close what a forked child has inherited."""
        for connection in self._connections:
            connection.socket.close()

    def _welcome(self, accepted: socket.socket, peer: Peer) -> Error | None:
        """Take in a client; or say why not."""
        if len(self._connections) >= CONNECTIONS:
            says = f"{CONNECTIONS} clients are connected already: close one, or try again later"
            return Error(code="full", says=says)
        party = Party(owner_of(peer, self._user))
        connection = Connection(accepted, party, is_known=self._listener.token is None)
        connection.lock_by = time.monotonic() + _LOCKED
        self._connections.add(connection)
        self._selector.register(accepted, selectors.EVENT_READ, partial(self._stir, connection))
        self._stir(connection, selectors.EVENT_READ)  # a command may be there already
        return None

    def _stir(self, connection: Connection, mask: int) -> None:
        """Do what the socket of a client is ready for."""
        try:
            if mask & selectors.EVENT_WRITE:
                connection.flush()
            if mask & selectors.EVENT_READ:
                connection.receive()
        except OSError:
            self._drop(connection)

    def _attend(self, connection: Connection, *first: Reply) -> None:
        """Do what there is to do for a client, and see what it is to be waited for."""
        try:
            for reply in first:
                connection.send(reply)
            self._answer_some(connection)
            self._look_after(connection)
        except OSError:
            self._drop(connection)
        except Exception as error:  # noqa: BLE001 - the others are served all the same
            say(ERROR, "the control server has failed at one client", error=error)
            self._drop(connection)

    def _answer_some(self, connection: Connection) -> None:
        for _ in range(_TURN):
            if not connection.can_go_on():
                return
            reply = self._answer(connection, connection.todo.popleft())
            if connection.watch is not None:  # before it knows: it misses nothing from then on
                self._broadcast.observe(self._connections)
            if reply is not None:
                connection.send(reply)

    def _look_after(self, connection: Connection) -> None:
        """Send what is due, and close the connection if it is over."""
        now = time.monotonic()
        for wait in tuple(connection.waits):
            reply = wait.reply_at(now)
            if reply is not None:
                connection.waits.remove(wait)
                connection.send(reply)
        self._broadcast.sample(connection, self._connections, now)
        if connection.has_ended:
            self._outside.leave(connection.party)
            if not connection.todo and connection.ends_in_a_line():
                says = "the connection has ended in the midst of a line: nothing was done for that"
                connection.send(Error(code="malformed", says=says))
        if not connection.is_known and now >= connection.lock_by:
            connection.is_closing = True
        if connection.is_over():
            self._drop(connection)
        elif connection in self._connections:
            self._await(connection)

    def _await(self, connection: Connection) -> None:
        """Have the selector watch a client for what is wanted of it."""
        mask = selectors.EVENT_READ * connection.wants_to_read()
        mask |= selectors.EVENT_WRITE * connection.is_slow()
        key = self._selector.get_map().get(connection.socket)
        if key is None and mask:
            self._selector.register(connection.socket, mask, partial(self._stir, connection))
        elif key is not None and not mask:
            self._selector.unregister(connection.socket)
        elif key is not None and key.events != mask:
            self._selector.modify(connection.socket, mask, key.data)

    def _drop(self, connection: Connection) -> None:
        """Close a connection; what was to end with it ends."""
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        self._outside.leave(connection.party)
        for wait in connection.waits:
            wait.cancel()
        connection.watch = None
        with suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        connection.socket.close()

    # Commands.

    def _answer(self, connection: Connection, line: bytes | None) -> Reply | None:
        """Do what a line says, and return what is to be answered; None if that comes later."""
        if line is None:
            says = f"the line is longer than {LONGEST} bytes; all of it was skipped"
            return Error(code="too-large", says=says)
        command = decode_command(line)
        if not connection.is_known and not self._is_let_in(command):
            connection.is_closing = True
            says = "say hello first, with the token that stands in the program's file"
            return Error(id=command.id, code="locked", says=says)
        connection.is_known = True
        if isinstance(command, Error):
            return command
        if self._verbs.is_aside(command):
            return self._do_aside(command, connection)
        return self._do(command, connection)

    def _is_let_in(self, command: Command | Error) -> bool:
        from pausable.control.loopback import is_token  # noqa: PLC0415

        token = self._listener.token or ""
        return isinstance(command, Hello) and is_token(command.token, token)

    def _do(self, command: Command, connection: Connection) -> Reply | None:
        try:
            return self._verbs.do(command, connection)
        except Refusal as refusal:
            return Error(id=command.id, code=refusal.code, says=refusal.says)
        except Exception as error:  # noqa: BLE001 - what is wrong with one command is its own affair
            say(ERROR, "the control server has failed at %r", command, error=error)
            says = f"this has failed in the program, whose log says more: {type(error).__name__}"
            return Error(id=command.id, code="failed", says=says)

    def _do_aside(self, command: Command, connection: Connection) -> Reply | None:
        """Do what may run code of the program on another thread, which wakes this one."""

        def do() -> None:
            reply = self._do(command, connection)
            if reply is not None:
                self._done_aside.append((connection, reply))
            self._aside.discard(thread)
            self._server.wake()

        thread = threading.Thread(target=do, name="pausable-control-aside", daemon=True)
        connection.is_busy = True
        try:
            self._aside.add(thread)
            thread.start()
        except RuntimeError as error:  # as while the interpreter exits: then here
            say(INFO, "a command is done on the control server's thread: %s", error)
            do()
        return None
