"""A writer or a consumer in its own process, to be killed: `worker.py write|consume ADDRESS HOME NAME COUNT`."""

import os
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bus import connect
from bus.messages import Message, PostCollected, PostScored, encode
from bus.runner import each, run
from bus.topics import POSTS_COLLECTED

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)


def score(message: Message) -> Sequence[Message]:
    assert isinstance(message, PostCollected)
    sys.stdout.write(message.id + "\n")
    return [
        PostScored(
            id=message.id,
            text=message.text,
            published_at=NOW,
            collected_at=NOW,
            jurisdiction=message.id[-1],
            source="w",
        )
    ]


def main() -> None:
    what, address, home, name, count = sys.argv[1:]
    options = {"session_timeout_ms": "3000", "heartbeat_interval_ms": "300"} if address.startswith("kafka") else {}
    bus = connect(address, home=Path(home), options=options)
    if what == "consume":
        threading.Thread(target=_end_with_parent, daemon=True).start()
        run(
            bus,
            group=name,
            sources=[POSTS_COLLECTED],
            handle=each(score),
            stop=threading.Event(),
            now=lambda: datetime.now(UTC),
            max_batch=20,
        )
    for start in range(0, int(count), 10):
        for n in range(start, start + 10):
            post = PostCollected(id=f"{name}-{n}", text="红灯坏了" * 50, published_at=NOW, collected_at=NOW)
            bus.publish(POSTS_COLLECTED.name, post.id, encode(post))
        bus.flush()
        sys.stdout.write(f"{start + 10}\n")
        sys.stdout.flush()
        time.sleep(0.002)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
