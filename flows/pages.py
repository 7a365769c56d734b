"""The article pages behind teasers: full text where the site lets us, the feed's own text where not."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from config.sources import SourceEntry
from flows.fetching import FetchProblem, is_private
from flows.found import Found
from flows.sources.article import Article
from flows.sources.feed import TRAILS_OFF

if TYPE_CHECKING:
    from flows.visit import Visit


async def completed(found: Sequence[Found], visit: "Visit") -> list[Found]:
    """The same entries in the same order, completed from their pages where needed and possible.

    Never raises for a page: an entry whose page is blocked, gone, too slow or no article keeps its own text.
    """
    wanted = [i for i, f in enumerate(found) if needs_page(f, visit.entry)][: visit.manners.pages_per_round]
    whole = list(found)

    async def fill(index: int) -> None:
        article = await _read(found[index], visit)
        if article is not None:
            whole[index] = merged(found[index], article)

    if wanted:
        tasks = [asyncio.create_task(fill(i)) for i in wanted]
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
        author=found.author or article.outlet,
        complete=True,
    )


def needs_page(found: Found, entry: SourceEntry) -> bool:
    """Whether the entry alone is not the whole post, and its page may be asked for."""
    if not found.url or entry.full_text == "never" or (is_private(found.url) and not is_private(entry.url)):
        return False
    return entry.full_text == "always" or (entry.carries == "news" and not found.complete)


async def _read(found: Found, visit: "Visit") -> Article | None:
    try:
        answer = await visit.get(found.url, retries=0)
        if "html" not in answer.content_type.lower() and answer.content_type:
            return None
        article: Article | None = await visit.parse("article", answer.body, answer.content_type, answer.url)
        return article
    except FetchProblem:
        return None
