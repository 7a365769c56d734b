"""The invented texts of the city, read once from the files beside this module."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "texts"


@dataclass(frozen=True)
class Scripted:
    """One line of a story: what is said when, by whom, about what."""

    story: str
    minute: float
    """Minutes after the start of the city; negative before it."""
    platform: str
    author: str
    tone: int
    forwards: str
    """Key of the forwarded line, or empty."""
    key: str
    counts: tuple[int, int, int]
    """Reposts, comments, likes."""
    title: str
    text: str


@cache
def lines(name: str) -> tuple[str, ...]:
    """The lines of a text file, without comments and empty lines."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def ordinary(platform: str) -> tuple[tuple[str, str, str], ...]:
    """(author, title, text) of the ordinary posts of bbs, news or weibo; no author where anybody may say it."""
    rows = [line.split("|") for line in lines(f"{platform}.txt")]
    if platform == "weibo":
        return tuple(("", "", text) for (text,) in rows)
    if platform == "bbs":
        return tuple(("", title, text) for title, text in rows)
    return tuple((outlet, title, text) for outlet, title, text in rows)


@cache
def script() -> tuple[Scripted, ...]:
    """The crisis and the smaller stories, in the order they are told."""
    return tuple(_scripted(line, "crisis") for line in lines("crisis.tsv")) + tuple(
        _scripted(line, "other") for line in lines("others.tsv")
    )


def _scripted(line: str, story: str) -> Scripted:
    minute, platform, author, tone, forwards, key, counts, title, text = line.split("\t")
    reposts, comments, likes = (int(n) for n in counts.split("/"))
    return Scripted(
        story=story,
        minute=float(minute),
        platform=platform,
        author=author,
        tone=int(tone),
        forwards=forwards.strip("-"),
        key=key.strip("-"),
        counts=(reposts, comments, likes),
        title=title.strip("-"),
        text=text,
    )
