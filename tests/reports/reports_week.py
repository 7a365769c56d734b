"""A week small enough to count by hand: 2026-W47 of 澜汀市 (fictional), and the week before it.

One line a post: id, time on Beijing clocks, source, category, sentiment, attitude, intent, place, event.
`-` = none; a post without category is not about the police.
"""

from datetime import UTC, datetime, timedelta

from bus.messages import (
    AlertCounts,
    AlertRaised,
    EventChanged,
    PostScored,
    PostWithdrawn,
    Reason,
    Window,
)
from models.deadlines import Clock
from reports.period import BEIJING
from store.alerts import save_alert
from store.engine import Store
from store.events import save_event
from store.incidents import add_statement, move, open_incident
from store.posts import upsert_posts
from store.sources import Round, SourceEntry, register_sources, save_round

CITY = "澜汀市"
NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # Monday 08:00 in Beijing
DESK = "http://desk.test:8600"
AUTHOR = "feedfacecafebeef"
FORUM, NEWS, WEIBO = "forum-lanting", "news-lanting", "weibo-lanting"
PLATFORMS = {FORUM: "forum", NEWS: "news", WEIBO: "weibo"}

THIS_WEEK = """
a01 11-16T00:00 forum-lanting service    -1 -1 complaint  云溯区 queue
a02 11-16T09:10 forum-lanting service    -1 -1 complaint  云溯区 queue
a03 11-16T10:00 weibo-lanting service     0  0 inquiry    云溯区 queue
a04 11-16T23:59 weibo-lanting traffic    -1  0 criticism  砚池区 -
a05 11-17T08:00 news-lanting  crime       0  0 statement  望汐区 -
a06 11-17T08:30 news-lanting  crime      -1  0 statement  望汐区 -
a07 11-18T07:00 weibo-lanting praise      1  1 praise     望汐区 rescue
a08 11-18T07:20 weibo-lanting praise      1  1 praise     望汐区 rescue
a09 11-18T07:40 forum-lanting praise     -1  1 praise     望汐区 rescue
a10 11-18T08:00 news-lanting  praise      1  1 statement  望汐区 rescue
a11 11-19T20:00 weibo-lanting conduct    -1 -1 question   砚池区 market
a12 11-19T20:05 weibo-lanting conduct    -1 -1 question   砚池区 market
a13 11-19T20:10 weibo-lanting conduct    -1 -1 criticism  砚池区 market
a14 11-19T20:20 weibo-lanting conduct    -1 -1 criticism  砚池区 market
a15 11-19T21:00 forum-lanting conduct     0  0 question   砚池区 market
a16 11-19T22:00 forum-lanting conduct    -1 -1 complaint  砚池区 market
a17 11-20T09:00 news-lanting  conduct     0  0 statement  砚池区 market
a18 11-20T10:00 weibo-lanting conduct    -1 -1 criticism  砚池区 market
a19 11-20T11:00 weibo-lanting service     0  0 inquiry    -      -
a20 11-21T12:00 forum-lanting service    -1 -1 complaint  青岬区 -
a21 11-21T13:00 forum-lanting rumour     -1  0 report     青岬区 -
a22 11-22T23:59 weibo-lanting other       0  0 statement  -      -
a23 11-16T12:00 weibo-lanting -           0  -  -         -      -
a24 11-17T12:00 weibo-lanting -           1  -  -         -      -
a25 11-18T12:00 weibo-lanting -          -1  -  -         -      -
a26 11-19T12:00 forum-lanting -           0  -  -         -      -
a27 11-20T12:00 forum-lanting -           0  -  -         -      -
a28 11-22T12:00 news-lanting  -           0  -  -         -      -
"""

WEEK_BEFORE = "\n".join(
    [
        *(f"b{n:02} 11-{9 + n % 7:02}T10:{n:02} forum-lanting service 0 0 inquiry 云溯区 -" for n in range(16)),
        *(f"b{n:02} 11-{9 + n % 7:02}T11:{n:02} weibo-lanting traffic -1 -1 criticism 砚池区 -" for n in range(16, 20)),
        "b20 11-15T23:59 weibo-lanting - 0 - - - -",  # one minute before the week begins
        "b21 11-23T00:00 weibo-lanting service 0 0 inquiry 云溯区 -",  # the first minute after it
    ]
)

TEXTS = {
    "a01": "排队两个小时，窗口说系统坏了。联系人 13812345678，@小李爱喝茶 也遇到了",
    "a07": "望汐派出所的民警跳下河把孩子救上来了，看哭了",
    "a11": "夜市执法视频是怎么回事？身份证 310101199001011234 的摊主说没看到证件",
    "a12": "请警方公布夜市执法的完整视频",
    "a14": "<script>alert('x')</script> 执法这样粗暴，<b>太</b>不应该 & 难看",
    "a16": "我要投诉，打了三次电话没有人接",
}
HEADLINES = {
    "queue": ("云溯区户籍窗口排队时间长", "云溯区", "service"),
    "rescue": ("望汐派出所民警救起落水儿童", "望汐区", "praise"),
    "market": ("砚池区夜市执法<视频>引发质疑 电话13987654321", "砚池区", "conduct"),
}
ADDED = timedelta(minutes=3)


