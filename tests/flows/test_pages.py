"""Article pages behind teasers, over HTTP."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from local_site import HASTY, NOW, QUICK, Collect, Reply, Site, entry, item, posts, rss
from test_parsing import PAGE

from bus.memory import MemoryBus
from flows.fetching import PUBLIC_ONLY, is_private, make_client

TEASER = "昨天上午，澜汀市公安局交警支队在灯市口路口启用了新的信号灯…"


def test_a_teaser_is_completed_from_its_page_and_a_full_entry_is_not_asked_for(
    site: Site, bus: MemoryBus, collect: Collect
) -> None:
    full = "".join(f"第{i}段，交警支队提醒市民按照新的信号灯通行，不要抢行。" for i in range(20))
    site.routes |= {
        "/f": Reply(rss(item(1, TEASER, link=f"{site.url}/1.html", when=""), item(2, full, link=f"{site.url}/2.html"))),
        "/1.html": Reply(PAGE.encode("gbk"), headers={"content-type": "text/html"}),
    }
    [result] = collect(entry("news", f"{site.url}/f", platform="news"))
    assert (result.state, result.new) == ("ok", 2)
    teaser, other = sorted(posts(bus), key=lambda p: len(p.text))
    assert teaser.text.endswith("就能通过。")
    assert teaser.published_at.isoformat() == "2026-11-20T01:30:00+00:00"
    assert not teaser.published_inferred
    assert other.text.startswith("第0段")
    assert site.asked("/2.html") == []


def test_a_page_that_cannot_be_had_leaves_the_entry_its_own_text(site: Site, bus: MemoryBus, collect: Collect) -> None:
    links = {
        "/404.html": Reply(b"", 404),
        "/hang.html": Reply(b"x", hang_s=20),
        "/pdf.html": Reply(b"%PDF", headers={"content-type": "application/pdf"}),
    }
    site.routes |= links
    site.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /secret")
    paths = [*links, "/secret.html"]
    site.routes["/f"] = Reply(rss(*(item(i, TEASER, link=f"{site.url}{p}") for i, p in enumerate(paths))))
    [result] = collect(entry("news", f"{site.url}/f", platform="news"), manners=HASTY)
    assert (result.state, result.new) == ("ok", 4)
    assert {p.text for p in posts(bus)} == {TEASER}
    assert site.asked("/secret.html") == []


def test_pages_are_asked_for_once_and_only_for_what_is_new(site: Site, collect: Collect) -> None:
    site.routes |= {
        "/f": Reply(rss(item(1, TEASER, link=f"{site.url}/1.html"))),
        "/1.html": Reply(PAGE.encode("gbk"), headers={"content-type": "text/html"}),
    }
    for minute in range(3):
        collect(entry("news", f"{site.url}/f", platform="news"), now=NOW + timedelta(minutes=minute), manners=QUICK)
    assert len(site.asked("/1.html")) == 1


def test_full_text_never_asks_for_no_page(site: Site, collect: Collect) -> None:
    site.routes["/f"] = Reply(rss(item(1, TEASER, link=f"{site.url}/1.html")))
    collect(entry("news", f"{site.url}/f", platform="news", full_text="never"))
    assert site.asked("/1.html") == []


def test_a_public_site_cannot_send_us_into_the_local_network() -> None:
    async def go(url: str, public: bool) -> int:
        async with make_client(QUICK) as client:
            client._mounts, client._transport = {}, httpx.MockTransport(answer)
            answered = await client.get(url, extensions={PUBLIC_ONLY: public})
        return answered.status_code

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "news.example.org":
            return httpx.Response(302, headers={"location": "http://192.168.1.1/admin"})
        return httpx.Response(200)

    with pytest.raises(httpx.UnsupportedProtocol):
        asyncio.run(go("http://news.example.org/1.html", public=True))
    assert asyncio.run(go("http://10.0.0.5/1.html", public=False)) == 200
    private = ["http://127.0.0.1/", "http://localhost:8600/", "http://[::1]/", "http://10.1.2.3/", "http://nas.local/"]
    assert all(is_private(url) for url in private)
    assert not is_private("https://news.example.org/")
