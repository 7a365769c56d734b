"""Items in, HTML pages out: an article with its site around it, a forum thread, a single microblog post."""

from collections.abc import Sequence
from html import escape

from example.feeds import CHANNELS, weibo_html
from example.items import CITY_ZONE, Item

STYLE = "body{font:16px/1.7 sans-serif;max-width:46em;margin:0 auto;padding:1em}nav a{margin-right:1em}"


def index() -> str:
    """The first page: which feeds there are."""
    rows = "".join(f'<li><a href="{path}">{c.title}</a> {c.about}</li>' for path, c in CHANNELS.items())
    note = "本机提供的示例城市，人物、地点、事件均为虚构。"
    return _page("澜汀市（示例城市）", f"<h1>澜汀市</h1><p>{note}</p><ul>{rows}</ul>")


def page(item: Item, others: Sequence[Item]) -> str:
    """The page behind an item's link; `others` are linked beside an article."""
    if item.platform == "news":
        return _article(item, others)
    by = f"<p><b>{escape(item.author)}</b> {_time(item)}</p>"
    if item.platform == "bbs":
        body = f"<h1>{escape(item.title)}</h1><div>{by}{_paragraphs(item)}<p>回复 {item.comments}</p></div>"
        return _page(f"{item.title} - 澜汀论坛", body)
    counts = f"<p>转发 {item.reposts} 评论 {item.comments} 赞 {item.likes}</p>"
    return _page(f"{item.author}的微博", f"<article>{by}<p>{weibo_html(item)}</p>{counts}</article>")


def _article(item: Item, others: Sequence[Item]) -> str:
    more = "".join(f'<li><a href="{o.path}">{escape(o.title)}</a></li>' for o in others)
    source = f'来源：<span class="source">{escape(item.author)}</span>'
    return _page(
        f"{item.title}_{item.author}",
        '<header><nav><a href="/">首页</a><a href="/news/feed.xml">订阅</a><a href="/">时政</a><a href="/">社会</a>'
        '<a href="/">民生</a><a href="/">体育</a></nav></header>'
        f'<main><article><h1>{escape(item.title)}</h1><div class="meta">{_time(item)} {source}</div>'
        f'<div class="content">{_paragraphs(item)}</div></article></main>'
        f"<aside><h3>热门推荐</h3><ul>{more}</ul></aside>"
        "<footer><p>关于我们 | 联系我们 | 版权声明 | 违法和不良信息举报</p><p>澜汀融媒体中心 版权所有</p></footer>",
    )


def _paragraphs(item: Item) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in item.text.split("\n"))


def _time(item: Item) -> str:
    local = item.published_at.astimezone(CITY_ZONE)
    return f'<time datetime="{local.isoformat()}">{local:%Y-%m-%d %H:%M}</time>'


def _page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )
