"""Cells and runs: what the Word writer is made of."""

from typing import Any

from reports.document import Sentence, Table
from reports.docx_style import NAVY, TABLE_PT, new_element, set_fonts, spacing

TYPE_AREA_MM = 156
TABLE_LINE_PT = 17


def grid(paper: Any, rows: int, widths: tuple[int, ...], *, lines: bool = True) -> Any:
    """A table over the whole type area with fixed column widths; rows do not break over pages."""
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.shared import Mm

    table = paper.add_table(rows=rows, cols=len(widths), style="Table Grid" if lines else None)
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    properties = table._tbl.tblPr
    margins = new_element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(new_element(f"w:{side}", {"w:w": "70" if lines else "0", "w:type": "dxa"}))
    properties.insert_element_before(margins, "w:tblLook", "w:tblCaption")
    for number, width in enumerate(widths):
        table.columns[number].width = Mm(TYPE_AREA_MM * width / sum(widths))
        for cell in table.columns[number].cells:
            cell.width = Mm(TYPE_AREA_MM * width / sum(widths))
    for row in table.rows:
        row._tr.get_or_add_trPr().append(new_element("w:cantSplit"))
    return table


def repeat_header(row: Any) -> None:
    """The row stands again on top of the next page."""
    row._tr.get_or_add_trPr().append(new_element("w:tblHeader"))


def keep_with_next(row: Any) -> None:
    """The row stays on the page of the next one."""
    for cell in row.cells:
        for paragraph in cell.paragraphs:
            paragraph.paragraph_format.keep_with_next = True


def join_equal(table: Any, block: Table) -> None:
    """Make equal neighbours one cell: `restart` on the first, an empty `vMerge` on those below."""
    for column in block.join:
        for number in range(len(block.rows)):
            down = block.spans_down(number, column)
            if down != 1:
                merge = new_element("w:vMerge", {"w:val": "restart"} if down else {})
                properties = table.rows[number + 1].cells[column]._tc.get_or_add_tcPr()
                properties.insert_element_before(merge, "w:tcBorders", "w:shd", "w:tcMar", "w:vAlign")


def fill(cell: Any, sentence: Sentence, *, face: str = "", align: Any = None, points: float = TABLE_PT) -> None:
    """One cell: a sentence in the middle of its height."""
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT as MIDDLE
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN

    cell.vertical_alignment = MIDDLE.CENTER
    paragraph = cell.paragraphs[0]
    paragraph.alignment = ALIGN.CENTER if align is None else align
    spacing(paragraph.paragraph_format, TABLE_LINE_PT)
    write(paragraph, sentence, face=face, points=points)


def write(paragraph: Any, sentence: Sentence, *, face: str = "", points: float = 0) -> None:
    """A sentence into a paragraph; in the text its links are told apart, in tables they stay black."""
    from docx.shared import Pt, RGBColor

    for span in sentence.spans:
        run = paragraph.add_run(_printable(span.text))
        if points:
            run.font.size = Pt(points)
        if face:
            set_fonts(run._r.get_or_add_rPr(), face)
        if span.link and span.text:
            if not points:  # in the text links are told apart; tables stay black
                run.font.color.rgb = RGBColor.from_string(NAVY)
            _link(paragraph, run, span.link)


def _link(paragraph: Any, run: Any, address: str) -> None:
    from docx.opc.constants import RELATIONSHIP_TYPE as KIND

    link = new_element("w:hyperlink", {"r:id": paragraph.part.relate_to(address, KIND.HYPERLINK, is_external=True)})
    run._r.addprevious(link)
    link.append(run._r)


def _printable(text: str) -> str:
    """Without what XML cannot hold: control characters, lone surrogates, non-characters."""
    return "".join(
        ch
        for ch in text
        if ch in "\t\n" or (ord(ch) >= 32 and not 0xD800 <= ord(ch) <= 0xDFFF and ord(ch) not in _NONE)
    )


_NONE = frozenset({0xFFFE, 0xFFFF, *range(0x7F, 0xA0)})
