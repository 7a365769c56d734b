"""`minyi posts`: the list for people shows a text once, the export has every post and says of which it is a copy."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import cli
from bus.messages import PostScored, decode
from config.settings import from_environment
from store.engine import open_store
from store.posts import upsert_posts

TEXT = "青岬区码头停车场夜里有人砸车窗，连着三辆都被砸了，值班室说摄像头坏了两个月，车主已经报警。"
AT = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    store = open_store(from_environment({}, home=tmp_path).store)
    with store.write() as conn:
        upsert_posts(
            conn,
            [
                PostScored(
                    id=f"p{n}", text=TEXT, source=f"s{n}", published_at=AT + n * timedelta(hours=1), collected_at=AT
                )
                for n in range(3)
            ],
        )
    store.close()

    def call(*args: str) -> str:
        with pytest.raises(SystemExit) as left:
            cli.main(["posts", *args, "--home", str(tmp_path)])
        assert left.value.code == 0
        return capfd.readouterr().out

    return call


def exported(out: str) -> list[tuple[str, str | None]]:
    assert all(isinstance(decode(line.encode()), PostScored) for line in out.splitlines())
    return [(row["id"], row["copy_of"]) for row in map(json.loads, out.splitlines())]


def test_the_export_has_every_post_with_its_original(run: Callable[..., str]) -> None:
    assert exported(run("--json")) == [("p2", "p0"), ("p1", "p0"), ("p0", None)]


@pytest.mark.parametrize(("copies", "found"), [("hide", ["p0"]), ("only", ["p2", "p1"]), ("show", ["p2", "p1", "p0"])])
def test_copies_can_be_hidden_or_listed_alone(run: Callable[..., str], copies: str, found: list[str]) -> None:
    assert [post for post, _ in exported(run("--json", "--copies", copies))] == found


def test_the_list_for_people_shows_a_text_once(run: Callable[..., str]) -> None:
    assert run().count("青岬区码头") == 1
    assert run("--copies", "show").count("copy of p0") == 2
    assert run("--source", "s1").count("copy of p0") == 1
    assert run("--same", "p2").count("青岬区码头") == 3
