"""The rules of a robots.txt as RFC 9309 reads them: groups, longest match, `*` and `$`. Pure."""

import re
import string
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

MAX_RULES = 5_000
MAX_PATTERN_CHARS = 2_000
UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")


@dataclass(frozen=True)
class RobotsRules:
    """What one crawler may read: (pattern, allowed) pairs and the pause the site asks for."""

    rules: tuple[tuple[str, bool], ...] = ()
    crawl_delay: float = 0.0

    def allows(self, url: str) -> bool:
        """Whether the most specific rule that matches allows the address; without one it is allowed."""
        parts = urlsplit(url)
        path = normal(parts.path or "/") + (f"?{normal(parts.query)}" if parts.query else "")
        if path == "/robots.txt":
            return True
        hits = [(len(pattern), allowed) for pattern, allowed in self.rules if matches(pattern, path)]
        return max(hits, default=(0, True))[1]  # of two equally long ones, the one that allows


@dataclass
class _Group:
    agents: list[str] = field(default_factory=list)
    rules: list[tuple[str, bool]] = field(default_factory=list)
    delay: float = 0.0
    open: bool = True
    """Still naming agents: a rule closes the list."""


def parse(text: str, agent: str) -> RobotsRules:
    """The rules for `agent`: of all groups that name it, else of the `*` groups. Unknown lines are skipped."""
    groups: list[_Group] = []
    for line in text.lstrip("\ufeff").splitlines():
        name, colon, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if not colon:
            continue
        if name == "user-agent":
            if not groups or not groups[-1].open:
                groups.append(_Group())
            groups[-1].agents.append(re.split(r"[/\s]", value.lower(), maxsplit=1)[0])
        elif groups and name in ("allow", "disallow"):
            groups[-1].open = False
            if value and len(groups[-1].rules) < MAX_RULES and len(value) <= MAX_PATTERN_CHARS:
                groups[-1].rules.append((normal(value), name == "allow"))
        elif groups and name == "crawl-delay":
            groups[-1].open = False
            if re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", value):
                groups[-1].delay = float(value)
    ours = [g for g in groups if agent.lower() in g.agents] or [g for g in groups if "*" in g.agents]
    return RobotsRules(tuple(r for g in ours for r in g.rules), max((g.delay for g in ours), default=0.0))


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern matches the start of a path; `*` is anything, a last `$` the end. Linear in the path."""
    ends = pattern.endswith("$")
    pieces = (pattern[:-1] if ends else pattern).split("*")
    if not path.startswith(pieces[0]):
        return False
    at = len(pieces[0])
    for piece in pieces[1:-1] if ends else pieces[1:]:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    if not ends:
        return True
    last = pieces[-1]
    return path == pieces[0] if len(pieces) == 1 else path.endswith(last) and len(path) - len(last) >= at


def normal(path: str) -> str:
    """One spelling of escapes: what need not be escaped is not, everything else is, in upper case."""

    def one(escape: re.Match[str]) -> str:
        char = chr(int(escape[1], 16))
        return char if char in UNRESERVED else escape[0].upper()

    return quote(re.sub(r"%([0-9A-Fa-f]{2})", one, path), safe="%/:@!$&'()*+,;=-._~?[]", errors="replace")
