"""A forum over several rounds: what is read, what is read again, and what is taken back."""

import json
from datetime import datetime, timedelta

import pytest
from forum_site import Forum, Post
from local_site import NOW, Collect, Site, deliveries, entry

from bus.memory import MemoryBus
from bus.messages import Message, PostCollected, PostWithdrawn, decode
from config.sources import SourceEntry
from flows.visit import Visit

SOON = NOW + timedelta(minutes=10)


@pytest.fixture
def forum(site: Site) -> Forum:
    return Forum(site)


def source(site: Site, path: str = "/", **fields: object) -> SourceEntry:
    return entry("论坛", site.url + path, kind="forum", **fields)


def asked(site: Site) -> list[str]:
    paths = [r.path for r in site.requests if r.path != "/robots.txt"]
    site.requests.clear()
    return paths


def published(bus: MemoryBus) -> list[Message]:
    return [decode(d.value) for d in deliveries(bus, "posts.collected")]


def posts(bus: MemoryBus) -> list[PostCollected]:
    return [m for m in published(bus) if isinstance(m, PostCollected)]


def withdrawn(bus: MemoryBus) -> set[str]:
    return {m.id for m in published(bus) if isinstance(m, PostWithdrawn)}


def texts(bus: MemoryBus) -> list[str]:
    return [p.text for p in posts(bus)]


def test_every_floor_of_every_page_is_a_post_with_its_parent(
    site: Site, forum: Forum, collect: Collect, bus: MemoryBus
) -> None:
    forum.thread(11, replies=7)
    result = collect(source(site))[0]
    assert (result.state, result.new) == ("ok", 8)
    found = sorted(posts(bus), key=lambda p: p.published_at)
    opener = found[0]
    assert (opener.title, opener.kind, opener.parent) == ("第11帖的标题", "post", None)
    assert {p.parent for p in found[1:]} == {opener.id}
    assert {p.title for p in found[1:]} == {""}
    assert all(p.author and not p.published_inferred and "uid" not in p.url for p in found)


def test_an_unchanged_forum_costs_its_home_page(site: Site, forum: Forum, collect: Collect) -> None:
    for tid in range(11, 17):
        forum.thread(tid, replies=4, days=tid)
    collect(source(site))
    asked(site)
    result = collect(source(site), now=SOON)[0]
    assert (result.state, result.new, result.duplicates) == ("ok", 0, 0)
    assert asked(site) == ["/"]


def test_new_replies_of_an_old_thread_are_read_from_its_last_page(
    site: Site, forum: Forum, collect: Collect, bus: MemoryBus
) -> None:
    for tid in range(11, 17):
        forum.thread(tid, replies=7, days=tid)
    collect(source(site))
    asked(site)
    forum.boards[2][-1].posts.append(Post(9001, "这么久了才有人回", at=datetime(2026, 11, 21, 11, 55)))
    result = collect(source(site), now=SOON)[0]
    assert result.new == 1
    assert "这么久了才有人回" in texts(bus)
    paths = asked(site)
    assert [p for p in paths if "tid" in p] == ["/forum.php?mod=viewthread&tid=16&page=3"]
    assert len(paths) <= 4


