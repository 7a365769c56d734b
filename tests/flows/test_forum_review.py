"""A thread under review for a while is withdrawn, and back in the archive once it is shown again; a replay agrees."""

from datetime import timedelta

from forum_site import Forum
from local_site import NOW, Collect, Site, deliveries, entry

from bus.memory import MemoryBus
from bus.messages import PostCollected, PostScored, PostWithdrawn, decode
from store.engine import Store
from store.posts import PostFilter, find_posts, upsert_posts, withdraw_post


def archive(bus: MemoryBus, store: Store) -> list[str]:
    """All messages so far, as the archive takes them; the ids it holds then."""
    with store.write() as conn:
        for delivery in deliveries(bus, "posts.collected"):
            match decode(delivery.value):
                case PostCollected() as post:
                    fields = {name: getattr(post, name) for name in PostCollected.__struct_fields__}
                    upsert_posts(conn, [PostScored(**fields)])
                case PostWithdrawn() as gone:
                    withdraw_post(conn, gone.id, gone.seen_gone_at)
    with store.read() as conn:
        return sorted(row.post.id for row in find_posts(conn, PostFilter()).items)


def test_a_thread_in_review_comes_back_when_it_is_shown_again(
    site: Site, collect: Collect, bus: MemoryBus, store: Store
) -> None:
    forum, source = Forum(site), entry("bbs", f"{site.url}/", kind="forum", platform="")
    threads = [forum.thread(tid, replies=2, days=tid) for tid in (1, 2, 3)]
    collect(source)
    everything = archive(bus, store)
    assert len(everything) == 9
    threads[1].gone = True  # 正在审核
    for hour in (2, 4):
        collect(source, now=NOW + timedelta(hours=hour))
    assert len(archive(bus, store)) == 6
    threads[1].gone = False
    for hour in (6, 8):
        collect(source, now=NOW + timedelta(hours=hour))
    assert archive(bus, store) == everything
    assert archive(bus, store) == everything
