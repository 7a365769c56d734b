"""minyi import: every row is accounted for, whatever is in the file and whenever it is stopped."""

import csv
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_site import KEY, NOW, posts

from bus import connect
from bus.memory import MemoryBus
from bus.messages import decode, encode
from config.settings import PROJECT
from flows.importing import Defaults, Imported, import_file, to_row
from flows.rows import RowFile, RowProblem
from models.privacy import pseudonym
from store.engine import Store

WHEN = "2026-11-20T08:00:00+08:00"
DEFAULTS = Defaults(source="test", jurisdiction="澜汀市", platform="forum")


@pytest.fixture
def run(store: Store, bus: MemoryBus) -> Any:
    def go(path: Path, **fields: Any) -> tuple[Imported, list[tuple[int, str]]]:
        bad: list[tuple[int, str]] = []
        account = import_file(
            RowFile(path, **fields), store=store, bus=bus, key=KEY, defaults=DEFAULTS, now=NOW,
            rejected=lambda line, reason: bad.append((line, reason)),
        )  # fmt: skip
        return account, bad

    return go


def lines(path: Path, *rows: object) -> Path:
    path.write_text(
        "".join((r if isinstance(r, str) else json.dumps(r, ensure_ascii=False)) + "\n" for r in rows), "utf-8"
    )
    return path


def test_only_text_is_required_and_bad_rows_are_named_by_line(tmp_path: Path, bus: MemoryBus, run: Any) -> None:
    path = lines(
        tmp_path / "a.jsonl",
        {"text": "派出所门口排队一上午"},
        {"title": "没有正文"},
        "{broken",
        "",
        {"text": "时间不对", "published_at": "明天"},
        {"text": "平台不对", "platform": "radio"},
        {"text": 5},
        ["not", "an", "object"],
        {"text": "数目不对", "likes": "很多"},
        {"text": "地址不对", "url": "javascript:alert(1)"},
        {"text": "编号太长", "id": "x" * 201},
        {"text": "好行", "id": "p1", "t": 1_740_931_317, "likes": "1.2万", "floor": 3, "author": "小满", "unknown": 1},
    )
    account, bad = run(path)
    assert (account.new, account.duplicates, account.rejected, account.rows) == (2, 0, 9, 11)
    assert [line for line, _ in bad] == [2, 3, 5, 6, 7, 8, 9, 10, 11]
    assert dict(bad)[2] == "text: missing or empty"
    assert dict(bad)[6].startswith("platform: ")
    first, last = sorted(posts(bus), key=lambda p: len(p.text), reverse=True)
    assert (first.published_at, first.published_inferred, first.source) == (NOW, True, "test")
    assert (last.id, last.likes, last.floor, last.jurisdiction) == ("p1", 12_000, 3, "澜汀市")
    assert last.published_at == datetime.fromtimestamp(1_740_931_317, UTC)
    assert last.author == pseudonym(KEY, "forum", "小满")


