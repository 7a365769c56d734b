"""What one feed or list page remembers of its entries: which version it showed, and when their pages are due again.

Kept in the source's cursor. A post may come from several sources: whether it changed is judged against what *this*
source showed last, so that two feeds with different teasers of one article do not take turns in changing it.
Pure: time is an argument.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flows import ids
from flows.found import Found
from flows.settling import Known
from flows.sources.article import Article

KEY, ALIASES = "entries", "aliases"
ROWS = 600  # entries remembered; a longer feed is compared by what is remembered of the posts themselves
ALIASES_KEPT = 300
FIRST_AGAIN = timedelta(hours=1)  # a page is asked for again at twice its age, an hour at the least
LONGEST = timedelta(days=7)  # an older article is left alone
OF_ARTICLE = re.compile(r"\d|\.\w{3,5}\b")  # a page that calls a whole section its own address is not believed
AT_ONCE = 1
SHORT = 12  # characters of a digest: told apart from one other version only


@dataclass
class Row:
    """One entry."""

    digest: str
    """Of the entry as this source showed it last (its first characters)."""
    url: str = ""
    """Empty: its page is not looked at again."""
    due: int = 0
    """Epoch seconds of the next look at its page."""
    published: int = 0
    strikes: int = 0
    """Signs in a row that it is gone: missing in its feed, 404."""
    page: str = ""
    """Digest of its page's text (first characters); empty: the entry says all."""
    listed: bool = True
    """Whether the feed shows it now."""


@dataclass
class Memory:
    """All of one source, newest last."""

    rows: dict[str, Row] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    """Id by the address the feed gives -> id by the address the page calls its own."""

    @classmethod
    def load(cls, cursor: Mapping[str, str]) -> "Memory":
        """From a source's cursor; empty when there is none or it cannot be read."""
        try:
            rows = {i: Row(*values) for i, values in json.loads(cursor.get(KEY) or "{}").items()}
            return cls(rows, json.loads(cursor.get(ALIASES) or "{}"))
        except (ValueError, TypeError, AttributeError):
            return cls()

    def dump(self) -> dict[str, str]:
        """As the source's cursor."""
        kept = dict(list(self.rows.items())[-ROWS:])
        packed = {
            i: [r.digest, r.url, r.due, r.published, r.strikes, r.page, r.listed] for i, r in kept.items()
        }  # fmt: skip
        aliases = dict(list(self.aliases.items())[-ALIASES_KEPT:])
        return {KEY: json.dumps(packed, separators=(",", ":")), ALIASES: json.dumps(aliases, separators=(",", ":"))}

    def named(self, found: Iterable[Found]) -> list[Found]:
        """The entries under the ids their pages are known by, each with the digest of what its feed shows."""
        renamed = [replace(f, id=self.aliases.get(f.id, f.id), digest=ids.digest(f.title, f.text)) for f in found]
        return list({f.id: f for f in reversed(renamed)}.values())[::-1]

    def is_known(self, found: Found, known: Mapping[str, Known]) -> bool:
        """Whether this entry has nothing new: shown like this before, or already come from another source."""
        if found.id not in known:
            return False
        row = self.rows.get(found.id)
        if row is None:
            return len(self.rows) < ROWS or known[found.id].digest == found.digest
        return row.digest == found.digest[:SHORT]

    def note(self, listed: Sequence[Found], now: datetime, *, looked_at: bool) -> None:
        """These are the entries of the feed now. An entry that vanished from among the others has one strike.

        looked_at: pages of this source's entries are looked at again.
        """
        here = {f.id: f for f in listed}
        before = [i for i, r in self.rows.items() if r.listed]
        oldest = next((n for n, i in enumerate(before) if i in here), len(before))
        fresh = sum(i not in self.rows for i in here)
        pushed_out = bool(here) and oldest <= fresh  # at the old end, by as many new ones
        for place, id_ in enumerate(before):
            row = self.rows[id_]
            row.listed = id_ in here
            if here and not row.listed and row.url and (place > oldest or not pushed_out):
                row.strikes, row.due = max(row.strikes, 1), AT_ONCE
        for found in sorted(listed, key=lambda f: f.published_at or now):
            old = self.rows.pop(found.id, None)
            row = old or Row("", published=int((found.published_at or now).timestamp()))
            if row.digest != found.digest[:SHORT]:
                row.digest, row.strikes = found.digest[:SHORT], 0
            row.url = found.url if looked_at else ""
            row.due = row.due or self.next_look(row, now)
            self.rows[found.id] = row

    def noted_page(self, post: Found, article: Article, platform: str) -> Found:
        """A post read from its page: under the id of the address the page calls its own, its text remembered."""
        row = self.rows.get(post.id)
        if row is not None:
            row.page = ids.digest(article.title, article.text)[:SHORT]
        parts = urlsplit(article.canonical)
        if row is None or not OF_ARTICLE.search(f"{parts.path}?{parts.query}"):
            return post
        own = ids.post_id(platform, "", article.canonical)
        given = ids.post_id(platform, "", post.url) if post.url else ""
        if own == given or given != post.id or own in self.rows:  # a feed's own id is not overruled, nor a neighbour
            return post
        self.rows[own] = self.rows.pop(post.id)
        self.aliases[post.id] = own
        return replace(post, id=own, url=article.canonical)

    def due(self, now: datetime, most: int) -> list[tuple[str, Row]]:
        """The entries whose pages are due: struck ones first, then the newest."""
        stamp = int(now.timestamp())
        ready = [(i, r) for i, r in self.rows.items() if r.url and r.due <= stamp]
        ready = [(i, r) for i, r in ready if r.strikes or stamp - r.published <= LONGEST.total_seconds()]
        return sorted(ready, key=lambda pair: (-pair[1].strikes, -pair[1].published))[:most]

    @staticmethod
    def next_look(row: Row, now: datetime) -> int:
        """Epoch seconds of the next look: as long from now as the article is old."""
        stamp = int(now.timestamp())
        return stamp + max(int(FIRST_AGAIN.total_seconds()), stamp - row.published)
