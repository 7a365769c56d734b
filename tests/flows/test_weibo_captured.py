"""Captured answers of the Weibo APIs against their truth; left out where the captures are not at hand (MINYI_DATA)."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from local_site import KEY, QUICK, Collect, deliveries, entry, posts

from bus.memory import MemoryBus
from bus.messages import PostCollected
from config.settings import PROJECT
from config.sources import SourceEntry
from flows.sources.weibo_status import post_id
from models.privacy import pseudonym

WEB = Path(os.environ.get("MINYI_DATA") or PROJECT.parent / "shared" / "data") / "web"
FOLDER = WEB / "weibo"
MISSING = "the captured answers are not at hand: set MINYI_DATA"
pytestmark = pytest.mark.skipif(not (FOLDER / "expected.jsonl").exists(), reason=MISSING)
KEYWORDS = ["派出所", "交警", "诈骗", "报警"]
WITHIN = {"second": 1, "minute": 61, "hour": 3661, "day": 86_400}
FAULTS = [
    ["--error-every", "6"],
    ["--drop-every", "6"],
    ["--truncate-every", "6"],
    ["--too-many-every", "12"],
    ["--rate-limit", "9/1"],
    ["--gzip"],
    ["--delay", "0.05"],
]


@contextmanager
def served(*options: str) -> Iterator[tuple[str, datetime]]:
    command = [sys.executable, str(WEB / "serve.py"), str(FOLDER), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        try:
            said = json.loads(child.stdout.readline())
            yield said["url"], datetime.fromtimestamp(said["captured_at"], UTC)
        finally:
            child.terminate()


def truth() -> dict[str, dict[str, Any]]:
    rows = map(json.loads, (FOLDER / "expected.jsonl").read_text("utf-8").splitlines())
    return {post_id(row["mid"]): row for row in rows}


def sources(url: str) -> list[SourceEntry]:
    return [
        entry("search", f"{url}/", kind="weibo", platform="", api="mobile", keywords=KEYWORDS),
        entry("home", f"{url}/", kind="weibo", platform="", api="open"),
    ]


def folded(text: str, names: Sequence[str] = ()) -> str:
    for name in names:
        text = text.replace(name, "用户")
    return "".join(re.sub("警方账号|政务账号|媒体账号", "用户", text).split())


def right(post: PostCollected, row: dict[str, Any], names: Sequence[str]) -> dict[str, bool]:
    counts = [("reposts", post.reposts), ("comments", post.comments), ("attitudes", post.likes)]
    origin = row["retweet_of"]
    return {
        "author": post.author == pseudonym(KEY, "weibo", str(row["uid"])),
        "time": abs(post.published_at.timestamp() - row["posted_at"]) <= WITHIN[row["precision"]],
        "text": folded(post.text, names) == folded(row["text"], names),
        "counts": all(row[name] is None or row[name] == got for name, got in counts),
        "reposts": post.repost_of == (post_id(origin) if origin else None) and (post.kind == "repost") == bool(origin),
    }


def test_the_captured_posts_are_all_there_once_and_right(collect: Collect, bus: MemoryBus) -> None:
    expected = truth()
    names = sorted({str(r["user"]) for r in expected.values()} | mentioned(expected), key=len, reverse=True)
    with served() as (url, now):
        rounds = [collect(*sources(url), now=now) for _ in range(3)]
    found = posts(bus)
    latest = {p.id: p for p in found}
    missing = set(expected) - set(latest)
    more = set(latest) - set(expected)
    wrong = Counter(
        fact for i, p in latest.items() if i in expected for fact, ok in right(p, expected[i], names).items() if not ok
    )
    recall = 1 - len(missing) / len(expected)
    print(f"\nrecall {recall:.4f} of {len(expected)}, strangers {len(more)}, doubles {len(found) - len(latest)}")
    print("wrong", dict(wrong), "rounds", [(r.source, r.state, r.new, r.changed) for rs in rounds for r in rs])
    for i, p in latest.items():
        if i in expected and (bad := [f for f, ok in right(p, expected[i], names).items() if not ok]):
            print(bad, expected[i]["mid"], folded(p.text, names), "|", folded(expected[i]["text"], names))
    assert recall >= 0.995
    assert not more
    assert len(found) == len(latest)
    assert all(count <= len(expected) * 0.01 for count in wrong.values())
    assert {r.state for rs in rounds for r in rs} == {"ok"}
    assert all((r.new, r.changed) == (0, 0) for rs in rounds[1:] for r in rs)


def test_answers_of_months_ago_keep_their_times(collect: Collect, bus: MemoryBus) -> None:
    expected = truth()
    with served() as (url, now):
        collect(*sources(url), now=now + timedelta(days=70))
    late = [p for p in posts(bus) if not right(p, expected[p.id], ())["time"]]
    assert len(late) <= len(expected) * 0.01


def mentioned(expected: dict[str, dict[str, Any]]) -> set[str]:
    return {name for row in expected.values() for name in row["mentions"]}


def test_no_private_name_and_no_account_number_is_on_the_bus(collect: Collect, bus: MemoryBus) -> None:
    expected = truth()
    with served() as (url, now):
        collect(*sources(url), now=now)
    private = {str(r["user"]) for r in expected.values() if not r["verified"]}
    numbers = {str(r["uid"]) for r in expected.values()}
    sent = [d.value.decode() for topic in ("posts.collected", "dead-letters") for d in deliveries(bus, topic)]
    assert not [name for name in private | numbers for value in sent if name in value]


def test_a_word_behind_a_login_is_blocked_and_the_others_are_read(collect: Collect, bus: MemoryBus) -> None:
    with served() as (url, now):
        source = entry("search", f"{url}/", kind="weibo", platform="", keywords=["需登录", "交警"])
        [result] = collect(source, now=now)
    assert (result.state, result.reason) == ("blocked", "login")
    assert result.next_try is not None
    assert result.next_try > now
    assert len(posts(bus)) > 20


def test_the_servers_log_shows_the_manners(collect: Collect, tmp_path: Path) -> None:
    kept = tmp_path / "log.jsonl"
    with served("--log", str(kept), "--too-many-every", "9") as (url, now):
        for _ in range(2):
            results = collect(*sources(url), now=now)
    assert {r.state for r in results} == {"ok"}
    log = [json.loads(line) for line in kept.read_text("utf-8").splitlines()]
    assert max(r["in_flight"] for r in log) == 1
    assert not [r for r in log if r.get("came_before_retry_after") or r.get("disallowed")]
    assert {r["target"] for r in log if r.get("miss")} <= {"/robots.txt"}
    assert all("minyi" in r["ua"] for r in log)
    second = [r["target"] for r in log if r["status"] == 200][-11:]
    assert len(log) < 60
    assert not [target for target in second if "extend" in target]


def test_robots_are_obeyed(collect: Collect, tmp_path: Path) -> None:
    kept = tmp_path / "log.jsonl"
    with served("--log", str(kept), "--robots-disallow", "/api/") as (url, now):
        [result] = collect(sources(url)[0], now=now)
    assert (result.state, result.new) == ("blocked", 0)
    assert not [line for line in kept.read_text("utf-8").splitlines() if "/api/" in json.loads(line)["target"]]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f[0].strip("-"))
def test_a_faulty_server_costs_rounds_not_posts(collect: Collect, bus: MemoryBus, fault: list[str]) -> None:
    expected = truth()
    seen = Counter[str]()
    with served(*fault) as (url, now):
        for _ in range(2):
            results = collect(*sources(url), now=now, manners=msgspec.structs.replace(QUICK, retries=2))
            seen.update(r.state if r.state == "ok" else f"{r.state} {r.reason}" for r in results)
    print(fault, dict(seen))
    found = posts(bus)
    latest = {p.id: p for p in found}
    assert set(latest) == set(expected)
    assert not [
        state for state in seen if not re.match(r"ok$|blocked http-429|broken (http-5|connect|cut|no-answer)", state)
    ]