def beijing(text: str) -> datetime:
    """`11-16T09:10` of 2026, Beijing time, in UTC."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BEIJING).astimezone(UTC)


def read_posts(table: str) -> tuple[list[PostScored], dict[str, list[PostScored]]]:
    """The posts of a table, and those of each event."""
    posts: list[PostScored] = []
    events: dict[str, list[PostScored]] = {}
    for line in table.split("\n"):
        if not line.strip():
            continue
        ident, at, source, category, sentiment, attitude, intent, place, event = line.split("#")[0].split()
        relevant = category != "-"
        post = PostScored(
            id=ident,
            platform=PLATFORMS[source],  # type: ignore[arg-type]
            source=source,
            jurisdiction=CITY,
            url=f"http://127.0.0.1:8610/{ident}",
            text=TEXTS.get(ident, f"第{ident}条帖文，说了一件小事"),
            author=AUTHOR,
            author_kind="person",
            published_at=beijing(at),
            collected_at=beijing(at) + ADDED,
            sentiment=int(sentiment),  # type: ignore[arg-type]
            attitude=None if attitude == "-" else int(attitude),  # type: ignore[arg-type]
            relevance=0.9 if relevant else 0.1,
            relevant=relevant,
            category=None if category == "-" else category,  # type: ignore[arg-type]
            intent=None if intent == "-" else intent,  # type: ignore[arg-type]
            places=[] if place == "-" else [place],
            fingerprint=f"{len(posts):016x}",
            likes=len(posts) % 7,
            model_version="test",
        )
        posts.append(post)
        if event != "-":
            events.setdefault(event, []).append(post)
    return posts, events


def seed(store: Store) -> None:
    """Both weeks, three events, two alerts of one event, its incident with one statement, three sources."""
    posts, events = read_posts(THIS_WEEK)
    with store.write() as conn:
        upsert_posts(conn, [*posts, *read_posts(WEEK_BEFORE)[0]])
        for name, members in events.items():
            save_event(conn, changed(name, members))
        yellow = alert("market", events["market"], "yellow", None, beijing("11-19T20:10"))
        orange = alert("market", events["market"], "orange", "yellow", beijing("11-19T20:20"))
        for raised in (yellow, orange):
            save_alert(conn, raised)
            open_incident(conn, alert=raised, clocks=due(raised), now=raised.raised_at)
        move(conn, "inc-market", "checking", by="值班员", now=beijing("11-19T20:30"))
        add_statement(
            conn,
            "inc-market",
            text="已关注夜市执法视频，正在核查，请勿拨打13712345678。",
            url="http://127.0.0.1:8610/notice",
            published_at=beijing("11-20T02:20"),
            by="值班员",
            now=beijing("11-20T02:21"),
        )
        late = alert("queue", events["queue"], "yellow", None, beijing("11-21T18:00"))
        save_alert(conn, late)
        open_incident(conn, alert=late, clocks=due(late), now=late.raised_at)
        rounds(conn)


def changed(name: str, members: list[PostScored]) -> EventChanged:
    """The state of an event after its last post."""
    headline, place, category = HEADLINES[name]
    negative = sum(p.sentiment == -1 for p in members)
    return EventChanged(
        id=name,
        jurisdiction=CITY,
        headline=headline,
        place=place,
        category=category,  # type: ignore[arg-type]
        phase="fading",
        first_post=members[0].id,
        first_at=members[0].published_at,
        last_at=members[-1].published_at,
        counts=AlertCounts(posts=len(members), relevant=len(members), negative=negative),
        added=[p.id for p in members],
    )


def alert(event: str, members: list[PostScored], level: str, before: str | None, at: datetime) -> AlertRaised:
    """An alert of an event."""
    headline, place, category = HEADLINES[event]
    return AlertRaised(
        id=f"{event}-{level}",
        event=event,
        jurisdiction=CITY,
        level=level,  # type: ignore[arg-type]
        previous_level=before,  # type: ignore[arg-type]
        headline=headline,
        reasons=[Reason(rule="event-burst", measured=4, threshold=3, words="10分钟内负面帖文4条，超过3条")],
        counts=AlertCounts(posts=len(members)),
        first_post=members[0].id,
        posts=[p.id for p in members],
        place=place,
        category=category,  # type: ignore[arg-type]
        window=Window(start=members[0].published_at, end=at),
        raised_at=at,
    )


def due(raised: AlertRaised) -> list[Clock]:
    """Yellow: 30 minutes and 48 hours; orange: 30 minutes, 5 and 24 hours."""
    start = raised.raised_at
    if raised.level == "yellow":
        return [Clock("acknowledge", start + timedelta(minutes=30)), Clock("response", start + timedelta(hours=48))]
    return [
        Clock("acknowledge", start + timedelta(minutes=30)),
        Clock("authoritative_information", start + timedelta(hours=5)),
        Clock("press_conference", start + timedelta(hours=24)),
    ]


def rounds(conn) -> None:  # type: ignore[no-untyped-def]
    """Every hour a round of each source; weibo is blocked on Thursday from 03:00 to 09:00."""
    register_sources(conn, [SourceEntry(name, PLATFORMS[name], CITY) for name in (FORUM, NEWS, WEIBO)])
    at = beijing("11-15T22:00")
    while at <= NOW:
        for name in (FORUM, NEWS, WEIBO):
            blocked = name == WEIBO and beijing("11-19T03:00") <= at < beijing("11-19T09:00")
            save_round(
                conn,
                Round(
                    source=name,
                    started_at=at,
                    seconds=1.0,
                    state="blocked" if blocked else "ok",
                    reason="HTTP 432" if blocked else "",
                    next_try=at + timedelta(hours=1),
                ),
            )
        at += timedelta(hours=1)


def gone(post: str) -> PostWithdrawn:
    """A post that its source took down."""
    return PostWithdrawn(id=post, source=WEIBO, seen_gone_at=NOW)
