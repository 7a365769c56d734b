"""HTML bytes of an article page -> its main text, title, time, outlet, author and next page. Pure.

The story is chosen by structure (article_body); trafilatura is the second opinion where that finds no prose or
prose that has less to do with the headline. Figures: docs/articles.md.
"""

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows import charsets
from flows.sources import article_body, article_gone, article_head, article_links, article_when
from flows.sources.article_words import ENDING
from flows.text import clean, one_line

MAX_TAGS = 60_000
SHORT_CHARS = 60  # Chinese news is short: below trafilatura's 250 it would fall back to the whole page, menus included
MIN_CHARS = 30  # a shorter "main text" is a caption or a cookie notice: the feed's own text is better
LOGIN = re.compile(r"请(?:先)?(?:登录|登陆)(?:后|才能|以)|您(?:需要|还没有|尚未)登录|没有权限|权限不足|需要登录")


@dataclass(frozen=True)
class Article:
    """What a page says. `published_at` is None when it states no time."""

    title: str
    text: str
    published_at: datetime | None
    outlet: str
    author: str = ""
    hour_known: bool = True
    """False: only the day is stated, `published_at` is its first moment."""
    canonical: str = ""
    """The address the page calls its own; empty without one on the same site."""
    next_page: str = ""
    """Where the text goes on; empty on the last or only page."""


def read(body: bytes, content_type: str, *, url: str, zone: str, now: datetime) -> Article | None:
    """The article of a page; None when there is none (a list, a login, a notice that it is gone, a bomb)."""
    if not body.strip() or body.count(b"<") > MAX_TAGS or b"\x00" in body[:1000]:
        return None
    text, _ = charsets.decode(body, charsets.of_header(content_type))
    try:
        root = load(text)
        return None if root is None else _article(root, url, zone, now)
    except (ValueError, TypeError, AttributeError, RecursionError, MemoryError):  # what odd markup makes parsers raise
        return None


def parse_article(body: bytes, content_type: str, url: str, now: datetime, zone: str) -> Article | None:
    """`read`, as the job `article` of flows/parsing."""
    return read(body, content_type, url=url, zone=zone, now=now)


def load(text: str) -> Any:
    """The element tree of a page; None when the text holds no markup."""
    from lxml import etree, html

    if "<" not in text:
        return None
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    parser = html.HTMLParser(encoding="utf-8", huge_tree=False, recover=True, remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None


def _article(root: Any, url: str, zone: str, now: datetime) -> Article | None:
    if article_gone.is_notice(root):
        return None
    stated, data = article_head.metas(root), article_head.linked_data(root)
    body = root.find("body")
    body = root if body is None else body
    article_body.open_forms(body)
    all_blocks = article_body.blocks_of(body)
    title = article_head.title(root, all_blocks, stated, data)
    canonical, following = article_links.canonical(root, url), article_links.next_page(root, url)
    written, second = article_when.written_times(root, stated, data), _Second(root, url)
    article_body.without_noise(body)
    held = article_body.blocks_of(article_body.container(body))
    story = article_body.story(held, title)
    better = article_head.shown_above(all_blocks, _place(story, all_blocks)[0], title, "\n".join(b.text for b in story))
    if better != title:
        title, story = better, article_body.story(held, better)
    main = ENDING.sub("", _chosen("\n".join(b.text for b in story), title, second))
    if len(main) < MIN_CHARS or (len(main) < 4 * MIN_CHARS and LOGIN.search(main)):
        return None
    begin, end = _place(story, all_blocks)
    when = article_when.published(written, all_blocks, begin, end, zone, now, url)
    whole = next((one_line(t.text_content()) for t in root.iter("title")), "")
    return Article(
        title=title,
        text=main,
        published_at=when[0] if when else None,
        hour_known=when[1] if when else True,
        outlet=article_head.outlet(all_blocks, begin, end, stated, data, whole),
        author=article_head.author(all_blocks, begin, end, stated, data),
        canonical=canonical,
        next_page=following,
    )


def _place(story: list[article_body.Block], blocks: list[article_body.Block]) -> tuple[int, int]:
    """Where in the page's blocks the story begins and ends."""
    if not story:
        return 0, 0
    texts = [b.text for b in blocks]
    lines = [b.text for b in story]
    begin = next((texts.index(line) for line in lines if line in texts), 0)
    end = next((len(texts) - texts[::-1].index(line) for line in reversed(lines) if line in texts), len(texts))
    return begin, max(begin, end)


class _Second:
    """Trafilatura's reading, made only when it is asked for."""

    def __init__(self, root: Any, url: str) -> None:
        from copy import deepcopy

        self._root, self._url = deepcopy(root), url

    def text(self) -> str:
        """The main text it finds; empty when it finds none."""
        import trafilatura
        from trafilatura.settings import use_config

        logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
        config = use_config()
        config["DEFAULT"]["MIN_EXTRACTED_SIZE"] = str(SHORT_CHARS)
        found = trafilatura.bare_extraction(
            self._root, url=self._url, with_metadata=False, include_comments=False, include_tables=False,
            favor_precision=True, config=config,
        )  # fmt: skip
        return clean(getattr(found, "text", None) or "")


def _chosen(ours: str, title: str, second: _Second) -> str:
    """The story by structure, unless there is next to none of it or the second opinion is closer to the headline."""
    ours = clean(ours)
    near = article_head.nearness(title, ours)
    if len(ours) >= 2 * MIN_CHARS and (near >= 0.3 or not title):
        return ours
    other = second.text()
    if len(other) < MIN_CHARS:
        return ours if _is_prose(ours) else ""
    if len(ours) < MIN_CHARS or not _is_prose(ours) or article_head.nearness(title, other) > near + 0.2:
        return other
    return ours


def _is_prose(text: str) -> bool:
    """Whether it is written in sentences rather than labels."""
    return bool(re.search(r"[。！？；，、.!?;,]", text))
