"""why after people merged, split and undid: the log has their decisions at their place among the posts."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from detect_make import CITY, at, crisis, scored
from past_make import installation, live, stored

import cli
from bus.messages import AlertRaised, EventEdited, Message, PostScored
from config.settings import Settings
from models.events import event_id

A, B = event_id("one"), event_id("two")


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    found, environ = installation(tmp_path)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return found


def story(n: int, root: str, start: float) -> list[PostScored]:
    """A crisis of its own words, so that only links join its posts."""
    first, *rest = crisis(n, start=start, root=root)
    return [msgspec.structs.replace(first, text=f"{root}的事情让人很生气", fingerprint=""), *rest]


def more(n: int, root: str, start: float) -> list[PostScored]:
    """Forwards of a root that is known."""
    bare = {"sentiment": 0, "sentiment_score": 0.0, "attitude": None, "relevance": 0.0, "relevant": False}
    return [
        scored(f"{root}+{start}+{i}", start + i * 0.1, text="转发微博", kind="repost", repost_of=root, **bare)
        for i in range(n)
    ]


def edit(kind: str, event: str, target: str, minutes: float, **fields: Any) -> EventEdited:
    values = {"id": f"{kind} {event} {target}", "jurisdiction": CITY, "at": at(minutes), "by": "李", **fields}
    return EventEdited(kind=kind, event=event, target=target, **values)  # type: ignore[arg-type]


MERGE = edit("merge", A, B, 3)
UNDO = edit("undo", A, B, 6, undoes=MERGE.id)


def why(alert: AlertRaised, capfd: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    capfd.readouterr()
    try:
        cli.main(["why", alert.id, "--json"])
        code = 0
    except SystemExit as left:
        code = int(left.code or 0)
    return code, json.loads(capfd.readouterr().out)


def check(where: Settings, parts: Sequence[Sequence[Message]], capfd: pytest.CaptureFixture[str]) -> list[AlertRaised]:
    """Each part handled by new consumers; every alert recomputes to its stored numbers."""
    for part in parts:
        live(where, part)
    found = stored(where)
    for alert in found:
        code, told = why(alert, capfd)
        assert (code, told["differences"], told["notes"]) == (0, [], []), (alert.level, told["differences"])
    return found


def test_an_alert_that_only_a_merge_made_possible(where: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    halves = [*story(6, "one", 0), *story(6, "two", 0.02)]
    found = check(where, [halves, [MERGE], more(1, "one", 4)], capfd)
    assert [a.event for a in found] == [B]
    assert found[0].counts.posts == 13


def test_alerts_before_and_after_a_merge_and_its_undoing(where: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    parts = [
        [*story(20, "one", 0), *story(20, "two", 0.05)],
        [MERGE, *more(20, "one", 4)],
        [UNDO, *more(60, "two", 7)],
    ]
    found = check(where, parts, capfd)
    assert {a.event for a in found} == {A, B}
    assert max(a.counts.posts for a in found if a.event == B) >= 40


def test_an_alert_of_what_was_split_out(where: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    posts = story(8, "one", 0)
    split = edit(
        "split", A, "new", 2, posts=["one-1", "one-2", "one-3"], headline="另一件事", authors=["a1", "a2", "a3"],
        platforms={"weibo": 3},
    )  # fmt: skip
    forwards = more(40, "one", 3)
    check(where, [posts, [split], forwards], capfd)
    found = stored(where)
    assert {a.event for a in found} == {A}
    assert all(not {"one-1", "one-2", "one-3"} & set(a.posts) for a in found if a.raised_at >= at(3))
