"""A small world to retrain in: posts whose answers can be learnt, in a corpus, a data folder and a store."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bus.messages import PostScored
from config.settings import Settings
from flows.proposing import Job
from models import dataset
from models.dataset import Row
from store.engine import open_store
from store.feedback import add_label
from store.posts import upsert_posts

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
MOODS = {-1: "民警态度恶劣,太让人失望了", 0: "民警在路口值勤", 1: "感谢民警热心帮忙,点赞"}
OTHERS = ["今天的火锅真好吃", "这部电影太无聊", "明天去爬山"]
SLANG = "鹅厂保安又拦人了"
"""A text no row of the corpus is like."""


@dataclass(frozen=True)
class World:
    """An installation whose shipped model is a small one."""

    where: Settings
    job: Job

    @property
    def models(self) -> Path:
        return self.where.home / "models"


def beside(number: int) -> str:
    """Words without meaning, others for each number: without them posts would be copies of each other."""
    return "".join(Random(number).choices("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉", k=14))


def invented(count: int = 20) -> list[Row]:
    """Six posts a number: three about the police, three about nothing of the kind."""
    rows = []
    for i in range(count):
        for mood, text in MOODS.items():
            labels = {
                "relevant": 1,
                "sentiment": mood,
                "attitude": mood,
                "category": "praise" if mood > 0 else "conduct",
                "intent": ("complaint", "statement", "praise")[mood + 1],
            }
            rows.append(Row(f"r{i}{mood}", f"第{i}天,{text},{beside(i)}", "", "own corpus", labels))
        for k, text in enumerate(OTHERS):
            more = {"relevant": 0, "sentiment": 0}
            rows.append(Row(f"o{i}{k}", f"第{i}天,{text},{beside(i)}", "", "own corpus", more))
    return rows


def write(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        for row in rows:
            named = {dataset.FIELDS[q]: a for q, a in row.labels.items()}
            out.write(json.dumps({"id": row.id, "text": row.text, **named}, ensure_ascii=False) + "\n")


def slang_posts(count: int, *, held: bool) -> list[PostScored]:
    """Posts alike in what they say, all of them held back from training or none."""
    found: list[PostScored] = []
    number = 0
    while len(found) < count:
        number += 1
        text = f"{number}号楼{SLANG},{beside(number)[:6]}"
        if dataset.is_held_back(Row("", text)) is held:
            found.append(PostScored(id=f"s{number}", text=text, source="论坛", published_at=NOON, collected_at=NOON))
    return found


def archive(where: Settings, posts: Iterable[PostScored], field: str, value: str, at: datetime = NOON) -> None:
    """Put posts into the store, each with one correction from the desk."""
    store = open_store(where.store)
    with store.write() as conn:
        upsert_posts(conn, list(posts))
        for number, post in enumerate(posts):
            at += timedelta(seconds=1)
            add_label(conn, post=post.id, field=field, value=value, by=f"w{number % 2}", now=at)
    store.close()