def test_a_second_run_gives_only_duplicates_and_an_edited_row_a_revision(
    tmp_path: Path, bus: MemoryBus, run: Any
) -> None:
    path = lines(
        tmp_path / "a.jsonl", {"text": "甲"}, {"text": "乙", "id": "b"}, {"text": "乙", "id": "b"}, {"text": "甲"}
    )
    account, _ = run(path)
    assert (account.new, account.duplicates) == (2, 2)
    account, _ = run(path)
    assert (account.new, account.duplicates) == (0, 4)
    lines(path, {"text": "乙（已编辑）", "id": "b"})
    account, _ = run(path)
    assert (account.new, account.changed) == (0, 1)
    assert [p.revision for p in posts(bus) if p.id == "b"] == [0, 1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("zipped", [False, True])
def test_csv_may_be_gbk_and_zipped_and_its_cells_may_hold_lines(
    tmp_path: Path, bus: MemoryBus, run: Any, encoding: str, zipped: bool
) -> None:
    path = tmp_path / ("posts.csv.gz" if zipped else "posts.csv")
    text = (
        'id,text,published_at,likes\n1,车管所办证,2026-11-20 08:00,3\n2,"两行\n的正文",,\n3,,,\n4,多,一,格,子\n5,好,,\n'
    )
    path.write_bytes(gzip.compress(text.encode(encoding)) if zipped else text.encode(encoding))
    account, bad = run(path)
    assert (account.new, account.rejected) == (3, 2)
    assert [line for line, _ in bad] == [5, 6]
    assert account.without_zone == 1
    by_id = {p.id: p for p in posts(bus)}
    assert by_id["1"].published_at == datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
    assert by_id["1"].likes == 3
    assert by_id["2"].text == "两行\n的正文"


def test_one_bad_line_in_another_encoding_does_not_change_the_others(tmp_path: Path, run: Any) -> None:
    path = tmp_path / "a.jsonl"
    good = json.dumps({"text": "派出所"}, ensure_ascii=False).encode()
    path.write_bytes(
        good + b'\n{"text": "' + "派出所民警".encode("gbk") + b'"}\n' + good.replace(b"}", b', "id": "2"}') + b"\n"
    )
    account, bad = run(path)
    assert (account.new, account.rejected) == (2, 1)
    assert bad[0][0] == 2
    assert "utf-8" in bad[0][1]


def test_a_damaged_gzip_keeps_what_came_before(tmp_path: Path, run: Any) -> None:
    path = tmp_path / "a.jsonl.gz"
    whole = gzip.compress("".join(json.dumps({"text": os.urandom(30).hex()}) + "\n" for _ in range(2000)).encode())
    path.write_bytes(whole[: len(whole) // 2])
    account, bad = run(path)
    assert account.new > 100
    assert "damaged" in bad[-1][1]


def test_a_pipe_longer_than_the_sample_comes_in_its_order_and_its_encoding(tmp_path: Path, run: Any) -> None:
    os.mkfifo(tmp_path / "pipe")
    rows = [f"p{n},云溯区地铁口{n}号出口有人打架{'，已报警' * 40}\n" for n in range(6000)]
    whole = ("id,text\n" + "".join(rows)).encode("gb18030")
    assert len(whole) > 2_000_000
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(whole,))
    writer.start()
    account, bad = run(tmp_path / "pipe")
    writer.join()
    assert (account.new, bad) == (6000, [])


def test_a_file_without_the_text_column_or_in_utf16_is_refused_as_a_whole(tmp_path: Path, run: Any) -> None:
    (tmp_path / "a.csv").write_text("id,body\n1,x\n")
    with pytest.raises(RowProblem, match="no column `text`"):
        run(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("id,text\n1,x\n", encoding="utf-16")
    with pytest.raises(RowProblem, match="UTF-16"):
        run(tmp_path / "b.csv")


def test_people_called_by_name_stay_unnamed_and_public_bodies_their_kind() -> None:
    row = to_row({"text": "@阿彬 快看 @澜汀公安 请回应", "author": 12345}, key=KEY, defaults=DEFAULTS, now=NOW)
    assert row.post.text == "@用户 快看 @警方账号 请回应"
    assert row.post.author == pseudonym(KEY, "forum", "12345")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(
    ["text", "id", "title", "url", "author", "published_at", "t", "platform", "likes", "followers", "revision", "kind",
     "parent", "repost_of", "published_inferred", "author_kind", "region", "source", "jurisdiction"]
)  # fmt: skip


@given(st.dictionaries(names, json_values), st.text(min_size=1))
def test_every_row_is_a_post_that_can_travel_or_a_named_problem(row: dict[str, Any], text: str) -> None:
    for candidate in (row, {**row, "text": text}):
        try:
            made = to_row(candidate, key=KEY, defaults=DEFAULTS, now=NOW)
        except RowProblem as problem:
            assert str(problem)  # noqa: PT017
        else:
            assert decode(encode(made.post)) == made.post


@pytest.mark.slow
def test_kill_9_in_the_middle_and_the_same_command_again_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "published_at"])
        writer.writerows(
            [f"r{n}", f"第{n}条：灯市口路口的信号灯又坏了", "2026-11-20T08:00:00+08:00"] for n in range(30_000)
        )
    env = {**os.environ, "MINYI_HOME": str(tmp_path / "home"), "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-m", "cli", "import", str(path), "--json"]

    def on_the_bus() -> list[str]:
        if not (tmp_path / "home" / "bus.db").exists():
            return []
        bus = connect("embedded", home=tmp_path / "home")
        try:
            return [p.id for p in posts(bus)]
        finally:
            bus.close()

    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        until = time.monotonic() + 60
        while len(on_the_bus()) < 2000 and time.monotonic() < until:
            time.sleep(0.05)
        child.send_signal(signal.SIGKILL)
    killed_at = len(on_the_bus())
    assert 0 < killed_at < 30_000
    again = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=100)
    account = json.loads(again.stdout)
    assert account["new"] + account["duplicates"] == 30_000
    ids = on_the_bus()
    assert len(set(ids)) == 30_000
    assert len(ids) - 30_000 <= 500  # at most one batch came twice, with the same ids: the store keeps one
    once_more = json.loads(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)
    assert once_more["duplicates"] == 30_000


@pytest.mark.parametrize(
    "field",
    [
        "id",
        "author",
        "source",
        "jurisdiction",
        "region",
        "parent",
        "repost_of",
        "platform",
        "kind",
        "url",
        "t",
        "likes",
    ],
)
def test_an_overlong_name_is_refused_with_its_line_and_the_others_are_kept(
    run: Any, bus: MemoryBus, tmp_path: Path, field: str
) -> None:
    long = "http://x.example/" + "a" * 100_000 if field == "url" else "9" * 100_000
    rows = [{"text": "路口的灯坏了"}, {"text": "又坏了", field: long}, {"text": "修好了"}]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    account, bad = run(path)
    most = 2000 if field == "url" else 200
    assert bad == [(2, f"{field}: {len(long)} characters, at most {most}")]
    assert (account.new, account.rejected, len(posts(bus))) == (2, 1, 2)


def test_names_as_long_as_they_may_be_come_whole() -> None:
    row = {"text": "路口的灯坏了", "source": "源" * 200, "parent": "a" * 200, "id": "b" * 200}
    post = to_row(row, key=KEY, defaults=DEFAULTS, now=NOW).post
    assert (post.source, post.parent, post.id) == (row["source"], row["parent"], row["id"])
