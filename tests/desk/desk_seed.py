"""An invented small city on a store: posts, events, alerts, incidents, sources, processes, notices."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from bus.messages import AlertCounts, AlertRaised, EventChanged, PostScored, Reason, Window
from models.deadlines import clocks
from store.alerts import save_alert
from store.engine import Store
from store.events import save_event
from store.incidents import open_incident
from store.notices import add_notice
from store.posts import upsert_posts
from store.processes import beat
from store.sources import Round, SourceEntry, register_sources, save_round

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)  # 14:30 in Beijing
CITY = "澜汀市"
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'

SAYINGS = (
    ("亲眼看到望汐派出所门口两个辅警把一个送餐的小伙按在地上，围了好多人，有人在拍视频。", -1, "criticism"),
    ("转：望汐派出所门口打人，视频里听得清清楚楚，要求公布执法记录仪！", -1, "question"),
    ("@澜汀发布 什么时候给个说法？电话13912345678没人接。", -1, "complaint"),
    ("理性等通报吧，视频只有十几秒，前面发生了什么不知道。", 0, "statement"),
    ("我就住望汐街，当时送餐员先闯的岗，不过按在地上确实过分了。", -1, "criticism"),
    ("望汐派出所这件事，希望督察介入，别又不了了之。", -1, "question"),
)


def post(number: int, *, at: datetime, text: str, **fields: object) -> PostScored:
    """One scored post; fields override."""
    values: dict[str, object] = {
        "id": f"{number:032x}",
        "platform": "weibo",
        "source": "澜汀微博",
        "jurisdiction": CITY,
        "url": f"https://weibo.example.net/{number}",
        "text": text,
        "author": f"{number % 37:016x}",
        "author_kind": "person",
        "published_at": at,
        "collected_at": at + timedelta(seconds=40),
        "sentiment": -1,
        "sentiment_score": -0.82,
        "attitude": -1,
        "relevance": 0.94,
        "relevant": True,
        "category": "conduct",
        "intent": "criticism",
        "places": ["望汐区"],
        "keywords": ["派出所", "执法记录仪"],
        "fingerprint": blake2b(text.encode(), digest_size=8).hexdigest(),
        "model_version": "test-1",
    }
    return PostScored(**{**values, **fields})  # type: ignore[arg-type]


def crisis_posts(now: datetime, count: int = 40) -> list[PostScored]:
    """The crisis, growing towards `now`."""
    found = []
    for n in range(count):
        text, sentiment, intent = SAYINGS[n % len(SAYINGS)]
        at = now - timedelta(minutes=55) + timedelta(minutes=54) * (n / count) ** 0.5
        platform = ("weibo", "forum", "weibo", "news")[n % 4]
        source = {"weibo": "澜汀微博", "forum": "澜汀论坛", "news": "澜汀新闻"}[platform]
        found.append(
            post(
                1000 + n,
                at=at,
                text=text,
                sentiment=sentiment,
                sentiment_score=0.8 * sentiment,
                intent=intent,
                platform=platform,
                source=source,
                attitude=sentiment,
            )
        )
    return found


def alert(
    number: int, posts: list[PostScored], *, at: datetime, level: str = "orange", **fields: object
) -> AlertRaised:
    """An alert over `posts`."""
    values: dict[str, object] = {
        "id": f"alert-{number}-{level}",
        "event": f"event-{number}",
        "jurisdiction": CITY,
        "level": level,
        "headline": "望汐派出所门口辅警按倒送餐员，网友要求公布执法记录仪",
        "reasons": [
            Reason(
                rule="event-burst", measured=7.4, threshold=4.0, unit="倍", words="75 分钟内 40 帖，约为平时的 7.4 倍"
            ),
            Reason(rule="severe-post", measured=0.91, threshold=0.8, words="首帖指控使用暴力，且已有 32 位不同发帖人"),
        ],
        "counts": AlertCounts(
            posts=len(posts),
            relevant=len(posts),
            negative=sum(p.sentiment == -1 for p in posts),
            authors=min(len(posts), 32),
            reposts=5,
            platforms={"weibo": len(posts) // 2, "forum": len(posts) // 4},
            last_hour=len(posts),
        ),
        "first_post": posts[0].id,
        "posts": [p.id for p in posts][-50:],
        "place": "望汐区",
        "category": "conduct",
        "window": Window(start=posts[0].published_at, end=posts[-1].published_at),
        "raised_at": at,
        "model_version": "test-1",
    }
    return AlertRaised(**{**values, **fields})  # type: ignore[arg-type]


def event_of(raised: AlertRaised, posts: list[PostScored], phase: str = "rising") -> EventChanged:
    """The event behind an alert."""
    return EventChanged(
        id=raised.event,
        jurisdiction=raised.jurisdiction,
        headline=raised.headline,
        place=raised.place,
        category=raised.category,
        phase=phase,  # type: ignore[arg-type]
        first_post=raised.first_post,
        first_at=posts[0].published_at,
        last_at=posts[-1].published_at,
        counts=raised.counts,
        added=[p.id for p in posts],
    )


def raise_alert(store: Store, raised: AlertRaised, posts: list[PostScored], *, now: datetime) -> None:
    """Archive posts, event and alert as the consumers do; from yellow on with an incident."""
    with store.write() as conn:
        upsert_posts(conn, posts)
        save_event(conn, event_of(raised, posts))
        save_alert(conn, raised)
        found = clocks(raised.level, raised.category, raised.raised_at)
        if found:
            open_incident(conn, alert=raised, clocks=found, now=now)


def seed(store: Store, now: datetime = NOW) -> None:
    """A living desk: one crisis in two levels, one quiet story, ordinary posts, four sources, six processes."""
    crisis = crisis_posts(now)
    raise_alert(store, alert(1, crisis[:12], at=crisis[11].published_at, level="yellow"), crisis[:12], now=now)
    raised = alert(1, crisis, at=crisis[-1].published_at, previous_level="yellow")
    raise_alert(store, raised, crisis, now=now)
    slow = [
        post(
            2000 + n,
            at=now - timedelta(hours=30 - n),
            text=f"砚池区办证大厅又排到门外了，第 {n + 1} 次来。",
            platform="forum",
            source="澜汀论坛",
            category="service",
            intent="complaint",
            places=["砚池区"],
        )
        for n in range(9)
    ]
    reasons = [Reason(rule="slow-rise", measured=9, threshold=6, unit="帖", words="砚池区窗口服务一天 9 帖，高于平时")]
    rising = alert(
        2,
        slow,
        at=now - timedelta(hours=20),
        level="blue",
        headline="砚池区办证大厅排队时间长",
        reasons=reasons,
        place="砚池区",
        category="service",
    )
    raise_alert(store, rising, slow, now=now - timedelta(hours=20))
    with store.write() as conn:
        upsert_posts(conn, ordinary(now))
        _sources(conn, now)
        for name in ("desk", "score", "detect", "archive", "notify", "flows"):
            beat(conn, name=name, pid=4000, started_at=now - timedelta(hours=3), now=now, restarts=int(name == "score"))
        add_notice(
            conn,
            "source-blocked-1",
            "来源“澜汀微博”已被拦截 2 小时，这段时间的微博看不到。",
            now - timedelta(minutes=9),
        )


def ordinary(now: datetime) -> list[PostScored]:
    """A day of other posts."""
    texts = (
        ("表扬", "云溯区巡警帮老人找回走失的孙子，全程陪了三个小时，谢谢！", 1, 1, "praise", "praise", True),
        ("", "笑死，我要报警了，这猫也太可爱了。", 1, None, None, None, False),
        ("早高峰", "青岬大桥早高峰限行到几点？有人知道吗", 0, 0, "traffic", "inquiry", True),
        ("", "新开的面馆味道不错，就是排队久。", 0, None, None, None, False),
        ("通报", "警方通报：砚池区一起入室盗窃案告破，追回全部财物。", 1, 1, "crime", "statement", True),
    )
    found = []
    for n in range(60):
        title, text, sentiment, attitude, category, intent, relevant = texts[n % len(texts)]
        found.append(
            post(
                3000 + n,
                at=now - timedelta(minutes=23 * n + 3),
                title=title,
                text=text,
                sentiment=sentiment,
                sentiment_score=0.6 * sentiment,
                attitude=attitude,
                category=category,
                intent=intent,
                relevant=relevant,
                relevance=0.88 if relevant else 0.04,
                platform=("news", "forum", "weibo")[n % 3],
                source=("澜汀新闻", "澜汀论坛", "澜汀微博")[n % 3],
                places=["云溯区"] if n % 5 == 0 else [],
            )
        )
    return found


def _sources(conn: object, now: datetime) -> None:
    entries = [
        SourceEntry("澜汀新闻", "feed", CITY),
        SourceEntry("澜汀论坛", "forum", CITY),
        SourceEntry("澜汀微博", "weibo", CITY),
        SourceEntry("砚池热线", "feed", CITY),
    ]
    register_sources(conn, entries)  # type: ignore[arg-type]
    for hour in range(24):
        at = now - timedelta(hours=24 - hour)
        blocked = hour >= 22
        rounds = (
            Round(
                source="澜汀新闻",
                started_at=at,
                seconds=0.4,
                state="ok",
                new=3,
                duplicates=17,
                next_try=at + timedelta(hours=1),
            ),
            Round(
                source="澜汀论坛",
                started_at=at,
                seconds=0.6,
                state="quiet" if hour > 20 else "ok",
                new=2 * (hour <= 20),
                duplicates=18,
                next_try=at + timedelta(hours=1),
            ),
            Round(
                source="澜汀微博",
                started_at=at,
                seconds=1.2,
                state="blocked" if blocked else "ok",
                reason="http-432" if blocked else "",
                new=0 if blocked else 9,
                rejected=int(hour == 3),
                next_try=at + timedelta(hours=1),
            ),
        )
        for visit in rounds:
            save_round(conn, visit)  # type: ignore[arg-type]
