"""`minyi accounts`: who may use the desk, and that no password is an argument, kept or told twice."""

import contextlib
import json
import os
import pty
import subprocess
import sys
import termios
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from config.settings import PROJECT
from desk.accounts import PASSWORD_FILE, ensure_operator
from store import people
from store.engine import open_store

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
GOOD = "望汐河边的第七棵柳树"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MINYI_STORE", raising=False)
    monkeypatch.setenv("MINYI_HOME", str(tmp_path))
    monkeypatch.setattr(people, "SCRYPT_N", 2**8)
    store = open_store(f"sqlite:///{tmp_path / 'minyi.db'}")
    ensure_operator(store, tmp_path, now=NOW)
    store.close()
    return tmp_path


def run(*args: str, piped: str | bytes = "") -> tuple[int, str]:
    result = CliRunner().invoke(app, ["accounts", *args], input=piped)
    return result.exit_code, result.output


def opens(home: Path, name: str, password: str) -> bool:
    store = open_store(f"sqlite:///{home / 'minyi.db'}")
    with store.read() as conn:
        found = people.check_password(conn, name, password)
    store.close()
    return found is not None


def listed() -> dict[str, tuple[str, bool]]:
    code, out = run("list", "--json")
    assert code == 0
    return {row["name"]: (row["role"], row["active"]) for row in map(json.loads, out.splitlines())}


def test_an_account_is_added_with_the_password_of_standard_input(home: Path) -> None:
    code, out = run("add", "李敏", "--role", "reader", piped=f"{GOOD}\n")
    assert (code, out) == (0, "李敏 may sign in as reader\n")
    assert opens(home, "李敏", GOOD)
    assert listed() == {"admin": ("admin", True), "李敏": ("reader", True)}
    code, out = run("list")
    assert "李敏  reader  active  made " in out
    assert "password" not in json.loads(run("list", "--json")[1].splitlines()[0])
    code, out = run("add", "李敏", piped=f"{GOOD}\n")
    assert code == 1
    assert "`minyi accounts password 李敏`" in out


def test_a_generated_password_is_told_once_and_opens(home: Path) -> None:
    code, out = run("add", " 李敏 ", "--generate")
    assert code == 0
    assert opens(home, "李敏", out.split("password ")[1].split()[0])
    assert listed()["李敏"] == ("operator", True)


@pytest.mark.parametrize(
    ("name", "piped", "words"),
    [
        ("李敏", "短\n", "at least 10 characters"),
        ("李敏", "", "at least 10 characters"),
        ("李敏", "长" * 201, "at most 200 characters"),
        ("李敏", "ababababababab\n", "too simple"),
        ("limin@desk.example", "limin@desk.example\n", "too simple"),
        ("李敏", GOOD.encode("gbk"), "not UTF-8"),
        ("李\x00敏", f"{GOOD}\n", "control characters"),
        (" ", f"{GOOD}\n", "1 to 100"),
        ("李" * 101, f"{GOOD}\n", "1 to 100"),
    ],
)
def test_a_name_or_a_password_that_will_not_do_makes_no_account(
    home: Path, name: str, piped: str | bytes, words: str
) -> None:
    code, out = run("add", name, piped=piped)
    assert code == 2
    assert words in out
    assert list(listed()) == ["admin"]


def test_no_command_takes_a_password_as_an_argument(home: Path) -> None:
    for command in ("add", "password"):
        assert run(command, "admin", GOOD)[0] == 2
        assert run(command, "admin", "--password", GOOD)[0] == 2


def test_a_new_password_ends_sessions_failures_and_the_file_of_the_first(home: Path) -> None:
    store = open_store(f"sqlite:///{home / 'minyi.db'}")
    with store.write() as conn:
        token = people.open_session(conn, "admin", now=NOW, lasts=timedelta(hours=12))
        people.record_failure(conn, name="admin", origin="127.0.0.1", now=NOW)
    assert (home / PASSWORD_FILE).exists()
    assert run("password", "admin", piped=f"{GOOD}\n") == (0, "admin has a new password\n")
    with store.read() as conn:
        assert people.session_owner(conn, token, now=NOW) is None
        assert people.failures_since(conn, NOW, name="admin") == 0
    store.close()
    assert opens(home, "admin", GOOD)
    assert not (home / PASSWORD_FILE).exists()


def test_a_role_is_changed_and_an_account_disabled_and_enabled(home: Path) -> None:
    run("add", "李敏", "--role", "reader", piped=GOOD)
    assert run("role", "李敏", "operator")[0] == 0
    assert run("role", "李敏", "chief")[0] == 2
    assert run("disable", "李敏")[0] == 0
    assert not opens(home, "李敏", GOOD)
    assert listed()["李敏"] == ("operator", False)
    assert "DISABLED" in run("list")[1]
    assert run("enable", "李敏")[0] == 0
    assert opens(home, "李敏", GOOD)


@pytest.mark.parametrize("args", [["disable", "admin"], ["role", "admin", "reader"]])
def test_the_last_account_that_may_act_stays(home: Path, args: list[str]) -> None:
    run("add", "李敏", "--role", "reader", piped=GOOD)
    code, out = run(*args)
    assert code == 1
    assert "nobody would be left" in out
    assert listed()["admin"] == ("admin", True)
    run("role", "李敏", "operator")
    assert run(*args)[0] == 0


@pytest.mark.parametrize(
    "args", [["role", "无名", "admin"], ["password", "无名"], ["disable", "无名"], ["enable", "无名"]]
)
def test_an_unknown_name_is_said(home: Path, args: list[str]) -> None:
    code, out = run(*args, piped=GOOD)
    assert code == 1
    assert "no account 无名; `minyi accounts list` shows them" in out


@pytest.mark.timeout(60)
def test_on_a_terminal_the_password_is_typed_twice_and_not_shown(home: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cli", "accounts", "add", "limin"]
    env = {"MINYI_HOME": str(home), "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(
        command, env=env, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as asked:
        assert asked.stdout is not None
        assert asked.stderr is not None
        for _ in range(2):
            while asked.stderr.read(1) != b":":
                assert asked.poll() is None
            while termios.tcgetattr(theirs)[3] & termios.ECHO:  # what is typed before that is thrown away
                time.sleep(0.01)
            os.write(ours, b"tall willow 7\n")
        assert asked.stdout.read() == b"limin may sign in as operator\n"
    os.set_blocking(ours, False)
    with contextlib.suppress(BlockingIOError):
        assert b"willow" not in os.read(ours, 1000)
    os.close(ours)
    os.close(theirs)
    assert opens(home, "limin", "tall willow 7")
