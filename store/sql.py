"""The few places where the two databases differ, and the small helpers every table shares."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Insert, Table, Text, literal, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

T = TypeVar("T")

CHUNK = 500  # values in one IN (...): both databases take thousands, plans stay cached with few lengths

ARCHIVE_LOCK = 0x6D69_6E79_6901  # "minyi", 1
MIGRATION_LOCK = 0x6D69_6E79_6902


def insert(conn: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """INSERT with on_conflict_do_update / on_conflict_do_nothing, in the dialect of `conn`."""
    return postgresql.insert(table) if is_postgres(conn) else sqlite.insert(table)


def affected(conn: Connection, statement: Insert, rows: Sequence[Mapping[str, Any]] | None = None) -> int:
    """Run an INSERT; how many rows it really wrote (a conflict that does nothing writes none)."""
    return conn.execute(statement, rows, execution_options={"preserve_rowcount": True}).rowcount


def is_postgres(conn: Connection) -> bool:
    """True on PostgreSQL, False on SQLite."""
    return conn.dialect.name == "postgresql"


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """`items` in pieces of at most `size`."""
    rest = list(items)
    for start in range(0, len(rest), size):
        yield rest[start : start + size]


class JsonText(FunctionElement[str]):
    """A field of a JSON object that is kept as text; null where there is none."""

    name = "json_text"
    type = Text()
    inherit_cache = True

    def __init__(self, column: ColumnElement[str], field: str) -> None:
        super().__init__(column, literal(field))


@compiles(JsonText, "sqlite")
def _json_text_sqlite(element: JsonText, compiler: SQLCompiler, **kw: Any) -> str:
    column, field = (compiler.process(part, **kw) for part in element.clauses)
    return f"json_extract({column}, '$.' || {field})"


@compiles(JsonText, "postgresql")
def _json_text_postgresql(element: JsonText, compiler: SQLCompiler, **kw: Any) -> str:
    column, field = (compiler.process(part, **kw) for part in element.clauses)
    return f"(CAST({column} AS jsonb) ->> CAST({field} AS text))"


def archive_alone(conn: Connection) -> None:
    """Until the end of the transaction, no other one writes posts, events or alerts. First act of all that do.

    SQLite has one writer anyway. On PostgreSQL two could otherwise pass each other: a post archived by the one while
    the other withdraws it would survive; and two batches with the same rows in another order would deadlock.
    """
    if is_postgres(conn):
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ARCHIVE_LOCK})
