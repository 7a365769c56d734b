"""One chart, drawn twice without any drawing library: SVG for the web page, a small PNG for Word.

Word gets a picture because native Word charts need an embedded workbook, which WPS and LibreOffice show differently;
labels and figures stand in table cells around the picture, so they print sharply in the paper's own fonts.
"""

import struct
import zlib
from collections.abc import Sequence
from html import escape

from reports.document import Chart, Column

WHOLE, PART, GRID, AXIS = (143, 170, 207), (176, 36, 24), (222, 222, 222), (90, 90, 90)
PIXELS_PER_COLUMN, PNG_HEIGHT = 66, 360  # about 300 dots per inch on 156 mm with 28 columns; 7 columns are scaled down
ALL_LABELS = 12  # with more columns only some are labelled (every fifth day, every sixth hour) and have no figures


def ceiling(columns: Sequence[Column]) -> int:
    """The top of the scale: the largest column rounded up to 1, 2 or 5 times a power of ten; 1 when all are empty."""
    top = max((c.whole for c in columns), default=0)
    step = 1
    while True:
        for factor in (1, 2, 5):
            if factor * step >= top:
                return factor * step
        step *= 10


def labelled(number: int, count: int) -> bool:
    """Whether column `number` (from 0) of `count` has its label written out."""
    if count <= ALL_LABELS:
        return True
    return number % 6 == 0 if count == 24 else number == 0 or (number + 1) % 5 == 0


def png(chart: Chart) -> bytes:
    """The columns as a PNG; the same chart always gives the same bytes."""
    wide = PIXELS_PER_COLUMN * max(2, 28 // max(1, len(chart.columns)))
    top = ceiling(chart.columns)
    heights = [(_scaled(c.whole, top), _scaled(c.part, top)) for c in chart.columns]
    grid = {round(PNG_HEIGHT * n / 4) for n in range(4)}
    rows = [_row(PNG_HEIGHT - y, heights, wide, y in grid) for y in range(PNG_HEIGHT)]
    rows += [bytes(AXIS) * (wide * len(heights))] * 3
    return _png_file(wide * len(heights), rows)


def _scaled(value: int, top: int) -> int:
    return max(2, round(PNG_HEIGHT * 0.96 * value / top)) if value else 0


def _row(level: int, heights: Sequence[tuple[int, int]], wide: int, on_grid: bool) -> bytes:
    back = bytes(GRID if on_grid else (255, 255, 255))
    gap = wide // 4
    row = b""
    for whole, part in heights:
        colour = bytes(PART) if level <= part else bytes(WHOLE) if level <= whole else back
        row += back * gap + colour * (wide - 2 * gap) + back * gap
    return row


def _png_file(width: int, rows: Sequence[bytes]) -> bytes:
    def piece(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, len(rows), 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", head) + piece(b"IDAT", data) + piece(b"IEND", b"")


def svg(chart: Chart) -> str:
    """The chart as inline SVG: every column is a link; figures above the columns where there is room."""
    count, top, wide, high = len(chart.columns), ceiling(chart.columns), 620, 150
    step = (wide - 30) / max(1, count)
    name = escape(chart.caption, quote=True)
    out = [f'<svg class="chart" viewBox="0 0 {wide} {high + 38}" role="img" aria-label="{name}">']
    for n in range(5):
        y = 18 + high * n / 4
        out.append(f'<line x1="30" x2="{wide}" y1="{y:.1f}" y2="{y:.1f}" class="{"axis" if n == 4 else "grid"}"/>')
    out.append(f'<text x="26" y="22" class="scale">{top}</text><text x="26" y="{high + 22}" class="scale">0</text>')
    for n, column in enumerate(chart.columns):
        out.append(_svg_column(column, 30 + n * step, step, top, high, n, count))
    return "".join(out) + "</svg>"


def _svg_column(column: Column, x: float, step: float, top: int, high: int, number: int, count: int) -> str:
    whole, part = high * column.whole / top, high * column.part / top
    bar, base = step * 0.5, 18 + high
    words = escape(f"{column.label}：{column.whole}，其中{column.part}")
    out = f'<a href="{escape(column.link, quote=True)}"><title>{words}</title>'
    out += f'<rect class="whole" x="{x + step / 4:.1f}" y="{base - whole:.1f}" width="{bar:.1f}" height="{whole:.1f}"/>'
    out += f'<rect class="part" x="{x + step / 4:.1f}" y="{base - part:.1f}" width="{bar:.1f}" height="{part:.1f}"/>'
    middle = x + step / 2
    if count <= ALL_LABELS:
        out += f'<text x="{middle:.1f}" y="{base - whole - 4:.1f}">{column.whole}</text>'
    out += "</a>"
    if labelled(number, count):
        out += f'<text x="{middle:.1f}" y="{base + 15}">{escape(column.label)}</text>'
    return out
