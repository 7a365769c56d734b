"""minyi collect and minyi import as a person types them."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from local_site import Reply, Site, item, rss

from config.settings import PROJECT

Minyi = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def minyi(tmp_path: Path) -> Minyi:
    def run(*arguments: object, piped: bytes = b"") -> subprocess.CompletedProcess[str]:
        env = {"MINYI_HOME": str(tmp_path / "home"), "MINYI_CONFIG": str(tmp_path), "PYTHONPATH": str(PROJECT)}
        command = [sys.executable, "-m", "cli", *map(str, arguments)]
        env |= {"COLUMNS": "160"}
        done = subprocess.run(command, env=env, input=piped, capture_output=True, timeout=60)
        return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


def write(path: Path, *sources: dict[str, object]) -> Path:
    path.write_bytes(msgspec.yaml.encode({"sources": [{"kind": "feed", **s} for s in sources]}))
    return path


def test_collect_prints_a_line_a_source_and_fails_when_one_is_broken(tmp_path: Path, site: Site, minyi: Minyi) -> None:
    site.routes |= {"/a": Reply(rss(item(1), item(2))), "/b": Reply(b"", 403)}
    write(
        tmp_path / "sources.yaml",
        {"name": "甲[论坛]", "url": f"{site.url}/a"},
        {"name": "乙", "url": f"{site.url}/b"},
        {"name": "关", "url": f"{site.url}/c", "enabled": False},
    )
    done = minyi("collect", "--once")
    assert done.returncode == 1
    head, first, second = done.stdout.splitlines()
    assert head.split() == ["source", "state", "new", "changed", "duplicates", "rejected", "seconds", "reason"]
    assert first.split()[:6] == ["甲[论坛]", "ok", "2", "0", "0", "0"]
    assert second.split()[:2] == ["乙", "blocked"]
    assert second.split()[-1] == "http-403"
    again = minyi("collect", "--once", "--source", "甲[论坛]", "--json")
    assert again.returncode == 0
    row = json.loads(again.stdout)
    assert (row["state"], row["new"], row["duplicates"]) == ("ok", 0, 2)
    assert minyi("collect", "--once", "--source", "关").returncode == 1


def test_a_wrong_file_or_name_is_named_and_ends_with_code_2(tmp_path: Path, minyi: Minyi) -> None:
    path = tmp_path / "other.yaml"
    path.write_text("sources:\n  - name: a\n    kind: feed\n    url: http://127.0.0.1/\n    evry: 10m\n")
    done = minyi("collect", "--once", "--sources", path)
    assert done.returncode == 2
    assert f"{path}:5: sources.0.evry: " in done.stderr
    write(path, {"name": "a", "url": "http://127.0.0.1:9/"})
    done = minyi("collect", "--once", "--sources", path, "--source", "b")
    assert done.returncode == 2
    assert "no source is called b; there are: a" in done.stderr
    assert "Traceback" not in done.stderr


def test_import_accounts_for_every_row(tmp_path: Path, minyi: Minyi) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "甲", "published_at": "2026-11-20 08:00"}\n{"text": ""}\n{"text": "甲"}\n', "utf-8")
    done = minyi("import", path, "--platform", "forum", "--jurisdiction", "澜汀市")
    assert done.returncode == 1
    assert f"{path}:2: text: missing or empty" in done.stderr
    assert f"{path}: 3 rows: 2 imported, 0 changed, 0 duplicates, 1 rejected" in done.stdout
    assert "1 times without a zone: read as Beijing time" in done.stdout
    again = minyi("import", path, "--platform", "forum", "--jurisdiction", "澜汀市", "--json")
    account = json.loads(again.stdout)
    assert (account["rows"], account["duplicates"], account["rejected"]) == (3, 2, 1)
    assert minyi("import", tmp_path / "none.jsonl").returncode == 2


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_import_reads_a_pipe_once_and_whole(minyi: Minyi, name: str) -> None:
    rows = "".join(f'{{"id": "p{n}", "text": "望汐派出所门口第{n}次排队"}}\n' for n in range(600))
    done = minyi("import", name, name, piped=gzip.compress((rows + "{broken\n").encode()))
    shown = "<stdin>" if name == "-" else name
    assert done.returncode == 1
    assert f"{shown}:601: not JSON" in done.stderr
    assert f"{shown}: 601 rows: 600 imported, 0 changed, 0 duplicates, 1 rejected" in done.stdout
