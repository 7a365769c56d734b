"""`python -m example --port 8610 [--host 127.0.0.1] [--started 2026-01-31T08:00:00+08:00]`: serve the example city."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from example.server import City


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C. Returns 0, or 2 when the arguments or the port cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m example", description="示例城市澜汀市：论坛、新闻、微博三个订阅源")
    parser.add_argument("--port", type=int, default=8610, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--started", type=_moment, default=None, help="ISO time with zone; now unless given")
    wanted = parser.parse_args(argv)
    try:
        city = City(wanted.host, wanted.port, wanted.started or datetime.now(UTC), lambda: datetime.now(UTC))
    except (OSError, OverflowError) as err:
        reason = getattr(err, "strerror", None) or str(err)
        print(
            f"example: cannot listen on {wanted.host}:{wanted.port}: {reason}; choose another --port", file=sys.stderr
        )
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=city.shutdown).start())
    print(f"example: 澜汀市 {city.address}", flush=True)
    with city:
        city.serve_forever(poll_interval=0.2)
    return 0


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not an ISO time: {text}") from None
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"no zone in {text}; write e.g. 2026-01-31T08:00:00+08:00")
    return moment


if __name__ == "__main__":
    sys.exit(main())
