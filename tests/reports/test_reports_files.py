"""The files: Word opens, HTML cannot be broken into, JSON keeps its shape, bytes repeat, half files never appear."""

import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import docx
import pytest
from reports_week import CITY, DESK, NOW

from reports import charts, digest
from reports.digest import Uncited, write_event, write_period, write_week
from reports.document import Chart, Column, Paragraph, say, strangers
from reports.figures import week_figures
from reports.period import IsoWeek, day_period, month_period
from reports.wording import document
from store.engine import Store

WEEK = "2026-W47"
GOLDEN = Path(__file__).with_name("digest-2026-W47.golden.json")


@pytest.fixture(scope="module")
def files(week: Store, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("out")
    written = write_week(week, WEEK, out, now=NOW, base_url=DESK, jurisdiction=CITY)
    return {path.suffix[1:]: path for path in written}


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "col", "line", "rect"):
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag


def test_file_names(files: dict[str, Path], week: Store, tmp_path: Path) -> None:
    assert [files[kind].name for kind in ("docx", "html", "json")] == [
        f"digest-2026-W47-澜汀市.{kind}" for kind in ("docx", "html", "json")
    ]
    assert [p.name for p in write_week(week, WEEK, tmp_path, formats=["json"], now=NOW, base_url=DESK)] == [
        "digest-2026-W47.json"
    ]
    for period, name in ((day_period("2026-11-19"), "digest-2026-11-19"), (month_period("2026-11"), "digest-2026-11")):
        assert [p.name for p in write_period(week, period, tmp_path, formats=["html"], now=NOW, base_url=DESK)] == [
            f"{name}.html"
        ]


def test_word_opens_with_its_headings_layout_and_fonts(files: dict[str, Path]) -> None:
    paper = docx.Document(str(files["docx"]))
    headings = [p.text for p in paper.paragraphs if p.style.name == "Heading 1"]
    assert headings[0] == "一、总体情况"
    assert headings[-1] == "七、监测质量"
    section = paper.sections[0]
    millimetres = [
        round(v.mm) for v in (section.page_width, section.page_height, section.top_margin, section.left_margin)
    ]
    assert millimetres == [210, 297, 37, 28]
    assert round((section.page_width - section.left_margin - section.right_margin) / 36000) == 156
    assert round((section.page_height - section.top_margin - section.bottom_margin) / 36000) == 225
    styles = zipfile.ZipFile(files["docx"]).read("word/styles.xml").decode()
    assert all(name in styles for name in ("仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312"))
    assert paper.core_properties.author == "minyi"
    assert paper.core_properties.created.isoformat().startswith("2026-11-22T16:00:00")


def test_every_paragraph_on_paper_comes_from_the_checked_document(files: dict[str, Path], week: Store) -> None:
    with week.read() as conn:
        checked = document(week_figures(conn, IsoWeek(2026, 47), now=NOW, base_url=DESK, jurisdiction=CITY))
    paper = docx.Document(str(files["docx"]))
    printed = [p.text for p in paper.paragraphs if not p.text.startswith("■")]
    assert strangers(printed, checked) == []
    assert strangers(["形势总体平稳。"], checked) == ["形势总体平稳。"]


def test_numbers_in_word_are_links(files: dict[str, Path]) -> None:
    package = zipfile.ZipFile(files["docx"])
    body = package.read("word/document.xml").decode()
    links = package.read("word/_rels/document.xml.rels").decode()
    assert "22条" in "".join(re.findall(r"<w:hyperlink[^>]*>.*?</w:hyperlink>", body))
    assert "http://desk.test:8600/posts?since=2026-11-16T00%3A00&amp;until=2026-11-23T00%3A00" in links


def test_html_is_one_safe_well_formed_file(files: dict[str, Path]) -> None:
    text = files["html"].read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    assert reader.stack == []
    tags = {tag for tag, _ in reader.tags}
    assert not tags & {"script", "img", "iframe", "object", "link", "form", "b"}
    assert "&lt;script&gt;" in text
    for tag, attributes in reader.tags:
        assert not any(name.startswith("on") for name in attributes)
        if tag == "a":
            assert str(attributes["href"]).startswith(DESK)
    assert "@import" not in text
    assert "url(" not in text


def test_nothing_personal_is_in_any_file(files: dict[str, Path]) -> None:
    package = zipfile.ZipFile(files["docx"])
    raw = [package.read(name) for name in package.namelist()] + [files["html"].read_bytes(), files["json"].read_bytes()]
    for data in raw:
        text = data.decode("utf-8", "replace")
        assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)|310101199001011234", text)
        assert "小李爱喝茶" not in text
        assert "feedfacecafebeef" not in text


def test_the_json_is_the_one_that_was_counted_by_hand(files: dict[str, Path]) -> None:
    data = files["json"].read_bytes()
    if os.environ.get("MINYI_TEST_REGOLD"):
        GOLDEN.write_bytes(data)
    assert json.loads(data) == json.loads(GOLDEN.read_bytes())


def test_the_same_store_gives_the_same_bytes(files: dict[str, Path], week: Store, tmp_path: Path) -> None:
    for path in write_week(week, WEEK, tmp_path, now=NOW, base_url=DESK, jurisdiction=CITY):
        assert path.read_bytes() == files[path.suffix[1:]].read_bytes(), path.name


