"""Serves captured forums and holds what was collected from them against their truth. Also a scorer by hand:

python -m tests.flows.forum_truth FOLDER    prints the figures of one crawl
"""

import contextlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bus.messages import PostCollected
from flows import ids
from flows.sources.anyforum import parse_page
from models.privacy import pseudonym

SITES = Path(__file__).resolve().parents[3] / "shared" / "data" / "web"
ENGINES = {"forum_discuz": "discuz", "forum_mybb": "mybb"}


@dataclass(frozen=True)
class Served:
    """A captured site on loopback."""

    url: str
    now: datetime
    log: Path

    def requests(self) -> list[dict[str, Any]]:
        """What it was asked, in order."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()] if self.log.exists() else []


@contextlib.contextmanager
def serve(folder: Path, log: Path, *faults: str) -> Iterator[Served]:
    """The site in `folder`, with the faults serve.py knows."""
    command = [sys.executable, str(SITES / "serve.py"), str(folder), "--log", str(log), *faults]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        try:
            assert child.stdout is not None
            said = json.loads(child.stdout.readline())
            yield Served(said["url"].rstrip("/") + "/", datetime.fromtimestamp(said["captured_at"], UTC), log)
        finally:
            child.terminate()


def truth(folder: Path) -> list[dict[str, Any]]:
    """The rows of expected.jsonl."""
    return [json.loads(line) for line in (folder / "expected.jsonl").read_text("utf-8").splitlines()]


@dataclass(frozen=True)
class Score:
    """Shares of the posts there are (recall) and of the posts found (the others)."""

    expected: int
    found: int
    extra: int
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def recall(self) -> float:
        """Of the posts that say something."""
        return self.found / self.expected if self.expected else 1.0

    def right(self, what: str) -> float:
        """Share of found posts whose author, time, text, title or parent is right."""
        return 1 - self.wrong[what] / self.found if self.found else 0.0

    def __str__(self) -> str:
        shares = "  ".join(f"{w} {self.right(w):.4f}" for w in ("author", "time", "text", "title", "parent"))
        return f"{self.found} of {self.expected} posts, recall {self.recall:.4f}, extra {self.extra}  {shares}"


def score(
    posts: Sequence[PostCollected], rows: Sequence[Mapping[str, Any]], *, engine: str, url: str, key: bytes
) -> Score:
    """What was published against the truth. A shielded post has no words and must not be there."""
    host = urlsplit(url).netloc
    threads = {r["tid"]: r for r in rows if r["kind"] == "thread"}
    here = {p.id: p for p in posts}
    wanted = {native(engine, r["tid"], r["pid"], host): r for r in rows if r["kind"] == "post" and r["body"]}
    openers = {r["tid"]: r["pid"] for r in rows if r["kind"] == "post" and r["first"]}
    wrong: Counter[str] = Counter()
    for post_id, row in wanted.items():
        post = here.get(post_id)
        if post is None:
            continue
        who = f"{host}/{row['author_uid'] or row['author']}" if row["author"] else ""
        wrong["author"] += post.author != (pseudonym(key, "forum", who) if who else "")
        wrong["time"] += abs(post.published_at.timestamp() - row["posted_at"]) >= (60 if row.get("precision") else 1)
        wrong["time"] += post.published_inferred
        wrong["text"] += folded(post.text) != folded(row["body"])
        wrong["title"] += folded(post.title) != (folded(threads[row["tid"]]["title"]) if row["first"] else "")
        parent = row["reply_to_pid"] or (None if row["first"] else openers[row["tid"]])
        wrong["parent"] += post.parent != (native(engine, row["tid"], parent, host) if parent else None)
    return Score(len(wanted), len(wanted.keys() & here.keys()), len(here.keys() - wanted.keys()), wrong)


def score_floors(folder: Path, rows: Sequence[Mapping[str, Any]]) -> float:
    """Share of floors whose number is what the page shows: posts removed from the pages leave no gap there."""
    index = json.loads((folder / "index.json").read_text("utf-8"))
    now = datetime.fromtimestamp(index["captured_at"], UTC)
    shown: dict[str, int] = {}
    for number in threads_floors(rows):
        shown.update(number)
    right = checked = 0
    for target, page in index["pages"].items():
        if page["status"] != 200 or "mobile" in target or not ("viewthread" in target or "showthread" in target):
            continue
        body = (folder / page["file"]).read_bytes()
        for floor in parse_page(
            body, "text/html; charset=utf-8", index["origin"] + target, now, "Asia/Shanghai"
        ).floors:
            checked += 1
            right += floor.floor == shown.get(floor.pid)
    return right / checked if checked else 0.0


def threads_floors(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, int]]:
    """Of each thread: native id of a visible post -> its place."""
    for tid in {r["tid"] for r in rows if r["kind"] == "thread"}:
        visible = sorted((r for r in rows if r["kind"] == "post" and r["tid"] == tid), key=lambda r: r["floor"])
        yield {str(r["pid"]): place for place, r in enumerate(visible, 1)}


def native(engine: str, tid: int, pid: int, host: str) -> str:
    """The id a post must have."""
    return ids.post_id("forum", f"{engine}:{tid}:{pid}", "", scope=host)


def folded(text: str) -> str:
    """Without white space."""
    return "".join(text.split())
