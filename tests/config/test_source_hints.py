"""What in sources.yaml is valid and does nothing is said, with file, line and field."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from commands.check import check
from config.loader import ConfigError
from config.settings import PROJECT
from config.source_hints import hints
from config.sources import load_sources


def said(tmp_path: Path, entry: str, manners: str = "") -> list[str]:
    path = tmp_path / "sources.yaml"
    path.write_text(f"sources:\n  - name: a\n{entry}\n{manners}", encoding="utf-8")
    return [str(hint).removeprefix(f"{path}:") for hint in hints(path, load_sources(path))]


OPEN = "    kind: weibo\n    url: https://api.weibo.com/\n    api: open\n    auth: env:T\n"
MOBILE = "    kind: weibo\n    url: https://m.weibo.cn/\n"
HUB = "    kind: weibo\n    api: rsshub\n    url: http://127.0.0.1:1200/weibo/keyword/x\n"


@pytest.mark.parametrize(
    ("entry", "line", "field", "words"),
    [
        (f"{OPEN}    keywords: [交警]", 7, "keywords", "no public search"),
        (f"{OPEN}    search_from: lexicon", 7, "search_from", "no public search"),
        (OPEN.replace(".com/", ".com/2/statuses/x.json") + "    users: ['12345678']", 4, "url", "before /2/"),
        (OPEN.replace("    auth: env:T\n", ""), 2, "auth", "without a token"),
        (f"{HUB}    users: ['12345678']", 6, "users", "feed of its own"),
        (f"{HUB}    keywords: [交警]", 6, "keywords", "feed of its own"),
        (MOBILE, 2, "keywords", "nothing to search for"),
        (f"{MOBILE}    keywords: [' ', 交警]", 5, "keywords", "empty one is left out"),
        (f"{MOBILE}    users: ['1234567', 平安望汐]", 5, "users", "users[1]: m.weibo.cn knows"),
        (
            "    kind: feed\n    url: http://x.example/\n    keywords: [交警]",
            5,
            "keywords",
            "only sources of kind weibo",
        ),
        ("    kind: feed\n    url: http://x.example/\n    api: open", 5, "api", "only sources of kind weibo"),
        ("    kind: page\n    url: http://x.example/\n    users: ['1']", 5, "users", "this one is a page"),
        ("    kind: feed\n    url: http://x.example/\n    engine: discuz", 5, "engine", "only sources of kind forum"),
        ("    kind: forum\n    url: http://x.example/\n    full_text: never", 5, "full_text", "only feeds and pages"),
        ("    kind: feed\n    url: http://x.example/\n    every: 5s", 5, "every", "30 seconds at most"),
    ],
)
def test_a_field_without_effect_is_named_with_its_line(
    tmp_path: Path, entry: str, line: int, field: str, words: str
) -> None:
    [hint] = said(tmp_path, entry)
    assert hint.startswith(f"{line}: sources.0.{field}: a: ")
    assert words in hint


@pytest.mark.parametrize(
    ("manners", "field"),
    [
        ("{read_seconds: 90}", "read_seconds"),
        ("{patience_seconds: 900}", "patience_seconds"),
        ("{host_connections: 32}", "host_connections"),
        ("{total_seconds: 900}", "total_seconds"),
    ],
)
def test_manners_that_another_one_overrules_are_named(tmp_path: Path, manners: str, field: str) -> None:
    [hint] = said(tmp_path, "    kind: feed\n    url: http://x.example/", f"manners: {manners}\n")
    assert f": manners.{field}: " in hint


def test_the_shipped_file_says_nothing_without_effect() -> None:
    path = PROJECT / "config" / "sources.yaml"
    assert hints(path, load_sources(path)) == []


@pytest.mark.parametrize(
    "url", ["http://x.example:99999/", "http://x.example:0/", "http://x.example:-1/", "http://[::1", "http://x:y/"]
)
def test_an_address_nobody_can_ask_is_refused_by_name(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match=r":2: sources\.0: url: a: "):
        said(tmp_path, f"    kind: feed\n    url: '{url}'")


def test_check_warns_and_still_ends_well(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    for name in ("alerts.yaml", "audiences.yaml", "places.yaml", "lexicon"):
        (config / name).symlink_to(PROJECT / "config" / name)
    (config / "sources.yaml").write_text(f"sources:\n  - name: a\n{OPEN}    keywords: [交警]\n", encoding="utf-8")
    env = {**os.environ, "MINYI_CONFIG": str(config), "MINYI_HOME": str(tmp_path / "home")}
    env.pop("MINYI_STORE", None)
    argv = [sys.executable, "-m", "cli", "check"]
    done = subprocess.run(argv, env=env, cwd=PROJECT, capture_output=True, text=True, timeout=100, check=False)
    [line] = [line for line in done.stdout.splitlines() if line.startswith("warn")]
    assert f"{config / 'sources.yaml'}:7: sources.0.keywords: a: no effect" in line
    assert done.returncode == 0


def test_check_warns_of_rules_and_audiences_for_places_that_no_source_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.mkdir()
    for name in ("places.yaml", "sources.yaml", "lexicon"):
        (config / name).symlink_to(PROJECT / "config" / name)
    rules = "jurisdictions:\n  澜汀: {scale: 0.5}\n  澜汀市: {scale: 0.5}\n"
    (config / "alerts.yaml").write_text(rules, encoding="utf-8")
    who = "audiences:\n  - {name: 甲, jurisdictions: [澜汀市, 望舒县], channels: [{kind: terminal}]}\n"
    (config / "audiences.yaml").write_text(who, encoding="utf-8")
    monkeypatch.setenv("MINYI_CONFIG", str(config))
    check(home=tmp_path / "home", as_json=True)
    warned = [row for line in capsys.readouterr().out.splitlines() if "warning" in (row := json.loads(line))]
    assert [row["check"] for row in warned] == ["alerts", "audiences"]
    assert warned[0]["words"].endswith("jurisdiction 澜汀: no source has it; did you mean 澜汀市?")
    assert warned[1]["words"].endswith("jurisdiction 望舒县: no source has it")


def test_check_tells_names_of_several_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.mkdir()
    for name in ("sources.yaml", "alerts.yaml", "audiences.yaml", "lexicon"):
        (config / name).symlink_to(PROJECT / "config" / name)
    stations = [f" - {{name: {n}城关派出所, aliases: [城关派出所, 第{n}所], unsure: [城关{n}]}}" for n in "甲乙"]
    (config / "places.yaml").write_text("\n".join(["places:", *stations]), encoding="utf-8")
    monkeypatch.setenv("MINYI_CONFIG", str(config))
    check(home=tmp_path / "home", as_json=True)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [words] = [row["words"] for row in rows if row.get("warning")]
    assert words.startswith(
        f"{config / 'places.yaml'}: names of several places: 城关派出所 (甲城关派出所、乙城关派出所);"
    )
    assert all(row["ok"] for row in rows)
