"""A page's element tree -> the lines of its main text: containers scored by the prose they hold. Pure.

Every run of text between block elements is a block. Prose (long, with sentence punctuation, few links) speaks for
the elements around it, link lists and short labels against them. The element with the best sum is the article's
container, narrowed while one child holds nearly all of its prose; what stands before and after the story inside it
(time and source, related links, sharing, copyright) is cut off by its wording and its links.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from flows.cleaning import is_spam
from flows.sources.article_words import (
    BRACKETED,
    CREDIT,
    FURNITURE,
    LEGAL,
    LINE,
    META,
    NOISE,
    NOTICE,
    PROMOTION,
    REPLIES,
    SECTION,
    SURE,
)  # fmt: skip
from flows.text import BLOCKS, DROPPED, clean

Element = Any  # lxml is not typed

MAX_DEPTH = 400  # deeper trees are bombs, not pages
NARROW = 0.82  # a child with this share of its parent's prose is the container
LINKED = 0.5  # more of a block's characters than this in links: a link, not prose
SOFT_CHARS = 12  # a shorter block without sentence punctuation is a label
MUCH = 0.4  # of the page's prose: not furniture, whatever its name
SENTENCE = re.compile(r"[。！？；，、：“”!?;,]")
HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:left|top|text-indent|margin-left)\s*:\s*-\d{3,}"
    r"|font-size\s*:\s*0(?:px|em|pt|%)?\s*(?:;|$)|(?<![-\w])(?:height|width)\s*:\s*[01](?:px)?\s*(?:;|$)",
    re.I,
)
HEAD_BLOCKS = 12  # a title and its lines of time and source stand among the first blocks of the container
MARK_CHARS = 60  # a longer line is prose, whatever it begins with
LABEL_CHARS = 20
LEGAL_CHARS = 160
LEAST_BESIDE = 100.0  # characters of prose that are left when hidden parts or readers' replies go


@dataclass(slots=True)
class Block:
    """A run of text without a block boundary in it."""

    text: str
    linked: int
    """Characters of it that are link text."""
    owner: Element
    heading: bool = False

    @property
    def is_links(self) -> bool:
        """Whether it is mostly link text."""
        return self.linked > LINKED * max(1, len("".join(self.text.split())))

    def weight(self) -> float:
        """What it says for (above zero) or against (below) its surroundings being the story."""
        size = len("".join(self.text.split()))
        if self.is_links:
            return -min(size, 30) - 8.0
        if self.heading:
            return 0.0
        if size > LABEL_CHARS and is_spam(self.text):
            return -38.0
        if size <= LEGAL_CHARS and LEGAL.search(self.text):
            return -8.0
        if SENTENCE.search(self.text) or size > 3 * SOFT_CHARS:
            return float(size - self.linked)
        return -3.0 if size < SOFT_CHARS else 2.0


@dataclass(slots=True)
class _Reader:
    """Walks the tree once and cuts its text into blocks."""

    blocks: list[Block] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    linked: int = 0
    in_link: int = 0

    def flush(self, owner: Element) -> None:
        text = clean("".join(self.parts).replace("\n", " "))
        if text:
            heading = owner.tag in ("h1", "h2", "h3", "h4", "h5", "h6")
            self.blocks.append(Block(text, self.linked, owner, heading))
        self.parts.clear()
        self.linked = 0

    def add(self, text: str | None) -> None:
        if text:
            self.parts.append(text)
            if self.in_link:
                self.linked += len("".join(text.split()))

    def walk(self, node: Element, owner: Element, depth: int = 0) -> None:
        tag = node.tag
        if not isinstance(tag, str) or tag in DROPPED or tag in FURNITURE or depth > MAX_DEPTH:
            return
        block = tag in BLOCKS
        if block:
            self.flush(owner)
            owner = owner if tag == "br" else node
        link = tag == "a" and bool(node.get("href"))
        self.in_link += link
        if tag == "img" and re.fullmatch(r"\[[^\[\]]{1,12}\]", node.get("alt") or ""):
            self.add(node.get("alt"))
        self.add(node.text)
        for child in node:
            self.walk(child, owner, depth + 1)
            self.add(child.tail)
        self.in_link -= link
        if block:
            self.flush(owner)


def blocks_of(root: Element) -> list[Block]:
    """All text below `root`, in reading order."""
    reader = _Reader()
    reader.walk(root, root)
    reader.flush(root)
    return reader.blocks


def open_forms(root: Element) -> None:
    """A form with most of the page's text in it wraps the page (ASP.NET does so) and is no furniture."""
    forms = list(root.iter("form"))
    whole = len("".join(root.itertext())) if forms else 0
    for form in forms:
        if len("".join(form.itertext())) > MUCH * whole:
            form.tag = "div"


