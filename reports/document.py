"""A report between figures and files: headings, sentences, tables, one chart; every number with the link that opens it.

The wording (`reports/wording.py`) makes a Document; the Word and the web writer only draw it, so both say the same.
`unsupported` is the gate in between: what it finds is not printed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A few words; with a link when they state something that can be opened."""

    text: str
    link: str = ""


@dataclass(frozen=True)
class Sentence:
    """Words of one statement, in order."""

    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """The sentence as it is read."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True)
class Heading:
    """Level 1 is “一、” in 黑体, level 2 “（一）” in 楷体."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Sentences that belong together."""

    sentences: tuple[Sentence, ...]
    lead: str = ""
    """A bold word or two at the start, e.g. 概述。"""

    @property
    def text(self) -> str:
        """The paragraph as it is read."""
        return self.lead + "".join(s.text for s in self.sentences)


@dataclass(frozen=True)
class Note:
    """How something was counted; states nothing about the period, so it needs no evidence."""

    text: str


@dataclass(frozen=True)
class Quote:
    """What somebody wrote, masked, with its origin; `link` opens the post."""

    text: str
    origin: str
    link: str


@dataclass(frozen=True)
class Table:
    """Cells are sentences; `widths` are parts of the page width, as many as columns."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Sentence, ...], ...]
    widths: tuple[int, ...]
    left: tuple[int, ...] = (0,)
    """Columns set flush left; the others are centred."""
    join: tuple[int, ...] = ()
    """Columns in which equal cells one below the other become one."""

    def spans_down(self, row: int, column: int) -> int:
        """How many rows the cell covers: 1 normally, 0 when it is part of the one above.

        Cells are joined only where all joined columns before them are equal too.
        """
        if column not in self.join:
            return 1
        if row and self._like_above(row, column):
            return 0
        count = 1
        while row + count < len(self.rows) and self._like_above(row + count, column):
            count += 1
        return count

    def _like_above(self, row: int, column: int) -> bool:
        upto = [c for c in self.join if c <= column]
        return all(self.rows[row][c] == self.rows[row - 1][c] for c in upto)


@dataclass(frozen=True)
class Column:
    """One column of the chart: `part` is the dark lower piece of `whole`."""

    label: str
    whole: int
    part: int
    link: str


@dataclass(frozen=True)
class Chart:
    """Columns side by side."""

    caption: str
    whole_name: str
    part_name: str
    columns: tuple[Column, ...]


Block = Heading | Paragraph | Note | Quote | Table | Chart


@dataclass(frozen=True)
class Document:
    """One report, ready to be drawn."""

    title: str
    subtitle: str
    stamp: str
    """As of when, for the closing line."""
    blocks: tuple[Block, ...]


def say(words: str, *parts: Span | str) -> Sentence:
    """`words` with each {} replaced by the next part; the parts keep their links.

    Raises ValueError when the number of {} and of parts differ.
    """
    pieces = words.split("{}")
    if len(pieces) != len(parts) + 1:
        raise ValueError(f"{len(pieces) - 1} places for {len(parts)} parts: {words}")
    spans = [Span(pieces[0])]
    for part, piece in zip(parts, pieces[1:], strict=True):
        spans += [part if isinstance(part, Span) else Span(part), Span(piece)]
    return Sentence(tuple(span for span in spans if span.text))


def sentences(document: Document) -> Iterator[Sentence]:
    """Every statement of the document, table cells included."""
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield from block.sentences
        elif isinstance(block, Table):
            for row in block.rows:
                yield from row


_NUMBER = re.compile(r"[0-9０-９]")


def unsupported(document: Document) -> list[str]:
    """What must not be printed: paragraph sentences without evidence, numbers outside a link, quotes without a post.

    An empty list means that every statement can be opened.
    """
    found = []
    for sentence in sentences(document):
        loose = "".join(span.text for span in sentence.spans if not span.link)
        if _NUMBER.search(loose):
            found.append(f"number without evidence: {sentence.text}")
    for block in document.blocks:
        if isinstance(block, Paragraph):
            found += [f"no evidence: {s.text}" for s in block.sentences if not any(p.link for p in s.spans)]
        elif isinstance(block, Quote) and not block.link:
            found.append(f"quote without a post: {block.text}")
        elif isinstance(block, Chart):
            found += [f"column without evidence: {c.label}" for c in block.columns if not c.link]
    return found


def strangers(printed: list[str], document: Document) -> list[str]:
    """Paragraphs of a finished file that are not in the document it was made from (compared without blanks).

    For checking files after they were written: a sentence that reached the paper by another way has no evidence.
    """
    known = {_bare(text) for text in _texts(document)}
    return [text for text in printed if _bare(text) and _bare(text) not in known]


def _texts(document: Document) -> Iterator[str]:
    yield from (document.title, document.subtitle, document.stamp)
    for block in document.blocks:
        if isinstance(block, Paragraph | Heading | Note):
            yield block.text
        elif isinstance(block, Quote):
            yield f"“{block.text}”（{block.origin}）"
        else:
            yield block.caption


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)
