"""Calibration plots as SVG, written by hand: readable on light and dark pages, beside a card or within a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from models.calibration import Bin, error

SIDE, LEFT, TOP, BARS = 170, 34, 34, 34  # of one panel, in pixels: the square, what stands around it, the counts below
WIDE, HIGH = LEFT + SIDE + 16, TOP + SIDE + BARS + 36
STYLE = (
    "<style>svg{color:#1c2733;background:#ffffff;font-family:sans-serif}"
    "@media(prefers-color-scheme:dark){svg{color:#e4e9ee;background:#12181f}}</style>"
)


@dataclass(frozen=True)
class Words:
    """What is written on a plot."""

    stated: str
    real: str
    posts: str
    error: str


ENGLISH = Words("stated", "real", "posts", "calibration error")


def reliability(panels: Sequence[tuple[str, Sequence[Bin]]], words: Words = ENGLISH, *, alone: bool = True) -> str:
    """One square a set: stated probability to the right, real share upwards, honest on the diagonal, posts a bin below.

    panels: (title, bins) of each set.
    alone: a file of its own brings its colours; within a page the text colour of the page is taken.
    """
    width = WIDE * max(len(panels), 1)
    drawn = "".join(_panel(i * WIDE, title, found, words) for i, (title, found) in enumerate(panels))
    label = escape(f"{words.stated} / {words.real}", quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="reliability" viewBox="0 0 {width} {HIGH}" width="{width}" '
        f'height="{HIGH}" role="img" aria-label="{label}" font-size="10" fill="currentColor">'
        f"{STYLE if alone else ''}{drawn}</svg>"
    )


def _panel(left: int, title: str, found: Sequence[Bin], words: Words) -> str:
    x0, y1 = left + LEFT, TOP + SIDE
    lines = [
        f'<text x="{x0}" y="13" font-size="11" font-weight="600">{escape(title)}</text>',
        f'<text x="{x0}" y="27">{escape(words.error)} {error(found):.3f}</text>',
        f'<rect x="{x0}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="currentColor" '
        'stroke-opacity="0.3"/>',
        f'<line x1="{x0}" y1="{y1}" x2="{x0 + SIDE}" y2="{TOP}" stroke="currentColor" stroke-opacity="0.4" '
        'stroke-dasharray="4 3"/>',
        f'<text x="{x0 - 5}" y="{TOP + 8}" text-anchor="end">1</text>',
        f'<text x="{x0 - 5}" y="{y1}" text-anchor="end">0</text>',
        f'<text x="{x0 - 5}" y="{TOP + SIDE // 2}" text-anchor="end">{escape(words.real)}</text>',
    ]
    dots = [(x0 + b.stated * SIDE, y1 - b.real * SIDE, b) for b in found]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in dots)
    lines.append(f'<polyline points="{points}" fill="none" stroke="#3d8bd4" stroke-width="1.5"/>')
    most = max((b.posts for b in found), default=1)
    for x, y, b in dots:
        said = escape(f"{words.stated} {b.stated:.3f}, {words.real} {b.real:.3f}, {b.posts} {words.posts}")
        lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#3d8bd4"><title>{said}</title></circle>')
        tall, middle = max((BARS - 14) * b.posts / most, 0.5), x0 + (b.low + b.high) / 2 * SIDE
        foot = y1 + BARS + 4
        lines.append(
            f'<rect x="{middle - 6:.1f}" y="{foot - tall:.1f}" width="12" height="{tall:.1f}" fill="#8aa5c0"/>'
            f'<text x="{middle:.1f}" y="{foot - tall - 2:.1f}" text-anchor="middle" font-size="7">{b.posts}</text>'
        )
    lines.append(f'<text x="{x0 - 5}" y="{y1 + BARS + 4}" text-anchor="end">{escape(words.posts)}</text>')
    lines.append(f'<text x="{x0 + SIDE / 2}" y="{HIGH - 12}" text-anchor="middle">{escape(words.stated)} 0–1</text>')
    return "".join(lines)