def without_noise(root: Element) -> None:
    """Take furniture out of the tree: hidden parts, and parts named like menus, shares, comments or related lists.

    A part that holds much of the page's prose stays whatever it is called, unless it is hidden or called
    comments and there is an article's worth of prose beside it.
    """
    _, prose = _sums(root)
    whole = prose.get(root, 0.0)
    doomed = []
    for node in root.iter():
        if not isinstance(node.tag, str) or node.tag in ("html", "body"):
            continue
        named = f"{node.get('id') or ''} {node.get('class') or ''}"
        hidden = node.tag == "marquee" or node.get("hidden") is not None or bool(HIDDEN.search(node.get("style") or ""))
        beside = whole - prose.get(node, 0.0)
        if (REPLIES.search(named) or (hidden and not SURE.search(named))) and beside >= LEAST_BESIDE:
            doomed.append(node)
            continue
        if prose.get(node, 0.0) > MUCH * whole:
            continue
        if hidden or (named.strip() and NOISE.search(named) and not SURE.search(named)):
            doomed.append(node)
    for node in doomed:
        _cut(node)


def _sums(root: Element) -> tuple[dict[Element, float], dict[Element, float]]:
    """Of every element with text: the sum of its blocks' weights, and of the positive ones alone."""
    sums: dict[Element, float] = {}
    good: dict[Element, float] = {}
    for block in blocks_of(root):
        weight, node = block.weight(), block.owner
        while node is not None:
            sums[node] = sums.get(node, 0.0) + weight
            good[node] = good.get(node, 0.0) + max(weight, 0.0)
            node = node.getparent() if node is not root else None
    return sums, good


def _cut(node: Element) -> None:
    """Remove an element, keeping the text after it."""
    parent, before = node.getparent(), node.getprevious()
    if node.tail:
        if before is not None:
            before.tail = (before.tail or "") + node.tail
        else:
            parent.text = (parent.text or "") + node.tail
    parent.remove(node)


def container(root: Element) -> Element:
    """The element that holds the story."""
    sums, good = _sums(root)
    if not sums:
        return root
    for node in list(sums):
        if SURE.search(f"{node.get('id') or ''} {node.get('class') or ''}") or node.get("itemprop") == "articleBody":
            sums[node] = sums[node] * 1.25 if sums[node] > 0 else sums[node]
    best = max(sums, key=lambda n: (sums[n], -good[n]))
    while True:
        inner = [
            c
            for c in best
            if c in good and isinstance(c.tag, str) and c.tag not in ("p", "font", "span", "b", "strong")
        ]
        top = max(inner, key=lambda c: good[c], default=None)
        if top is None or good[top] < NARROW * good[best] or good[top] <= 0:
            return best
        best = top


def story(blocks: list[Block], title: str) -> list[Block]:
    """The blocks of the story alone: what the template put before, between and after its paragraphs is dropped."""
    kept = _without_head(blocks, title)
    kept = _without_tail(kept)
    return _without_lists(kept)


