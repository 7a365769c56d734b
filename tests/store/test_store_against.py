"""What alerts count as negative, asked of the archive: the same posts that detection counted."""

import itertools
from typing import Any

import pytest
from store_make import HOUR, NOON, event, post

from bus.messages import PostScored
from consumers.readings import as_event_post
from models.clusters import Clusterer
from store.engine import Store
from store.events import save_event
from store.posts import PostFilter, count_posts, find_posts, post_ids, upsert_posts


def said(ident: str, sentiment: int, attitude: int | None, *, relevant: bool = True, **more: Any) -> PostScored:
    return post(
        ident,
        text=f"望汐派出所这件事第{ident}个人这样说",
        sentiment=sentiment,
        attitude=attitude,
        relevant=relevant,
        **more,
    )


def found(store: Store, **where: Any) -> set[str]:
    with store.read() as conn:
        return post_ids(conn, PostFilter(**where))


def test_the_attitude_decides_where_one_is_taken_else_the_mood(store: Store) -> None:
    batch = [
        said("angry", -1, -1),
        said("sober", 0, -1),
        said("moved", -1, 1),
        said("sad", -1, None),
        said("calm", 0, 0),
        said("elsewhere", -1, -1, relevant=False),
    ]
    with store.write() as conn:
        upsert_posts(conn, batch)
    assert found(store, against=True) == {"angry", "sober", "sad"}
    assert found(store, against=False) == {"moved", "calm", "elsewhere"}


@pytest.mark.parametrize("link", ["repost_of", "parent"])
def test_an_event_counts_what_the_archive_finds(store: Store, link: str) -> None:
    """Forwards and answers of an accusation and of praise, of every polarity, about the police by themselves or not."""
    batch = [said("accuses", -1, -1), said("praises", 1, 1, at=NOON + HOUR)]
    polarities = [(0, None), (0, 0), (-1, None), (1, None), (-1, 1), (0, -1), (1, 1)]
    for original, (sentiment, attitude), relevant in itertools.product(
        ("accuses", "praises"), polarities, (True, False)
    ):
        ident = f"{original}{sentiment}{attitude}{relevant}"
        more: dict[str, Any] = {link: original, "kind": "repost" if link == "repost_of" else "reply"}
        batch.append(said(ident, sentiment, attitude, relevant=relevant, at=NOON + 2 * HOUR, **more))
    clusters = Clusterer()
    events = {clusters.add(as_event_post(p)).event.id: p.id for p in batch}
    with store.write() as conn:
        upsert_posts(conn, batch)
        for ident, each in clusters.events.items():
            save_event(conn, event(ident, posts=each.posts, first_post=each.first_post, added=each.members))
    assert len(events) == 2
    for ident, each in clusters.events.items():
        negative = {m for m in each.members if clusters.member(m).negative}  # type: ignore[union-attr]
        assert found(store, event=ident, against=True) == negative
        assert len(negative) == each.negative > 0


def test_the_filter_goes_with_the_others_and_with_copies(store: Store) -> None:
    with store.write() as conn:
        upsert_posts(conn, [said("a", -1, -1), said("b", -1, 1)])
    with store.read() as conn:
        assert count_posts(conn, PostFilter(against=True, copies=False)) == 1
        assert [r.post.id for r in find_posts(conn, PostFilter(against=True, platform="forum")).items] == ["a"]
        assert find_posts(conn, PostFilter(against=True, platform="news")).items == ()
