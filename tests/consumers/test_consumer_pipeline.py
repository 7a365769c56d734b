"""From a post on the bus to a person: once, whatever is killed on the way; and the example city's first minutes."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from consumers_make import CITY, audiences, web_hook

from bus.api import Bus
from bus.errors import Rejected
from bus.memory import MemoryBus
from bus.messages import AlertRaised, Message, PostCollected, PostScored, decode, encode
from bus.runner import run
from bus.topics import ALERTS_RAISED, EVENTS_CHANGED, POSTS_COLLECTED, POSTS_SCORED, route
from commands.consume import GROUPS
from config.alerts import load_alerts
from config.settings import PROJECT
from consumers.archive import archiver
from consumers.detect import Detector
from consumers.notify import Notifier
from consumers.score import scorer
from consumers.senders import senders
from example.items import items
from models.analysis import Analyzer
from store.alerts import AlertFilter, find_alerts
from store.engine import open_store
from store.incidents import IncidentFilter, find_incidents
from store.posts import PostFilter, count_posts

STARTED = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
PLATFORMS: dict[str, Any] = {"bbs": "forum", "news": "news", "weibo": "weibo"}


class Killed(BaseException):
    """Stands for kill -9: no handler, no clean-up, no commit."""


def city(now: datetime) -> list[PostCollected]:
    """What the collector publishes after the first look at the example city: newest first, source by source."""
    posts = [
        PostCollected(
            id=i.guid,
            platform=PLATFORMS[i.platform],
            source=i.platform,
            jurisdiction=CITY,
            url=f"http://127.0.0.1{i.path}",
            title=i.title,
            text=i.text if i.original is None else f"{i.text} - 转发 @某人: {i.original.text}",
            author=i.author,
            published_at=i.published_at,
            collected_at=now,
            kind="post" if i.original is None else "repost",
            repost_of=i.original.guid if i.original else None,
            reposts=i.reposts,
            comments=i.comments,
        )
        for i in items(now, STARTED)
    ]
    return sorted(posts, key=lambda p: p.source)


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer.load(PROJECT / "models/artifacts", PROJECT / "config/lexicon", PROJECT / "config/places.yaml")


def publish(bus: Bus, posts: Sequence[Message]) -> None:
    for post in posts:
        topic, key = route(post)
        bus.publish(topic.name, key, encode(post))
    bus.flush()


def fragile(handle: Callable[[Sequence[Message]], Any], after: int) -> Callable[[Sequence[Message]], Any]:
    """A handler that is killed once it has done its work for the `after`-th time, before anything is committed."""
    calls = 0

    def handler(messages: Sequence[Message], /) -> Any:
        nonlocal calls
        calls += 1
        result = handle(messages)
        if calls == after:
            raise Killed
        return result

    return handler


@pytest.mark.parametrize("killed_after", [0, 1, 2, 5])
def test_from_post_to_web_hook_exactly_once_across_restarts(
    tmp_path: Path, analyzer: Analyzer, killed_after: int
) -> None:
    bus, now = MemoryBus(), STARTED + timedelta(minutes=2)
    publish(bus, city(now))
    rules, store = load_alerts(), open_store(f"sqlite:///{tmp_path / 'm.db'}")
    with web_hook() as hook:
        ways = senders(audiences(), say=lambda *_: None, environ={"HOOK": hook.url})

        def parts() -> dict[str, dict[str, Any]]:
            """New objects, as a new process has them."""
            detector = Detector(rules)
            notifier = Notifier(store, audiences(), ways, rules, now=lambda: now, posts_wait_s=0)
            return {
                "score": {"handle": scorer(analyzer), "sink": POSTS_SCORED},
                "detect": {"handle": detector.handle, "rebuild": detector.rebuild, "forget": detector.forget},
                "archive": {"handle": archiver(store, rules, now=lambda: now), "pure": False},
                "notify": {"handle": notifier.handle, "on_tick": notifier.tick, "pure": False},
            }

        for name, (group, sources) in GROUPS.items():
            common: dict[str, Any] = {"group": group, "sources": sources, "stop": threading.Event(), "max_batch": 40}
            common |= {"now": lambda: now, "until_idle": True}
            if killed_after:
                part = parts()[name]
                with pytest.raises(Killed) if name != "notify" or killed_after == 1 else _either():
                    run(bus, **{**common, **part, "handle": fragile(part["handle"], killed_after)})
            run(bus, **common, **parts()[name])
        raised = [m for d in bus.all(ALERTS_RAISED.name) if isinstance(m := decode(d.value), AlertRaised)]
        with store.read() as conn:
            kept = find_alerts(conn, AlertFilter()).items
            assert count_posts(conn, PostFilter()) == len(city(now))
            assert find_incidents(conn, IncidentFilter()).items
    store.close()
    assert {row.alert.id for row in kept} == {a.id for a in raised}
    assert len(kept) == len({a.id for a in raised})
    bodies = [body for body in hook.told if body["type"] == "alert"]
    told = [a["id"] for body in bodies for a in body.get("together", [body["alert"]])]
    assert len(told) == len(set(told)) >= 1
    assert set(told) <= {a.id for a in raised}
    top = max(raised, key=lambda a: ["blue", "yellow", "orange", "red"].index(a.level))
    assert top.id in told


class _either:
    """Killed or not: a short topic may be done in fewer batches."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, *_: object) -> bool:
        return kind is Killed


