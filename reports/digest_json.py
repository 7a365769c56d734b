"""Digest -> JSON: the figures with their evidence, for other programs and for checking the papers."""

import msgspec

from reports.shapes import Shape


def render(figures: Shape) -> bytes:
    """UTF-8 JSON, indented, times in UTC; the same figures always give the same bytes."""
    return msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n"
