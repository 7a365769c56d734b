"""Operators of the desk, their sessions, and the failed logins that slow a guesser down.

Passwords are kept as scrypt hashes, sessions as the SHA-256 of their token: whoever reads the database can log in
with neither.
"""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from store.errors import NameTaken
from store.sql import affected, insert
from store.tables import login_failures, operators, sessions
from store.types import plain

SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 5  # 16 MiB and ~0.25 s: a setting OWASP's password sheet gives for scrypt
SCRYPT_BYTES = 32
TOKEN_BYTES = 32
MAY_ACT = frozenset(("admin", "operator"))
"""Roles that may change what the desk holds; any other (`reader`) only looks."""


@dataclass(frozen=True)
class Operator:
    """A person who may use the desk."""

    name: str
    role: str
    active: bool
    made_at: datetime
    changed_at: datetime
    """When the password was last set."""


def make_operator(conn: Connection, name: str, password: str, *, role: str = "operator", now: datetime) -> Operator:
    """Add a person. Raises NameTaken (a ValueError), or ValueError for an empty name or password."""
    if not name.strip() or not password:
        raise ValueError("an operator needs a name and a password")
    values = {"name": name, "role": role, "active": True, "made_at": now, "changed_at": now}
    statement = insert(conn, operators).values(**values, password=hash_password(password))
    if affected(conn, statement.on_conflict_do_nothing()) == 0:
        raise NameTaken(f"there is an operator named {name} already")
    return Operator(name, role, True, now, now)


def get_operator(conn: Connection, name: str) -> Operator | None:
    """The person, or None."""
    row = conn.execute(select(*_COLUMNS).where(operators.c.name == plain(name))).first()
    return None if row is None else Operator(*row)


def find_operators(conn: Connection) -> list[Operator]:
    """Everyone, by name, the inactive too."""
    return [Operator(*row) for row in conn.execute(select(*_COLUMNS).order_by(operators.c.name))]


def check_password(conn: Connection, name: str, password: str) -> Operator | None:
    """The operator when name and password belong together and he is active, else None.

    Takes as long for a name that does not exist. Costs ~0.25 s of CPU: throttle with failures_since first.
    """
    query = select(operators.c.password).where(operators.c.name == plain(name), operators.c.active)
    stored = conn.execute(query).scalar_one_or_none()
    right = _matches(password, stored or _NOBODY)
    return get_operator(conn, name) if stored is not None and right else None


def set_password(conn: Connection, name: str, password: str, *, now: datetime) -> bool:
    """Change a password and end all of the person's sessions. False without the person."""
    if not password:
        raise ValueError("an operator needs a password")
    statement = update(operators).where(operators.c.name == name)
    end_sessions(conn, name)
    return conn.execute(statement.values(password=hash_password(password), changed_at=now)).rowcount > 0


def set_role(conn: Connection, name: str, role: str) -> bool:
    """Give a person another role; it holds from his next request on. False without the person."""
    return conn.execute(update(operators).where(operators.c.name == name).values(role=role)).rowcount > 0


def set_active(conn: Connection, name: str, active: bool) -> bool:
    """Let a person in or lock him out (his sessions end). False without the person."""
    if not active:
        end_sessions(conn, name)
    return conn.execute(update(operators).where(operators.c.name == name).values(active=active)).rowcount > 0


def open_session(conn: Connection, name: str, *, now: datetime, lasts: timedelta) -> str:
    """Begin a session; returns its token, which is nowhere stored. Sessions that have expired are cleared away."""
    conn.execute(delete(sessions).where(sessions.c.expires_at <= now))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {"digest": _digest(token), "operator": name, "opened_at": now, "expires_at": now + lasts}
    conn.execute(insert(conn, sessions).values(**values))
    return token


def session_owner(conn: Connection, token: str, *, now: datetime) -> Operator | None:
    """Whose session this is; None when there is none, it has expired, or the person is locked out."""
    joined = operators.join(sessions, sessions.c.operator == operators.c.name)
    query = select(*_COLUMNS).select_from(joined)
    found = query.where(sessions.c.digest == _digest(token), sessions.c.expires_at > now, operators.c.active)
    row = conn.execute(found).first()
    return None if row is None else Operator(*row)


def end_session(conn: Connection, token: str) -> bool:
    """End one session; False when there was none."""
    return conn.execute(delete(sessions).where(sessions.c.digest == _digest(token))).rowcount > 0


def end_sessions(conn: Connection, name: str) -> int:
    """End all sessions of a person; how many there were."""
    return conn.execute(delete(sessions).where(sessions.c.operator == name)).rowcount


def record_failure(conn: Connection, *, name: str, origin: str, now: datetime) -> None:
    """Note a failed login. origin: the address it came from."""
    conn.execute(insert(conn, login_failures).values(name=plain(name)[:100], origin=origin, at=now))


def failures_since(conn: Connection, since: datetime, *, name: str | None = None, origin: str | None = None) -> int:
    """Failed logins at or after `since`, for this name, from this origin, or both."""
    query = select(func.count()).select_from(login_failures).where(login_failures.c.at >= since)
    if name is not None:
        query = query.where(login_failures.c.name == plain(name)[:100])
    if origin is not None:
        query = query.where(login_failures.c.origin == origin)
    return conn.execute(query).scalar_one()


def clear_failures(conn: Connection, name: str) -> None:
    """Forget the failures of a name, after a good login."""
    conn.execute(delete(login_failures).where(login_failures.c.name == plain(name)[:100]))


def hash_password(password: str) -> str:
    """`scrypt$n$r$p$salt$hash`, salted at random; the parameters travel along, so that they can be raised later."""
    salt = secrets.token_bytes(16)
    key = _scrypt(password, salt, SCRYPT_N, SCRYPT_R, SCRYPT_P)
    return f"scrypt${SCRYPT_N}${SCRYPT_R}${SCRYPT_P}${b64encode(salt).decode()}${b64encode(key).decode()}"


_COLUMNS = (operators.c.name, operators.c.role, operators.c.active, operators.c.made_at, operators.c.changed_at)

_NOBODY = f"scrypt${SCRYPT_N}${SCRYPT_R}${SCRYPT_P}${'A' * 22}==${'A' * 43}="  # compared for unknown names


def _matches(password: str, stored: str) -> bool:
    _, n, r, p, salt, key = stored.split("$")
    return hmac.compare_digest(_scrypt(password, b64decode(salt), int(n), int(r), int(p)), b64decode(key))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    secret = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, dklen=SCRYPT_BYTES, maxmem=256 * n * r)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
