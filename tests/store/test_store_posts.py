"""Posts: revisions, withdrawal, filters, paging, days."""

from datetime import UTC, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_make import DAY, GONE_AT, HOUR, NOON, alert, clear, event, negative, post

from bus.messages import PostScored
from store import tables
from store.alerts import AlertFilter, clear_alert, find_alerts, get_alert, get_all_clear, save_alert
from store.engine import Store
from store.events import event_posts, get_event, save_event
from store.feedback import add_label, labels
from store.incidents import get_incident, open_incident
from store.posts import (
    PostFilter,
    Upserted,
    count_posts,
    find_posts,
    get_post,
    upsert_posts,
    withdraw_post,
)


def ids(store: Store, **fields: object) -> list[str]:
    with store.read() as conn:
        return [row.post.id for row in find_posts(conn, PostFilter(**fields)).items]  # type: ignore[arg-type]


def put(store: Store, *batch: PostScored) -> Upserted:
    with store.write() as conn:
        return upsert_posts(conn, batch)


def test_a_post_comes_back_as_it_went_in(store: Store) -> None:
    full = negative(
        "p1",
        NOON + timedelta(microseconds=1),
        title="“标题” 100%",
        text="第一行\n第二行 [怒] 😀",
        tokens=["第一", "行"],
        places=["云溯区", "望汐区"],
        keywords=["行"],
        repost_of="p0",
        sentiment_score=-0.25,
        intent="complaint",
        fingerprint="00ff00ff00ff00ff",
        model_version="m1",
        author="a" * 16,
        reposts=3,
    )
    assert put(store, full) == Upserted(new=1)
    with store.read() as conn:
        found = get_post(conn, "p1")
        assert get_post(conn, "p2") is None
    assert found is not None
    assert found.post == full
    assert found.event is None
    assert found.post.published_at.tzinfo is UTC


def test_the_same_batch_again_changes_nothing(store: Store) -> None:
    batch = [post("p1"), post("p2"), post("p1")]
    assert put(store, *batch) == Upserted(new=2, unchanged=1)
    assert put(store, *batch) == Upserted(unchanged=3)


def test_a_higher_revision_replaces_a_lower_one_and_never_the_other_way_round(store: Store) -> None:
    put(store, post("p1", revision=1, text="一", places=["云溯区"]))
    assert put(
        store, post("p1", revision=0, text="零"), post("p1", revision=3, text="三", places=["望汐区"])
    ) == Upserted(changed=1, unchanged=1)
    assert put(store, post("p1", revision=2, text="二")) == Upserted(unchanged=1)
    with store.read() as conn:
        found = get_post(conn, "p1")
    assert found is not None
    assert found.post.text == "三"
    assert ids(store, place="云溯区") == []
    assert ids(store, place="望汐区") == ["p1"]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.booleans()), max_size=12), st.integers(1, 4))
def test_any_order_of_revisions_and_withdrawals_ends_alike(
    store: Store, steps: list[tuple[str, int, bool]], size: int
) -> None:
    with store.write() as conn:
        for table in (tables.posts, tables.post_places, tables.withdrawn):
            conn.execute(table.delete())
    for start in range(0, len(steps), size):
        part = steps[start : start + size]
        with store.write() as conn:
            upsert_posts(conn, [post(i, revision=r, text=f"{r}") for i, r, _ in part])
            for ident, _, gone in part:
                if gone:
                    withdraw_post(conn, ident, GONE_AT)
    gone = {i for i, _, g in steps if g}
    expected = {i: str(max(r for j, r, _ in steps if i == j)) for i in {i for i, _, _ in steps} - gone}
    with store.read() as conn:
        assert {r.post.id: r.post.text for r in find_posts(conn, PostFilter()).items} == expected


