"""Opening the database: SQLite by default, PostgreSQL when it grows; the same functions work on both.

A `Store` hands out transactions. All other modules of this package take the `Connection` of one.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from store import changes
from store.errors import StoreUnavailable
from store.migrate import migrate
from store.trouble import BUSY_CODES, sqlite_code, unavailable

__all__ = ["Connection", "Store", "open_store"]  # Connection: for annotations outside, which import no SQLAlchemy

BUSY_SECONDS = 10.0
BUSY_RETRIES = 2
POOL_SIZE = 5


class Store:
    """One open database. Safe to share between threads; one `Connection` belongs to one thread."""

    def __init__(self, engine: Engine, *, file: Path | None) -> None:
        self._engine = engine
        self._writer = engine.execution_options(minyi_begin="BEGIN IMMEDIATE")
        self._reader = engine.execution_options(minyi_begin="BEGIN")
        if file is None:
            self._reader = self._reader.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._file = file
        self._identity = _identity(file)

    def __repr__(self) -> str:
        return f"Store({self.kind})"

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed when the block ends well, rolled back when it raises.

        On SQLite it holds the one write lock from the start (BEGIN IMMEDIATE); readers are not held up.
        Raises StoreUnavailable when the database is busy for long, gone, full or unreachable.
        """
        self._still_there()
        with _said_plainly(), ExitStack() as stack:
            conn = self._begin(stack)
            conn.info.pop(changes.PENDING, None)
            yield conn
            changes.settle(conn)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only view of one moment: everything read in the block belongs together.

        Never waits for writers. Writing through it fails.
        """
        self._still_there()
        with _said_plainly(), self._reader.connect() as conn:
            yield conn

    def ping(self) -> None:
        """Returns when the database answers; raises StoreUnavailable when it does not."""
        with self.read() as conn:
            conn.execute(text("SELECT n FROM changes LIMIT 1")).all()

    def close(self) -> None:
        """Close all connections; on SQLite the write-ahead log is folded into the file."""
        self._engine.dispose()

    def _begin(self, stack: ExitStack) -> Connection:
        for attempt in range(BUSY_RETRIES):
            try:
                return stack.enter_context(self._writer.begin())
            except DBAPIError as err:
                if sqlite_code(err) not in BUSY_CODES:
                    raise
                time.sleep(0.05 * (attempt + 1))
        return stack.enter_context(self._writer.begin())

    def _still_there(self) -> None:
        if self._file is not None and _identity(self._file) != self._identity:
            raise StoreUnavailable(
                f"the database file {self._file} was removed or replaced while in use: restart minyi"
            )


def open_store(url: str, *, busy_seconds: float = BUSY_SECONDS) -> Store:
    """The store at `url`, migrated to the newest layout; the folder of a SQLite file is made.

    url: `sqlite:///path/file.db`, `postgresql://user:password@host/name` (psycopg 3).
    busy_seconds: how long one attempt waits for another writer.
    Raises StoreUnavailable, StoreTooNew, or ValueError for another kind of address (never quoting it: it may hold a
    password).
    """
    address = _address(url)
    engine, file = _sqlite(address, busy_seconds) if address.drivername == "sqlite" else (_postgres(address), None)
    try:
        with _said_plainly():
            migrate(engine)
            return Store(engine, file=file)
    except BaseException:
        engine.dispose()
        raise


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise ValueError("MINYI_STORE: not a database address; expected sqlite:///FILE or postgresql://...") from None
    kind = address.drivername
    if kind == "sqlite" and address.database not in (None, "", ":memory:") and "mode" not in address.query:
        return address
    if kind in ("postgresql", "postgres", "postgresql+psycopg"):
        return address.set(drivername="postgresql+psycopg")
    raise ValueError(f"MINYI_STORE: expected sqlite:///FILE or postgresql://..., got an address of kind {kind}")


def _sqlite(address: URL, busy_seconds: float) -> tuple[Engine, Path]:
    file = Path(str(address.database)).absolute()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # for its owner only: it holds personal data
    except OSError as err:
        raise StoreUnavailable(f"the database file cannot be made or opened: {file}: {err.strerror}") from err
    engine = create_engine(
        address.set(database=str(file)),
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=busy_seconds,
        hide_parameters=True,
        connect_args={"timeout": busy_seconds, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def settings(connection: Any, _record: Any) -> None:
        _use_wal(connection, busy_seconds)
        for pragma in ("synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA cache_size=-8000")  # 8 MB a connection
        connection.execute("PRAGMA journal_size_limit=67108864")

    @event.listens_for(engine, "begin")
    def begin(conn: Connection) -> None:
        how = conn.get_execution_options().get("minyi_begin", "BEGIN")
        conn.exec_driver_sql(f"PRAGMA query_only={'ON' if how == 'BEGIN' else 'OFF'}")
        conn.exec_driver_sql(how)

    return engine, file


def _use_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Switch to the write-ahead log. SQLite does not wait here while another process switches: so we do."""
    until = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as err:
            if err.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            if time.monotonic() >= until:
                raise
            time.sleep(0.02)
        else:
            return


def _postgres(address: URL) -> Engine:
    return create_engine(
        address,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": 10, "application_name": "minyi"},
    )


def _identity(file: Path | None) -> tuple[int, int] | None:
    if file is None:
        return None
    try:
        found = os.stat(file)  # noqa: PTH116  # on every transaction: Path.stat costs twice as much
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Database errors that may pass by themselves become StoreUnavailable; the others are bugs and stay."""
    try:
        yield
    except PoolTimeout as err:
        raise StoreUnavailable("all database connections of this process are in use") from err
    except DBAPIError as err:
        words = unavailable(err)
        if words is None:
            raise
        raise StoreUnavailable(words) from err
