"""`minyi digest`, `alerts`, `posts`, `events` as a person or a script calls them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import reports_week

import cli
from bus.messages import AlertRaised, EventChanged, PostScored, decode
from config.settings import from_environment
from store.engine import open_store

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    store = open_store(from_environment({}, home=home).store)
    reports_week.seed(store)
    store.close()
    return home


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*args: str) -> tuple[int, str, str]:
        code = 0
        try:
            cli.main([*args, "--home", str(home)])
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 1
        said = capfd.readouterr()
        return code, said.out, said.err

    return call


def test_a_week_in_all_formats(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("digest", "--week", "2026-W47", "--out", str(tmp_path / "new" / "folder"), "--json")
    files = [Path(json.loads(line)["file"]) for line in out.splitlines()]
    assert code == 0
    assert [f.name for f in files] == [f"digest-2026-W47.{kind}" for kind in ("docx", "html", "json")]
    assert all(f.stat().st_size > 1000 for f in files)


@pytest.mark.parametrize("option", [["--day", "2026-11-19"], ["--month", "2026-11"], ["--event", "market"], []])
def test_other_periods_and_one_format(run: Run, tmp_path: Path, option: list[str]) -> None:
    code, out, _ = run("digest", *option, "--format", "html", "--out", str(tmp_path))
    assert code == 0
    assert [p.suffix for p in tmp_path.iterdir()] == [".html"]
    assert out.strip().endswith(".html")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--week", "2026-W99"], "no such week"),
        (["--week", "next"], "write it like 2026-W47"),
        (["--day", "2026-02-30"], "write it like 2026-11-20"),
        (["--month", "11"], "write it like 2026-11"),
        (["--week", "2098-W10"], "has not begun yet"),
        (["--week", "2026-W47", "--day", "2026-11-20"], "only one of"),
        (["--event", "market", "--jurisdiction", "x"], "do not go together"),
        (["--week", "2026-W47", "--desk", "desk.local"], "--desk"),
        (["--format", "pdf"], "docx"),
    ],
)
def test_wrong_use_is_code_2_with_clear_words(run: Run, tmp_path: Path, args: list[str], words: str) -> None:
    code, _, said = run("digest", *args, "--out", str(tmp_path / "out"))
    assert code == 2
    assert words in said
    assert not (tmp_path / "out").exists()


def test_an_unknown_event_and_a_folder_that_cannot_be_made_are_code_1(run: Run, tmp_path: Path) -> None:
    code, _, said = run("digest", "--event", "nothing", "--out", str(tmp_path))
    assert (code, "no event nothing" in said) == (1, True)
    (tmp_path / "file").write_text("in the way")
    code, _, said = run("digest", "--week", "2026-W47", "--out", str(tmp_path / "file"))
    assert code == 1
    assert "--out" in said


def test_export_is_the_wire_form_with_every_field(run: Run) -> None:
    for name, kind, count in (("posts", PostScored, 50), ("alerts", AlertRaised, 3), ("events", EventChanged, 3)):
        code, out, _ = run(name, "--json", "--limit", "0")
        found = [decode(line.encode()) for line in out.splitlines()]
        assert (code, len(found)) == (0, count), name
        assert {type(m) for m in found} == {kind}
        more = {"posts": {"copy_of"}, "alerts": {"level_now", "held_until"}}.get(name, set())
        assert set(json.loads(out.splitlines()[0])) - {"type"} - more == set(kind.__struct_fields__)


def test_an_exported_event_names_all_its_posts(run: Run) -> None:
    _, out, _ = run("events", "--json", "--place", "砚池区")
    [event] = [decode(line.encode()) for line in out.splitlines()]
    assert isinstance(event, EventChanged)
    assert event.added == [f"a{n}" for n in range(11, 19)]


@pytest.mark.parametrize(
    ("args", "count"),
    [
        (["posts", "--since", "2026-11-16", "--until", "2026-11-23"], 28),
        (["posts", "--since", "2026-11-16", "--until", "2026-11-23", "--relevant"], 22),
        (["posts", "--since", "2026-11-16T00:00+08:00", "--until", "2026-11-22T16:00Z", "--not-relevant"], 6),
        (["posts", "--category", "praise", "--attitude", "1"], 4),
        (["posts", "--intent", "complaint", "--sentiment", "-1"], 4),
        (["posts", "--event", "market", "--platform", "forum"], 2),
        (["posts", "--text", "夜市"], 2),
        (["posts", "--limit", "7"], 7),
        (["alerts", "--min-level", "orange"], 1),
        (["alerts", "--level", "yellow", "--open"], 2),
        (["alerts", "--cleared"], 0),
        (["events", "--category", "service"], 1),
        (["events", "--min-posts", "4"], 2),
    ],
)
def test_filters(run: Run, args: list[str], count: int) -> None:
    code, out, _ = run(*args, "--json")
    assert (code, len(out.splitlines())) == (0, count)


def test_the_lists_for_people_are_masked(run: Run) -> None:
    code, out, said = run("posts", "--relevant", "--limit", "3")
    assert (code, len(out.splitlines())) == (0, 6)
    assert "--limit 0 shows all" in said
    _, out, _ = run("posts", "--limit", "0")
    assert "13812345678" not in out
    assert "310101199001011234" not in out
    assert run("posts", "--place", "别处")[1].strip() == "nothing found"
    assert "砚池区夜市执法<视频>引发质疑" in run("alerts")[1]


@pytest.mark.parametrize(
    "args", [["posts", "--since", "yesterday"], ["events", "--until", "2026-13-01"], ["alerts", "--level", "5"]]
)
def test_wrong_filters_are_code_2(run: Run, args: list[str]) -> None:
    assert run(*args)[0] == 2
