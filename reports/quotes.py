"""Which posts a report quotes, and how: masked, cut, different from one another, never with their author."""

import re
from collections.abc import Iterable, Sequence

from bus.messages import PostScored
from models.privacy import mask
from reports.evidence import Desk
from reports.shapes import QuoteLine
from reports.words import cut

QUOTE_CHARS = 80  # three lines of the paper
READ_CHARS = 400  # masked before it is cut, so that no half of a number stays behind

_FORWARDED = re.compile(r"\s*(?:-\s*)?(?:转发\s*@|//\s*@)")  # how feeds and Weibo begin the forwarded part


def choose(posts: Iterable[PostScored], count: int) -> list[PostScored]:
    """At most `count` posts that say different things: the most seen of each intent first, then the most seen.

    Copies (same fingerprint) are quoted once; what offices publish is no voice of the public. The order never
    depends on how the store returned them.
    """
    ranked = sorted(posts, key=lambda p: (-(p.reposts + p.comments + p.likes), p.published_at, p.id))
    unlike: dict[str, PostScored] = {}
    for post in ranked:
        if post.author_kind != "government" and (post.text or post.title).strip():
            unlike.setdefault(post.fingerprint or post.id, post)
    read: dict[str, PostScored] = {}
    for post in unlike.values():
        read.setdefault("".join(ch for ch in words_of(post) if ch.isalnum()), post)
    first_of: dict[str, PostScored] = {}
    for post in read.values():
        first_of.setdefault(post.intent or "", post)
    chosen = [*first_of.values(), *(p for p in read.values() if p not in first_of.values())]
    return chosen[:count]


def quote(post: PostScored, desk: Desk) -> QuoteLine:
    """The post as a report prints it."""
    return QuoteLine(
        post=post.id,
        text=words_of(post),
        platform=post.platform,
        published_at=post.published_at,
        intent=post.intent or "",
        link=desk.post(post.id),
        url=post.url if post.url.startswith(("http://", "https://")) else "",
    )


def quoted(posts: Sequence[PostScored], count: int, desk: Desk) -> list[QuoteLine]:
    """The chosen posts, oldest first, as a reader follows a matter."""
    chosen = sorted(choose(posts, count), key=lambda p: (p.published_at, p.id))
    return [quote(post, desk) for post in chosen]


def words_of(post: PostScored) -> str:
    """The post's own words, masked and cut, without what it forwards; the title when there is no text."""
    text = (post.text or post.title)[:READ_CHARS]
    own = _FORWARDED.split(text, maxsplit=1)[0]
    return cut(mask(own if own.strip() else text), QUOTE_CHARS)
