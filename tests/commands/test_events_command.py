"""`minyi events` lists as before; merge, split and undo work from the command line and outlive it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bus.messages import AlertCounts, EventChanged, PostScored
from cli import app
from store.engine import open_store
from store.events import save_event
from store.posts import upsert_posts

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MINYI_STORE", raising=False)
    store = open_store(f"sqlite:///{tmp_path / 'minyi.db'}")
    with store.write() as conn:
        for name in ("aa", "bb"):
            ids = [f"{name}{n}" for n in range(3)]
            times = [AT + timedelta(minutes=n) for n in range(3)]
            found = [
                PostScored(id=i, text=f"望汐街的事 {i}", published_at=at, collected_at=at, jurisdiction="澜汀市")
                for i, at in zip(ids, times, strict=True)
            ]
            upsert_posts(conn, found)
            save_event(
                conn,
                EventChanged(
                    id=name, jurisdiction="澜汀市", headline=name, first_post=ids[0], first_at=AT, last_at=times[-1],
                    counts=AlertCounts(posts=3), added=ids,
                ),
            )  # fmt: skip
    store.close()
    return tmp_path


def run(home: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["events", *words, "--home", str(home)])
    assert done.exit_code == code, done.output
    return done.output


def listed(home: Path, *words: str) -> dict[str, list[str]]:
    rows = (json.loads(line) for line in run(home, "--json", *words).splitlines())
    return {row["id"]: row["added"] for row in rows}


def test_the_list_works_with_and_without_options(home: Path) -> None:
    assert "aa" in run(home)
    assert set(listed(home, "--limit", "1", "--since", "2026-11-16")) <= {"aa", "bb"}
    assert "--jurisdiction" in CliRunner().invoke(app, ["events", "--help"]).output


def test_merge_split_and_undo_from_the_command_line(home: Path) -> None:
    run(home, "merge", "aa", "bb", "--reason", "一回事")
    assert {name: len(ids) for name, ids in listed(home).items()} == {"bb": 6}
    made = json.loads(run(home, "split", "bb", "aa0", "bb1", "--json"))["target"]
    assert sorted(listed(home)[made]) == ["aa0", "bb1"]
    run(home, "undo", "bb")
    run(home, "undo", "aa")
    assert {name: len(ids) for name, ids in listed(home).items()} == {"aa": 3, "bb": 3}


def test_similar_events_are_listed_and_searched_and_say_why(home: Path) -> None:
    store = open_store(f"sqlite:///{home / 'minyi.db'}")
    with store.write() as conn:
        for name, headline, place in (("cc", "望汐街的事 aa", "望汐街"), ("dd", "别处的新闻", "岬湾街道")):
            save_event(
                conn,
                EventChanged(
                    id=name, jurisdiction="澜汀市", headline=headline, place=place, first_post=name, first_at=AT,
                    last_at=AT, counts=AlertCounts(posts=1),
                ),
            )  # fmt: skip
    store.close()
    (twin,) = (json.loads(line) for line in run(home, "similar", "aa", "--json").splitlines())
    assert (twin["id"], twin["headline"], twin["level"], twin["gap_seconds"]) == ("cc", "望汐街的事 aa", None, 0)
    assert 0.1 < twin["score"] <= 1
    assert "cc" in run(home, "similar", "aa")
    (found,) = (json.loads(line) for line in run(home, "similar", "aa", "--find", "岬湾", "--json").splitlines())
    assert found["id"] == "dd"
    assert "nothing found" in run(home, "similar", "aa", "--find", "没有这样的词")
    assert "no event unknown" in run(home, "similar", "unknown", code=1)


def test_what_is_not_possible_is_said_in_one_line(home: Path) -> None:
    done = CliRunner().invoke(app, ["events", "undo", "aa", "--home", str(home)])
    assert done.exit_code == 1
    assert len(done.output.strip().splitlines()) == 1
    assert run(home, "merge", "aa", "nothing", code=1)
