"""Posts: archived by consumers/archive, read by desk and reports."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    case,
    delete,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    type_coerce,
)

from bus.messages import PostScored
from models.drill import DRILL
from store import changes, copies, quotes
from store.paging import Page, fetch_page
from store.sameness import keys
from store.sql import JsonText, archive_alone, chunks, insert
from store.standing import standing_for
from store.tables import labels, members, post_places, posts, withdrawn
from store.types import micros, plain

BEIJING = timedelta(hours=8)

_rest = msgspec.json.Decoder(PostScored)


@dataclass(frozen=True)
class Upserted:
    """What became of a batch; withdrawn posts count as unchanged."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class PostRow:
    """A post and the event it belongs to, if any."""

    post: PostScored
    event: str | None = None
    copy_of: str | None = None
    """The post with exactly the same text that is shown instead; None when this one is."""


@dataclass(frozen=True, kw_only=True)
class PostFilter:
    """Which posts; every field that is set narrows the choice.

    Posts of a drill are chosen only by what names it: its jurisdiction, source or event, or posts one by one.
    """

    since: datetime | None = None
    """published_at, inclusive."""
    until: datetime | None = None
    """published_at, exclusive."""
    jurisdiction: str | None = None
    platform: str | None = None
    source: str | None = None
    relevant: bool | None = None
    sentiment: int | None = None
    attitude: int | None = None
    against: bool | None = None
    """True: what alerts and events count as negative (`is_against`). Costly but for posts of an event or by id."""
    category: str | None = None
    intent: str | None = None
    place: str | None = None
    event: str | None = None
    text: str | None = None
    """A part of title or text; upper and lower case alike; % and _ mean themselves."""
    ids: Iterable[str] | None = None
    min_relevance: float | None = None
    same: str | None = None
    """This post and all that say exactly the same."""
    copies: bool | None = None
    """None: every post. False: each text once, by the first of the chosen posts. True: what False leaves out."""


def upsert_posts(conn: Connection, batch: Sequence[PostScored]) -> Upserted:
    """Archive posts: a higher revision replaces a lower one, everything else stays as it is.

    Withdrawn posts do not come back, unless they were collected again after they were seen gone (hidden for a review,
    then shown). The same batch again changes nothing.
    """
    newest: dict[str, PostScored] = {}
    for post in batch:
        if post.id not in newest or post.revision > newest[post.id].revision:
            newest[post.id] = post
    archive_alone(conn)
    gone = _kept_away(conn, newest)
    had = _revisions(conn, newest)
    todo = [p for i, p in sorted(newest.items()) if i not in gone and (i not in had or p.revision > had[i])]
    if todo:
        left = copies.texts_of(conn, [p.id for p in todo if p.id in had])
        copies.rejoin(conn, left | _write(conn, todo))
        changes.touch(conn, "posts")
    new = sum(p.id not in had for p in todo)
    return Upserted(new, len(todo) - new, len(batch) - len(todo))


def withdraw_post(conn: Connection, post: str, at: datetime) -> bool:
    """A post is gone at its source: row, places, membership, labels and quotes go, a tombstone stays.

    True when it was archived until now. A replay does not bring it back. One collected after `at` stays: it was back.
    """
    archive_alone(conn)
    row = conn.execute(select(posts.c.title, posts.c.text, posts.c.collected_at).where(posts.c.id == post)).first()
    if row is not None and row.collected_at > at:
        return False
    tomb = insert(conn, withdrawn).values(id=post, at=at)
    later = tomb.excluded.at > withdrawn.c.at
    conn.execute(tomb.on_conflict_do_update(index_elements=["id"], set_={"at": tomb.excluded.at}, where=later))
    quotes.forget(conn, post, None if row is None else row.title + "\n" + row.text, at)
    forget_rows(conn, [post])
    changes.touch(conn, "posts")
    return row is not None


def forget_rows(conn: Connection, ids: Sequence[str]) -> None:
    """Delete posts with their places, membership and labels; leaves no tombstone (see withdraw_post).

    Of what they were the originals of, the next copy takes their place.
    """
    texts = copies.texts_of(conn, ids)
    for part in chunks(ids):
        conn.execute(delete(post_places).where(post_places.c.post.in_(part)))
        conn.execute(delete(members).where(members.c.post.in_(part)))
        conn.execute(delete(labels).where(labels.c.post.in_(part)))
        conn.execute(delete(posts).where(posts.c.id.in_(part)))
    copies.rejoin(conn, texts)


