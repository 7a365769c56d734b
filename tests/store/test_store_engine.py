"""Opening, transactions, trouble; and that the layout of the tables is what the migrations make."""

import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from store_make import NOON, post

from store.changes import version, versions
from store.engine import Store, open_store
from store.errors import StoreTooNew, StoreUnavailable
from store.migrate import known_revisions, revision
from store.notices import add_notice, find_notices
from store.posts import PostFilter, count_posts, upsert_posts
from store.processes import beat
from store.tables import metadata

ROOT = Path(__file__).parents[2]


def test_the_migrations_make_the_tables_the_code_expects(store: Store) -> None:
    with store.read() as conn:
        different = compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), metadata)
        assert different == []
        assert revision(conn) == known_revisions()[-1]


def test_both_databases_have_the_partial_index(store: Store) -> None:
    with store.read() as conn:
        names = {index["name"] for index in inspect(conn).get_indexes("posts")}
    assert "ix_posts_relevant_time" in names


def test_opening_again_keeps_everything(store: Store, url: str) -> None:
    with store.write() as conn:
        upsert_posts(conn, [post("p1")])
    other = open_store(url)
    with other.read() as conn:
        assert count_posts(conn, PostFilter()) == 1
    other.close()
    store.ping()


def test_a_database_of_a_newer_minyi_is_left_alone(store: Store, url: str) -> None:
    with store.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNew, match=r"9999.*update minyi"):
        open_store(url)


def test_what_fails_leaves_nothing_behind(store: Store) -> None:
    def half() -> None:
        with store.write() as conn:
            upsert_posts(conn, [post("p1")])
            raise KeyError("half way")

    with pytest.raises(KeyError):
        half()
    with store.read() as conn:
        assert count_posts(conn, PostFilter()) == 0
        assert version(conn) == 0


def test_writing_through_a_reader_fails(store: Store) -> None:
    with pytest.raises((StoreUnavailable, DBAPIError)), store.read() as conn:
        upsert_posts(conn, [post("p1")])
    with store.write() as conn:
        upsert_posts(conn, [post("p1")])


def test_what_is_read_in_one_block_belongs_together(store: Store) -> None:
    with store.read() as reader:
        assert count_posts(reader, PostFilter()) == 0
        with store.write() as conn:
            upsert_posts(conn, [post("p1")])
        assert count_posts(reader, PostFilter()) == 0
    with store.read() as reader:
        assert count_posts(reader, PostFilter()) == 1


def test_the_version_grows_with_commits_that_change_something(store: Store) -> None:
    with store.write() as conn:
        upsert_posts(conn, [post("p1")])
        upsert_posts(conn, [post("p2")])
        add_notice(conn, "k", "磁盘将满", NOON)
    with store.write() as conn:
        upsert_posts(conn, [post("p1")])
        add_notice(conn, "k", "磁盘将满", NOON)
        beat(conn, name="score", pid=1, started_at=NOON, now=NOON)
    with store.read() as conn:
        assert version(conn) == 2
        assert versions(conn) == {"posts": 1, "notices": 1}


def test_many_threads_share_one_store(store: Store) -> None:
    def work(number: int) -> None:
        for step in range(5):
            with store.write() as conn:
                upsert_posts(conn, [post(f"p{number}-{step}"), post("shared", revision=number * 5 + step)])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as conn:
        assert count_posts(conn, PostFilter()) == 31
        assert version(conn) >= 30


WRITER = """
import sys
from store_make import GONE_AT, NOON, post
from store.engine import open_store
from store.notices import add_notice
from store.posts import upsert_posts, withdraw_post
url, number = sys.argv[1], int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
store = open_store(url)
for step in range(20):
    with store.write() as conn:
        mine = [post(f"{number}-{step}-{n}") for n in range(20)]
        upsert_posts(conn, mine + [post(f"shared-{n}", revision=step, text=f"{step}") for n in range(20)])
        withdraw_post(conn, f"shared-{step}", GONE_AT) if step % 4 == number else None
        add_notice(conn, f"{step}", "一次", NOON)
store.close()
"""


