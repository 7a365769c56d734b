"""`minyi why`: the recomputed numbers are the stored ones, or it says which are not and why."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from detect_make import CITY, START, at, crisis, scored
from past_make import NOW, archive, footprint, installation, live, stored

import cli
from bus.embedded import EmbeddedBus
from bus.messages import PostScored, PostWithdrawn
from config.settings import Settings
from store.alerts import set_alert_feedback
from store.tables import alerts as table

Run = Callable[..., tuple[int, str, str]]
PHONE = "13912345678"


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two crises and some ordinary posts in one place, a third crisis in another."""
    found, environ = installation(tmp_path)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    first = crisis(60)
    first[1] = msgspec.structs.replace(first[1], text=f"//@谁:找{PHONE}", url="https://forum.example/t/1")
    posts: list[PostScored] = [
        *first,
        *(scored(f"n{n}", n * 7.0, text=f"第{n}条无关的话", relevant=False, sentiment=0) for n in range(60)),
        *crisis(40, start=600, root="later", jurisdiction=CITY),
        *crisis(50, start=900, root="elsewhere", jurisdiction="望汐区"),
    ]
    posts.sort(key=lambda p: p.published_at)
    live(found, posts)
    return found


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*args: str) -> tuple[int, str, str]:
        capfd.readouterr()
        try:
            cli.main(["why", *args])
            code = 0
        except SystemExit as left:
            code = int(left.code or 0)
        told = capfd.readouterr()
        return code, told.out, told.err

    return call


def answer(run: Run, *args: str) -> tuple[int, dict[str, Any]]:
    code, out, err = run(*args, "--json")
    assert out.count("\n") == 1, err
    return code, json.loads(out)


def prune(where: Settings) -> None:
    """What retention does to the log of scored posts after 61 days."""
    bus = EmbeddedBus(where.home / "bus.db", now=lambda: NOW + timedelta(days=61))
    assert bus.retain() > 0
    bus.close()


def test_every_alert_recomputes_to_its_stored_numbers(where: Settings, run: Run) -> None:
    found = stored(where)
    assert len(found) >= 6
    assert {a.jurisdiction for a in found} == {CITY, "望汐区"}
    for alert in found:
        code, told = answer(run, alert.id)
        assert (code, told["equal"], told["differences"], told["notes"]) == (0, True, [], []), told["differences"]
        assert told["recomputed"] == told["stored"] == msgspec.to_builtins(alert)
        assert told["read"]["source"] == "log"


def test_it_shows_rule_numbers_and_masked_posts_with_links(where: Settings, run: Run) -> None:
    alert = stored(where)[0]
    code, out, _ = run(alert.id[:12])
    assert code == 0
    for reason in alert.reasons:
        assert reason.rule in out
        assert reason.words in out
        assert f"{reason.measured}" in out
        assert f"{reason.threshold}" in out
    assert "https://forum.example/t/1" in out
    assert PHONE not in out
    assert "＊＊＊" in out
    assert alert.rules is not None
    assert f"those it was raised under ({alert.rules.digest}); the same as today's" in out
    assert out.rstrip().endswith("equal: every number is the stored one")


def test_an_alert_whose_stored_number_was_changed_differs_with_both_numbers(where: Settings, run: Run) -> None:
    alert = stored(where)[0]
    wrong = msgspec.structs.replace(alert, counts=msgspec.structs.replace(alert.counts, posts=4711))
    store = archive(where)
    with store.write() as conn:
        conn.execute(table.update().where(table.c.id == alert.id).values(body_json=msgspec.json.encode(wrong).decode()))
    store.close()
    code, told = answer(run, alert.id)
    assert (code, told["equal"]) == (1, False)
    assert told["differences"] == [
        {"field": "counts.posts", "stored": 4711, "recomputed": alert.counts.posts, "because": None}
    ]
    code, out, _ = run(alert.id)
    assert code == 1
    assert "4711" in out
    assert "differs: 1 values" in out