def get_post(conn: Connection, post: str) -> PostRow | None:
    """The post, or None when it is not archived (or no longer)."""
    row = conn.execute(select_posts().where(posts.c.id == post)).first()
    return None if row is None else make_row(row)


def find_posts(conn: Connection, where: PostFilter, *, limit: int = 50, after: str | None = None) -> Page[PostRow]:
    """Posts, newest first; `after` is the `next` of the page before."""
    query = select_posts().where(*conditions(where))
    return fetch_page(conn, query, by=(posts.c.published_at, posts.c.id), limit=limit, after=after, make=make_row)


def count_posts(conn: Connection, where: PostFilter) -> int:
    """How many posts."""
    return conn.execute(select(func.count()).select_from(posts).where(*conditions(where))).scalar_one()


def post_ids(conn: Connection, where: PostFilter) -> set[str]:
    """The ids of all of them."""
    return set(conn.execute(select(posts.c.id).where(*conditions(where))).scalars())


def is_negative() -> ColumnElement[bool]:
    """Negative in the figures of reports and trends: a relevant post of negative sentiment."""
    return and_(posts.c.relevant, posts.c.sentiment == -1)


def is_against(of: FromClause = posts) -> ColumnElement[bool]:
    """Negative as alerts and events count it (models/events.py: polarity, take_from): about the police, itself or by
    what it forwards or answers, and negative towards them where it takes sides, else in mood; what takes no side
    passes on the negativity of its original."""
    original = posts.alias("passed_on")
    named = func.coalesce(JsonText(of.c.rest_json, "repost_of"), JsonText(of.c.rest_json, "parent"))
    about = select(original.c.id).where(original.c.id == named, original.c.relevant)
    own = _polarity(of)
    return or_(
        and_(own == -1, or_(of.c.relevant, about.correlate(of).exists())),
        and_(own == 0, about.where(_polarity(original) == -1).correlate(of).exists()),
    )


def _polarity(of: FromClause) -> ColumnElement[int]:
    return case((of.c.attitude.in_((-1, 1)), of.c.attitude), else_=of.c.sentiment)