def test_the_first_look_at_the_example_city_raises_its_crisis_and_a_severe_post(analyzer: Analyzer) -> None:
    for order in (1, -1):
        now = STARTED + timedelta(seconds=30)
        results = scorer(analyzer)(city(now)[::order])
        posts = [m for r in results if not isinstance(r, Rejected) for m in r if isinstance(m, PostScored)]
        out = [m for r in Detector(load_alerts()).handle(posts) for m in r]
        alerts = [m for m in out if isinstance(m, AlertRaised)]
        story = {i.guid: i.story for i in items(now, STARTED)}
        assert alerts
        for alert in alerts:
            assert len({story[i] for i in alert.posts}) == 1
            assert all(story[i] for i in alert.posts), "ordinary life must not be in an alert"
            assert now - timedelta(hours=2) <= alert.raised_at <= now
        rules = {r.rule for a in alerts for r in a.reasons}
        assert "severe-post" in rules
        crisis = [a for a in alerts if story[a.first_post] == "crisis"]
        assert {a.level for a in crisis} & {"yellow", "orange", "red"}
        assert {r.rule for a in crisis for r in a.reasons} & {"event-burst", "event-momentum"}
        assert len({a.event for a in alerts}) <= 4


def test_the_week_before_the_crisis_raises_nothing(analyzer: Analyzer) -> None:
    detector, seen = Detector(load_alerts()), set()
    for hour in range(-7 * 24, -1, 3):
        now = STARTED + timedelta(hours=hour)
        new = [p for p in city(now) if p.id not in seen]
        seen |= {p.id for p in new}
        results = scorer(analyzer)(new)
        posts = [m for r in results if not isinstance(r, Rejected) for m in r]
        raised = [m for r in detector.handle(posts) for m in r if isinstance(m, AlertRaised)]
        assert [(a.level, a.headline) for a in raised if a.level != "blue"] == []
        assert len(raised) <= 1


# --- the commands, as processes


def minyi(home: Path, *args: str, text: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "cli", *args]
    where = {**os.environ, "MINYI_HOME": str(home), **env}
    return subprocess.run(argv, env=where, input=text, capture_output=True, text=True, timeout=110, cwd=PROJECT)


