"""`minyi accounts list|add|role|password|disable|enable`: who may use the desk. A password is never an argument."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from commands import common

if TYPE_CHECKING:
    from store.engine import Connection

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Who may use the desk. A password is typed twice, or one line of standard input, or made with --generate.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As it is typed to sign in; Chinese is fine.")]
Role = Literal["admin", "operator", "reader"]
Generate = Annotated[bool, typer.Option("--generate", help="Make a random password and print it, once.")]
Home = Annotated[Path | None, typer.Option(help="Data folder; MINYI_HOME unless given.")]
ROLE_HELP = "admin and operator may do everything on the desk, a reader only looks."
WEAK = {
    "short": "a password has at least 10 characters",
    "long": "a password has at most 200 characters",
    "simple": "too simple: the name itself, or the same few characters over and over",
}


@app.command("list")
def list_(
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False, home: Home = None
) -> None:
    """Everyone, by name: role, whether he may sign in, since when, and when the password was last set."""
    from store.people import find_operators

    with common.stored(home) as conn:
        found = find_operators(conn)
    for person in found:
        if json:
            common.print_json(person)
            continue
        state = "active" if person.active else "DISABLED"
        since = f"made {person.made_at:%Y-%m-%d}, password of {person.changed_at:%Y-%m-%d}"
        common.out.print(f"{person.name}  {person.role}  {state}  {since}", markup=False, soft_wrap=True)
    if not found and not json:
        common.out.print("no accounts; the first start of `minyi run` makes admin")


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help=ROLE_HELP)] = "operator",
    generate: Generate = False,
    home: Home = None,
) -> None:
    """Make an account."""
    from store.errors import NameTaken
    from store.people import make_operator

    name = name.strip()
    if not name.isprintable() or not 0 < len(name) <= 100:
        common.fail("a name has 1 to 100 characters and no control characters", 2)
    password = _password(name, generate=generate)
    with common.stored(home, writes=True) as conn:
        try:
            make_operator(conn, name, password, role=role, now=datetime.now(UTC))
        except NameTaken as err:
            common.fail(f"{err}; `minyi accounts password {name}` sets its password")
    _done(f"{name} may sign in as {role}", password if generate else "")


@app.command()
def role(
    name: Name,
    role: Annotated[Role, typer.Argument(help=ROLE_HELP)],
    home: Home = None,
) -> None:
    """Give another role; it holds from the next click on."""
    from store.people import set_role

    with common.stored(home, writes=True) as conn:
        _must_exist(set_role(conn, name, role), name)
        _somebody_acts(conn)
    _done(f"{name} is {role}")


@app.command()
def password(name: Name, generate: Generate = False, home: Home = None) -> None:
    """Set a new password; ends all sessions of the account and forgets its failed sign-ins."""
    from desk.accounts import FIRST_NAME, drop_password_file
    from store.people import clear_failures, set_password

    new = _password(name, generate=generate)
    with common.stored(home, writes=True) as conn:
        _must_exist(set_password(conn, name, new, now=datetime.now(UTC)), name)
        clear_failures(conn, name)
    if name == FIRST_NAME:
        drop_password_file(common.settings(home).home)
    _done(f"{name} has a new password", new if generate else "")


@app.command()
def disable(name: Name, home: Home = None) -> None:
    """Let an account sign in no more and end its sessions; what it did stays readable under its name."""
    from store.people import set_active

    with common.stored(home, writes=True) as conn:
        _must_exist(set_active(conn, name, False), name)
        _somebody_acts(conn)
    _done(f"{name} is disabled")


@app.command()
def enable(name: Name, home: Home = None) -> None:
    """Let a disabled account sign in again, with its password."""
    from store.people import set_active

    with common.stored(home, writes=True) as conn:
        _must_exist(set_active(conn, name, True), name)
    _done(f"{name} may sign in again")


def _password(name: str, *, generate: bool) -> str:
    """A password that will do, from where the caller wants it."""
    from desk.accounts import new_password, weakness

    if generate:
        return new_password()
    if sys.stdin.isatty():
        given = typer.prompt("password", hide_input=True, confirmation_prompt="again", err=True)
    else:
        try:
            given = sys.stdin.buffer.readline().decode().rstrip("\r\n")
        except UnicodeDecodeError:
            common.fail("the password on standard input is not UTF-8", 2)
    if problem := weakness(name, given):
        common.fail(WEAK[problem], 2)
    return str(given)


def _must_exist(found: bool, name: str) -> None:
    if not found:
        common.fail(f"no account {name}; `minyi accounts list` shows them")


def _somebody_acts(conn: "Connection") -> None:
    """Leave everything as it was when nobody would be left who can act on the desk."""
    from store.people import MAY_ACT, find_operators

    if not any(person.active and person.role in MAY_ACT for person in find_operators(conn)):
        common.fail("nobody would be left who can act on the desk; make another admin or operator first")


def _done(words: str, made: str = "") -> None:
    common.out.print(words, markup=False, soft_wrap=True)
    if made:
        common.out.print(f"password {made} (shown once)", markup=False, soft_wrap=True)
