"""The links behind the figures, and the way back: what a link shows, counted again.

Addresses are those of the desk's pages; the query of /posts carries the fields of `store.posts.PostFilter`, times on
the clocks of Asia/Shanghai without a zone, as the date fields of the desk read them.
"""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from reports.period import BEIJING
from reports.shapes import Figure
from store.alerts import get_alert
from store.engine import Connection
from store.posts import PostFilter, count_posts

POST_FIELDS = (
    "since",
    "until",
    "jurisdiction",
    "platform",
    "source",
    "relevant",
    "sentiment",
    "attitude",
    "category",
    "intent",
    "place",
    "event",
    "copies",
)
COPIES = {True: "only", False: "0"}


class Desk:
    """Addresses on one desk; `base` without a slash at its end."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")

    def posts(self, where: PostFilter) -> str:
        """The page that lists exactly the posts of the filter."""
        given = {name: value for name in POST_FIELDS if (value := getattr(where, name)) is not None}
        return f"{self.base}/posts?{urlencode({name: _field(name, value) for name, value in given.items()})}"

    def post(self, post: str) -> str:
        """One post."""
        return f"{self.base}/posts/{quote(post, safe='')}"

    def alert(self, alert: str) -> str:
        """One alert: its rule, its numbers, its posts."""
        return f"{self.base}/alerts/{quote(alert, safe='')}"

    def incident(self, incident: str) -> str:
        """One entry of the register, with its clocks and its log."""
        return f"{self.base}/incidents/{quote(incident, safe='')}"

    @property
    def alerts(self) -> str:
        """All alerts."""
        return f"{self.base}/"

    @property
    def incidents(self) -> str:
        """The register."""
        return f"{self.base}/incidents"

    @property
    def sources(self) -> str:
        """The state of every source."""
        return f"{self.base}/health"


def read_link(link: str) -> PostFilter:
    """The filter of a /posts link. Raises ValueError for any other address or an unknown field."""
    parts = urlsplit(link)
    if not parts.path.endswith("/posts"):
        raise ValueError(f"not a list of posts: {link}")
    values: dict[str, object] = {}
    for name, text in parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True):
        if name not in POST_FIELDS:
            raise ValueError(f"unknown field {name}: {link}")
        values[name] = _value(name, text)
    return PostFilter(**values)  # type: ignore[arg-type]


def recount(conn: Connection, figure: Figure) -> int | None:
    """The figure, counted again from what its links show; None when it is no count of posts or alerts."""
    total = 0
    for sign, links in ((1, figure.evidence), (-1, figure.less)):
        for link in links:
            path = urlsplit(link).path
            if path.endswith("/posts"):
                total += sign * count_posts(conn, read_link(link))
            elif "/alerts/" in path:
                total += sign * (get_alert(conn, unquote(path.rsplit("/", 1)[1])) is not None)
            elif path != "/":
                return None
    return total


def _field(name: str, value: object) -> str:
    if name == "copies":
        return COPIES[bool(value)]
    if isinstance(value, datetime):
        at = value.astimezone(BEIJING).replace(tzinfo=None)
        return at.isoformat(timespec="microseconds" if at.microsecond else "seconds" if at.second else "minutes")
    return str(int(value)) if isinstance(value, bool) else str(value)


def _value(name: str, text: str) -> object:
    if name in ("since", "until"):
        return datetime.fromisoformat(text).replace(tzinfo=BEIJING).astimezone(UTC)
    if name == "relevant":
        return text == "1"
    if name == "copies":
        return {word: copies for copies, word in COPIES.items()}[text]
    return int(text) if name in ("sentiment", "attitude") else text