def _without_head(blocks: list[Block], title: str) -> list[Block]:
    """From the first line of the story on: not the title again, the time, the source, the original's title."""
    bare = "".join(title.split())
    start = 0
    for index, block in enumerate(blocks[:HEAD_BLOCKS]):
        squeezed = "".join(block.text.split())
        again = squeezed.endswith(bare) and len(squeezed) <= len(bare) + 4  # 原创 before it
        named = bool(bare) and (again or (block.heading and bare.startswith(squeezed)))
        meta = len(squeezed) <= 100 and META.search(block.text)
        if named or meta:
            start = index + 1
        elif block.weight() > SOFT_CHARS and not (block.linked and PROMOTION.search(block.text)):
            break
    head = [b for b in blocks[:start] if b.weight() > 2 * SOFT_CHARS and not META.search(b.text) and not b.heading]
    rest = blocks[start:]
    usual = _usual_owner(rest)
    while len(rest) > 1 and _is_lead_in(rest[0], rest[1:], usual):
        rest = rest[1:]
    return [b for b in head if "".join(b.text.split()) != bare] + rest


def _is_lead_in(block: Block, rest: list[Block], usual: Element) -> bool:
    """A link, a label, a counter or a summary in the text's own words, before its first paragraph."""
    if block.is_links or (block.linked and PROMOTION.search(block.text)):
        return True
    if not _inside(block, usual) and not block.heading and block.weight() < 0:
        return True
    return (
        len(block.text) > SOFT_CHARS
        and rest[0].text != block.text
        and rest[0].text.startswith(block.text.rstrip("….。"))
    )


def _inside(block: Block, usual: Element) -> bool:
    """Whether it stands where the paragraphs stand."""
    return block.owner is usual or block.owner.getparent() is usual


def _without_tail(blocks: list[Block]) -> list[Block]:
    """Up to where related links, comments, sharing or legal notes begin; single such lines go from anywhere."""
    weights = [max(b.weight(), 0.0) for b in blocks]
    whole = sum(weights)
    before = 0.0
    for index, block in enumerate(blocks):
        if before > 0 and _ends_story(block) and whole - before <= max(before, 200.0):
            blocks = blocks[:index]
            break
        before += weights[index]
    usual = _usual_owner(blocks)
    blocks = [b for b in blocks if not _is_line(b, usual)]
    while len(blocks) > 1 and (blocks[-1].is_links or _is_leftover(blocks[-1], usual)):
        blocks = blocks[:-1]
    return blocks


def _ends_story(block: Block) -> bool:
    if NOTICE.search(block.text):
        return True
    return (len(block.text) <= LABEL_CHARS or block.is_links) and bool(SECTION.search(block.text))


def _usual_owner(blocks: list[Block]) -> Element:
    """Where the paragraphs of the story stand: the parent most of its characters have."""
    held: dict[Element, float] = {}
    for block in blocks:
        home = block.owner.getparent() if block.owner.tag in ("p", "section", "li", "blockquote") else block.owner
        held[home] = held.get(home, 0.0) + max(block.weight(), 0.0)
    return max(held, key=lambda n: held[n], default=None)


def _is_line(block: Block, usual: Element) -> bool:
    """A template's line: editor, source, key words. Such words in brackets, in the story's own paragraph, stay."""
    if len(block.text) > MARK_CHARS or not LINE.search(block.text):
        return False
    written = block.owner.tag == "p" and block.owner.getparent() is usual
    return not (written and BRACKETED.search(block.text))


def _is_leftover(block: Block, usual: Element) -> bool:
    """A last line that is an invitation or a label outside the story's paragraphs."""
    if (
        PROMOTION.search(block.text)
        and len(block.text) <= 2 * MARK_CHARS
        and (block.linked or block.owner is not usual)
    ):
        return True
    return not _inside(block, usual) and (block.weight() <= 2.0 or bool(CREDIT.search(block.text)))


def _without_lists(blocks: list[Block]) -> list[Block]:
    """Without runs of two or more link lines: lists of other articles in the middle of the text."""
    kept = []
    for index, block in enumerate(blocks):
        beside = [blocks[i] for i in (index - 1, index + 1) if 0 <= i < len(blocks)]
        if block.is_links and any(b.is_links for b in beside):
            continue
        kept.append(block)
    return kept
