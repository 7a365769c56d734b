"""The article pages behind teasers: full text where the site lets us, the feed's own text where not."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from config.sources import SourceEntry
from flows import ids
from flows.fetching import Fetched, FetchProblem, is_private
from flows.found import Found
from flows.sources.article import Article
from flows.sources.article_gone import leads_away
from flows.sources.feed import TRAILS_OFF

if TYPE_CHECKING:
    from flows.visit import Visit

MORE_PAGES = 9  # of one article, after its first


async def completed(
    found: Sequence[Found], visit: "Visit", failed: list[FetchProblem] | None = None
) -> dict[str, tuple[Found, Article]]:
    """By the entries' ids: the entry completed from its page, and what the page said. Only where needed and possible.

    Never raises for a page: an entry whose page is blocked, gone, too slow or no article is missing in the answer.
    failed: takes what was wrong with the pages that could not be had.
    """
    wanted = [f for f in found if needs_page(f, visit.entry)][: visit.manners.pages_per_round]
    whole: dict[str, tuple[Found, Article]] = {}

    async def fill(entry: Found) -> None:
        try:
            article = await whole_article(entry.url, visit)
        except FetchProblem as problem:
            if failed is not None:
                failed.append(problem)
            return
        if article is not None:
            whole[entry.id] = merged(entry, article), article

    if wanted:
        tasks = [asyncio.create_task(fill(f)) for f in wanted]
        try:
            await asyncio.wait(tasks, timeout=visit.manners.pages_seconds)
        finally:
            for task in tasks:
                task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in done:
            if isinstance(outcome, Exception):
                raise outcome
    return whole


def merged(found: Found, article: Article) -> Found:
    """An entry with its page's text, and with the time, title and outlet it did not state itself."""
    longer = len(article.text) >= len(found.text) // 2 or TRAILS_OFF.search(found.text)
    return replace(
        found,
        text=article.text if longer else found.text,
        title=article.title if article.title and (not found.title or TRAILS_OFF.search(found.title)) else found.title,
        published_at=found.published_at or article.published_at,
        author=found.author or article.outlet or article.author,
        complete=True,
    )


def needs_page(found: Found, entry: SourceEntry) -> bool:
    """Whether the entry alone is not the whole post, and its page may be asked for."""
    if not may_ask(found.url, entry):
        return False
    return entry.full_text == "always" or entry.kind == "page" or (entry.carries == "news" and not found.complete)


def may_ask(url: str, entry: SourceEntry) -> bool:
    """Whether a page may be asked for at all: not where it is switched off, nor behind our own walls."""
    return bool(url) and entry.full_text != "never" and (not is_private(url) or is_private(entry.url))


async def whole_article(url: str, visit: "Visit", answer: Fetched | None = None) -> Article | None:
    """The article at `url` with its further pages; None when there is none. Raises FetchProblem for its first page.

    answer: the first page, when it is here already.
    """
    answer = answer or await visit.get(url, retries=0)
    first = None if leads_away(url, answer.url) else await _read(answer, visit)
    if first is None:
        return None
    texts, known, following = [first.text], {ids.identity(answer.url)}, first.next_page
    while following and len(texts) <= MORE_PAGES and ids.identity(following) not in known:
        known.add(ids.identity(following))
        try:
            page = await _read(await visit.get(following, retries=0), visit)
        except FetchProblem:
            break  # better its beginning than nothing
        if page is None or page.text in texts:
            break
        texts.append(page.text)
        following = page.next_page
    return replace(first, text="\n".join(texts))


async def _read(answer: Fetched, visit: "Visit") -> Article | None:
    if "html" not in answer.content_type.lower() and answer.content_type:
        return None
    article: Article | None = await visit.parse("article", answer.body, answer.content_type, answer.url)
    return article
