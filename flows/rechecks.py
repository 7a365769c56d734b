"""Articles whose pages are looked at again: an edit becomes a revision, a deletion is followed.

Few pages a visit, the newest first, ever less often; conditional requests. Gone is what answers 410, or shows two
signs in a row: 404 twice, or missing in its feed among entries that are still there and 404. A page that says so with
"200 OK" (页面不存在, 文章已删除), or that leads to the front page, counts like 404, but is asked again only after a
while; not when all pages of the site do so at once, and not for an article its list still shows and leads elsewhere.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flows import ids
from flows.feed_memory import AT_ONCE, SHORT, Memory, Row
from flows.fetching import Fetched, FetchProblem
from flows.found import Found
from flows.pages import merged, whole_article
from flows.sources.article_gone import leads_away

if TYPE_CHECKING:
    from flows.visit import Visit

PER_VISIT = 3
STRUCK_PER_VISIT = 20  # pages of entries that vanished from their feed: looked at as soon as possible
STRIKES = 2
CONFIRMED_AFTER = timedelta(minutes=30)
ALL_AT_ONCE = 3  # this many pages, and no other, saying that they are gone: the site is in trouble


async def recheck(visit: "Visit", memory: Memory, entries: Mapping[str, Found]) -> None:
    """Look at the pages that are due. Keeps what it finds; a page that cannot be had costs nothing but its turn.

    entries: of the feed as it is now, as far as it was read in this visit; an entry that says all by itself is only
    looked for, not read.
    """
    ready = memory.due(visit.now, STRUCK_PER_VISIT)
    struck = [pair for pair in ready if pair[1].strikes]
    chosen = [*struck, *[pair for pair in ready if not pair[1].strikes][:PER_VISIT]]
    revised: list[Found] = []
    gone, silent = list[str](), list[str]()
    for id_, row in chosen:
        try:
            again = await _look(visit, id_, row, entries)
        except FetchProblem as problem:
            if problem.state == "blocked":
                break
            if _is_gone(row, problem.reason):
                gone.append(id_)
        except SaysGone:
            silent.append(id_)
        else:
            row.strikes = 0
            revised += [again] if again is not None else []
        row.due = memory.next_look(row, visit.now) if not 0 < row.strikes < STRIKES else AT_ONCE
    if len(silent) < ALL_AT_ONCE or len(silent) < len(chosen):
        gone += [i for i in silent if strike(memory.rows[i], visit.now)]
    for id_ in gone:
        memory.rows[id_].url = ""
    if chosen:
        await visit.keep(revised, withdrawn=gone, cursor=memory.dump())


class SaysGone(Exception):
    """A page that answers "200 OK" and is not the article any more."""


def strike(row: Row, now: datetime) -> bool:
    """Count a page that says it is gone; whether this confirms it. The next look is after a while."""
    row.strikes += 1
    row.due = int((now + CONFIRMED_AFTER).timestamp())
    return row.strikes >= STRIKES


async def says_gone(visit: "Visit", answer: Fetched) -> bool:
    """Whether the page says in words that it is not there. Raises FetchProblem."""
    if answer.content_type and "html" not in answer.content_type.lower():
        return False
    said: bool = await visit.parse(
        "flows.sources.article_gone:parse_gone", answer.body, answer.content_type, answer.url
    )
    return said


async def _look(visit: "Visit", id_: str, row: Row, entries: Mapping[str, Found]) -> Found | None:
    """The post as its page shows it now; None when nothing changed. Raises FetchProblem and SaysGone."""
    answer = await visit.get(row.url, retries=0, conditional=True)
    if answer.unchanged:
        return None
    led_away = leads_away(row.url, answer.url)
    if (led_away and not (row.listed and id_ in entries)) or await says_gone(visit, answer):
        visit.conditions.pop(row.url, None)  # "unchanged" must not mean: as gone as before
        raise SaysGone
    if led_away or not row.page:
        return None
    article = await whole_article(row.url, visit, answer)
    if article is None:
        return None
    seen = ids.digest(article.title, article.text)[:SHORT]
    if seen == row.page:
        return None
    row.page = seen
    base = entries.get(id_) or await _entry(visit, id_)
    whole = merged(base or Found(id_, "", "", row.url), article)
    return replace(whole, text=article.text, title=whole.title or article.title, digest=ids.hashed(row.digest, seen))


async def _entry(visit: "Visit", id_: str) -> Found | None:
    """The feed's own entry, asked for when the feed itself said "unchanged"; None when it is not there any more."""
    from flows.sources.feed import Feed

    if visit.entry.kind != "feed":
        return None
    entry = visit.entry
    try:
        answer = await visit.get(entry.url, limit=visit.manners.feed_bytes)
        feed: Feed = await visit.parse("feed", answer.body, answer.content_type, entry.url, platform=entry.carries)
    except FetchProblem:
        return None
    return next((f for f in Memory.load(visit.cursor).named(feed.found) if f.id == id_), None)


def _is_gone(row: Row, reason: str) -> bool:
    """Count the sign; whether it is the last one needed."""
    if reason == "http-410":
        row.strikes = STRIKES
    elif reason == "http-404":
        row.strikes += 1
    else:
        return False
    return row.strikes >= STRIKES
