"""sources.yaml: the shipped file, and what the loader refuses."""

from datetime import timedelta
from pathlib import Path

import pytest

from config.loader import ConfigError
from config.settings import PROJECT
from config.sources import duration, load_sources

GOOD = "sources:\n  - name: a\n    kind: feed\n    url: http://127.0.0.1/f\n"


def test_the_shipped_file_needs_no_network() -> None:
    loaded = load_sources(PROJECT / "config" / "sources.yaml")
    assert all(e.url.startswith("http://127.0.0.1:8610/") and e.jurisdiction == "澜汀市" for e in loaded.enabled())
    assert {e.carries for e in loaded.enabled()} == {"forum", "news", "weibo"}
    assert {e.kind for e in loaded.sources} == {"feed", "forum", "weibo"}


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("    every: 10x", ":5: sources.0.every: expected 30s, 10m, 2h or 1d"),
        ("    every: 0m", ":5: sources.0.every:"),
        ("    evry: 10m", ":5: sources.0.evry: Object contains unknown field `evry` (did you mean every?)"),
        ("    kind: feed", ":5: kind: given twice"),
        ("    platform: radio", ":5: sources.0.platform: Invalid enum value 'radio'; there are news, weibo"),
        ("    auth: hunter2", ":5: sources.0.auth: expected env:NAME or file:PATH"),
        ("    users: [5861034208]", ":5: sources.0.users.0: Expected text, got a whole number (put it in quotes)"),
        ("    keywords: 民警", ":5: sources.0.keywords: Expected a list ([a, b]), got text"),
        ("    timezone: Mars/Base", "timezone: a: no such zone"),
        ("  - {name: a, kind: feed, url: http://x/}", ":5: sources.1.name: a second source is called a"),
        ("  - {name: b, kind: feed, url: ftp://x/}", ":5: sources.1: url: b: expected http://"),
        ("  - {name: b, kind: feed, url: 'http://u:p@x/'}", "holds a password"),
        ("  - {name: b, kind: carrier-pigeon, url: http://x/}", ":5: sources.1.kind:"),
        ("manners: {host_delay_seconds: -1}", ":5: manners.host_delay_seconds:"),
    ],
)
def test_a_wrong_entry_is_named_with_file_line_and_key(tmp_path: Path, line: str, named: str) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(f"{GOOD}{line}\n")
    with pytest.raises(ConfigError) as caught:
        load_sources(path)
    assert named in str(caught.value)
    assert str(path) in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_durations() -> None:
    assert [duration(d) for d in ("30s", "10m", "2h", "1d")] == [
        timedelta(seconds=30), timedelta(minutes=10), timedelta(hours=2), timedelta(days=1),
    ]  # fmt: skip
    for wrong in ("", "10", "m", "1.5h", "-1m", "0s"):
        with pytest.raises(ValueError, match="expected a number"):
            duration(wrong)
