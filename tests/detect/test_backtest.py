"""`minyi backtest`: the stored alerts by today's rules, others by others, and nothing is touched."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from detect_make import CITY, START, at, crisis, scored
from hypothesis import given
from hypothesis import strategies as st
from past_make import NOW, archive, footprint, installation, live, stored

import cli
from bus.embedded import EmbeddedBus
from bus.messages import AlertCounts, AlertRaised, Level, PostScored, Window
from config.settings import Settings
from consumers.backtest import compared, days_between, false_alarms, per_day, within
from models.intervals import wilson
from store.alerts import set_alert_feedback
from store.past import Judged

Run = Callable[..., tuple[int, str, str]]
OTHER = "望汐区"
UNKNOWN = "levels:\n  blue:\n    evidense: 3\n"


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A large crisis, one in another place, a small one that raises nothing by today's rules, ordinary posts."""
    found, environ = installation(tmp_path)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    posts: list[PostScored] = [
        *crisis(60),
        *(scored(f"n{n}", n * 37.0, text=f"第{n}条无关的话", relevant=False, sentiment=0) for n in range(120)),
        *crisis(6, start=2000, root="small", category="rumour"),
        *crisis(50, start=900, root="elsewhere", jurisdiction=OTHER),
    ]
    posts.sort(key=lambda p: p.published_at)
    live(found, posts)
    return found


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    def call(rules: str, *args: str) -> tuple[int, str, str]:
        file = tmp_path / "changed.yaml"
        file.write_text(rules, encoding="utf-8")
        capfd.readouterr()
        try:
            cli.main(["backtest", "--rules", str(file), *args])
            code = 0
        except SystemExit as left:
            code = int(left.code or 0)
        told = capfd.readouterr()
        return code, told.out, told.err

    return call


