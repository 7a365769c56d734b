"""After a real `minyi replay`: every alert recomputes to its numbers; a back-test by the same rules gives them all."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import cli
from config.settings import PROJECT
from example.items import said

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
STARTED = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
CITY = "澜汀市"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A replayed week of the example city, its crisis included, by sensitive rules that are today's here."""
    folder = tmp_path_factory.mktemp("replayed")
    shutil.copytree(PROJECT / "config", folder / "config", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    rules = f"counts: relevant\njurisdictions: {{{CITY}: {{scale: 0.1}}}}\n"
    (folder / "config" / "alerts.yaml").write_text(rules, encoding="utf-8")
    rows = [
        {
            "id": item.guid,
            "url": f"http://127.0.0.1{item.path}",
            "title": item.title,
            "text": item.text,
            "author": item.author,
            "published_at": item.published_at.isoformat(),
            "platform": {"bbs": "forum"}.get(item.platform, item.platform),
            "jurisdiction": CITY,
        }
        for item in said(STARTED + timedelta(hours=9), STARTED)
    ]
    rows.sort(key=lambda row: str(row["published_at"]))
    file = folder / "posts.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    with pytest.MonkeyPatch.context() as env:
        env.setenv("MINYI_CONFIG", str(folder / "config"))
        with pytest.raises(SystemExit) as left:
            cli.main(["replay", str(file), "--home", str(folder / "home")])
        assert left.value.code == 0
        yield folder / "home"


def lines(capfd: pytest.CaptureFixture[str], *args: str) -> list[dict[str, Any]]:
    capfd.readouterr()
    with pytest.raises(SystemExit) as left:
        cli.main([*args, "--json"])
    told = capfd.readouterr()
    assert left.value.code == 0, told.out + told.err
    return [json.loads(line) for line in told.out.splitlines()]


def test_every_replayed_alert_recomputes_to_its_numbers(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    alerts = lines(capfd, "alerts", "--limit", "0", "--home", str(home))
    assert {"slow-rise", "severe-post", "event-momentum"} <= {r["rule"] for alert in alerts for r in alert["reasons"]}
    for alert in alerts:
        (told,) = lines(capfd, "why", alert["id"][:16], "--home", str(home))
        assert told["equal"]
        assert told["differences"] == []
        assert told["recomputed"] == {k: v for k, v in alert.items() if k not in ("level_now", "held_until")}


def test_a_back_test_by_the_same_rules_gives_the_replayed_alerts(
    home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    same = tmp_path / "same.yaml"
    same.write_text("counts: relevant\n", encoding="utf-8")
    alerts = lines(capfd, "alerts", "--limit", "0", "--home", str(home))
    *rows, whole = lines(capfd, "backtest", "--rules", str(same), "--home", str(home))
    assert sorted(row["id"] for row in rows) == sorted(alert["id"] for alert in alerts)
    assert {row["change"] for row in rows} == {"same"}
    lower = tmp_path / "lower.yaml"
    lower.write_text(f"jurisdictions: {{{CITY}: {{scale: 0.05}}}}\n", encoding="utf-8")
    *_, more = lines(capfd, "backtest", "--rules", str(lower), "--home", str(home))
    assert more["changed"]["alerts"] > whole["changed"]["alerts"]
