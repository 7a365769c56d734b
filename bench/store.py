"""How fast the store archives posts, beside a bare sqlite3 executemany of the same rows in the same run.

python -m bench.store [--json] [--posts 20000] [--url postgresql://...]
"""

import argparse
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from bus.messages import PostScored
from store.engine import open_store
from store.posts import PostFilter, count_posts, find_posts, upsert_posts

BATCH = 256
START = datetime(2026, 11, 16, tzinfo=UTC)
SENTENCE = "云溯区夜市噪声扰民，报警以后民警十分钟就到了，现场劝导商户，居民都说处理得及时。"


def make_posts(count: int) -> list[PostScored]:
    return [
        PostScored(
            id=f"{n:032x}",
            platform="forum",
            source=f"论坛{n % 7}",
            jurisdiction="澜汀市",
            title=f"夜市噪声 {n}",
            text=f"{n} {SENTENCE * 3}",
            tokens=[SENTENCE[i : i + 2] for i in range(0, len(SENTENCE) - 1, 2)] * 3,
            published_at=START + timedelta(seconds=n),
            collected_at=START + timedelta(seconds=n + 60),
            relevant=n % 3 == 0,
            relevance=0.9 if n % 3 == 0 else 0.1,
            sentiment=-1 if n % 2 else 1,
            category="service",
            places=["云溯区"] if n % 2 else [],
            keywords=["夜市", "噪声"],
            model_version="bench",
        )
        for n in range(count)
    ]


def batches(posts: Sequence[PostScored]) -> Iterator[Sequence[PostScored]]:
    for start in range(0, len(posts), BATCH):
        yield posts[start : start + BATCH]


def bare(file: Path, posts: Sequence[PostScored]) -> float:
    """Seconds for plain sqlite3: one table, one index, the message as JSON, a commit a batch, the same durability."""
    conn = sqlite3.connect(file, isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=NORMAL")
    conn.execute("CREATE TABLE p (id TEXT PRIMARY KEY, at INTEGER, title TEXT, text TEXT, json TEXT)")
    conn.execute("CREATE INDEX p_at ON p (at, id)")
    began = time.perf_counter()
    for batch in batches(posts):
        rows = [
            (p.id, int(p.published_at.timestamp()), p.title, p.text, msgspec.json.encode(p).decode()) for p in batch
        ]
        conn.execute("BEGIN IMMEDIATE")
        conn.executemany("INSERT INTO p VALUES (?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET json = excluded.json", rows)
        conn.execute("COMMIT")
    seconds = time.perf_counter() - began
    conn.close()
    return seconds


def measure(count: int, url: str | None) -> dict[str, float | int | str]:
    posts = make_posts(count)
    with tempfile.TemporaryDirectory() as folder:
        plain = bare(Path(folder) / "bare.db", posts)
        store = open_store(url or f"sqlite:///{folder}/minyi.db")
        times = []
        for _ in range(2):  # new, then all unchanged: a replay
            began = time.perf_counter()
            for batch in batches(posts):
                with store.write() as conn:
                    upsert_posts(conn, batch)
            times.append(time.perf_counter() - began)
        began = time.perf_counter()
        with store.read() as conn:
            found = count_posts(conn, PostFilter())
            where = PostFilter(relevant=True, sentiment=-1)
            page = find_posts(conn, where)
            pages = 1
            while page.next and pages < 20:
                page = find_posts(conn, where, after=page.next)
                pages += 1
        reading = time.perf_counter() - began
        kind = store.kind
        store.close()
    return {
        "store": kind,
        "posts": count,
        "archived": found,
        "upsert_posts_per_s": round(count / times[0]),
        "replay_posts_per_s": round(count / times[1]),
        "bare_sqlite3_posts_per_s": round(count / plain),
        "ratio_to_bare": round(plain / times[0], 3),
        "page_of_50_ms": round(1000 * reading / pages, 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.store", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--url", help="measure this (empty) database instead of a new SQLite file")
    options = parser.parse_args()
    result = measure(options.posts, options.url)
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:28} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
