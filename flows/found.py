"""What an adapter finds, before it becomes a post. Holds raw author names: it never leaves the collector."""

from dataclasses import dataclass, field
from datetime import datetime

from bus.messages import AuthorKind, Platform, PostCollected, PostKind
from flows import ids
from flows.bylines import unsigned
from flows.cleaning import clean
from flows.names import PERSON, PLAIN, Naming, address, without_author
from flows.text import GOVERNMENT, MEDIA
from models.privacy import follower_bucket, pseudonym


class Unreadable(Exception):
    """What a parser says of bytes that are not what they should be. `reason` is a slug (docs/collection.md)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Found:
    """One entry of a source as it was read."""

    id: str
    title: str
    text: str
    url: str = ""
    author: str = field(default="", repr=False)
    """Raw name or native id; only `to_post` reads it."""
    published_at: datetime | None = None
    kind: PostKind = "post"
    parent: str | None = None
    repost_of: str | None = None
    complete: bool = True
    """False: the entry is a teaser, the page behind `url` has the full text."""
    author_id: str = field(default="", repr=False)
    """Native id of the author; the pseudonym is made of it where there is one."""
    author_kind: AuthorKind | None = None
    """Who speaks, where the site says so (verified accounts); None: judged by the name."""
    followers: int = 0
    """As stated; `to_post` keeps the bucket only."""
    reposts: int = 0
    comments: int = 0
    likes: int = 0
    region: str = ""
    floor: int = 0
    """Place in its thread as the page shows it; 0: none."""
    platform: Platform | None = None
    """Where the post lives, when that is not what its source carries."""
    digest: str = ""
    """What tells this version from others (ids.digest); of title and text unless given. For an entry completed from
    its page it is that of the entry: the listing is what is compared next time."""


@dataclass(frozen=True)
class Refused:
    """An entry that cannot become a post. `raw` is what is known of it, without its author."""

    id: str
    reason: str
    raw: bytes


def author_kind(name: str, platform: Platform) -> AuthorKind:
    """Who speaks, by the wording of the public name; news sites speak as media."""
    if name and GOVERNMENT.search(name):
        return "government"
    if platform == "news" or (name and MEDIA.search(name)):
        return "media"
    return "unknown"


def nameless(
    title: str, text: str, *, author: str, kind: AuthorKind, platform: Platform, naming: Naming = PLAIN
) -> tuple[str, str]:
    """Title and text without account names: of their author, of those they call, of quote heads and bylines."""
    outlet = platform == "news" and MEDIA.search(author) is not None  # a headline may begin with its paper's name
    if not outlet:
        title, text = without_author(title, text, author, naming.account(author, kind) if author else PERSON)
    if platform == "news":
        return naming.called(title), naming.called(unsigned(text, author))
    return naming.said(title), naming.said(text)


def to_post(
    found: Found,
    *,
    source: str,
    platform: Platform,
    jurisdiction: str,
    key: bytes,
    now: datetime,
    revision: int = 0,
    naming: Naming = PLAIN,
) -> PostCollected:
    """The post of an entry: author as a pseudonym, `now` (marked as inferred) when no time was stated."""
    platform = found.platform or platform
    author, native = found.author.strip(), found.author_id.strip()
    kind = found.author_kind or author_kind(author, platform)
    title, text = clean(found.title).text, clean(found.text).text
    title, text = nameless(title, text, author=author, kind=kind, platform=platform, naming=naming)
    return PostCollected(
        id=found.id,
        platform=platform,
        source=source,
        jurisdiction=jurisdiction,
        url=address(ids.with_fragment(found.url), author, native) if found.url else "",
        title=title,
        text=text or title,
        author=pseudonym(key, platform, native or author) if native or author else "",
        author_kind=kind,
        followers=follower_bucket(found.followers),
        published_at=found.published_at or now,
        published_inferred=found.published_at is None,
        collected_at=now,
        kind=found.kind,
        parent=found.parent,
        repost_of=found.repost_of,
        reposts=max(found.reposts, 0),
        comments=max(found.comments, 0),
        likes=max(found.likes, 0),
        region=found.region,
        revision=revision,
        floor=max(found.floor, 0),
    )
