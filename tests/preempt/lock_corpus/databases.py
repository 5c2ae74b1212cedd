"""Open transactions."""

# As people write it, not as they should.
# ruff: noqa: D101

import os
import sqlite3
import tempfile
import threading
from contextlib import ExitStack, closing, contextmanager

import diskcache
import sqlalchemy as sa
from preempt.witness import Fact, case, known
from sqlalchemy.orm import Session, scoped_session, sessionmaker


def work(count=3):
    total = 0
    for number in range(count):
        total += number
    return total


def new_path():
    return os.path.join(tempfile.mkdtemp(), "db")  # noqa: PTH118


def connected(**options):
    connection = sqlite3.connect(new_path(), **options)
    connection.execute("CREATE TABLE t (v)")
    known(Fact(lambda: is_open(connection)))
    return connection


def is_open(connection):
    try:
        return connection.in_transaction
    except sqlite3.ProgrammingError:
        return False


@case
def db_sqlite_implicit():
    connection = connected()
    connection.execute("INSERT INTO t VALUES (1)")
    work()
    connection.commit()
    work()
    with connection:
        connection.execute("INSERT INTO t VALUES (1)")
        work()
    work()
    connection.close()


@case
def db_sqlite_explicit():
    connection = connected(isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    work()
    connection.execute("COMMIT")
    work()
    cursor = connection.cursor()
    cursor.execute("begin")
    work()
    cursor.execute("rollback")
    work()
    connection.close()


@case
def db_sqlite_by_cursor_only():
    cursor = connected(isolation_level=None).cursor()
    cursor.execute("BEGIN IMMEDIATE")
    try:
        work()
    finally:
        cursor.execute("COMMIT")
    work()
    cursor.connection.close()


@case
def db_sqlite_closing():
    with closing(connected()) as connection:
        with connection:
            connection.execute("INSERT INTO t VALUES (1)")
            work()
        work()
        connection.execute("INSERT INTO t VALUES (1)")
        work()
    work()


class Store:
    def __init__(self):
        self.connection = connected(isolation_level=None)

    def begin(self):
        self.connection.execute("BEGIN IMMEDIATE")

    def end(self):
        self.connection.execute("COMMIT")

    @contextmanager
    def transaction(self):
        self.begin()
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        else:
            self.connection.commit()


@case
def db_sqlite_in_object():
    store = Store()
    store.begin()
    work()
    store.end()
    work()
    with store.transaction():
        work()
    work()
    with ExitStack() as stack:
        stack.enter_context(store.transaction())
        work()
    work()
    store.connection.close()


@case
def db_sqlite_in_closure():
    connection = connected()

    def insert():
        connection.execute("INSERT INTO t VALUES (1)")
        work()

    def done():
        connection.commit()
        work()

    insert()
    done()
    connection.close()


@case
def db_sqlite_in_local_of_thread():
    local = threading.local()
    local.connection = connected(isolation_level=None)
    local.connection.execute("BEGIN")
    work()
    local.connection.execute("END")
    work()
    local.connection.close()


GLOBAL = threading.local()


@case
def db_sqlite_global():
    GLOBAL.connections = {"main": connected()}
    GLOBAL.connections["main"].execute("INSERT INTO t VALUES (1)")
    work()
    GLOBAL.connections["main"].rollback()
    work()
    GLOBAL.connections["main"].close()


def new_engine():
    path = new_path()
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (v)"))
    known(Fact(lambda: is_locked(path)))
    return engine


def is_locked(path):
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        other.execute("ROLLBACK")
        return False


INSERT = sa.text("INSERT INTO t VALUES (1)")


@case
def db_sqlalchemy_begin():
    engine = new_engine()
    with engine.begin() as connection:
        connection.execute(INSERT)
        work()
    work()
    with engine.begin() as connection, connection.begin_nested():
        connection.execute(INSERT)
        work()
    work()
    engine.dispose()


@case
def db_sqlalchemy_connect():
    engine = new_engine()
    with engine.connect() as connection:
        connection.execute(INSERT)
        work()
        connection.commit()
        work()
        connection.execute(INSERT)
        work()
    work()
    connection = engine.connect()
    transaction = connection.begin()
    connection.execute(INSERT)
    work()
    transaction.rollback()
    work()
    connection.close()
    engine.dispose()


@case
def db_sqlalchemy_session():
    engine = new_engine()
    with Session(engine) as session:
        session.execute(INSERT)
        work()
        session.commit()
        work()
    with Session(engine) as session, session.begin():
        session.execute(INSERT)
        work()
    work()
    with sessionmaker(engine).begin() as session:
        session.execute(INSERT)
        work()
    session = scoped_session(sessionmaker(engine))
    session.execute(INSERT)
    work()
    session.remove()
    work()
    engine.dispose()


@case
def db_sqlalchemy_raw():
    engine = new_engine()
    connection = engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute("INSERT INTO t VALUES (1)")
    work()
    connection.commit()
    work()
    connection.close()
    engine.dispose()


class Repository:
    def __init__(self, engine):
        self.session = Session(engine)

    def add(self):
        self.session.execute(INSERT)

    def done(self):
        self.session.commit()


@case
def db_sqlalchemy_in_object():
    engine = new_engine()
    repository = Repository(engine)
    repository.add()
    work()
    repository.done()
    work()
    repository.session.close()
    engine.dispose()


CACHE = diskcache.Cache(tempfile.mkdtemp())


def caching():
    cache = diskcache.Cache(tempfile.mkdtemp())
    known(Fact(lambda: is_locked(os.path.join(cache.directory, "cache.db"))))  # noqa: PTH118
    return cache


@case
def db_diskcache():
    cache = caching()
    with cache.transact():
        cache["a"] = 1
        work()
    work()
    cache.set("b", 2)
    cache.close()


@case
def db_diskcache_global():
    known(Fact(lambda: is_locked(os.path.join(CACHE.directory, "cache.db"))))  # noqa: PTH118
    with CACHE.transact():
        work()
    with closing(diskcache.FanoutCache(tempfile.mkdtemp(), shards=1)) as cache:
        with cache.transact():
            work()
        work()
    CACHE.close()


@case
def db_diskcache_lock():
    cache = diskcache.Cache(tempfile.mkdtemp())
    lock, ended = diskcache.Lock(cache, "name"), []
    known(Fact(lambda: not ended and "name" in cache))
    with lock:
        work()
    work()
    lock.acquire()
    work()
    lock.release()
    work()
    ended.append(True)
    cache.close()
