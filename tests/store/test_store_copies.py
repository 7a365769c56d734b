"""The same text at several addresses: one post is shown, the others are its copies."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from store_make import DAY, GONE_AT, HOUR, NOON, event, post

from bus.messages import PostScored
from store import copies, figures, tables
from store.engine import Store, open_store
from store.events import save_event
from store.posts import PostFilter, count_posts, find_posts, get_post, upsert_posts, withdraw_post
from store.retain import purge
from store.sameness import keys

LONG = "昨晚云溯区夜市收摊以后，有人看见两名穿制服的人把一位摊主的三轮车推走，说明天到所里去取。"
OTHER = "望汐区客运站门口今天早上排起长队，检票口只开了一个，工作人员说系统正在维护，请大家耐心等。"
PETITION = LONG + OTHER + "我们希望有关部门尽快给出说法，也希望知道后续怎么处理。"


def put(store: Store, *batch: PostScored) -> None:
    with store.write() as conn:
        upsert_posts(conn, batch)


def joined(store: Store) -> dict[str, str | None]:
    with store.read() as conn:
        return {row.id: row.copy_of for row in conn.execute(select(tables.posts.c.id, tables.posts.c.copy_of))}


def ids(store: Store, **fields: object) -> list[str]:
    with store.read() as conn:
        return [row.post.id for row in find_posts(conn, PostFilter(**fields)).items]  # type: ignore[arg-type]


def test_an_article_of_two_outlets_is_one_post_and_a_copy_that_keeps_its_own_address(store: Store) -> None:
    put(
        store,
        post("p1", NOON + HOUR, text=LONG, title="夜市三轮车", source="澜汀新闻", url="https://a.example/1"),
        post("p2", NOON, text=f" {LONG}\n", title="夜市　三轮车", source="望汐晚报", url="https://b.example/2"),
    )
    assert joined(store) == {"p2": None, "p1": "p2"}
    with store.read() as conn:
        copy = get_post(conn, "p1")
    assert copy is not None
    assert (copy.copy_of, copy.post.url, copy.post.source) == ("p2", "https://a.example/1", "澜汀新闻")


def test_full_width_forms_and_blanks_do_not_make_another_text(store: Store) -> None:
    put(store, post("p1", text=LONG + "ABC 123,"), post("p2", text="　" + LONG + "ＡＢＣ１２３，\u200b\ufe0f"))
    assert joined(store) == {"p1": None, "p2": "p1"}


def test_one_character_more_is_another_text(store: Store) -> None:
    put(store, post("p1", text=LONG), post("p2", text=LONG + "好"))
    assert joined(store) == {"p1": None, "p2": None}


def test_other_titles_keep_equal_texts_apart_and_a_missing_title_does_not(store: Store) -> None:
    put(store, post("a", text=LONG, title="甲"), post("b", NOON + HOUR, text=LONG, title="乙"))
    put(store, post("a2", NOON + 2 * HOUR, text=LONG, title="甲"), post("c", NOON + 3 * HOUR, text=LONG))
    put(store, post("d", NOON + 4 * HOUR, text=LONG, title=LONG[:12] + "…"))
    assert joined(store) == {"a": None, "b": None, "a2": "a", "c": "b", "d": "b"}


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "支持"},
        {"text": "转发微博"},
        {"text": "支持民警严格执法，辛苦了，大家都看在眼里"},
        {"text": "顶" * 200},
        {"text": f"#{LONG}# [怒][怒] @澜汀市公安局 https://a.example/{'x' * 60}"},
        {"text": LONG, "kind": "repost"},
        {"text": LONG, "repost_of": "p0"},
        {"text": LONG, "kind": "reply", "parent": "p0"},
        {"text": LONG, "kind": "comment", "parent": "p0"},
    ],
)
def test_what_different_people_say_in_the_same_words_is_never_joined(store: Store, fields: dict[str, str]) -> None:
    put(store, post("p1", **fields), post("p2", NOON + HOUR, **fields))
    assert joined(store) == {"p1": None, "p2": None}


def test_a_long_floor_is_joined_with_its_mirror_in_a_feed(store: Store) -> None:
    put(store, post("floor", text=PETITION, kind="reply", parent="p0"), post("feed", NOON + HOUR, text=PETITION))
    assert joined(store) == {"floor": None, "feed": "floor"}


def test_a_flood_of_one_author_is_counted_as_copies(store: Store) -> None:
    put(store, *(post(f"p{n}", NOON + n * HOUR, text=LONG, author="a" * 16) for n in range(5)))
    with store.read() as conn:
        assert count_posts(conn, PostFilter()) == 5
        assert count_posts(conn, PostFilter(copies=True)) == 4
        assert copies.addresses(conn, [("p0", None), ("p3", "p0"), ("none", None)]) == {"p0": 5, "p3": 5}
    assert ids(store, copies=False) == ["p0"]
    assert ids(store, same="p3") == ["p4", "p3", "p2", "p1", "p0"]
    assert ids(store, same="none") == []


def test_a_text_that_comes_back_after_a_week_is_news_again(store: Store) -> None:
    put(store, *(post(f"p{n}", NOON + n * 3 * DAY, text=LONG) for n in range(5)))
    assert joined(store) == {"p0": None, "p1": "p0", "p2": "p0", "p3": None, "p4": "p3"}


def test_the_first_in_time_is_shown_whatever_arrives_first(store: Store) -> None:
    put(store, post("late", NOON + HOUR, text=LONG))
    put(store, post("early", NOON, text=LONG, jurisdiction="青岬市"))
    assert joined(store) == {"late": "early", "early": None}
    put(store, post("b", NOON - HOUR, text=LONG), post("a", NOON - HOUR, text=LONG))
    assert joined(store) == {"a": None, "b": "a", "early": "a", "late": "a"}


def test_the_next_copy_takes_the_place_of_a_withdrawn_original(store: Store) -> None:
    put(store, *(post(f"p{n}", NOON + n * HOUR, text=LONG) for n in range(3)))
    with store.write() as conn:
        withdraw_post(conn, "p0", GONE_AT)
    assert joined(store) == {"p1": None, "p2": "p1"}
    put(store, post("p0", text=LONG, revision=4))
    assert joined(store) == {"p1": None, "p2": "p1"}


def test_an_edit_leaves_one_text_and_joins_another(store: Store) -> None:
    put(store, *(post(f"p{n}", NOON + n * HOUR, text=LONG) for n in range(3)), post("q", NOON + DAY, text=OTHER))
    put(store, post("p0", text=OTHER, revision=1))
    assert joined(store) == {"p0": None, "q": "p0", "p1": None, "p2": "p1"}
    put(store, post("p0", text="已删改", revision=2))
    assert joined(store) == {"p0": None, "q": None, "p1": None, "p2": "p1"}


def test_the_next_copy_takes_the_place_of_an_expired_original(store: Store) -> None:
    put(store, post("old", NOON, text=LONG), post("new", NOON + DAY, text=LONG))
    with store.write() as conn:
        purge(conn, older_than=10 * DAY, now=NOON + 10 * DAY + HOUR)
    assert joined(store) == {"new": None}


def test_a_text_is_shown_once_among_the_chosen_posts_also_when_its_original_is_not_chosen(store: Store) -> None:
    put(
        store,
        post("p0", NOON, text=LONG, source="甲"),
        post("p1", NOON + HOUR, text=LONG, source="乙", places=["云溯区"]),
    )
    put(
        store,
        post("p2", NOON + 2 * HOUR, text=LONG, source="乙", relevant=True, places=["云溯区"]),
        post("x", text=OTHER),
    )
    with store.write() as conn:
        save_event(conn, event("e1", added=["p1", "p2"]))
    assert ids(store, copies=False) == ["x", "p0"]
    assert ids(store, copies=True) == ["p2", "p1"]
    for chosen in ({"source": "乙"}, {"place": "云溯区"}, {"event": "e1"}, {"since": NOON + HOUR}):
        assert ids(store, **chosen) == ["p2", "p1"]
        assert ids(store, **chosen, copies=False) == ["p1"]
        assert ids(store, **chosen, copies=True) == ["p2"]
    assert ids(store, ids=iter(["p2", "x"]), copies=False) == ["p2", "x"]
    assert ids(store, relevant=True, text="三轮车", copies=False) == ["p2"]
    with store.read() as conn:
        assert figures.totals(conn, PostFilter(source="乙", copies=False)).posts == 1
        places = figures.by(conn, PostFilter(place="云溯区", copies=False), "place")
        assert [(g.key, g.totals.posts) for g in places] == [("云溯区", 1)]


@dataclass(frozen=True)
class Step:
    """One message: a post (a higher revision is an edit) or its withdrawal."""

    id: str
    hours: int
    revision: int
    words: str
    title: str
    gone: bool


steps = st.builds(
    Step,
    id=st.sampled_from("abcdef"),
    hours=st.sampled_from((0, 1, 2, 100, 168, 169, 200, 336, 337)),
    revision=st.integers(0, 2),
    words=st.sampled_from((LONG, LONG, LONG, OTHER, "支持")),
    title=st.sampled_from(("", "甲", "乙")),
    gone=st.sampled_from((False, False, False, True)),
)


def from_scratch(known: list[PostScored]) -> dict[str, str | None]:
    """The law, in the simplest words: every post, in the order of time, looks for the newest group it may join."""
    groups: list[list[PostScored]] = []
    found: dict[str, str | None] = {}
    for p in sorted(known, key=lambda p: (p.published_at, p.id)):
        fitting = [g for g in groups if may_join(g, p)]
        same_title = [g for g in fitting if p.title and any(m.title == p.title for m in g)]
        home = (same_title or fitting or [None])[-1]
        if home is None:
            groups.append([p])
        else:
            home.append(p)
        found[p.id] = None if home is None else home[0].id
    return found


def may_join(group: list[PostScored], p: PostScored) -> bool:
    titles = {m.title for m in group if m.title}
    return (
        p.text != "支持"
        and group[0].text == p.text
        and p.published_at - group[0].published_at <= timedelta(days=7)
        and (not p.title or not titles or p.title in titles)
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=14), st.integers(1, 5), st.randoms(use_true_random=False))
def test_any_order_of_arrival_with_edits_and_withdrawals_ends_as_computed_from_scratch(
    store: Store, found: list[Step], size: int, shuffle: object
) -> None:
    with store.write() as conn:
        for table in (tables.posts, tables.withdrawn):
            conn.execute(table.delete())
    arriving = list({(s.id, s.revision): s for s in found}.values())
    shuffle.shuffle(arriving)  # type: ignore[attr-defined]
    messages = {
        s: post(s.id, NOON + s.hours * HOUR, revision=s.revision, text=s.words, title=s.title) for s in arriving
    }
    for start in range(0, len(arriving), size):
        part = arriving[start : start + size]
        with store.write() as conn:
            upsert_posts(conn, [messages[s] for s in part])
            for s in part:
                if s.gone:
                    withdraw_post(conn, s.id, GONE_AT)
    gone = {s.id for s in arriving if s.gone}
    newest = {s.id: messages[s] for s in sorted(arriving, key=lambda s: s.revision) if s.id not in gone}
    assert joined(store) == from_scratch(list(newest.values()))
    with store.read() as conn:
        for where in ({}, {"since": NOON + 2 * HOUR}, {"text": "夜市"}):
            rows = [r.post for r in find_posts(conn, PostFilter(**where)).items]  # type: ignore[arg-type]
            shown = [r.post.id for r in find_posts(conn, PostFilter(**where, copies=False)).items]  # type: ignore[arg-type]
            told = {(r.copy_of or r.post.id) for r in find_posts(conn, PostFilter(**where)).items}  # type: ignore[arg-type]
            assert len(shown) == len(told)
            assert count_posts(conn, PostFilter(**where, copies=True)) == len(rows) - len(shown)  # type: ignore[arg-type]


def test_a_store_of_the_first_layout_is_joined_when_it_is_opened(store: Store, url: str) -> None:
    put(store, post("p1", text=LONG), post("p2", NOON + HOUR, text=LONG), post("p3", text="支持"))
    with store.write() as conn:
        for index in (
            "ix_posts_text_key",
            "ix_posts_copy_of",
            "ix_members_found",
            "ix_deliveries_event",
            "ix_deliveries_subject",
            "ix_deliveries_place",
        ):
            conn.execute(text(f"DROP INDEX {index}"))
        for table in ("event_edits", "edited_events", "silences", "step_downs"):
            conn.execute(text(f"DROP TABLE {table}"))
        later = {
            "members": ("found",),
            "deliveries": ("event", "place", "level"),
            "labels": ("kind", "undone_by", "undone_at"),
            "posts": ("text_key", "title_key", "copy_of"),
        }
        for table, columns in later.items():
            for column in columns:
                conn.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        conn.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    again = open_store(url)
    assert joined(again) == {"p1": None, "p2": "p1", "p3": None}
    with again.read() as conn:
        kept = conn.execute(select(tables.posts.c.id, tables.posts.c.text_key)).all()
    again.close()
    assert {row.id: row.text_key for row in kept} == {
        "p1": keys(post(text=LONG)).text,
        "p2": keys(post(text=LONG)).text,
        "p3": None,
    }
