"""`minyi` as a process that kills itself (SIGKILL) at a chosen point of its work, or never; its clock stands still.

python dying.py EPOCH POINT NTH COMMAND...    POINT: never, or a name of POINTS; NTH: at the how-manieth time, from 1
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import commands.collect
from bus.embedded import EmbeddedBus
from flows import collecting, settling
from flows.visit import Visit
from store import sources

POINTS = ("half-published", "published", "in-transaction", "kept", "settled")
"""Amid a batch's messages; batch acknowledged, nothing remembered; posts and cursor written, transaction open;
checkpoint written, next page not asked for; visit over, its round not written down."""


class Countdown:
    """Kills this process at the n-th call."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def after(wrapped: Callable[..., Any], die: Countdown) -> Callable[..., Any]:
    """The function, and then one step nearer to death."""

    def both(*args: Any, **named: Any) -> Any:
        done = wrapped(*args, **named)
        die()
        return done

    return both


def arrange(point: str, die: Countdown) -> None:
    """Make `die` be called at the point."""
    match point:
        case "half-published":
            publish = EmbeddedBus.publish

            def published(self: EmbeddedBus, *args: Any, **named: Any) -> None:
                publish(self, *args, **named)
                if die.left == 1:
                    self.flush()  # a first part of the batch is on the disk
                die()

            EmbeddedBus.publish = published  # type: ignore[method-assign]
        case "published":
            settling.publish = after(settling.publish, die)
        case "in-transaction":
            sources.save_cursor = after(sources.save_cursor, die)
        case "settled":
            settle = collecting._settle
            collecting._settle = lambda *args: (die(), settle(*args))[1]  # type: ignore[func-returns-value]
        case "kept":
            keep = Visit.keep

            async def kept(self: Visit, *args: Any, **named: Any) -> None:
                await keep(self, *args, **named)
                die()

            Visit.keep = kept  # type: ignore[method-assign]


def main() -> None:
    """Wire the point, stop the clock, run the command."""
    epoch, point, nth, *words = sys.argv[1:]

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(float(epoch), tz)

    vars(commands.collect)["datetime"] = Stopped
    arrange(point, Countdown(int(nth)))
    sys.argv = ["minyi", *words]
    import cli

    cli.main()


if __name__ == "__main__":
    main()