def rows(path: Path, minutes: float = 12.0) -> Path:
    """The city's crisis as rows for `minyi replay`."""
    posts = [p for p in city(STARTED + timedelta(minutes=minutes)) if p.published_at > STARTED - timedelta(hours=1)]
    posts.sort(key=lambda p: p.published_at)
    lines = []
    for post in posts:
        row = json.loads(encode(post))
        del row["collected_at"]
        lines.append(json.dumps(row, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("replay")
    done = minyi(folder, "replay", str(rows(folder / "posts.jsonl")), "--home", str(folder / "r"), "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_replay_raises_the_crisis_at_its_own_time(replayed: list[dict[str, Any]]) -> None:
    assert replayed
    for alert in replayed:
        when = datetime.fromisoformat(alert["raised_at"])
        assert STARTED - timedelta(hours=1) <= when <= STARTED + timedelta(minutes=12)
    assert {a["level"] for a in replayed} >= {"yellow", "orange"}


def archived(home: Path) -> int:
    """Posts a replay that is running has archived so far."""
    if not (home / "minyi.db").exists():
        return 0
    with contextlib.closing(sqlite3.connect(f"file:{home}/minyi.db?mode=ro", uri=True)) as db:
        try:
            return int(db.execute("SELECT count(*) FROM posts").fetchone()[0])
        except sqlite3.OperationalError:  # still being made
            return 0


def test_a_replay_that_was_killed_goes_on_and_ends_the_same(replayed: list[dict[str, Any]], tmp_path: Path) -> None:
    posts, home = rows(tmp_path / "posts.jsonl"), tmp_path / "r"
    argv = [sys.executable, "-m", "cli", "replay", str(posts), "--home", str(home), "--speed", "150", "--json"]
    env = {**os.environ, "MINYI_HOME": str(tmp_path)}
    with subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=PROJECT) as child:
        deadline = time.monotonic() + 60
        while not archived(home) and time.monotonic() < deadline:
            time.sleep(0.1)
        child.send_signal(signal.SIGKILL)
    done = minyi(tmp_path, "replay", str(posts), "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    assert "going on after" in done.stderr
    again = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(a["id"], a["raised_at"]) for a in again] == [(a["id"], a["raised_at"]) for a in replayed]


def test_a_home_of_another_replay_is_not_mixed_in(replayed: list[dict[str, Any]], tmp_path: Path) -> None:
    first, second = rows(tmp_path / "a.jsonl"), rows(tmp_path / "b.jsonl", minutes=30)
    assert minyi(tmp_path, "replay", str(second), "--home", str(tmp_path / "r")).returncode == 0
    done = minyi(tmp_path, "replay", str(first), "--home", str(tmp_path / "r"))
    assert done.returncode == 2
    assert "give --home a new folder" in done.stderr


def test_replay_reports_bad_rows_and_keeps_the_good_ones(tmp_path: Path) -> None:
    good = {"text": "望汐派出所门口的路灯坏了好几天", "published_at": "2026-11-16T02:00:00+08:00"}
    lines = [json.dumps(good), "[1]", "{", json.dumps({"text": "没有时间"}), json.dumps({**good, "likes": "many"})]
    done = minyi(tmp_path, "replay", "-", "--home", str(tmp_path / "r"), text="\n".join(lines))
    assert done.returncode == 1
    assert "1 posts" in done.stderr
    for n in (2, 3, 4, 5):
        assert f"<stdin>:{n}:" in done.stderr


def test_replay_with_a_wrong_rules_file_says_where(tmp_path: Path) -> None:
    wrong = tmp_path / "rules.yaml"
    wrong.write_text("counts: all\nlevls: {}\n", encoding="utf-8")
    done = minyi(tmp_path, "replay", "-", "--rules", str(wrong), text="")
    assert done.returncode == 2
    assert "rules.yaml:2: levls" in done.stderr


def test_burst_writes_a_score_a_row_and_says_which_row_is_wrong(tmp_path: Path) -> None:
    series = [f"2026-01-01 {h:02}:{m:02}:00,{3 + (h * m) % 4}" for h in range(24) for m in range(0, 60, 5)]
    series += [f"2026-01-02 00:{m:02}:00,400" for m in range(0, 30, 5)]
    done = minyi(tmp_path, "burst", "-", text="timestamp,value\n" + "\n".join(series) + "\n")
    assert done.returncode == 0, done.stderr
    head, *scored = done.stdout.splitlines()
    assert head == "timestamp,value,anomaly_score"
    assert [line.rsplit(",", 1)[0] for line in scored] == series
    fired = [line for line in scored if float(line.rsplit(",", 1)[1]) >= 0.5]
    assert len(fired) == 1
    assert fired[0].startswith("2026-01-02 00:00")
    for wrong, says in (("x", "line 2"), ("-1", "line 2"), ("nan", "line 2")):
        done = minyi(tmp_path, "burst", "-", text=f"timestamp,value\n2026-01-01,{wrong}\n")
        assert (done.returncode, says in done.stderr) == (2, True)
    assert minyi(tmp_path, "burst", str(tmp_path / "none.csv")).returncode == 2


def test_consume_refuses_an_unknown_name_and_a_wrong_configuration(tmp_path: Path) -> None:
    done = minyi(tmp_path, "consume", "scare")
    assert done.returncode == 2
    assert "scare" in done.stderr
    config = tmp_path / "config"
    config.mkdir()
    (config / "alerts.yaml").write_text("cool_down: 3\n", encoding="utf-8")
    done = minyi(tmp_path, "consume", "detect", "--until-idle", MINYI_CONFIG=str(config))
    assert done.returncode == 2
    assert "alerts.yaml:1: cool_down" in done.stderr
    assert EVENTS_CHANGED in GROUPS["archive"][1]
    assert POSTS_COLLECTED in GROUPS["score"][1]
