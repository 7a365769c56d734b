"""After a drill: posts withdrawn, alerts cleared, and nothing of it left in the store."""

import json
import secrets
from contextlib import suppress
from pathlib import Path

from bus.messages import AlertCleared, PostWithdrawn
from commands.drill_stage import Stage
from models.drill import DRILL, ID_PREFIX
from store.alerts import AlertFilter, find_alerts
from store.drills import DrillRows, drill_on, drill_posts, forget_drills

LEDGER = "drill.json"
MOST_ALERTS = 1000


def note(home: Path, posts: list[str]) -> None:
    """Write down which posts will be published, before the first is: a drill that is killed can be taken back."""
    part = home / f"{LEDGER}.part"
    part.write_text(json.dumps({"posts": posts}), encoding="ascii")
    part.replace(home / LEDGER)


def noted(home: Path) -> list[str]:
    """The posts of an unfinished drill of this home; empty when there is none."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        return [str(post) for post in json.loads((home / LEDGER).read_text(encoding="ascii"))["posts"]]
    return []


def is_left(stage: Stage) -> bool:
    """Whether an earlier drill left anything."""
    with stage.store.read() as conn:
        return bool(noted(stage.where.home)) or drill_on(conn)


def clean(stage: Stage) -> DrillRows:
    """Take a drill back; returns what there was of it. Idempotent; raises DrillBroken when nothing consumes.

    First people are told that it is over, then its rows go, then its posts are withdrawn from detection, then what
    the withdrawal wrote goes too. Each step waits until every consumer is through with the one before.
    """
    stage.settle()
    stage.publish(_all_clears(stage))
    stage.settle()
    with stage.store.write() as conn:
        posts = sorted({*drill_posts(conn), *noted(stage.where.home)})
        found = forget_drills(conn)
    gone_at = stage.now()
    stage.publish([PostWithdrawn(id=p, source=DRILL, jurisdiction=DRILL, seen_gone_at=gone_at) for p in posts])
    stage.settle()
    with stage.store.write() as conn:
        forget_drills(conn, also_told=found.told)
    (stage.where.home / LEDGER).unlink(missing_ok=True)
    return found


def _all_clears(stage: Stage) -> list[AlertCleared]:
    """One for each event with an alert that is not over."""
    with stage.store.read() as conn:
        rows = find_alerts(conn, AlertFilter(jurisdiction=DRILL, open=True), limit=MOST_ALERTS).items
    newest = {row.alert.event: row.alert for row in reversed(rows)}
    return [
        AlertCleared(
            id=f"{ID_PREFIX}{secrets.token_hex(8)}",
            event=event,
            jurisdiction=DRILL,
            previous_level=alert.level,
            headline=alert.headline,
            words="演练结束，以上预警全部解除",
            cleared_at=stage.now(),
        )
        for event, alert in sorted(newest.items())
    ]
