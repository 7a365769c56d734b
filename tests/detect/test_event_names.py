"""An event that turns out to have begun earlier changes its id until people know of it, on the log and in the store."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from detect_make import CITY, at, crisis, scored

from bus.messages import AlertRaised, EventChanged, EventEdited, Message, PostScored
from config.alerts import AlertRules, load_alerts
from consumers.detect import Detector
from models.events import event_id, headline_of
from store.engine import open_store
from store.events import EventFilter, event_posts, find_events, save_event
from store.posts import upsert_posts

WORDS = ["灯市口", "送餐", "小伙子", "辅警", "按倒", "视频", "目击者", "眼镜", "电动车", "菜市场", "说法", "围观"]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> AlertRules:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text("negative_share: 1.0\nsevere_post: {enabled: false}\n", encoding="utf-8")
    return load_alerts(None, path)


def tell(n: int, minutes: float) -> PostScored:
    return scored(
        n, minutes, text=f"第{n}种说法" * 3, tokens=[w for i, w in enumerate(WORDS) if i != n], fingerprint=""
    )


def feed(detector: Detector, messages: Sequence[Message]) -> list[Message]:
    return [m for message in messages for m in detector.handle([message])[0]]


def changes(messages: Sequence[Message]) -> list[EventChanged]:
    return [m for m in messages if isinstance(m, EventChanged)]


LATE = [tell(1, 10), tell(2, 20), tell(3, 0), tell(4, 30)]


def test_the_change_of_an_event_names_the_id_it_no_longer_has(rules: AlertRules) -> None:
    first, renamed, after = changes(feed(Detector(rules), LATE))
    assert (first.id, first.was, first.added) == (event_id("p1"), [], ["p1", "p2"])
    assert (renamed.id, renamed.was, renamed.added) == (event_id("p3"), [event_id("p1")], ["p3"])
    assert (after.id, after.was, after.added) == (event_id("p3"), [], ["p4"])


def test_what_was_never_on_the_log_is_not_named(rules: AlertRules) -> None:
    (change,) = [m for result in Detector(rules).handle(LATE) for m in result if isinstance(m, EventChanged)]
    assert (change.id, change.was) == (event_id("p3"), [])


def test_an_alerted_event_and_one_that_people_decided_about_keep_their_ids(rules: AlertRules) -> None:
    alerted, edited = Detector(rules), Detector(rules)
    early = scored("early", -5, text="事情经过" * 3, tokens=WORDS, fingerprint="")
    root, *rest = crisis(30, tokens=WORDS)
    out = feed(alerted, [root, *rest, early])
    assert {m.event for m in out if isinstance(m, AlertRaised)} == {event_id("root")}
    assert {m.id for m in changes(out)} == {event_id("root")}
    decision = EventEdited(
        id="d", jurisdiction=CITY, kind="merge", event=event_id("p1"), target=event_id("x"), at=at(1), by="李"
    )
    assert {m.id for m in changes(feed(edited, [*LATE[:2], decision, *LATE[2:]]))} == {event_id("p1")}


def test_the_store_lets_an_event_go_on_under_its_new_id(rules: AlertRules, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'minyi.db'}")
    found = changes(feed(Detector(rules), LATE))
    try:
        with store.write() as conn:
            upsert_posts(conn, LATE)
            for change in [*found, found[-2], found[-1]]:
                save_event(conn, change)
        with store.read() as conn:
            (row,) = find_events(conn, EventFilter()).items
            assert (row.event.id, row.event.counts.posts, row.event.was) == (event_id("p3"), 4, [])
            assert [p.post.id for p in event_posts(conn, row.event.id)] == ["p3", "p1", "p2", "p4"]
    finally:
        store.close()


@pytest.mark.parametrize(
    ("title", "text", "headline"),
    [
        ("", "转发微博//@张三:望汐派出所民警打人", "望汐派出所民警打人"),
        ("", "[怒]//@李四: 转发//@张三:望汐派出所民警打人", "望汐派出所民警打人"),
        ("", "太过分了//@张三:望汐派出所民警打人", "太过分了"),
        ("", "看http://t.cn/abc望汐派出所民警打人 网页链接", "看望汐派出所民警打人"),
        ("", "https://example.invalid/1", "https://example.invalid/1"),
        ("", "\u202e望汐派出所\u200b民警打人", "望汐派出所民警打人"),
        ("\u202e有没有人管 http://t.cn/abc", "如题", "有没有人管"),
        ("", "转发微博", "转发微博"),
        ("", "长" * 50, "长" * 39 + "…"),
        ("", "👨\u200d👩\u200d👧一家人", "👨\u200d👩\u200d👧一家人"),
        ("", " \n ", ""),
    ],
)
def test_a_headline_is_what_is_said_without_addresses_and_marks_nobody_sees(
    title: str, text: str, headline: str
) -> None:
    assert headline_of(title, text) == headline
