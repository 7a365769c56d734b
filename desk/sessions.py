"""Who looks: the session cookie, and the person and form token behind it."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response

from desk.context import Desk
from desk.errors import NotSignedIn
from desk.tokens import csrf_of
from store.people import session_owner

COOKIE = "minyi_session"
LASTS = timedelta(hours=12)  # one shift, also a long one


@dataclass(frozen=True)
class Who:
    """A signed-in person."""

    name: str
    role: str
    token: str
    """The session's token. Never shown, never logged."""
    csrf: str
    """What this session's forms carry."""

    def __repr__(self) -> str:
        return f"Who({self.name})"


def who_is(request: Request, desk: Desk) -> Who:
    """The person behind the cookie. Raises NotSignedIn when there is none or the session has ended."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        raise NotSignedIn
    with desk.store.read() as conn:
        person = session_owner(conn, token, now=desk.now())
    if person is None:
        raise NotSignedIn
    return Who(person.name, person.role, token, csrf_of(token))


def give_session(request: Request, response: Response, token: str) -> None:
    """Hand the session to the browser: out of reach of scripts and of other sites' requests."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="lax",  # strict would ask for the password again behind every link in an alert message
        secure=request.url.scheme == "https",
        path="/",
    )