def bucket(size_us: int, zone: timedelta) -> ColumnElement[int]:
    """The number of the day or hour (size_us) of publication since 1970, local to `zone`."""
    shift, size = (literal_column(str(n), BigInteger) for n in (zone // timedelta(microseconds=1), size_us))
    return (type_coerce(posts.c.published_at, BigInteger) + shift) // size


def conditions(where: PostFilter, of: FromClause = posts) -> list[ColumnElement[bool]]:
    """The filter as SQL conditions on `posts` (or an alias); for select(...).where(*conditions(f))."""
    if where.ids is not None:
        where = replace(where, ids=tuple(where.ids))  # an iterator is read more than once below
    found = [*_of_the_columns(where, of), *_of_other_rows(where, of)]
    if where.copies is not None:
        again = _said_before(replace(where, copies=None))
        found.append(again if where.copies else not_(again))
    return found


def _of_the_columns(where: PostFilter, of: FromClause) -> list[ColumnElement[bool]]:
    exact = ("jurisdiction", "platform", "source", "sentiment", "attitude", "category", "intent")
    found: list[ColumnElement[bool]] = [
        of.c[name] == value for name in exact if (value := getattr(where, name)) is not None
    ]
    if where.relevant is not None:  # not `= value`: only a constant lets the database use the partial index
        found.append(of.c.relevant if where.relevant else not_(of.c.relevant))
    if where.since is not None:
        found.append(of.c.published_at >= where.since)
    if where.until is not None:
        found.append(of.c.published_at < where.until)
    if where.min_relevance is not None:
        found.append(of.c.relevance >= where.min_relevance)
    if where.ids is not None:
        found.append(of.c.id.in_(list(where.ids)))
    if all(named is None for named in (where.jurisdiction, where.source, where.event, where.same, where.ids)):
        drill = posts.alias("drill")  # a short list, made once: the index on the time still answers alone
        found.append(of.c.id.not_in(select(drill.c.id).where(drill.c.jurisdiction == DRILL)))
    if where.text:
        part = plain(where.text)
        found.append(or_(of.c.title.icontains(part, autoescape=True), of.c.text.icontains(part, autoescape=True)))
    return found


def _of_other_rows(where: PostFilter, of: FromClause) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if where.against is not None:
        found.append(is_against(of) if where.against else not_(is_against(of)))
    if where.place is not None:
        # EXISTS walks the posts in time order and stops with the page; IN (...) read all posts of the place first
        named = select(post_places.c.post).where(post_places.c.place == where.place, post_places.c.post == of.c.id)
        found.append(named.correlate(of).exists())
    if where.event is not None:
        found.append(of.c.id.in_(select(members.c.post).where(members.c.event == standing_for(where.event))))
    if where.same is not None:
        asked = posts.alias("asked")
        first = select(func.coalesce(asked.c.copy_of, asked.c.id)).where(asked.c.id == where.same).scalar_subquery()
        found.append(or_(of.c.id == first, of.c.copy_of == first))
    return found


def _said_before(where: PostFilter) -> ColumnElement[bool]:
    """Whether an earlier post with the same text is among the chosen ones too; never asked of an original."""
    original, other = posts.alias("original"), posts.alias("other")
    shown = select(original.c.id).where(original.c.id == posts.c.copy_of, *conditions(where, original))
    earlier = tuple_(other.c.published_at, other.c.id) < tuple_(posts.c.published_at, posts.c.id)
    sooner = select(other.c.id).where(other.c.copy_of == posts.c.copy_of, earlier, *conditions(where, other))
    either = or_(shown.correlate(posts).exists(), sooner.correlate(posts).exists())
    return and_(posts.c.copy_of.is_not(None), either)


def select_posts() -> Select[Any]:
    """Posts with their event, in the shape `make_row` reads."""
    joined = posts.outerjoin(members, members.c.post == posts.c.id)
    return select(posts.c.title, posts.c.text, posts.c.rest_json, posts.c.copy_of, members.c.event).select_from(joined)


def make_row(row: Row[Any]) -> PostRow:
    """A row of `select_posts` as a PostRow."""
    post = msgspec.structs.replace(_rest.decode(row.rest_json), title=row.title, text=row.text)
    return PostRow(post, row.event, row.copy_of)


def _kept_away(conn: Connection, batch: Mapping[str, PostScored]) -> set[str]:
    """Those of the batch that were seen gone since they were collected. Older tombstones of the others go."""
    query = select(withdrawn.c.id, withdrawn.c.at)
    tombs = {row.id: row.at for part in chunks(batch) for row in conn.execute(query.where(withdrawn.c.id.in_(part)))}
    back = {i for i, at in tombs.items() if batch[i].collected_at > at}
    for part in chunks(back):
        conn.execute(delete(withdrawn).where(withdrawn.c.id.in_(part)))
    return tombs.keys() - back


def _revisions(conn: Connection, ids: Iterable[str]) -> dict[str, int]:
    query = select(posts.c.id, posts.c.revision)
    return {row.id: row.revision for part in chunks(ids) for row in conn.execute(query.where(posts.c.id.in_(part)))}


def _write(conn: Connection, batch: Sequence[PostScored]) -> set[str]:
    """Insert or replace; the text keys of the batch."""
    rows = [_values(post) for post in batch]
    statement = insert(conn, posts)
    others = {c.name: statement.excluded[c.name] for c in posts.c if c.name != "id"}
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_=others, where=statement.excluded.revision > posts.c.revision
        ),
        rows,
    )
    for part in chunks([post.id for post in batch]):
        conn.execute(delete(post_places).where(post_places.c.post.in_(part)))
    places = [{"post": post.id, "place": plain(place)} for post in batch for place in dict.fromkeys(post.places)]
    if places:
        conn.execute(insert(conn, post_places).on_conflict_do_nothing(), places)
    return {row["text_key"] for row in rows if row["text_key"] is not None}


def _values(post: PostScored) -> dict[str, Any]:
    key = keys(post)
    return {
        "id": post.id,
        "published_at": micros(post.published_at),
        "collected_at": micros(post.collected_at),
        "jurisdiction": plain(post.jurisdiction),
        "platform": post.platform,
        "source": plain(post.source),
        "relevant": post.relevant,
        "relevance": post.relevance,
        "sentiment": post.sentiment,
        "attitude": post.attitude,
        "category": post.category,
        "intent": post.intent,
        "revision": post.revision,
        "title": plain(post.title),
        "text": plain(post.text),
        "rest_json": msgspec.json.encode(msgspec.structs.replace(post, title="", text="")).decode(),
        "text_key": key.text,
        "title_key": key.title,
    }
