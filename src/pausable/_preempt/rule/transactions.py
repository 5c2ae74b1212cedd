"""Whether a connection to a database is in a transaction, of those that can tell without a query.

The libraries are known by the names of their modules and classes, since none of them is imported
here. What is looked at are fields, and what the libraries themselves compute from fields.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from typing import TYPE_CHECKING, Any

from pausable._preempt.memo import Memo
from pausable._preempt.rule import objects
from pausable._preempt.rule.objects import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["are_possible", "transaction_of"]

_WRAPPERS = 4  # objects one round the other

Ask = tuple[type, "Callable[[type, Any, bool], object]"]


def transaction_of(value: object, ident: int | None = None) -> str | None:
    """Say that a connection is in a transaction, as ``a Connection in a transaction``.

    Empty if it is in none; None if the value is no connection that can tell. *ident* is the thread
    that is asked about, if it is not the calling one.
    """
    ask = _ask_of(type(value))
    if ask is None:
        return None
    is_own = ident is None or ident == get_ident()
    answer: object = value
    for _ in range(_WRAPPERS):
        try:
            answer = ask[1](ask[0], answer, is_own)
        except Exception:  # noqa: BLE001 - it is closed, or of a version that says it otherwise
            return ""
        ask = _ask_of(type(answer))
        if ask is None:
            break
    is_open = answer is True
    return f"a {objects.name_of(type(value))} in a transaction" if is_open else ""


def are_possible() -> bool:
    """Tell whether a library was imported whose connections can tell."""
    return any(name in sys.modules for name in _LIBRARIES)


# --- What is asked: with the class that is known, the object, and whether its thread asks ---------


def _sqlite(cls: Any, connection: Any, is_own: bool) -> object:  # noqa: ANN401 - see `Ask`
    if is_own:
        cls.getlimit(connection, 0)  # raises if it belongs to another thread
    return cls.in_transaction.__get__(connection)


def _aiosqlite(_cls: type, connection: Any, _is_own: bool) -> object:  # noqa: ANN401
    inner = objects.attribute(connection, "_connection")  # belongs to the connection's own thread
    found = _ask_of(type(inner))
    return found is not None and _sqlite(found[0], inner, is_own=False)


def _sqlalchemy(cls: Any, connection: Any, _is_own: bool) -> object:  # noqa: ANN401
    transaction = objects.attribute(connection, "_transaction")
    return transaction not in {None, UNSEEN} and not cls._is_autocommit_isolation(connection)


def _session(_cls: type, session: Any, _is_own: bool) -> object:  # noqa: ANN401
    transaction = objects.attribute(session, "_transaction")
    while transaction is not None and transaction is not UNSEEN:
        if objects.members(objects.attribute(transaction, "_connections")):
            return True
        transaction = objects.attribute(transaction, "_parent")
    return False


def _scoped_session(_cls: type, session: Any, is_own: bool) -> object:  # noqa: ANN401
    registry = objects.attribute(session, "registry")
    return is_own and objects.attribute(objects.attribute(registry, "registry"), "value")


def _psycopg(_cls: type, connection: Any, _is_own: bool) -> object:  # noqa: ANN401
    return connection.pgconn.transaction_status in _OPEN_IN_LIBPQ


def _psycopg2(cls: Any, connection: Any, _is_own: bool) -> object:  # noqa: ANN401
    return cls.get_transaction_status(connection) in _OPEN_IN_LIBPQ


def _pg8000(_cls: type, connection: Any, _is_own: bool) -> object:  # noqa: ANN401
    return objects.attribute(connection, "_transaction_status") in {b"T", b"E"}


def _mysql(_cls: type, connection: Any, _is_own: bool) -> object:  # noqa: ANN401
    return bool(objects.attribute(connection, "server_status") & 1)  # type: ignore[operator]


def _asyncpg(_cls: type, connection: Any, _is_own: bool) -> object:  # noqa: ANN401
    return connection._protocol.is_in_transaction()


def _apsw(cls: Any, connection: Any, _is_own: bool) -> object:  # noqa: ANN401
    return cls.in_transaction.__get__(connection)


def _what_is_in(name: str) -> Callable[[type, Any, bool], object]:
    return lambda _cls, value, _is_own: objects.attribute(value, name)


_OPEN_IN_LIBPQ = frozenset({1, 2, 3})  # a command is under way, in a transaction, in a failed one

_ASKS: dict[tuple[str, str], Callable[[type, Any, bool], object]] = {
    ("sqlite3", "Connection"): _sqlite,
    ("sqlite3", "Cursor"): _what_is_in("connection"),
    ("aiosqlite.core", "Connection"): _aiosqlite,
    ("apsw", "Connection"): _apsw,
    ("sqlalchemy.engine.base", "Connection"): _sqlalchemy,
    ("sqlalchemy.orm.session", "Session"): _session,
    ("sqlalchemy.orm.scoping", "scoped_session"): _scoped_session,
    ("sqlalchemy.ext.asyncio.engine", "AsyncConnection"): _what_is_in("sync_connection"),
    ("sqlalchemy.ext.asyncio.session", "AsyncSession"): _what_is_in("sync_session"),
    ("sqlalchemy.pool.base", "_ConnectionFairy"): _what_is_in("dbapi_connection"),
    ("psycopg._connection_base", "BaseConnection"): _psycopg,
    ("psycopg2.extensions", "connection"): _psycopg2,
    ("psycopg2.extensions", "cursor"): _what_is_in("connection"),
    ("pg8000.core", "CoreConnection"): _pg8000,
    ("pymysql.connections", "Connection"): _mysql,
    ("aiomysql.connection", "Connection"): _mysql,
    ("asyncpg.connection", "Connection"): _asyncpg,
    ("asyncpg.pool", "PoolConnectionProxy"): _what_is_in("_con"),
}
_LIBRARIES = frozenset(module.partition(".")[0] for module, _ in _ASKS)

_known: Memo[type, tuple[Ask] | tuple[()]] = Memo()


def _ask_of(cls: type) -> Ask | None:
    """Return how to ask an instance of a class, and the class of its line that is known for it."""
    known = _known.get(id(cls))
    if known is None:
        asks = [
            (each, _ASKS[key])
            for each in objects.mro(cls)
            if (key := (objects.module_of(each), objects.name_of(each))) in _ASKS
        ]
        known = _known.put(cls, (asks[0],) if asks else ())
    return known[0] if known else None
