"""周报 (/digests): the finished digests under home/digests, newest first, to read or download."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from desk.times import local
from desk.view import ViewDep

router = APIRouter()

FOLDER = "digests"
NAME = re.compile(r"\w[\w.-]{0,150}\.(docx|html|json)")
KINDS = {"docx": "Word", "html": "网页", "json": "数据"}


@dataclass(frozen=True)
class Digest:
    """One digest: its file name without ending, and the files by ending."""

    name: str
    words: str
    files: dict[str, int]
    """Ending -> size in bytes, in the order docx, html, json."""
    made_at: datetime


@router.get("/digests", response_class=HTMLResponse)
def digests_page(view: ViewDep) -> HTMLResponse:
    """The list."""
    with view.desk.store.read() as conn:
        return view.render(
            conn,
            "digests.html",
            here="digests",
            digests=find_digests(view.desk.home),
            kinds=KINDS,
            this_week=week_of(view.desk.now()),
            last_week=week_of(view.desk.now() - timedelta(days=7)),
        )


def week_of(at: datetime) -> str:
    """The ISO week of a moment on Beijing clocks, as a week field writes it: `2026-W47`."""
    year, week, _ = local(at).isocalendar()
    return f"{year}-W{week:02d}"


def find_digests(home: Path) -> list[Digest]:
    """Every digest below home/digests (and one folder deeper), newest name first; empty without the folder."""
    found: dict[str, dict[str, Path]] = {}
    for path in _files(home / FOLDER):
        found.setdefault(path.stem, {})[path.suffix[1:]] = path
    digests = [_digest(stem, files) for stem, files in found.items()]
    return sorted(digests, key=lambda d: (d.made_at, d.name), reverse=True)


def find_file(home: Path, name: str) -> Path | None:
    """The digest file called `name`; only names that the list shows are ever opened."""
    return next((path for path in _files(home / FOLDER) if path.name == name), None)


def title(stem: str) -> str:
    """What a file name says: `…2026-W47…` is `2026 年第 47 周`; anything else stays as it is."""
    week = re.search(r"(\d{4})-W(\d{2})", stem)
    if week:
        return f"{week[1]} 年第 {int(week[2])} 周"
    day = re.search(r"(\d{4})-(\d{2})-(\d{2})", stem)
    if day:
        return f"{day[1]} 年 {int(day[2])} 月 {int(day[3])} 日"
    month = re.search(r"(\d{4})-(\d{2})", stem)
    return f"{month[1]} 年 {int(month[2])} 月" if month else stem


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in sorted([*folder.glob("*"), *folder.glob("*/*")]):
        if path.is_file() and not path.is_symlink() and NAME.fullmatch(path.name):
            yield path


def _digest(stem: str, files: dict[str, Path]) -> Digest:
    sizes = {ending: files[ending].stat().st_size for ending in KINDS if ending in files}
    newest = max(path.stat().st_mtime for path in files.values())
    return Digest(stem, title(stem), sizes, datetime.fromtimestamp(newest, UTC))
