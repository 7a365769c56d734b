"""Which database errors mean "not now", and how to say so."""

from sqlalchemy.exc import DBAPIError

BUSY_CODES = frozenset({5, 6})  # SQLITE_BUSY, SQLITE_LOCKED

SQLITE_WORDS = {  # primary result codes, https://www.sqlite.org/rescode.html
    5: "the database is busy: another process has been writing for too long",
    6: "the database is busy: another process has been writing for too long",
    8: "the database file cannot be written: check its owner and permissions",
    10: "the disk failed while reading or writing the database",
    11: "the database file is damaged: restore it from a backup",
    13: "the disk is full: the database cannot grow",
    14: "the database file cannot be opened: check the folder and its permissions",
    26: "the file is not a database: check the path",
}

POSTGRES_WORDS = {  # SQLSTATE classes, longest match first
    "53100": "the disk of the database server is full",
    "53300": "the database server has too many connections",
    "40": "the database was busy with the same rows",
    "55P03": "the database was busy with the same rows",
    "57": "the database server is going down or coming up",
    "28": "the database server refused the user or the password",
    "3D": "the database does not exist on the server: create it first",
    "25006": "the database server accepts no writes (a standby?)",
    "08": "the database server cannot be reached",
    "53": "the database server is short of resources",
    "58": "the database server has trouble with its disk",
    "XX": "the database server reports damaged data",
}


def sqlite_code(err: DBAPIError) -> int | None:
    """The primary SQLite result code of `err`, None when it is none of SQLite's."""
    code = getattr(err.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def unavailable(err: DBAPIError) -> str | None:
    """What to tell the operator when the same work may succeed later; None when it is a bug."""
    code = sqlite_code(err)
    if code is not None:
        return SQLITE_WORDS.get(code)
    state = getattr(err.orig, "sqlstate", None)
    if state is not None:
        return next((POSTGRES_WORDS[state[:n]] for n in (5, 2) if state[:n] in POSTGRES_WORDS), None)
    if err.connection_invalidated or type(err.orig).__name__ in ("OperationalError", "ConnectionTimeout"):
        return "the database server cannot be reached"
    return None