def test_two_processes_open_and_write_at_once(url: str) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WRITER, url, str(number)],
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT}:{Path(__file__).parent}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        _, trouble = child.communicate(timeout=60)
        assert child.returncode == 0, trouble
    store = open_store(url)
    with store.read() as conn:
        assert count_posts(conn, PostFilter()) == 2 * 400 + 10
        assert count_posts(conn, PostFilter(text="19", ids=[f"shared-{n}" for n in range(20)])) == 10
        assert len(find_notices(conn)) == 20
    store.close()


@pytest.mark.parametrize(
    "address",
    ["sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/d", "nonsense secret", "postgresql+asyncpg://u:secret@h/d"],
)
def test_an_address_of_another_kind_is_refused_without_quoting_it(address: str) -> None:
    with pytest.raises(ValueError, match="MINYI_STORE: ") as caught:
        open_store(address)
    assert "secret" not in str(caught.value)


def test_a_store_shows_no_address(store: Store) -> None:
    assert repr(store) == f"Store({store.kind})"


def test_a_server_that_is_not_there_is_said_plainly() -> None:
    with pytest.raises(StoreUnavailable, match="cannot be reached") as caught:
        open_store("postgresql://minyi:secret@127.0.0.1:9/minyi")
    assert "secret" not in str(caught.value)


class TestSqliteFile:
    """What only a file can suffer."""

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / "a folder" / "100%" / "minyi.db"

    def test_folder_and_file_are_made_for_the_owner_only(self, file: Path) -> None:
        open_store(f"sqlite:///{file}").close()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_another_writer_is_waited_for_and_readers_are_not_held_up(self, file: Path) -> None:
        store = open_store(f"sqlite:///{file}", busy_seconds=0.05)
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="busy"), store.write():
            raise AssertionError("two writers")
        with store.read() as conn:
            assert count_posts(conn, PostFilter()) == 0
        other.execute("ROLLBACK")
        other.close()
        with store.write() as conn:
            assert upsert_posts(conn, [post("p1")]).new == 1
        store.close()

    def test_a_full_disk_is_said_plainly_and_passes(self, file: Path) -> None:
        store = open_store(f"sqlite:///{file}")
        with pytest.raises(StoreUnavailable, match="disk is full"), store.write() as conn:
            conn.execute(text("PRAGMA max_page_count=1"))
            upsert_posts(conn, [post(f"p{n}", text="字" * 5000) for n in range(500)])
        with store.write() as conn:
            conn.execute(text("PRAGMA max_page_count=1000000"))
            assert upsert_posts(conn, [post("p1")]).new == 1
        store.close()

    def test_a_file_removed_while_open_is_noticed(self, file: Path) -> None:
        store = open_store(f"sqlite:///{file}")
        file.unlink()
        with pytest.raises(StoreUnavailable, match="removed"), store.write():
            raise AssertionError("written into nowhere")
        with pytest.raises(StoreUnavailable, match="removed"):
            store.ping()
        store.close()

    def test_a_file_that_is_no_database_is_said_plainly_and_left_alone(self, file: Path) -> None:
        file.parent.mkdir(parents=True)
        file.write_text("not a database at all, but long enough to look at" * 40)
        with pytest.raises(StoreUnavailable, match="not a database"):
            open_store(f"sqlite:///{file}")
        assert file.read_text().startswith("not a database")

    def test_a_folder_in_the_place_of_the_file_is_said_plainly(self, file: Path) -> None:
        file.mkdir(parents=True)
        with pytest.raises(StoreUnavailable, match="cannot be made or opened"):
            open_store(f"sqlite:///{file}")

    def test_a_migration_that_fails_leaves_the_database_as_it_was(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(conn: object) -> None:
            conn.execute(text("CREATE TABLE half (x INTEGER)"))  # type: ignore[attr-defined]
            raise RuntimeError("half way")

        monkeypatch.setattr("store.migrate._upgrade", broken)
        with pytest.raises(RuntimeError):
            open_store(f"sqlite:///{file}")
        monkeypatch.undo()
        store = open_store(f"sqlite:///{file}")
        with store.read() as conn:
            assert not inspect(conn).has_table("half")
        store.close()


@pytest.mark.postgres
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_server_that_drops_the_connection_is_said_plainly_and_found_again(store: Store) -> None:
    with pytest.raises(StoreUnavailable), store.write() as conn:
        conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with store.write() as conn:
        assert upsert_posts(conn, [post("p1")]).new == 1
