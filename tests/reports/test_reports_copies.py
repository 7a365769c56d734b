"""Posts that repeat a text: counted like all others, said to be repeats, never printed twice."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
import reports_week
from reports_week import DESK, NOW, beijing

from desk.post_query import read_query
from reports.checking import figures_in, wrong_figures
from reports.digest import write_event, write_week
from reports.document import Quote
from reports.event_figures import event_figures
from reports.evidence import read_link
from reports.figures import week_figures
from reports.period import IsoWeek
from reports.shapes import Digest
from reports.wording import document
from store.engine import Store
from store.events import save_event
from store.posts import count_posts, get_post, upsert_posts

TEXT = "砚池区夜市收摊的时候执法人员推走了三轮车，摊主一直在问凭什么，旁边的人都在拍，到现在也没有一个说法。"


@pytest.fixture
def spread(empty: Store) -> Store:
    """The week of reports_week.py, with a11 repeated twice, once more in the next week, and an advert twice."""
    reports_week.seed(empty)
    with empty.write() as conn:
        found = get_post(conn, "a11")
        advert = get_post(conn, "a23")
        assert found is not None
        assert advert is not None
        first = msgspec.structs.replace(found.post, text=TEXT, revision=1, likes=0)
        copies = [
            msgspec.structs.replace(
                first, id=f"c{n}", published_at=beijing(at), url=f"http://127.0.0.1:8610/c{n}", likes=50
            )
            for n, at in enumerate(("11-19T20:30", "11-20T08:00", "11-23T01:00"))
        ]
        other = msgspec.structs.replace(advert.post, text=TEXT[::-1], revision=1)
        again = msgspec.structs.replace(other, id="d0", published_at=other.published_at + timedelta(hours=1))
        upsert_posts(conn, [first, *copies, other, again])
        market = [msgspec.structs.replace(p, url=p.url) for p in (first, *copies)]
        save_event(conn, reports_week.changed("market", market))
    return empty


@pytest.fixture
def digest(spread: Store) -> Digest:
    with spread.read() as conn:
        return week_figures(conn, IsoWeek(2026, 47), now=NOW + timedelta(days=1), base_url=DESK)


def test_figures_count_every_post_and_say_how_many_repeat_another(spread: Store, digest: Digest) -> None:
    volume = digest.volume
    assert (volume.collected.now.value, volume.copies.value) == (28 + 3, 3)
    assert (volume.relevant.now.value, volume.relevant_copies.value) == (22 + 2, 2)
    with spread.read() as conn:
        assert wrong_figures(conn, digest) == []
        [link] = volume.copies.evidence
        assert count_posts(conn, read_link(link)) == 3


def test_the_desk_reads_the_links_of_copies_as_the_report_means_them(digest: Digest) -> None:
    links = [link for _, figure in figures_in(digest) for link in figure.evidence if "copies=" in link]
    assert len(links) == 2
    for link in links:
        assert read_query(dict(parse_qsl(urlsplit(link).query))).where == read_link(link)


def test_the_paper_says_it_once_and_quotes_a_text_once(digest: Digest) -> None:
    paper = document(digest)
    words = ["".join(s.text for s in block.sentences[0].spans) for block in paper.blocks if hasattr(block, "sentences")]
    assert "采集帖文中与本期更早一条文字完全相同的3条，其中涉警2条，逐条计入以上数字，查看时同一文字只列一次。" in words
    quotes = [block.text for block in paper.blocks if isinstance(block, Quote)]
    assert sum("三轮车" in text for text in quotes) == 1


def test_the_report_on_an_event_says_it_too(spread: Store, tmp_path: Path) -> None:
    with spread.read() as conn:
        report = event_figures(conn, "market", now=NOW, base_url=DESK)
        assert (report.total.value, report.copies.value) == (8 + 3, 3)
        assert wrong_figures(conn, report) == []
    files = write_event(spread, "market", tmp_path, formats=["html"], now=NOW, base_url=DESK)
    assert "（同文3条）" in files[0].read_text(encoding="utf-8")


def test_a_week_without_copies_does_not_speak_of_them(week: Store, tmp_path: Path) -> None:
    [file] = write_week(week, "2026-W47", tmp_path, formats=["html"], now=NOW, base_url=DESK)
    assert "同文" not in file.read_text(encoding="utf-8")
    assert "文字完全相同" not in file.read_text(encoding="utf-8")
