"""Which database errors pass by themselves, and which are bugs."""

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from store.trouble import unavailable


def wrapped(orig: Exception) -> DBAPIError:
    return OperationalError("SELECT 'secret'", {"text": "secret"}, orig)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (psycopg.errors.DiskFull(), "disk of the database server is full"),
        (psycopg.errors.TooManyConnections(), "too many connections"),
        (psycopg.errors.DeadlockDetected(), "busy"),
        (psycopg.errors.SerializationFailure(), "busy"),
        (psycopg.errors.LockNotAvailable(), "busy"),
        (psycopg.errors.AdminShutdown(), "going down"),
        (psycopg.errors.InvalidPassword(), "refused"),
        (psycopg.errors.InvalidCatalogName(), "create it first"),
        (psycopg.errors.ReadOnlySqlTransaction(), "no writes"),
        (psycopg.errors.ConnectionFailure(), "cannot be reached"),
        (psycopg.errors.OutOfMemory(), "short of resources"),
        (psycopg.OperationalError("secret"), "cannot be reached"),
    ],
)
def test_what_may_pass_has_words_without_values(error: Exception, words: str) -> None:
    said = unavailable(wrapped(error))
    assert said is not None
    assert words in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.UndefinedTable(),
        psycopg.errors.NotNullViolation(),
        psycopg.errors.NumericValueOutOfRange(),
        psycopg.ProgrammingError("no state"),
    ],
)
def test_bugs_stay_bugs_on_postgresql(error: Exception) -> None:
    assert unavailable(wrapped(error)) is None


def test_bugs_stay_bugs_on_sqlite() -> None:
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(":memory:").execute("SELECT * FROM nowhere")
    assert unavailable(wrapped(caught.value)) is None