def test_a_crash_in_the_middle_loses_nothing(
    site: Site, forum: Forum, collect: Collect, bus: MemoryBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tid in range(11, 31):
        forum.thread(tid, replies=4, days=tid)
    whole = Visit.get
    count = 0

    async def breaks(self: Visit, url: str, **kwargs: object) -> object:
        nonlocal count
        count += 1
        if count % 13 == 0:
            raise RuntimeError("killed")
        return await whole(self, url, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Visit, "get", breaks)
    for attempt in range(12):
        collect(source(site), now=NOW + timedelta(minutes=30 * attempt))
        if count >= 13 and attempt % 3 == 2:  # between crashes the forum lives on
            forum.boards[2][attempt].posts.append(
                Post(
                    8000 + attempt,
                    f"第{attempt}次之后的新话",
                    at=datetime(2026, 11, 21, 12, 5) + timedelta(minutes=30 * attempt),
                )
            )
    monkeypatch.setattr(Visit, "get", whole)
    collect(source(site), now=NOW + timedelta(hours=9))
    collect(source(site), now=NOW + timedelta(hours=10))
    there = {p.text for t in forum.boards[2] for p in t.posts}
    assert set(texts(bus)) == there
    assert len(texts(bus)) == len(there)


def test_an_edited_floor_keeps_its_id_and_gains_a_revision(
    site: Site, forum: Forum, collect: Collect, bus: MemoryBus
) -> None:
    thread = forum.thread(11, replies=1, days=0.2)
    collect(source(site))
    thread.posts[1].text = "改过的话"
    thread.posts.append(Post(9002, "新来的话", at=datetime(2026, 11, 21, 11, 59)))
    result = collect(source(site), now=SOON)[0]
    assert (result.new, result.changed) == (1, 1)
    edited = next(p for p in posts(bus) if p.text == "改过的话")
    assert edited.revision == 1
    assert edited.id in {p.id for p in posts(bus) if p.text == "第11帖的第2层说了些事"}


def test_edits_of_lively_threads_are_found_without_a_new_reply(site: Site, forum: Forum, collect: Collect) -> None:
    thread = forum.thread(11, replies=1, days=0.2)
    collect(source(site))
    thread.posts[0].text = "悄悄改过的话"
    assert collect(source(site), now=SOON)[0].changed == 0
    assert collect(source(site), now=NOW + timedelta(hours=7))[0].changed == 1


def test_a_deleted_thread_is_withdrawn(site: Site, forum: Forum, collect: Collect, bus: MemoryBus) -> None:
    for tid in (11, 12, 13):
        forum.thread(tid, replies=4, days=tid)
    collect(source(site))
    forum.boards[2][1].gone = True
    assert collect(source(site), now=SOON)[0].withdrawn == 5
    assert withdrawn(bus) == {p.id for p in posts(bus) if p.text.startswith("第12帖")}
    assert collect(source(site), now=SOON + timedelta(minutes=10))[0].withdrawn == 0


def test_deleted_and_shielded_floors_are_withdrawn(site: Site, forum: Forum, collect: Collect, bus: MemoryBus) -> None:
    thread = forum.thread(11, replies=5, days=0.5)
    thread.posts[5].shielded = True
    assert collect(source(site))[0].new == 5
    del thread.posts[2]
    thread.posts[2].shielded = True
    assert collect(source(site), now=SOON)[0].withdrawn == 2
    gone = {p.text for p in posts(bus) if p.id in withdrawn(bus)}
    assert gone == {"第11帖的第3层说了些事", "第11帖的第4层说了些事"}


def test_a_sticky_of_all_boards_is_read_once(site: Site, forum: Forum, collect: Collect, bus: MemoryBus) -> None:
    top = forum.thread(11, replies=1, days=300)
    top.sticky = True
    forum.boards[3] = [top]
    forum.thread(12, 3, days=2)
    collect(source(site))
    assert len(texts(bus)) == 3
    assert sum("tid=11" in p for p in asked(site)) == 1


def test_what_is_not_for_everybody_is_left_alone(site: Site, forum: Forum, collect: Collect) -> None:
    forum.thread(11, replies=1)
    forum.thread(12).denied = True
    forum.thread(13, 3)
    forum.denied.add(3)
    result = collect(source(site))[0]
    assert (result.state, result.new, result.rejected) == ("ok", 2, 0)
    asked(site)
    collect(source(site), now=SOON)
    assert not [p for p in asked(site) if "tid=" in p]


def test_a_thread_that_fails_is_owed_to_the_next_visit(site: Site, forum: Forum, collect: Collect) -> None:
    for tid in range(11, 19):
        forum.thread(tid, replies=4, days=tid)
    forum.fails["/forum.php?mod=viewthread&tid=14&page=2"] = 2
    first = collect(source(site))[0]
    assert (first.state, first.new) == ("ok", 38)
    second = collect(source(site), now=SOON)[0]
    assert (second.state, second.new) == ("ok", 2)


def test_a_forum_that_fails_as_a_whole_is_broken(site: Site, forum: Forum, collect: Collect) -> None:
    for tid in range(11, 19):
        forum.thread(tid)
        forum.fails[f"/forum.php?mod=viewthread&tid={tid}"] = 99
    result = collect(source(site))[0]
    assert (result.state, result.reason) == ("broken", "http-500")


def test_a_board_address_and_a_thread_address_are_enough(site: Site, forum: Forum, collect: Collect) -> None:
    forum.thread(11, replies=4)
    forum.thread(12, 3, replies=1)
    assert collect(source(site, "/forum.php?mod=forumdisplay&fid=3"))[0].new == 2
    assert collect(source(site, "/forum.php?mod=viewthread&tid=11"))[0].new == 5


def test_a_home_page_without_counters_is_followed_too(site: Site, forum: Forum, collect: Collect) -> None:
    forum.counts = False
    for tid in range(11, 21):
        forum.thread(tid, replies=1, days=tid)
    assert collect(source(site))[0].new == 20
    asked(site)
    forum.boards[2][8].posts.append(Post(9001, "后来的回复", at=datetime(2026, 11, 21, 11, 50)))
    assert collect(source(site), now=SOON)[0].new == 1
    assert len(asked(site)) <= 4


def test_the_cursor_holds_no_names(site: Site, forum: Forum, collect: Collect, store: object) -> None:
    from store import sources

    forum.thread(11, replies=3)
    collect(source(site))
    with store.read() as conn:  # type: ignore[attr-defined]
        kept = json.dumps(sources.cursor(conn, "论坛"), ensure_ascii=False)
    assert "望汐的风" not in kept
    assert "层说了些事" not in kept


def test_a_site_that_is_no_forum_is_broken(site: Site, collect: Collect) -> None:
    from local_site import Reply

    site.routes["/"] = Reply(b"<html><body><p>hello</p></body></html>", headers={"content-type": "text/html"})
    result = collect(source(site))[0]
    assert (result.state, result.reason) == ("broken", "not-a-forum")


def test_a_long_first_reading_goes_on_in_the_next_visits(
    site: Site, forum: Forum, collect: Collect, bus: MemoryBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tid in range(11, 41):
        forum.thread(tid, replies=1, days=tid)
    asked_of: dict[int, int] = {}

    def late(crawl: object) -> bool:
        asked_of[id(crawl)] = asked_of.get(id(crawl), 0) + 1
        return asked_of[id(crawl)] > 5

    monkeypatch.setattr("flows.sources.forum._Crawl._late", late)
    counts = [collect(source(site), now=NOW + timedelta(minutes=10 * n))[0].new for n in range(9)]
    assert 0 < counts[0] < 60
    monkeypatch.undo()
    collect(source(site), now=NOW + timedelta(hours=2))
    assert len(texts(bus)) == len(set(texts(bus))) == 60


def test_comments_go_with_their_floor_and_with_their_thread(
    site: Site, forum: Forum, collect: Collect, bus: MemoryBus
) -> None:
    one, two = forum.thread(11, replies=2, days=0.5), forum.thread(12, replies=1, days=3)
    forum.thread(13, days=5)
    one.posts[1].comments, one.posts[2].comments = ("确实如此", "我也见过"), ("来看看",)
    two.posts[0].comments = ("支持一下",)
    assert collect(source(site))[0].new == 10
    del one.posts[1]
    two.gone = True
    collect(source(site), now=SOON)
    gone = {p.text for p in posts(bus) if p.id in withdrawn(bus)}
    assert gone == {
        "第11帖的第2层说了些事",
        "确实如此",
        "我也见过",
        "第12帖的第1层说了些事",
        "第12帖的第2层说了些事",
        "支持一下",
    }


@pytest.mark.parametrize(("vague", "exact"), [("mobile", True), ("always", False)])
def test_where_mobile_pages_tell_days_only_the_full_version_is_asked_for_once(
    site: Site, forum: Forum, collect: Collect, bus: MemoryBus, vague: str, exact: bool
) -> None:
    forum.vague = vague
    for tid in (11, 12):
        forum.thread(tid, replies=4, days=tid)
    assert collect(source(site))[0].new == 10
    told = {p.text: p.published_at for p in posts(bus)}
    opener = forum.boards[2][0].posts[0]
    assert (told[opener.text] == opener.at.replace(tzinfo=NOW.tzinfo)) == exact
    asked_for = [path for path in asked(site) if "viewthread" in path]
    assert len(asked_for) == 5
    assert all("mobile=no" in path for path in asked_for[1:]) == exact
