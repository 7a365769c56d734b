"""The Word layout of an official paper (GB/T 9704-2012): page, type area, fonts, page numbers.

A4, 37 mm above and 28 mm left of a type area of 156 x 225 mm; body in 三号仿宋, 22 lines of 28 characters a page;
title 二号小标宋, headings 黑体 and 楷体; page numbers in 四号 between dashes, outside at the foot. The fonts are
named, not embedded; the font table names what Word and WPS may take instead.
"""

from datetime import datetime
from typing import Any

SONG, HEI, KAI, FANG, TITLE = "宋体", "黑体", "楷体_GB2312", "仿宋_GB2312", "方正小标宋简体"
LATIN = "Times New Roman"
STAND_INS = {KAI: "楷体", FANG: "仿宋", TITLE: "华文中宋"}  # what Windows and WPS bring when the GB2312 set is missing
BODY_PT, TITLE_PT, TABLE_PT, FOOT_PT = 16.0, 22.0, 10.5, 14.0  # 三号, 二号, 五号, 四号
LINE_PT = 28.95  # 225 mm in 22 lines
TIGHTEN_TWENTIETHS = -5  # 28 characters of 16 pt are 448 pt, the type area is 442
NAVY = "1F3864"  # links: told apart on a screen, black on paper
RED = "C00000"


def new_paper(title: str, made: datetime) -> Any:
    """An empty document with page, styles and page numbers set; `made` is its time of creation (never the clock's)."""
    import docx

    paper = docx.Document()
    _page(paper)
    _styles(paper)
    _page_numbers(paper)
    _font_table(paper)
    core = paper.core_properties
    core.title, core.author, core.last_modified_by, core.comments = title, "minyi", "minyi", ""
    core.created = core.modified = made.replace(tzinfo=None, microsecond=0)
    core.revision, core.language = 1, "zh-CN"
    return paper


def _page(paper: Any) -> None:
    from docx.shared import Mm

    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.left_margin = Mm(37), Mm(28)
    section.right_margin, section.bottom_margin = Mm(210 - 28 - 156), Mm(297 - 37 - 225)
    section.header_distance, section.footer_distance = Mm(20), Mm(23)
    paper.settings.odd_and_even_pages_header_footer = True


def _styles(paper: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN

    styles = paper.styles
    _font(styles["Normal"], FANG, BODY_PT)
    set_child(styles["Normal"].element.get_or_add_rPr(), "w:spacing", {"w:val": str(TIGHTEN_TWENTIETHS)})
    set_child(styles["Normal"].element.get_or_add_rPr(), "w:lang", {"w:val": "en-US", "w:eastAsia": "zh-CN"})
    spacing(styles["Normal"].paragraph_format, LINE_PT)
    for name, face, size in (("Title", TITLE, TITLE_PT), ("Heading 1", HEI, BODY_PT), ("Heading 2", KAI, BODY_PT)):
        style = styles[name]
        _font(style, face, size)
        spacing(style.paragraph_format, 34 if name == "Title" else LINE_PT)
        style.paragraph_format.keep_with_next = True
        for border in style.element.iter(_q("w:pBdr")):
            border.getparent().remove(border)
            break
    styles["Title"].paragraph_format.alignment = ALIGN.CENTER


def _font(style: Any, face: str, size: float) -> None:
    from docx.shared import Pt, RGBColor

    style.font.size, style.font.bold, style.font.italic = Pt(size), False, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    properties = style.element.get_or_add_rPr()
    set_fonts(properties, face)


def set_fonts(properties: Any, face: str) -> None:
    """Name `face` for Chinese and Times New Roman for everything else on a run's or a style's properties."""
    fonts = properties.get_or_add_rFonts()
    fonts.attrib.clear()
    for where, name in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", face)):
        fonts.set(_q(f"w:{where}"), name)


def spacing(form: Any, points: float | None, *, before: float = 0, after: float = 0) -> None:
    """Exact line height (None: as high as its content) and the room around the paragraph."""
    from docx.enum.text import WD_LINE_SPACING as RULE
    from docx.shared import Pt

    form.space_before, form.space_after = Pt(before), Pt(after)
    if points is None:
        form.line_spacing_rule = RULE.SINGLE
    else:
        form.line_spacing_rule, form.line_spacing = RULE.EXACTLY, Pt(points)
    form.widow_control = False


def indent_two(paragraph: Any) -> None:
    """Two characters in on the first line, whatever the font size."""
    set_child(paragraph._p.get_or_add_pPr(), "w:ind", {"w:firstLineChars": "200", "w:firstLine": "640"})


def _page_numbers(paper: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.shared import Pt

    section = paper.sections[0]
    for footer, align in ((section.footer, ALIGN.RIGHT), (section.even_page_footer, ALIGN.LEFT)):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = align
        edge = "right_indent" if align == ALIGN.RIGHT else "left_indent"
        setattr(paragraph.paragraph_format, edge, Pt(FOOT_PT))
        for piece in ("— ", None, " —"):
            run = paragraph.add_run(piece or "")
            run.font.size = Pt(FOOT_PT)
            set_fonts(run._r.get_or_add_rPr(), SONG)
            if piece is None:
                _page_field(run)


def _page_field(run: Any) -> None:
    for kind in ("begin", None, "separate", "text", "end"):
        if kind is None:
            node = _new("w:instrText")
            node.text = "PAGE"
        elif kind == "text":
            node = _new("w:t")
            node.text = "1"
        else:
            node = _new("w:fldChar", {"w:fldCharType": kind})
        run._r.append(node)


def _font_table(paper: Any) -> None:
    """Name the stand-ins, so that a desk without the GB2312 fonts gets their close relatives and not any font."""
    from docx.opc.oxml import parse_xml, serialize_part_xml

    part = next(p for p in paper.part.package.iter_parts() if str(p.partname) == "/word/fontTable.xml")
    root = parse_xml(part.blob)
    for face, other in STAND_INS.items():
        font = _new("w:font", {"w:name": face})
        font.append(_new("w:altName", {"w:val": other}))
        font.append(_new("w:charset", {"w:val": "86"}))
        font.append(_new("w:family", {"w:val": "auto"}))
        root.append(font)
    part._blob = serialize_part_xml(root)


def rule_below(paragraph: Any, colour: str = RED) -> None:
    """A thin line under the paragraph, as under the head of a bulletin."""
    border = _new("w:pBdr")
    border.append(_new("w:bottom", {"w:val": "single", "w:sz": "12", "w:space": "6", "w:color": colour}))
    paragraph._p.get_or_add_pPr().insert_element_before(
        border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def set_child(parent: Any, tag: str, attributes: dict[str, str]) -> None:
    """The one child `tag` of a properties element with exactly these attributes, put where the schema wants it."""
    for old in parent.findall(_q(tag)):
        parent.remove(old)
    after = {
        "w:spacing": ("w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u", "w:lang"),
        "w:lang": ("w:eastAsianLayout", "w:specVanish", "w:oMath"),
        "w:ind": ("w:contextualSpacing", "w:jc", "w:textDirection", "w:outlineLvl", "w:rPr", "w:sectPr"),
    }[tag]
    parent.insert_element_before(_new(tag, attributes), *after)


def _new(tag: str, attributes: dict[str, str] | None = None) -> Any:
    from docx.oxml import OxmlElement

    node = OxmlElement(tag)
    for name, value in (attributes or {}).items():
        node.set(_q(name), value)
    return node


new_element = _new


def _q(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))
