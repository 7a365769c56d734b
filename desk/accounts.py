"""The first account, made at first start, its password told once; and what every password has to be."""

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from store.engine import Store
from store.errors import NameTaken
from store.people import find_operators, make_operator

FIRST_NAME = "admin"
PASSWORD_FILE = "operator-password.txt"
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else
GROUPS, GROUP_CHARS = 4, 4  # 16 of 31 characters: 79 bits
MIN_PASSWORD_CHARS, MAX_PASSWORD_CHARS = 10, 200


def ensure_operator(store: Store, home: Path, *, now: datetime | None = None) -> str | None:
    """Make the operator `admin` when there is nobody yet.

    Returns the new password, to be shown once; None when somebody exists. The password is also written to
    home/operator-password.txt (mode 0600) for whoever starts minyi without a terminal; changing it deletes the file.
    Raises StoreUnavailable, or OSError when the file cannot be written (then no account is made either).
    """
    with store.read() as conn:
        if find_operators(conn):
            return None
    password = new_password()
    try:
        with store.write() as conn:
            if find_operators(conn):
                return None
            make_operator(conn, FIRST_NAME, password, role="admin", now=now or datetime.now(UTC))
            write_password_file(home, password)
    except NameTaken:  # another process was first
        return None
    return password


def new_password() -> str:
    """A random password that can be read aloud, e.g. `k7mw-3fqx-9tpd-2hvs`."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_CHARS)) for _ in range(GROUPS))


def weakness(name: str, wanted: str, *, current: str = "") -> Literal["", "short", "long", "simple"]:
    """Why `wanted` will not do as the password of `name`; empty when it will."""
    if len(wanted) < MIN_PASSWORD_CHARS:
        return "short"
    if len(wanted) > MAX_PASSWORD_CHARS:
        return "long"
    return "simple" if wanted in (current, name) or len(set(wanted)) < 4 else ""


def write_password_file(home: Path, password: str) -> None:
    """Write the first password where only its owner can read it; a file left from before is replaced."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / PASSWORD_FILE
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{FIRST_NAME}\n{password}\n")


def drop_password_file(home: Path) -> None:
    """Delete the file of the first password: it no longer opens anything."""
    (home / PASSWORD_FILE).unlink(missing_ok=True)
