"""The file of the embedded log: its layout, how it is opened, how its errors are put into words."""

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from bus.api import Delivery
from bus.errors import BusUnavailable
from bus.topics import Topic

OFFSET_BITS = 40
LAYOUT = 1  # PRAGMA user_version
BUSY_S = 15.0  # how long a writer waits for another; transactions take milliseconds
OPEN_TRIES = 100

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TABLES = """
CREATE TABLE IF NOT EXISTS partitions (
    pid INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    first INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0, last_at INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic, partition));
CREATE TABLE IF NOT EXISTS log (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, headers TEXT);
CREATE TABLE IF NOT EXISTS offsets (
    grp TEXT NOT NULL, pid INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (grp, pid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS generations (grp TEXT PRIMARY KEY, generation INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS members (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, grp TEXT NOT NULL, member TEXT NOT NULL UNIQUE,
    topics TEXT NOT NULL, seen REAL NOT NULL);
CREATE TABLE IF NOT EXISTS owners (
    grp TEXT NOT NULL, pid INTEGER NOT NULL, member TEXT NOT NULL, PRIMARY KEY (grp, pid)) WITHOUT ROWID;
"""
_WORDS = {
    sqlite3.SQLITE_FULL: "no space left on the disk; free some and start again",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written (full or failing)",
    sqlite3.SQLITE_BUSY: f"another process kept it locked for {BUSY_S:.0f} s",
    sqlite3.SQLITE_LOCKED: "it is locked",
    sqlite3.SQLITE_READONLY: "it is read-only; check owner and permissions",
    sqlite3.SQLITE_PERM: "no permission",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check the folder, its owner and permissions",
    sqlite3.SQLITE_NOTADB: "this file is not a database",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore it or move it away",
}


@contextmanager
def clear_words(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into BusUnavailable that says what is wrong with which file."""
    try:
        yield
    except sqlite3.Error as err:
        code = getattr(err, "sqlite_errorcode", None)
        words = _WORDS.get(code & 0xFF, str(err)) if code is not None else str(err)
        raise BusUnavailable(f"bus log {path}: {words}") from err
    except OSError as err:
        raise BusUnavailable(f"bus log {path}: {err.strerror or err}") from err


def identity(path: Path) -> tuple[int, int]:
    """Which file this is on the disk. Raises BusUnavailable when there is none."""
    with clear_words(path):
        found = os.stat(path)  # noqa: PTH116  # before every write: Path.stat costs twice as much
        return found.st_dev, found.st_ino


def still_there(path: Path, opened: tuple[int, int]) -> None:
    """Raises BusUnavailable when the file was removed or replaced: SQLite would go on with one that nobody can open."""
    if identity(path) != opened:
        raise BusUnavailable(f"bus log {path}: it was replaced while in use")


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """One write transaction: all of it or, after any exception, nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite rolls back by itself after some errors (disk full)
            db.execute("ROLLBACK")
        raise


def connect(path: Path, *, synchronous: Literal["FULL", "NORMAL"]) -> sqlite3.Connection:
    """A connection to an existing log. FULL: a commit is on the disk; NORMAL: it survives the process only."""
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    db.execute(f"PRAGMA synchronous = {synchronous}")
    db.execute("PRAGMA cache_size = -8192")
    return db


def open_log(path: Path, topics: Sequence[Topic]) -> sqlite3.Connection:
    """A connection for appending; makes folder, file, tables and missing partitions.

    A topic keeps the partitions it has: fewer are never removed, more are added. Raises BusUnavailable.
    """
    with clear_words(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # post texts: for the owner only
        db = connect(path, synchronous="FULL")
        try:
            _use_wal(db)
            _lay_out(path, db, topics)
        except BaseException:
            db.close()
            raise
        return db


def _use_wal(db: sqlite3.Connection) -> None:
    """Switch to WAL. Several processes opening a new file at once may find it locked without any waiting."""
    for attempt in range(OPEN_TRIES):
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as err:
            if err.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == OPEN_TRIES - 1:
                raise
            time.sleep(0.02)


def _lay_out(path: Path, db: sqlite3.Connection, topics: Sequence[Topic]) -> None:
    (layout,) = db.execute("PRAGMA user_version").fetchone()
    if layout > LAYOUT:
        raise BusUnavailable(f"bus log {path}: written by a newer minyi (layout {layout}, this one knows {LAYOUT})")
    known = set(db.execute("SELECT topic, partition FROM partitions")) if layout else set()
    missing = [(t.name, p) for t in topics for p in range(t.partitions) if (t.name, p) not in known]
    if not missing:
        return
    with writing(db):
        for statement in _TABLES.split(";\n"):
            db.execute(statement)
        db.executemany("INSERT OR IGNORE INTO partitions (topic, partition) VALUES (?, ?)", missing)
        db.execute(f"PRAGMA user_version = {LAYOUT}")


def microseconds(when: datetime) -> int:
    """An aware time as microseconds since 1970."""
    return (when - _EPOCH) // timedelta(microseconds=1)


def delivery(topic: str, partition: int, row: Sequence[Any]) -> Delivery:
    """A row (id, at, key, value, headers) of the log as a Delivery."""
    row_id, at, key, value, headers = row
    return Delivery(
        topic,
        partition,
        row_id & ((1 << OFFSET_BITS) - 1),
        key.decode("utf-8", "surrogateescape"),
        value,
        json.loads(headers) if headers else {},
        _EPOCH + timedelta(microseconds=at),
    )