def test_an_alert_from_before_alerts_said_who_spreads_is_equal(where: Settings, run: Run) -> None:
    alert = stored(where)[0]
    assert alert.counts.posts_by_kind
    counts = msgspec.structs.replace(alert.counts, posts_by_kind={}, authors_by_kind={}, media_at=None)
    older = msgspec.json.encode(msgspec.structs.replace(alert, counts=counts)).decode()
    store = archive(where)
    with store.write() as conn:
        conn.execute(table.update().where(table.c.id == alert.id).values(body_json=older))
    store.close()
    code, told = answer(run, alert.id)
    assert (code, told["equal"]) == (0, True)
    assert {d["because"] for d in told["differences"]} == {"older"}
    assert told["notes"] == ["the alert is from before alerts said who spreads an event"]


def test_other_rules_than_those_in_force_are_noticed(where: Settings, run: Run, tmp_path: Path) -> None:
    alert = next(a for a in stored(where) if a.level == "yellow")
    rules = tmp_path / "rules.yaml"
    rules.write_text("levels: {yellow: {evidence: 25}}\n", encoding="utf-8")
    code, told = answer(run, alert.id, "--rules", str(rules))
    assert code == 1
    assert told["rules"] == str(rules)
    bars = [d for d in told["differences"] if d["field"] == "reasons.event-burst.threshold"]
    assert [(d["stored"], d["recomputed"]) for d in bars] == [(20.0, 25.0)]
    assert any("rules" in note for note in told["notes"])