def test_an_empty_store_makes_valid_files(empty: Store, tmp_path: Path) -> None:
    for period in (IsoWeek.parse(WEEK).period(), day_period("2026-11-19"), month_period("2026-11")):
        written = write_period(empty, period, tmp_path, now=NOW, base_url=DESK)
        paper = docx.Document(str(written[0]))
        assert any("没有采集到公开帖文" in p.text for p in paper.paragraphs)
        assert json.loads(written[2].read_bytes())["volume"]["collected"]["now"]["value"] == 0


def test_the_event_report(week: Store, tmp_path: Path) -> None:
    written = write_event(week, "market", tmp_path, now=NOW, base_url=DESK)
    assert [p.name for p in written] == ["event-market.docx", "event-market.html", "event-market.json"]
    report = json.loads(written[2].read_bytes())
    assert report["total"]["value"] == 8
    assert report["hourly"] is True
    [statement] = report["statements"]
    assert (statement["before"]["value"], statement["after"]["value"]) == (6, 2)
    assert "13712345678" not in written[2].read_text(encoding="utf-8")
    paper = docx.Document(str(written[0]))
    assert [p.text for p in paper.paragraphs if p.style.name == "Heading 1"] == [
        "一、传播过程",
        "二、各方声音",
        "三、预警与处置",
        "四、官方声明",
    ]
    with pytest.raises(LookupError):
        write_event(week, "nothing", tmp_path, now=NOW, base_url=DESK)


def test_nothing_is_written_when_a_sentence_lacks_evidence(
    week: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest.wording, "overview", lambda _: [say("形势总体平稳。")])
    with pytest.raises(Uncited, match="形势总体平稳"):
        write_week(week, WEEK, tmp_path / "out", now=NOW, base_url=DESK)
    assert not (tmp_path / "out").exists()


def test_a_failed_write_leaves_the_old_file_and_no_draft(
    week: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [path] = write_week(week, WEEK, tmp_path, formats=["html"], now=NOW, base_url=DESK)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_week(week, WEEK, tmp_path, formats=["html"], now=NOW, base_url=DESK)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_text_that_xml_cannot_hold_is_printed_without_it() -> None:
    from reports import digest_docx, digest_html
    from reports.document import Document, Span

    wild = "坏\x00字\x0b符\ud800￾结束"
    paper = Document("题", "副", "完", (Paragraph((say("{}。", Span(wild, "http://desk.test/")),)),))
    text = docx.Document(io.BytesIO(digest_docx.render(paper, made=NOW))).paragraphs[2].text
    assert text == "坏字符结束。"
    assert "坏字符" in digest_html.render(paper).decode("utf-8")


def test_charts_of_nothing_and_of_much() -> None:
    for values in ([], [0], [0, 0], [1, 5, 123456], list(range(31))):
        chart = Chart("图", "涉警", "负面", tuple(Column(str(n), n, n // 2, "http://desk.test/") for n in values))
        assert charts.ceiling(chart.columns) >= max(values, default=0)
        if values:
            assert charts.png(chart).startswith(b"\x89PNG")
            assert charts.svg(chart).endswith("</svg>")


def test_libreoffice_reads_the_word_file(files: dict[str, Path], tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice here: apt-get install libreoffice-writer")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(files["docx"])]
    subprocess.run(command, check=True, timeout=110, capture_output=True)
    from pypdf import PdfReader

    pages = PdfReader(tmp_path / files["docx"].with_suffix(".pdf").name).pages
    assert 4 <= len(pages) <= 10
    assert [round(float(v) / 72 * 25.4) for v in pages[0].mediabox[2:]] == [210, 297]


ORDER = {  # the sequence of the schema (ECMA-376): Word refuses files that leave it
    "pPr": "pStyle keepNext keepLines pageBreakBefore widowControl numPr pBdr shd tabs spacing ind contextualSpacing "
    "jc textAlignment outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike color spacing w kern position sz szCs highlight u "
    "shd vertAlign lang",
    "tcPr": "tcW gridSpan vMerge tcBorders shd noWrap tcMar vAlign",
    "tblPr": "tblStyle tblStyleRowBandSize tblStyleColBandSize tblW jc tblInd tblBorders shd tblLayout "
    "tblCellMar tblLook",
    "font": "altName panose1 charset family notTrueType pitch sig",
    "style": "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked "
    "rsid pPr rPr tblPr trPr tcPr tblStylePr",
}


def test_word_finds_each_element_where_the_schema_wants_it(files: dict[str, Path], week: Store, tmp_path: Path) -> None:
    event = write_event(week, "market", tmp_path, formats=["docx"], now=NOW, base_url=DESK)
    for path in (files["docx"], *event):
        package = zipfile.ZipFile(path)
        for name in ("word/document.xml", "word/styles.xml", "word/fontTable.xml", "word/footer1.xml"):
            for node in ElementTree.fromstring(package.read(name)).iter():
                kind = node.tag.rpartition("}")[2]
                if kind in ORDER:
                    order = ORDER[kind].split()
                    children = [child.tag.rpartition("}")[2] for child in node]
                    assert set(children) <= set(order), (name, kind, children)
                    assert children == sorted(children, key=order.index), (name, kind, children)
