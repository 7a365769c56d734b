"""Document -> Word, ready to be signed: opens the same in Word, WPS and LibreOffice, every figure a link."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

from reports import charts
from reports.document import Block, Chart, Document, Heading, Note, Paragraph, Quote, Sentence, Span, Table
from reports.docx_cells import TABLE_LINE_PT, TYPE_AREA_MM, fill, grid, join_equal, keep_with_next, repeat_header, write
from reports.docx_style import (
    BODY_PT,
    HEI,
    KAI,
    LINE_PT,
    TABLE_PT,
    indent_two,
    new_element,
    new_paper,
    rule_below,
    set_fonts,
    spacing,
)

KEEP_TOGETHER_ROWS = 10  # a table of no more rows stays on one page, when its cells are short
ONE_LINE_CHARS = 22
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the oldest a zip can say: the same digest gives the same bytes


def render(document: Document, *, made: datetime) -> bytes:
    """The document as .docx; the same document and time always give the same bytes."""
    paper = new_paper(document.title, made)
    _head(paper, document)
    for block in document.blocks:
        draw: Callable[[Any, Any], None] = _DRAW[type(block)]
        draw(paper, block)
    _foot(paper, document)
    raw = io.BytesIO()
    paper.save(raw)
    return _same_bytes(raw.getvalue())


def _head(paper: Any, document: Document) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN

    paper.add_paragraph(document.title, style="Title")
    below = paper.add_paragraph()
    below.alignment = ALIGN.CENTER
    set_fonts(below.add_run(document.subtitle)._r.get_or_add_rPr(), KAI)
    rule_below(below)
    spacing(below.paragraph_format, LINE_PT, before=6, after=10)


def _foot(paper: Any, document: Document) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Pt

    stamp = paper.add_paragraph(document.stamp)
    stamp.alignment, stamp.paragraph_format.right_indent = ALIGN.RIGHT, Pt(BODY_PT * 2)
    spacing(stamp.paragraph_format, LINE_PT, before=LINE_PT)
    stamp.paragraph_format.keep_with_next = True
    table = grid(paper, 1, (1, 1, 1))
    for cell, words in zip(table.rows[0].cells, ("编制：", "审核：", "签发："), strict=True):
        spacing(cell.paragraphs[0].paragraph_format, LINE_PT, before=6, after=6)
        cell.paragraphs[0].add_run(words)


def _heading(paper: Any, block: Heading) -> None:
    indent_two(paper.add_paragraph(block.text, style=f"Heading {block.level}"))


def _paragraph(paper: Any, block: Paragraph) -> None:
    paragraph = paper.add_paragraph()
    indent_two(paragraph)
    if block.lead:
        set_fonts(paragraph.add_run(block.lead)._r.get_or_add_rPr(), HEI)
    for sentence in block.sentences:
        write(paragraph, sentence)


def _note(paper: Any, block: Note) -> None:
    from docx.shared import Pt

    paragraph = paper.add_paragraph()
    spacing(paragraph.paragraph_format, TABLE_LINE_PT, before=2, after=4)
    paragraph.paragraph_format.keep_together = paragraph.paragraph_format.keep_with_next = True  # notes stay whole
    run = paragraph.add_run(block.text)
    run.font.size = Pt(10.5)
    set_fonts(run._r.get_or_add_rPr(), KAI)


def _quote(paper: Any, block: Quote) -> None:
    from docx.shared import Pt

    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.left_indent = Pt(BODY_PT * 2)
    spacing(paragraph.paragraph_format, 24, before=1, after=1)
    write(paragraph, Sentence((Span(f"“{block.text}”", block.link), Span(f"（{block.origin}）"))), face=KAI, points=14)


def _table(paper: Any, block: Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN

    _caption(paper, block.caption)
    table = grid(paper, len(block.rows) + 1, block.widths)
    for cell, words in zip(table.rows[0].cells, block.header, strict=True):
        fill(cell, Sentence((Span(words),)), face=HEI)
        shade = new_element("w:shd", {"w:val": "clear", "w:color": "auto", "w:fill": "EDEFF3"})
        cell._tc.get_or_add_tcPr().insert_element_before(shade, "w:noWrap", "w:tcMar", "w:vAlign")
    repeat_header(table.rows[0])
    longest = max((len(cell.text) for row in block.rows for cell in row), default=0)
    together = len(block.rows) <= KEEP_TOGETHER_ROWS and longest <= ONE_LINE_CHARS
    keep_with_next(table.rows[0])
    for number, (row, cells) in enumerate(zip(table.rows[1:], block.rows, strict=True)):
        for column, (cell, sentence) in enumerate(zip(row.cells, cells, strict=True)):
            if block.spans_down(number, column):
                fill(cell, sentence, align=ALIGN.LEFT if column in block.left else ALIGN.CENTER)
        if together and number + 1 < len(block.rows):
            keep_with_next(row)
    join_equal(table, block)
    _gap(paper)


def _chart(paper: Any, block: Chart) -> None:
    """A picture over a row of labels, and one of figures where there is room, in as many columns as the chart has."""
    from docx.shared import Mm

    _caption(paper, block.caption)
    picture = paper.add_paragraph()
    spacing(picture.paragraph_format, None)
    picture.paragraph_format.keep_with_next = True
    image = io.BytesIO(charts.png(block))
    inline = picture.add_run().add_picture(image, width=Mm(TYPE_AREA_MM), height=Mm(38))._inline
    inline.docPr.set("descr", block.caption)
    for side in "TBLR":  # LibreOffice takes a missing distance for 3 mm
        inline.set(f"dist{side}", "0")
    count = len(block.columns)
    valued = count <= charts.ALL_LABELS
    table = grid(paper, 2 if valued else 1, (1,) * count, lines=False)
    for number, column in enumerate(block.columns):
        label = Span(column.label if charts.labelled(number, count) else "", column.link)
        fill(table.rows[0].cells[number], Sentence((label,)), points=TABLE_PT if valued else 8)
        if valued:
            values = Span(f"{column.whole}/{column.part}", column.link)
            fill(table.rows[1].cells[number], Sentence((values,)))
    for row in table.rows:
        keep_with_next(row)
    legend = paper.add_paragraph()
    _legend(legend, block)


def _legend(paragraph: Any, block: Chart) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Pt, RGBColor

    paragraph.alignment = ALIGN.CENTER
    spacing(paragraph.paragraph_format, TABLE_LINE_PT, after=4)
    names = ((charts.WHOLE, block.whole_name), (charts.PART, block.part_name))
    for colour, name in names:
        square = paragraph.add_run("■")
        square.font.size, square.font.color.rgb = Pt(10.5), RGBColor(*colour)
        run = paragraph.add_run(f" {name}　")
        run.font.size = Pt(10.5)


def _caption(paper: Any, words: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Pt

    paragraph = paper.add_paragraph()
    paragraph.alignment = ALIGN.CENTER
    spacing(paragraph.paragraph_format, TABLE_LINE_PT, before=6, after=3)
    paragraph.paragraph_format.keep_with_next = True
    run = paragraph.add_run(words)
    run.font.size = Pt(TABLE_PT)
    set_fonts(run._r.get_or_add_rPr(), HEI)


def _gap(paper: Any) -> None:
    spacing(paper.add_paragraph().paragraph_format, 8)


def _same_bytes(raw: bytes) -> bytes:
    """The package with every entry's time set alike and the template's thumbnail left out of sight."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(entry, old.read(name))
    return out.getvalue()


_DRAW: dict[type[Block], Callable[[Any, Any], None]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Note: _note,
    Quote: _quote,
    Table: _table,
    Chart: _chart,
}
