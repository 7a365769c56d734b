"""No raw author name or id reaches the bus, the store, the files below home or the log."""

import asyncio
import logging
from pathlib import Path
from typing import Any

from local_site import KEY, NOW, QUICK, Reply, Site, entry, posts, rss

from bus.embedded import EmbeddedBus
from flows.collecting import collect_round
from store.engine import open_store

NAMES = ("爱吃小笼包的阿杰", "灯市口卖豆腐的阿彬", "小满同学_2020", "路人甲乙丙", "whistle.blower@mail.example.org")
IDS = ("1234567890", "2234567890")


def feeds() -> dict[str, bytes]:
    bbs = "".join(
        f"<item><title>{name}：有没有人管</title><guid isPermaLink='false'>t{i}</guid><dc:creator>{name}</dc:creator>"
        f"<description>{name}：我要投诉。@{name} 也在场</description></item>"
        for i, name in enumerate(NAMES)
    )
    comments = (
        f"<item><title>{NAMES[3]}对《通报》的评论</title><guid isPermaLink='false'>c1</guid>"
        f"<dc:creator>{NAMES[3]}</dc:creator><description>支持</description></item>"
        f"<item><title></title><guid isPermaLink='false'>c2</guid><author>{NAMES[4]} ({NAMES[3]})</author></item>"
    )
    text = (
        f"同问<br>- 转发 <a href='https://weibo.com/{IDS[1]}'>@{NAMES[1]}</a>: 打人了 //@{NAMES[2]}: 真的"
        f"<br>原博：https://weibo.com/{IDS[1]}/XbCdEf123"
    )
    weibo = (
        f"<item><title>x</title><guid isPermaLink='false'>weibo.com/{IDS[0]}/AbCdEf123</guid>"
        f"<author>{NAMES[0]}</author><link>https://weibo.com/{IDS[0]}/AbCdEf123</link>"
        f"<description><![CDATA[{text}]]></description></item>"
    )
    return {"/bbs": rss(bbs), "/comments": rss(comments), "/weibo": rss(weibo)}


def test_raw_author_names_and_ids_are_nowhere(site: Site, tmp_path: Path, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    bodies = feeds()
    site.routes |= {path: Reply(body) for path, body in bodies.items()}
    assert all(any(name.encode() in body for body in bodies.values()) for name in (*NAMES, *IDS))
    entries = [
        entry("bbs", f"{site.url}/bbs"),
        entry("comments", f"{site.url}/comments"),
        entry("weibo", f"{site.url}/weibo", platform="weibo"),
    ]
    store, bus = open_store(f"sqlite:///{tmp_path / 'home' / 'minyi.db'}"), EmbeddedBus(tmp_path / "home" / "bus.db")
    results = asyncio.run(collect_round(entries, store=store, bus=bus, key=KEY, manners=QUICK, now=NOW))
    assert sum(r.new for r in results) == 7
    assert sum(r.rejected for r in results) == 1
    found = posts(bus)
    assert len(found) == 7
    bus.close()
    store.close()
    written = {path: path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()}
    assert len(written) >= 2
    for secret in (*NAMES, *IDS):
        assert secret not in caplog.text
        assert secret not in repr(found) + repr(results)
        for path, content in written.items():
            assert secret.encode() not in content, f"{secret} in {path.name}"


def test_the_same_author_has_the_same_pseudonym_and_another_platform_another(site: Site, tmp_path: Path) -> None:
    body = rss(
        *(f"<item><title>{i}</title><guid>g{i}</guid><dc:creator>{NAMES[0]}</dc:creator></item>" for i in range(2))
    )
    site.routes |= {"/a": Reply(body), "/b": Reply(body.replace(b"g0", b"h0").replace(b"g1", b"h1"))}
    entries = [entry("a", f"{site.url}/a"), entry("b", f"{site.url}/b", platform="other")]
    store, bus = open_store(f"sqlite:///{tmp_path / 'minyi.db'}"), EmbeddedBus(tmp_path / "bus.db")
    asyncio.run(collect_round(entries, store=store, bus=bus, key=KEY, manners=QUICK, now=NOW))
    found = posts(bus)
    bus.close()
    store.close()
    by_source = {s: {p.author for p in found if p.source == s} for s in ("a", "b")}
    assert len(by_source["a"]) == len(by_source["b"]) == 1
    assert by_source["a"] != by_source["b"]