def test_a_withdrawn_post_goes_with_all_that_quotes_it_and_stays_away(store: Store) -> None:
    quoting = "望汐派出所门口排队三小时"
    with store.write() as conn:
        upsert_posts(conn, [negative("p1", text=quoting + "没有人管", places=["望汐区"]), negative("p2")])
        save_event(conn, event("e1", headline=quoting, added=["p1", "p2"]))
        save_alert(conn, alert("a1", headline=quoting))
        open_incident(conn, alert=alert("a1", headline=quoting), clocks=[], now=NOON)
        add_label(conn, post="p1", field="category", value="service", by="甲", now=NOON)
    with store.write() as conn:
        assert withdraw_post(conn, "p1", GONE_AT)
        assert not withdraw_post(conn, "p1", GONE_AT)
    with store.write() as conn:
        assert upsert_posts(conn, [negative("p1", revision=9), negative("p3")]) == Upserted(new=1, unchanged=1)
        save_event(conn, event("e1", at=NOON + HOUR, posts=3, headline=quoting, added=["p1", "p3"]))
        assert not save_alert(conn, alert("a1", headline=quoting))
        assert save_alert(conn, alert("a2", headline=quoting))
    with store.read() as conn:
        assert get_post(conn, "p1") is None
        assert [row.post.id for row in event_posts(conn, "e1")] == ["p2", "p3"]
        assert labels(conn) == []
        found = [get_alert(conn, "a1"), get_alert(conn, "a2")]
        assert find_alerts(conn, AlertFilter(post="p1")).items == ()
        changed, incident = get_event(conn, "e1"), get_incident(conn, "inc-e1")
    for row in found:
        assert row is not None
        assert row.alert.posts == ["p2"]
        assert row.alert.headline == "云溯区执法行为（原帖已删除）"
    assert changed is not None
    assert changed.event.headline == "云溯区执法行为（原帖已删除）"
    assert incident is not None
    assert incident.headline == "云溯区执法行为（原帖已删除）"
    assert ids(store, place="望汐区") == []


def test_a_post_seen_again_after_it_was_gone_is_back_and_a_replay_keeps_it(store: Store) -> None:
    shown, hidden, again = NOON, NOON + HOUR, NOON + 2 * HOUR  # in review for a while
    first, second = post("p1", collected_at=shown), post("p1", collected_at=again, revision=2)
    with store.write() as conn:
        upsert_posts(conn, [first])
        assert withdraw_post(conn, "p1", hidden)
        assert upsert_posts(conn, [first]) == Upserted(unchanged=1)
        assert upsert_posts(conn, [second]) == Upserted(new=1)
    for _ in range(2):
        with store.write() as conn:  # the log once more, in its order
            upsert_posts(conn, [first])
            assert not withdraw_post(conn, "p1", hidden)
            upsert_posts(conn, [second])
    assert ids(store) == ["p1"]
    with store.write() as conn:
        assert withdraw_post(conn, "p1", NOON + 3 * HOUR)
        assert not withdraw_post(conn, "p1", hidden)  # an older word does not weaken a newer one
        upsert_posts(conn, [post("p1", collected_at=again, revision=3)])
    assert ids(store) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 6), st.lists(st.integers(0, 5), max_size=10), st.randoms(use_true_random=False))
def test_what_was_seen_last_counts_in_any_order_of_arrival(
    store: Store, length: int, repeats: list[int], shuffle: object
) -> None:
    with store.write() as conn:
        for table in (tables.posts, tables.withdrawn):
            conn.execute(table.delete())
    arriving = [*range(length), *(n for n in repeats if n < length)]  # even: seen, odd: gone; by the hour
    shuffle.shuffle(arriving)  # type: ignore[attr-defined]
    for n in arriving:
        with store.write() as conn:
            if n % 2:
                withdraw_post(conn, "p1", NOON + n * HOUR)
            else:
                upsert_posts(conn, [post("p1", collected_at=NOON + n * HOUR, revision=n)])
    assert ids(store) == (["p1"] if length % 2 else [])


def test_a_headline_that_does_not_quote_the_withdrawn_post_stays(store: Store) -> None:
    with store.write() as conn:
        upsert_posts(conn, [negative("p2", text="完全不同的话")])
        save_event(conn, event("e1", added=["p2"]))
        withdraw_post(conn, "p2", GONE_AT)
    with store.read() as conn:
        found = get_event(conn, "e1")
    assert found is not None
    assert found.event.headline == "云溯区 执法行为"


def test_words_of_a_withdrawn_post_are_not_brought_back_by_the_log(store: Store) -> None:
    quoting = "望汐派出所门口排队三小时"
    with store.write() as conn:
        upsert_posts(conn, [negative("p1"), negative("p2", text=quoting)])
        save_event(conn, event("e1", headline=quoting, added=["p1", "p2"]))
        clear_alert(conn, clear("c1", headline=quoting))
        withdraw_post(conn, "p2", GONE_AT)
        save_event(conn, event("e1", at=NOON + HOUR, posts=3, headline=quoting, added=["p3"]))
        save_alert(conn, alert("a1", headline=quoting))
        open_incident(conn, alert=alert("a1", headline=quoting), clocks=[], now=NOON)
        clear_alert(conn, clear("c2", headline=quoting))
        words = [get_event(conn, "e1").event.headline, get_alert(conn, "a1").alert.headline]  # type: ignore[union-attr]
        words.append(get_incident(conn, "inc-e1").headline)  # type: ignore[union-attr]
        words += [get_all_clear(conn, ident).headline for ident in ("c1", "c2")]  # type: ignore[union-attr]
    assert words == ["云溯区执法行为（原帖已删除）"] * 3 + ["舆情（原帖已删除）"] * 2