def answer(run: Run, rules: str, *args: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    code, out, err = run(rules, *args, "--json")
    assert code == 0, err
    *rows, whole = (json.loads(line) for line in out.splitlines())
    assert whole["type"] == "summary"
    return rows, whole


LOWER = "levels: {blue: {evidence: 8, min_posts: 4, min_authors: 4}}\n"


def test_todays_rules_give_exactly_the_stored_alerts(where: Settings, run: Run) -> None:
    rows, whole = answer(run, "")
    found = stored(where)
    assert len(found) >= 6
    assert sorted(r["id"] for r in rows) == sorted(a.id for a in found)
    assert {r["change"] for r in rows} == {"same"}
    by_id = {a.id: a for a in found}
    assert all(r["raised_at"] == by_id[r["id"]].raised_at.strftime("%Y-%m-%dT%H:%M:%SZ") for r in rows)
    assert whole["changed"]["alerts"] == whole["today"]["alerts"] == len(found)
    assert whole["read"]["source"] == "log"
    assert whole["days"] == pytest.approx(119 * 37 / 1440, abs=0.01)


def test_a_lower_bar_raises_more_and_earlier(where: Settings, run: Run) -> None:
    rows, whole = answer(run, LOWER)
    new = [r for r in rows if r["change"] == "new"]
    assert [(r["level"], r["fires"], r["event_level_today"]) for r in new] == [("blue", True, None)]
    early = [r for r in rows if r["change"] == "earlier"]
    assert {r["jurisdiction"] for r in early} == {CITY, OTHER}
    assert all(r["minutes"] < 0 for r in early)
    assert whole["changed"]["alerts"] == whole["today"]["alerts"] + 1
    assert whole["changed"]["per_day"]["blue"] > whole["today"]["per_day"]["blue"]


def test_a_higher_bar_takes_alerts_away_and_says_what_the_events_reach(where: Settings, run: Run) -> None:
    rows, whole = answer(run, "max_level: yellow\n")
    lost = [r for r in rows if not r["fires"]]
    assert {r["level"] for r in lost} == {"orange"}
    assert {(r["change"], r["event_level_today"], r["event_level_changed"]) for r in lost} == {
        ("level", "orange", "yellow")
    }
    assert whole["changes"]["level no longer"] == len(lost)
    rows, whole = answer(run, "enabled: false\n")
    assert {(r["fires"], r["change"]) for r in rows} == {(False, "gone")}
    assert whole["changed"]["alerts"] == 0


def test_the_table_names_time_level_headline_place_and_reason(where: Settings, run: Run) -> None:
    code, out, _ = run(LOWER)
    assert code == 0
    line = next(row for row in out.splitlines() if "earlier" in row)
    for part in ("2026-11-16 10:0", "blue", "望汐派出所民警", CITY, "event-burst", "nats"):
        assert part in line
    assert "no estimate: the desk has judged none" in out


def test_from_to_and_jurisdiction_choose_alerts(where: Settings, run: Run) -> None:
    assert {r["jurisdiction"] for r in answer(run, "", "--jurisdiction", OTHER)[0]} == {OTHER}
    cut = (START + timedelta(minutes=800)).isoformat()
    early, late = answer(run, LOWER, "--to", cut)[0], answer(run, LOWER, "--from", cut)[0]
    assert early
    assert late
    assert len(early) + len(late) == len(answer(run, LOWER)[0])
    assert max(r["raised_at"] for r in early) < min(r["raised_at"] for r in late)


def test_what_the_desk_judged_becomes_an_estimate(where: Settings, run: Run) -> None:
    store = archive(where)
    with store.write() as conn:
        for alert in stored(where):
            assert set_alert_feedback(conn, alert.id, "false_alarm" if alert.jurisdiction == OTHER else "useful")
    store.close()
    _, whole = answer(run, LOWER)
    assert whole["today"]["false_alarms"]["judged"] == whole["today"]["false_alarms"]["events"] == 2
    found = whole["changed"]["false_alarms"]
    assert (found["events"], found["judged"], found["false"]) == (3, 2, 1)
    assert found["interval"] == pytest.approx([0.0945, 0.9055], abs=1e-3)
    assert "50% (9% to 91%, 95 %): 1 of 2 judged events, 1 of 3 not judged" in run(LOWER)[1]


def test_a_wrong_rules_file_is_one_clear_line(where: Settings, run: Run) -> None:
    code, out, err = run(UNKNOWN)
    assert (code, out) == (2, "")
    assert "changed.yaml:3: levels.blue.evidense" in err
    assert len(err.strip().splitlines()) == 1
    assert run("", "--from", "yesterday")[0] == 2
    assert run("", "--from", "2026-11-18", "--to", "2026-11-17")[0] == 2
    assert run("", "--jurisdiction", "无此城")[0] == 1


@pytest.mark.parametrize("times", [("--to", "2026-01-01"), ("--from", "2027-01-01"), ("--from", "9999-12-31T23:59")])
def test_a_time_of_which_there_is_nothing_is_not_a_quiet_time(
    where: Settings, run: Run, times: tuple[str, str]
) -> None:
    code, out, err = run(LOWER, *times)
    assert (code, out) == (1, "")
    assert "nothing to compare: the posts were collected from 2026-11-16 10:00 to 2026-11-19 11:23" in err


def test_alerts_about_posts_older_than_the_log_are_within_the_time_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    found, environ = installation(tmp_path)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    late = START + timedelta(hours=2)
    live(found, [msgspec.structs.replace(p, collected_at=late) for p in crisis(60)])
    rows, whole = answer(run, "")
    assert rows
    assert all(r["raised_then"] for r in rows)
    assert whole["stored"]["alerts"] == len(stored(found)) == len(rows)
    assert whole["from"] <= rows[0]["raised_at"] <= whole["to"]


def test_it_touches_nothing_and_says_the_same_again(where: Settings, run: Run) -> None:
    before = footprint(where)
    first = answer(run, LOWER)
    assert footprint(where) == before
    assert answer(run, LOWER) == first


def test_the_archive_stands_for_a_pruned_log_when_from_asks_for_it(where: Settings, run: Run) -> None:
    whole = answer(run, "")
    bus = EmbeddedBus(where.home / "bus.db", now=lambda: NOW + timedelta(days=61))
    assert bus.retain() > 0
    bus.close()
    assert run("")[0] == 1
    rows, told = answer(run, "", "--from", START.isoformat())
    assert told["read"]["source"] == "archive and log"
    assert rows == whole[0]


def alert(
    event: str, minutes: float, level: Level = "blue", *, name: str = "", posts: Sequence[str] = ()
) -> AlertRaised:
    when = at(minutes)
    return AlertRaised(
        id=name or f"{event}-{level}-{minutes:g}", event=event, level=level, headline=event, reasons=[],
        counts=AlertCounts(), first_post=f"{event}-0", posts=list(posts), window=Window(start=when, end=when),
        raised_at=when,
    )  # fmt: skip


def test_the_same_alert_at_another_time_is_one_alert_that_moved() -> None:
    rows = compared([alert("e", 100), alert("e", 5000)], [alert("e", 90), alert("e", 5010)])
    assert [(r.change, r.minutes) for r in rows] == [("earlier", -10), ("later", 10)]
    rows = compared([alert("e", 100)], [alert("e", 100 + 25 * 60)])
    assert [(r.change, r.fires) for r in rows] == [("level", False), ("level", True)]


def test_an_event_that_other_rules_name_otherwise_is_known_by_its_posts() -> None:
    today = [alert("e", 100, posts=["p1"]), alert("e", 120, "red", posts=["p1", "p2"])]
    changed = [alert("e", 100, posts=["p1"]), alert("f", 110, "orange", posts=["p2"]), alert("g", 130, posts=["p9"])]
    rows = compared(today, changed)
    assert [(r.alert.event, r.change, r.before, r.after) for r in rows] == [
        ("e", "same", "red", "orange"),
        ("f", "level", "red", "orange"),
        ("e", "level", "red", "orange"),
        ("g", "new", None, "blue"),
    ]
    moved = compared([alert("e", 100, posts=["p1"])], [alert("h", 90, posts=["p0", "p1"])])
    assert [(r.change, r.minutes) for r in moved] == [("earlier", -10)]


def test_judgements_are_found_by_the_posts_when_the_event_has_another_name() -> None:
    said = [Judged("old", frozenset({"p1"}), False), Judged("f", frozenset({"p9"}), True)]
    fired = [alert("e", 0, posts=["p1"]), alert("f", 1), alert("f", 2, "yellow"), alert("g", 3)]
    found = false_alarms(fired, said)
    assert (found.events, found.judged, found.false) == (3, 2, 1)
    assert false_alarms(fired, []).interval is None


def test_a_short_past_is_not_blown_up_to_a_rate() -> None:
    assert days_between(at(0), at(60)) == 1.0
    assert per_day([alert("e", 0), alert("f", 1, "red")], 2.0) == {
        "blue": 0.5,
        "yellow": 0.0,
        "orange": 0.0,
        "red": 0.5,
    }
    assert within([alert("e", 5), alert("e", 5), alert("f", 1)], at(1), at(5)) == [alert("f", 1)]


def test_the_wilson_interval_is_the_published_one() -> None:
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)  # Newcombe 1998, table I, method 3 for 0 of n
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 0) is None
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share(case: tuple[int, int]) -> None:
    found = wilson(*case)
    assert found is not None
    assert 0 <= found[0] <= case[0] / case[1] + 1e-12
    assert case[0] / case[1] - 1e-12 <= found[1] <= 1
