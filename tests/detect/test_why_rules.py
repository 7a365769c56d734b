"""An alert carries the rules it was raised under: why explains it by them, whatever the rules are today."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from detect_make import CITY, at, crisis
from hypothesis import given
from hypothesis import strategies as st
from past_make import FULL_SIZE, archive, installation, live, stored

import cli
from bus.messages import AlertRaised
from config.alerts import CATEGORIES, AlertRules, changed_keys, digest_of, load_alerts
from config.settings import Settings
from consumers.detect import Detector
from store.tables import alerts as table

Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    found, environ = installation(tmp_path)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    live(found, crisis(60))
    return found


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*args: str) -> tuple[int, Any]:
        capfd.readouterr()
        try:
            cli.main([*args])
            code = 0
        except SystemExit as left:
            code = int(left.code or 0)
        told = capfd.readouterr()
        return code, told.out if code != 2 else told.err

    return call


def change_rules(where: Settings, more: str) -> None:
    (where.config / "alerts.yaml").write_text(FULL_SIZE + more, encoding="utf-8")


def rewrite(where: Settings, alert: AlertRaised) -> None:
    store = archive(where)
    body = msgspec.json.encode(alert).decode()
    with store.write() as conn:
        conn.execute(table.update().where(table.c.id == alert.id).values(body_json=body))
    store.close()


def test_an_alert_of_older_rules_is_explained_by_those_and_says_what_changed(where: Settings, run: Run) -> None:
    alert = next(a for a in stored(where) if a.level == "yellow")
    change_rules(where, "levels: {yellow: {evidence: 25}}\ncool_down_hours: 12\n")
    code, out = run("why", alert.id, "--json")
    told = json.loads(out)
    assert (code, told["equal"], told["differences"]) == (0, True, [])
    assert alert.rules is not None
    assert told["raised_under"] == alert.rules.digest
    assert told["rules_changed"] == {
        "cool_down_hours": {"then": 24.0, "now": 12.0},
        "levels.yellow.evidence": {"then": 20.0, "now": 25.0},
    }
    code, out = run("why", alert.id)
    assert code == 0
    assert "levels.yellow.evidence: then 20.0, now 25.0" in out
    assert "today's are others" in out


def test_by_todays_rules_it_is_recomputed_when_asked(where: Settings, run: Run) -> None:
    alert = next(a for a in stored(where) if a.level == "yellow")
    change_rules(where, "levels: {yellow: {evidence: 25}}\n")
    code, out = run("why", alert.id, "--today", "--json")
    told = json.loads(out)
    assert (code, told["rules"]) == (1, "today's")
    bars = [d for d in told["differences"] if d["field"] == "reasons.event-burst.threshold"]
    assert [(d["stored"], d["recomputed"]) for d in bars] == [(20.0, 25.0)]
    assert run("why", alert.id, "--today", "--rules", str(where.config / "alerts.yaml"))[0] == 2


def test_who_is_told_when_is_no_rule_an_alert_is_raised_under(where: Settings, run: Run) -> None:
    change_rules(where, "quiet_hours: {start: '22:30', end: '07:00'}\ngroup_minutes: 5\n")
    told = json.loads(run("why", stored(where)[0].id, "--json")[1])
    assert told["rules_changed"] == {}


def test_an_alert_from_before_alerts_carried_rules_is_recomputed_by_todays(where: Settings, run: Run) -> None:
    alert = stored(where)[0]
    rewrite(where, msgspec.structs.replace(alert, rules=None))
    code, out = run("why", alert.id, "--json")
    told = json.loads(out)
    assert (code, told["raised_under"], told["rules_changed"]) == (0, None, {})
    assert told["rules"].startswith("today's")


def test_rules_this_version_cannot_read_are_said_and_todays_taken(where: Settings, run: Run) -> None:
    alert = stored(where)[0]
    assert alert.rules is not None
    odd = msgspec.structs.replace(alert.rules, settings={**alert.rules.settings, "bar_of_tomorrow": 3})
    rewrite(where, msgspec.structs.replace(alert, rules=odd))
    code, out = run("why", alert.id)
    assert code == 0
    assert "cannot read" in out


def test_a_back_test_says_how_many_alerts_were_raised_by_other_rules(where: Settings, run: Run, tmp_path: Path) -> None:
    count = len(stored(where))
    rules = tmp_path / "rules.yaml"
    rules.write_text("levels: {blue: {min_posts: 20}}\n", encoding="utf-8")
    *rows, whole = [json.loads(line) for line in run("backtest", "--rules", str(rules), "--json")[1].splitlines()]
    assert whole["stored"] == {"alerts": count, "by_todays_rules": count, "by_other_rules": 0, "rules_unknown": 0}
    assert any(row["raised_then"] for row in rows)
    change_rules(where, "levels: {yellow: {evidence: 25}}\n")
    rewrite(where, msgspec.structs.replace(stored(where)[0], rules=None))
    whole = json.loads(run("backtest", "--rules", str(rules), "--json")[1].splitlines()[-1])
    assert whole["stored"] == {
        "alerts": count, "by_todays_rules": 0, "by_other_rules": count - 1, "rules_unknown": 1,
    }  # fmt: skip
    assert f"{count} alerts are stored of that time" in run("backtest", "--rules", str(rules))[1]


def test_rules_spelled_out_judge_alike_and_have_one_digest(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    text = f"jurisdictions: {{{CITY}: {{scale: 0.5, categories: {{traffic: {{max_level: blue, scale: 2}}}}}}}}\n"
    path.write_text(text, encoding="utf-8")
    rules = load_alerts(None, path)
    settings = msgspec.json.decode(msgspec.json.encode(rules.in_force(CITY)))
    again = AlertRules(settings)
    for category in (None, *CATEGORIES):
        one, other = rules.rules(CITY, category), again.rules(CITY, category)
        assert msgspec.structs.replace(one, clocks=other.clocks) == other
    assert digest_of(settings) == rules.digest(CITY) == again.digest(CITY)
    assert rules.digest("别处") == load_alerts().digest("别处") != rules.digest(CITY)


@given(
    st.dictionaries(
        st.sampled_from("abc"), st.one_of(st.integers(), st.dictionaries(st.sampled_from("xy"), st.integers()))
    )
)
def test_what_changed_is_nothing_exactly_when_nothing_changed(settings: dict[str, Any]) -> None:
    assert changed_keys(settings, settings) == {}
    for key in settings:
        changed = changed_keys(settings, {**settings, key: "other"})
        assert list(changed) == [key]


def test_every_alert_carries_its_rules_also_after_a_restart(where: Settings) -> None:
    live(where, crisis(40, start=3000, root="later"))
    rules = load_alerts(where.config / "alerts.yaml")
    found = stored(where)
    assert {a.rules.digest for a in found if a.rules} == {rules.digest(CITY)}
    assert all(a.rules and a.rules.settings == rules.in_force(CITY) for a in found)
    out = [m for m in Detector(rules).handle([*crisis(60)]) for m in m if isinstance(m, AlertRaised)]
    assert out
    assert all(a.rules and a.rules.digest == rules.digest(CITY) for a in out)
    assert at(0) <= out[0].raised_at