def test_a_withdrawal_may_come_before_its_post(store: Store) -> None:
    with store.write() as conn:
        assert not withdraw_post(conn, "p1", GONE_AT)
    assert put(store, post("p1")) == Upserted(unchanged=1)


def test_every_filter_narrows(store: Store) -> None:
    put(
        store,
        negative("p1", NOON, intent="complaint", places=["云溯区"], title="ABC 大桥"),
        post("p2", NOON + HOUR, platform="weibo", source="微博", jurisdiction="青岬市", relevance=0.4),
        post("p3", NOON + 2 * HOUR, sentiment=1, text="打折 50%_off"),
    )
    with store.write() as conn:
        save_event(conn, event("e1", added=["p1", "p3"]))
    assert ids(store) == ["p3", "p2", "p1"]
    assert ids(store, since=NOON + HOUR, until=NOON + 2 * HOUR) == ["p2"]
    assert ids(store, jurisdiction="青岬市") == ["p2"]
    assert ids(store, platform="weibo") == ["p2"]
    assert ids(store, source="论坛") == ["p3", "p1"]
    assert ids(store, relevant=True) == ["p1"]
    assert ids(store, relevant=False) == ["p3", "p2"]
    assert ids(store, sentiment=1) == ["p3"]
    assert ids(store, sentiment=0) == ["p2"]
    assert ids(store, attitude=-1) == ["p1"]
    assert ids(store, category="conduct", intent="complaint") == ["p1"]
    assert ids(store, place="云溯区") == ["p1"]
    assert ids(store, event="e1") == ["p3", "p1"]
    assert ids(store, ids=["p2", "p1", "nobody"]) == ["p2", "p1"]
    assert ids(store, ids=[]) == []
    assert ids(store, min_relevance=0.4) == ["p2", "p1"]
    assert ids(store, text="abc") == ["p1"]
    assert ids(store, text="0%_o") == ["p3"]
    assert ids(store, text="5_%") == []
    with store.read() as conn:
        assert count_posts(conn, PostFilter(event="e1", relevant=True)) == 1
        assert [r.event for r in find_posts(conn, PostFilter()).items] == ["e1", None, "e1"]


def test_pages_go_on_after_the_last_row_whatever_arrives_meanwhile(store: Store) -> None:
    put(store, *(post(f"p{n:02}", NOON + (n // 3) * HOUR) for n in range(10)))
    with store.read() as conn:
        page = find_posts(conn, PostFilter(), limit=4)
    put(store, post("late", NOON + DAY))
    found = [row.post.id for row in page.items]
    with store.read() as conn:
        while page.next:
            page = find_posts(conn, PostFilter(), limit=4, after=page.next)
            found += [row.post.id for row in page.items]
    assert found == [f"p{n:02}" for n in reversed(range(10))]


@pytest.mark.parametrize("cursor", ["", "x", "x.y", ".", "1e3.p"])
def test_a_cursor_that_is_none_is_refused(store: Store, cursor: str) -> None:
    with store.read() as conn, pytest.raises(ValueError, match="page cursor"):
        find_posts(conn, PostFilter(), after=cursor)


def test_a_limit_below_one_is_refused(store: Store) -> None:
    with store.read() as conn, pytest.raises(ValueError, match="limit"):
        find_posts(conn, PostFilter(), limit=0)


def test_a_text_with_nul_is_stored_without_it(store: Store) -> None:
    put(store, post("p1", text="一\x00二", title="\x00"))
    with store.read() as conn:
        found = get_post(conn, "p1")
    assert found is not None
    assert (found.post.text, found.post.title) == ("一二", "")


def test_a_thousand_posts_go_in_at_once(store: Store) -> None:
    assert put(store, *(post(f"p{n}") for n in range(1200))).new == 1200
    assert put(store, *(post(f"p{n}", revision=1) for n in range(1200))).changed == 1200
    with store.read() as conn:
        assert len(find_posts(conn, PostFilter(), limit=5000).items) == 1000
