"""Figures -> files: the one place that writes reports.

Nothing is written before every statement has its evidence, and a file appears whole or not at all.
"""

import os
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from reports import digest_docx, digest_html, digest_json, event_wording, wording
from reports.document import Document, unsupported
from reports.event_figures import EventReport, event_figures
from reports.figures import period_figures
from reports.period import IsoWeek, Period
from reports.shapes import Digest
from store.engine import Store

Format = Literal["docx", "html", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)


class Uncited(Exception):
    """A report would print something that cannot be opened: a bug of ours, so nothing is written."""


def write_week(
    store: Store,
    week: IsoWeek | str,
    out_dir: Path,
    *,
    formats: Sequence[Format] = FORMATS,
    now: datetime,
    base_url: str,
    jurisdiction: str | None = None,
) -> list[Path]:
    """Write the digest of one ISO week; returns the files, `digest-2026-W47.docx` and so on.

    The same store, week and minute give the same bytes. An existing file is replaced.
    Raises ValueError for a week that is none, StoreUnavailable, OSError when the folder cannot be written.
    """
    period = (IsoWeek.parse(week) if isinstance(week, str) else week).period()
    return write_period(store, period, out_dir, formats=formats, now=now, base_url=base_url, jurisdiction=jurisdiction)


def write_period(
    store: Store,
    period: Period,
    out_dir: Path,
    *,
    formats: Sequence[Format] = FORMATS,
    now: datetime,
    base_url: str,
    jurisdiction: str | None = None,
) -> list[Path]:
    """The same for any day, week or month."""
    with store.read() as conn:
        digest = period_figures(conn, period, now=now, base_url=base_url, jurisdiction=jurisdiction)
    place = f"-{_slug(jurisdiction)}" if jurisdiction else ""
    return _write(digest, wording.document(digest), out_dir, f"digest-{period.slug}{place}", formats, made=digest.until)


def write_event(
    store: Store, event: str, out_dir: Path, *, formats: Sequence[Format] = FORMATS, now: datetime, base_url: str
) -> list[Path]:
    """Write the report on one event. Raises LookupError when the store does not know it."""
    with store.read() as conn:
        report = event_figures(conn, event, now=now, base_url=base_url)
    name = f"event-{_slug(event)}"
    return _write(report, event_wording.document(report), out_dir, name, formats, made=report.event.last_at)


def _write(
    figures: Digest | EventReport,
    document: Document,
    out_dir: Path,
    name: str,
    formats: Sequence[Format],
    *,
    made: datetime,
) -> list[Path]:
    missing = unsupported(document)
    if missing:
        raise Uncited("; ".join(missing[:3]))
    render = {
        "docx": lambda: digest_docx.render(document, made=made),
        "html": lambda: digest_html.render(document),
        "json": lambda: digest_json.render(figures),
    }
    out_dir.mkdir(parents=True, exist_ok=True)
    return [_replace(out_dir / f"{name}.{kind}", render[kind]()) for kind in dict.fromkeys(formats)]


def _replace(path: Path, data: bytes) -> Path:
    """Write beside the target and move it into place: a reader never sees half a file."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def _slug(text: str) -> str:
    """Safe in a file name on every system: letters (Chinese too), digits, dash and underscore."""
    return "".join(ch if ch.isalnum() or ch in "-_" else "-" for ch in text).strip("-")[:60] or "x"
