"""Pages that answer "200 OK" and say that there is nothing: 页面不存在, 文章已删除, 404 in a site's own frame. Pure."""

import re
from urllib.parse import urlsplit

from flows import charsets, ids
from flows.sources import article_body
from flows.text import one_line

NOTICE_CHARS = 90  # a longer line is prose about something else
BESIDE_CHARS = 260  # more prose than this beside the notice: an article that quotes one
_THING = "(?:页面|網頁|頁面|网页|文章|内容|內容|信息|帖子|新闻|新聞|稿件|资源|链接|連結|地址|文件|主题|图文|栏目)"
_GONE = (
    "(?:不存在|已(?:经|經)?(?:被)?(?:作者|管理员|编辑|发布者|發布者)?(?:自行)?(?:删除|刪除|删掉|下线|下架|移除|移动|撤稿|撤回|撤下|屏蔽|失效|过期)"
    "|(?:暂时|暫時)?(?:找不到|未找到|无法(?:找到|查看|显示|打开)|無法(?:找到|查看|顯示|開啟)|没有找到|不可用|没了|不见了|走丢|跑丢|丢失))"
)
_SAYS = re.compile(
    r"^\W*(?:(?:很)?抱歉|对不起|對不起|很遗憾|哎呀|糟糕|啊?哦|提示(?:信息)?|错误(?:信息|提示)?|404)?[\s,，!！:：。~…-]*"
    rf"(?:[您你](?:要|所|正在|想)?(?:访问|查看|浏览|请求|查找|打开|找|訪問|瀏覽)的?|该|該|此|当前|本篇?|这[个篇条]|這[個篇]|原)?(?:[\u4e00-\u9fff]{{0,4}}?){_THING}"
    rf"[\u4e00-\u9fff，,（()）“”]{{0,8}}?{_GONE}"
    rf"|^\W*(?:抱歉|对不起|很遗憾)?[\s,，!！]*(?:找不到|未找到|没有找到|无法找到)(?:[您你](?:要|所)?(?:访问|查看|找|请求)?的?|该|此|相关|指定)?{_THING}"
    r"|^\W*(?:HTTP\s*(?:错误)?\s*)?404(?:\s*[-–:：.|]?\s*(?:错误|页面|Not\s*Found|File\s*Not\s*Found|Page\s*Not\s*Found|找不到页面|页面未找到|error))*\W*$"
    r"|^\W*(?:(?:Error\s*)?404\W+)?(?:Page|File|Object|The\s+(?:page|requested\s+URL))\b.{0,40}\b(?:not\s+(?:be\s+)?found|does\s+not\s+exist|no\s+longer)"
    r"|^此内容因违规无法查看|^该内容已被发布者删除|^该公众号已(?:迁移|注销)|^此帐号已",
    re.I,
)
_ERROR_PAGE = re.compile(r"/(?:\w*[-_])?(?:404|error|err|not-?_?found|nopage|none|deleted?)(?:[-_./?]\w*)*$", re.I)


def says_gone(lines: list[str]) -> bool:
    """Whether these lines of a page are the notice that it is gone, and hardly anything else is told."""
    notices = [n for n, line in enumerate(lines) if len(line) <= NOTICE_CHARS and _SAYS.search(line)]
    if not notices:
        return False
    told = sum(len(line) for n, line in enumerate(lines) if n not in notices and re.search(r"[。；;]", line))
    return told <= BESIDE_CHARS


def is_notice(root: article_body.Element) -> bool:
    """Whether a page's tree, furniture set aside, is such a notice."""
    body = root.find("body")
    blocks = article_body.blocks_of(root if body is None else body)
    title = next((one_line(t.text_content()) for t in root.iter("title")), "")
    lines = [b.text for b in blocks if not b.is_links and b.weight() > -8.0]
    return says_gone([title, *lines])


def parse_gone(body: bytes, content_type: str, url: str, now: object, zone: str) -> bool:
    """`is_notice` of a page's bytes, as a job of flows/parsing."""
    from flows.sources.article import MAX_TAGS, load

    if body.count(b"<") > MAX_TAGS:
        return False
    text, _ = charsets.decode(body, charsets.of_header(content_type))
    root = load(text)
    return root is not None and is_notice(root)


def leads_away(asked: str, answered: str) -> bool:
    """Whether the site sent us from an article to its front page or to a page for errors."""
    if ids.identity(asked) == ids.identity(answered):
        return False
    there = urlsplit(ids.identity(answered) if "://" in ids.identity(answered) else f"x://{ids.identity(answered)}")
    return (there.path in ("", "/") and not there.query) or bool(_ERROR_PAGE.search(there.path))
