"""Items in, RSS 2.0 out: three feeds, each in the shape its platform really has."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from html import escape
from urllib.parse import quote

from example.items import CITY_ZONE, Item

SHORT_CHARS = 60
TOPIC = re.compile(r"#([^#\s]+)#")


@dataclass(frozen=True)
class Channel:
    """What a feed says about itself."""

    platform: str
    title: str
    about: str
    generator: str


CHANNELS = {
    "/bbs/feed.xml": Channel("bbs", "澜汀论坛 最新主题", "澜汀人自己的论坛", "Lanting BBS"),
    "/news/feed.xml": Channel("news", "澜汀新闻", "澜汀日报 澜汀都市报 澜汀网", "Lanting News"),
    "/weibo/feed.xml": Channel("weibo", "微博同城: 澜汀市", "微博同城: 澜汀市 - Powered by RSSHub", "RSSHub"),
}


def feed(path: str, items: Sequence[Item], base: str) -> str:
    """The XML of the feed at `path`; items of other platforms are left out. `base` is the address of the site."""
    channel = CHANNELS[path]
    mine = [item for item in items if item.platform == channel.platform]
    entry = {"bbs": _bbs, "news": _news, "weibo": _weibo}[channel.platform]
    built = f"<lastBuildDate>{_date(mine[0])}</lastBuildDate>" if mine else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/">\n'
        f"<channel><title>{channel.title}</title><link>{base}/</link>"
        f'<atom:link href="{base}{path}" rel="self" type="application/rss+xml"/>'
        f"<description>{channel.about}</description><generator>{channel.generator}</generator>"
        f"<language>zh-cn</language>{built}<ttl>1</ttl>\n"
        + "\n".join(f"<item>{entry(item, base)}</item>" for item in mine)
        + "\n</channel></rss>\n"
    )


def weibo_html(item: Item) -> str:
    """A microblog post as HTML: mentions and topics are links, what it forwards follows in a blockquote."""
    html = _marked_up(item.text)
    if item.original is None:
        return html
    user, address = item.original.native.split("/")[0], item.original.guid
    author = f'<a href="https://weibo.com/{user}" target="_blank">@{escape(item.original.author)}</a>'
    link = f'<a href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>'
    forwarded = f"{author}:&ensp;{weibo_html(item.original)}<br><small>原博：{link}</small>"
    return f"{html}<br><blockquote> - 转发 {forwarded}</blockquote>"


def _bbs(item: Item, base: str) -> str:
    html = "".join(f"<p>{escape(part)}</p>" for part in item.text.split("\n"))
    return (
        f"<title>{escape(item.title)}</title><link>{base}{item.path}</link>"
        f'<guid isPermaLink="false">{item.guid}</guid><dc:creator>{escape(item.author)}</dc:creator>'
        f"<pubDate>{_date(item)}</pubDate><slash:comments>{item.comments}</slash:comments>"
        f"<description>{escape(_short(item.text))}</description><content:encoded><![CDATA[{html}]]></content:encoded>"
    )


def _news(item: Item, base: str) -> str:
    return (
        f"<title>{escape(item.title)}</title><link>{base}{item.path}</link>"
        f'<guid isPermaLink="false">{item.guid}</guid><dc:creator>{escape(item.author)}</dc:creator>'
        f"<pubDate>{_date(item)}</pubDate><description>{escape(_short(item.text))}</description>"
    )


def _weibo(item: Item, base: str) -> str:
    title = item.text
    if item.original is not None:
        title += f" - 转发 @{item.original.author}: {item.original.text}"
    topics = "".join(f"<category>{escape(topic)}</category>" for topic in TOPIC.findall(item.text))
    return (
        f"<title>{escape(title)}</title><description>{escape(weibo_html(item))}</description>"
        f'<link>{base}{item.path}</link><guid isPermaLink="false">{item.guid}</guid>'
        f"<pubDate>{_date(item)}</pubDate><author>{escape(item.author)}</author>{topics}"
        f"<stats><reposts_count>{item.reposts}</reposts_count><comments_count>{item.comments}</comments_count>"
        f"<attitudes_count>{item.likes}</attitudes_count></stats>"
    )


def _marked_up(text: str) -> str:
    html = escape(text, quote=False).replace("\n", "<br>")
    html = re.sub(r"@([\w-]+)", lambda m: f'<a href="https://weibo.com/n/{quote(m[1])}">@{m[1]}</a>', html)
    return TOPIC.sub(r'<a href="https://s.weibo.com/weibo?q=%23\1%23"><span class="surl-text">#\1#</span></a>', html)


def _short(text: str) -> str:
    plain = text.replace("\n", " ")
    return plain if len(plain) <= SHORT_CHARS else plain[:SHORT_CHARS] + "…"


def _date(item: Item) -> str:
    return format_datetime(item.published_at.astimezone(CITY_ZONE))