def test_an_alert_that_these_rules_do_not_raise_is_not_equal(where: Settings, run: Run, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("enabled: false\n", encoding="utf-8")
    code, told = answer(run, stored(where)[0].id, "--rules", str(rules))
    assert (code, told["equal"], told["recomputed"]) == (1, False, None)
    assert told["notes"]


def test_a_withdrawn_post_is_said_and_not_shown(where: Settings, run: Run) -> None:
    alert = stored(where)[0]
    gone = alert.posts[1]
    live(where, [PostWithdrawn(id=gone, source="微博", seen_gone_at=at(3000), jurisdiction=CITY)])
    code, told = answer(run, alert.id)
    assert (code, told["equal"]) == (0, True)
    assert next(p for p in told["posts"] if p["id"] == gone) == {"id": gone, "state": "withdrawn"}
    assert gone not in told["recomputed"]["posts"]
    assert any("1 of its posts were withdrawn" in note for note in told["notes"])
    assert "forum.example" not in run(alert.id)[1]


def test_the_withdrawn_first_post_takes_its_headline_along(where: Settings, run: Run) -> None:
    alert = stored(where)[0]
    live(where, [PostWithdrawn(id="root", source="微博", seen_gone_at=at(3000), jurisdiction=CITY)])
    code, told = answer(run, alert.id)
    assert (code, told["equal"]) == (0, True)
    assert alert.headline not in json.dumps(told, ensure_ascii=False)
    assert alert.headline not in run(alert.id)[1]


def test_the_archive_stands_for_a_pruned_log(where: Settings, run: Run) -> None:
    prune(where)
    code, told = answer(run, stored(where)[0].id)
    assert told["read"]["source"] == "archive and log"
    assert any("retention" in note for note in told["notes"])
    assert (code, told["equal"]) == (0, True)


def test_posts_that_are_nowhere_any_more_are_counted(where: Settings, run: Run) -> None:
    from store.retain import purge

    alert = stored(where)[0]
    prune(where)
    store = archive(where)
    with store.write() as conn:
        conn.execute(table.update().values(feedback=None))
        from store.tables import clocks, incident_log, incidents

        for part in (clocks, incident_log, incidents):
            conn.execute(part.delete())
        purge(conn, older_than=timedelta(days=1), now=NOW + timedelta(days=200))
    store.close()
    code, told = answer(run, alert.id)
    assert (code, told["equal"], told["recomputed"]) == (1, False, None)
    assert any("neither on the log nor in the archive" in note for note in told["notes"])


def test_an_all_clear_by_the_clock_is_repeated_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    where, environ = installation(tmp_path)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    detector_day(where)
    found = stored(where)
    again = [a for a in found if a.raised_at > START + timedelta(hours=20)]
    assert again
    assert again[0].previous_level is None
    for alert in found:
        code, told = answer(run, alert.id)
        assert (code, told["differences"]) == (0, [])


def detector_day(where: Settings) -> None:
    """A crisis, an idle day in which the clock clears it, and the same crisis again; as the live consumer does it."""
    from bus.messages import encode
    from bus.topics import route
    from config.alerts import load_alerts
    from consumers.archive import archiver
    from consumers.detect import Detector

    detector = Detector(load_alerts(where.config / "alerts.yaml"))
    clock = [at(0)]
    bus = EmbeddedBus(where.home / "bus.db", now=lambda: clock[0])
    store = archive(where)
    keep = archiver(store, load_alerts(where.config / "alerts.yaml"), now=lambda: clock[0])

    def put(messages: list[Any]) -> None:
        for message in messages:
            topic, key = route(message)
            bus.publish(topic.name, key, encode(message))
        bus.flush()
        keep(messages)

    again = [
        scored(
            f"again{n}", 1500 + n * 0.1, text="转发微博", kind="repost", repost_of="root", relevant=False, sentiment=0
        )
        for n in range(60)
    ]
    for part in (crisis(60), again):
        clock[0] = part[-1].published_at
        put(list(part))
        put([m for result in detector.handle(part) for m in result])
        for hours in (0.0, 0.5, 13.0):
            clock[0] = part[-1].published_at + timedelta(hours=hours)
            put(list(detector.tick(clock[0])))
    bus.close()
    store.close()


def test_a_restart_in_the_middle_of_a_crisis_changes_no_number(where: Settings, run: Run) -> None:
    before = len(stored(where))
    posts = crisis(80, start=5000, root="third")
    for part in (posts[:9], posts[9:33], posts[33:]):
        live(where, part)  # new consumers each time: their state comes back from the log
    found = [a for a in stored(where) if a.raised_at >= at(5000)]
    assert len(found) == len(stored(where)) - before >= 3
    for alert in found:
        assert answer(run, alert.id)[0] == 0


def test_an_unknown_id_names_close_ones(where: Settings, run: Run) -> None:
    alert = stored(where)[0]
    code, out, err = run(alert.id[:-1] + ("0" if alert.id[-1] != "0" else "1"))
    assert (code, out) == (2, "")
    assert alert.id in err
    code, _, err = run("nonsense")
    assert code == 2
    assert "minyi alerts" in err
    code, _, err = run(alert.event)
    assert code == 2
    assert "is an event" in err
    assert alert.id in err
    code, _, err = run("")
    assert code == 2
    assert "alerts begin so" not in err


def test_a_prefix_of_several_alerts_is_refused(where: Settings, run: Run) -> None:
    firsts = [a.id[0] for a in stored(where)]
    several = next((c for c in firsts if firsts.count(c) > 1), None)
    if several is None:
        pytest.skip("no two alerts of this past begin alike")
    code, _, err = run(several)
    assert code == 2
    assert "alerts begin so" in err


def test_it_touches_nothing(where: Settings, run: Run) -> None:
    before = footprint(where)
    assert run(stored(where)[0].id)[0] == 0
    assert footprint(where) == before


def test_a_home_that_never_ran_is_said_and_stays_empty(tmp_path: Path, run: Run) -> None:
    code, _, err = run("0" * 32, "--home", str(tmp_path / "none"))
    assert code == 2
    assert "no such file" in err
    assert not (tmp_path / "none").exists()


def test_a_judgement_of_the_desk_changes_no_number(where: Settings, run: Run) -> None:
    alert = stored(where)[0]
    store = archive(where)
    with store.write() as conn:
        assert set_alert_feedback(conn, alert.id, "false_alarm")
    store.close()
    assert answer(run, alert.id)[0] == 0
