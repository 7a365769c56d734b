"""What several parts of a digest share."""

from collections.abc import Sequence

from reports.document import Paragraph, Sentence, Span
from reports.shapes import Digest
from reports.words import PERIODS

TABLE_ROWS = 15  # longer tables are cut and say so; the rest is one click away


def names(digest: Digest) -> tuple[str, str]:
    """What the period and the one before are called; the latter is empty when nothing was collected then."""
    this, before, _ = PERIODS[digest.kind]
    return this, before if digest.volume.collected.before.value else ""


def capped(caption: str, lines: Sequence[object]) -> str:
    """The caption, saying so when the table is cut."""
    return f"{caption}（共{len(lines)}项，列前{TABLE_ROWS}项）" if len(lines) > TABLE_ROWS else caption


def only(sentence: Sentence) -> Paragraph:
    """A paragraph of one sentence."""
    return Paragraph((sentence,))


def words_cell(text: str) -> Sentence:
    """A cell that states nothing."""
    return Sentence((Span(text),))
