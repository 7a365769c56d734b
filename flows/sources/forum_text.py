"""A post's own words: its markup without quotes, notices, attachment boxes, smileys and text against copiers."""

import copy
import re
from dataclasses import dataclass
from typing import Any

from flows.sources.forum_page import has, words
from flows.text import to_text

QUOTE_CLASSES = (
    "quote", "quotebox", "quotetitle", "quotecontent", "quotetop", "quotemain", "bbcode_quote", "bbCodeBlock--quote",
)  # fmt: skip
NOT_WORDS = (
    "pstatus", "locked", "jammer", "aimg_tip", "tattl", "pattl", "t_attach", "t_attachlist", "attachbox",
    "attach_popup", "attachtitle", "attachcontent", "codetitle",
    "attachlist", "attach_nopermission", "inline-attachment", "attachments", "signature", "signaturecontainer", "sign",
    "post-signature", "post_signature", "post_edit",
    "postedit", "edited_post", "notice", "editby", "lastedit", "post-edit-info",
    "smilie", "smilies", "smiley", "sr-only", "hidden", "post-buttons", "post_controls", "post_rate", "rate", "cm",
    "modact",
    "a_pr", "a_pt", "a_pb", "adsbygoogle", "share_btn_wrapper", "save_face_bg_hidden",
)  # fmt: skip
NO_TEXT = (
    ".//script | .//style | .//ignore_js_op | .//noscript | .//form | .//textarea | .//button"
    " | .//*[contains(@class, 'signature') or contains(@class, 'lastEdit')]"
    " | .//*[@class='codebox']/p | .//*[@class='codebox']/dt | .//*[@class='blockcode']/em"
)
UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0+(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)", re.I
)
NATIVE = re.compile(
    r"(?:[?&;]pid=|#pid|#post[-_]?|#p|[?&;]p=|#reply-?|#comment-?|[?&;]msg=|[./]msg|/posts?[/-]|/post\?id=)(\d+)"
)
PERSON = re.compile(
    r"(?:^|/|\?)(?:u|users?|members?|people|profile|space|author)s?[/?.=-](?!login)|[?&;]uid=|userid|mod=space"
    r"|action=profile|/@\w",
    re.I,
)
SPEAKER = re.compile(
    r"^\W{0,3}(?:引用|quote)?[:：]?\s*(?:原帖由|最初由|由)?\s*@?(.{1,30}?)\s*"
    r"(?:于.{5,25})?(?:发表于|發表於|写道|寫道|wrote|said|说道|说|發表|发表|Wrote)",
    re.I,
)
CITED = re.compile(r"\s*(.{1,60}?)\s*(?:于.{5,25})?(?:写道|寫道|wrote)\s*[:：]?\s*$", re.I)
QUOTATION_CHARS = 200
ANSWERS = re.compile(r"^\s*(?:回复|回覆|reply to)\s*(?:#?\d+\s*(?:#|楼|樓)?|@|[\w\-·]{1,20}\s*(?:的帖子)?\s*$)", re.I)
EDITED = re.compile(
    r"[\[(（]?\s*(?:本帖|本主题|此帖|该帖|本帖子)最后(?:由\s*\S.{0,40}?\s*(?:于|在).{0,40}?(?:编辑|修改)|修改[:：].{0,80}?修改者[:：].{0,40}?\.?\))\s*[\])）]?"
    r"|最后由\s*\S.{0,40}?\s*(?:于.{6,40}?编辑|编辑于.{6,40}?)(?:，总共编辑.{1,10}次)?[。.]?(?=\n|$)"
    r"|Last edited by .{1,60}? (?:on|at) .{6,60}?(?:; edited \d+ times? in total)?\.?(?=\n|$)"
    r"|\(?This post was last modified:.{1,200}?by\s.{1,40}?\)",
    re.I,
)
LEFTOVERS = re.compile(
    r"^(?:下载附件.*|.{1,80}\([\d.]+ ?[KM]B, 下载次数: ?\d+\).*|点击文件名下载附件.*"
    r"|[\d\- :]{8,20}\s?上传|登录/注册后可看大图.*"
    r"|\[?attach(?:ment)?=?\d*\]?\d*\[?/?attach(?:ment)?\]?)$",
    re.M,
)


@dataclass(frozen=True)
class Said:
    """What a post says itself, and whom it answers."""

    text: str
    parent: str = ""
    quoted: str = ""
    quotation: str = ""
    """The quoted words themselves, where no link names the post they come from."""


def read(node: Any, *, without: tuple[str, ...] = ()) -> Said:
    """The words of a post's content element; `without`: paths to more that is left out. Never changes the tree."""
    root = copy.deepcopy(node)
    root.tail = None
    for junk in root.xpath(" | ".join((NO_TEXT, *without))):
        _drop(junk)
    _drop_unseen(root)
    parent, quoted, quotation = _take_quotes(root)
    answered = _take_answer(root)
    for name in NOT_WORDS:
        for junk in root.xpath(f".//*[{has(name)}]"):
            _drop(junk)
    for image in root.xpath(".//img"):
        image.drop_tree()
    markup = _inner(root)
    text = LEFTOVERS.sub("", EDITED.sub("", to_text(f"<div>{markup}</div>")))
    return Said(
        "\n".join(line for line in text.split("\n") if line.strip()).strip(), parent or answered, quoted, quotation
    )


def _inner(root: Any) -> str:
    from lxml import html

    return str(html.tostring(root, encoding="unicode"))


def _drop(node: Any) -> None:
    if node.getparent() is not None:
        node.drop_tree()


def _drop_unseen(root: Any) -> None:
    for node in root.xpath(".//*[@style or @hidden]"):
        if node.get("hidden") is not None or UNSEEN.search(node.get("style") or ""):
            _drop(node)
    for node in root.xpath(".//font[@size='0']"):
        _drop(node)


def _take_quotes(root: Any) -> tuple[str, str, str]:
    """Drop every quote; (native id, author, words) of what the first outermost one quotes."""
    classes = " or ".join(has(name) for name in QUOTE_CLASSES)
    parent, quoted, quotation = "", "", ""
    for node in root.xpath(f".//blockquote[not(contains(@class, 'postcontent'))] | .//*[{classes}]"):
        if node.getparent() is None or node is root:
            continue
        if not (parent or quotation):
            parent, quoted = quote_of(node) if not quoted else (parent, quoted)
            quotation = "" if parent else _quotation(node)
        _drop(node)
    return parent, quoted, quotation


def _quotation(node: Any) -> str:
    """The words of a quote without its own quotes and without the line that says whose they are."""
    inner = copy.deepcopy(node)
    inner.tail = None
    for said_by in [*inner.xpath(f".//cite | .//*[{has('quotetitle')}]"), *_leading_link(inner)]:
        _drop(said_by)
    return "" if has_class(node, "quotetitle") else "".join(read(inner).text.split())[:QUOTATION_CHARS]


def _leading_link(node: Any) -> list[Any]:
    """The link a quote begins with, where it leads to the author's page."""
    links = [] if (node.text or "").strip() else node.xpath("./*[1][self::a]")
    return [a for a in links if PERSON.search(a.get("href") or "") and 0 < len(words(a)) <= 40]


def has_class(node: Any, name: str) -> bool:
    """Whether an element has this class."""
    return name in (node.get("class") or "").split()


def quote_of(node: Any) -> tuple[str, str]:
    """(native id, author) of what a quote quotes; either may be empty."""
    for attribute in ("data-post-id", "data-pid", "data-source", "data-post"):
        value = node.xpath(f"string(descendant-or-self::*[@{attribute}][1]/@{attribute})")
        if match := re.search(r"\d+", value):
            return match[0], ""
    for href in node.xpath(".//a/@href"):
        if match := NATIVE.search(href):
            return match[1], ""
    for link in _leading_link(node):
        return "", words(link)
    cite = words(node.find(".//cite")) if node.find(".//cite") is not None else ""
    if match := CITED.match(cite or (words(node) if has_class(node, "quotetitle") else "")):
        return "", match[1]
    match = SPEAKER.match(cite or words(node)[:80])
    return "", match[1].strip(" :：") if match else ""


def _take_answer(root: Any) -> str:
    """Drop a leading `回复 5# 某某`; the native id its link names."""
    for node in root.xpath(".//b | .//strong | .//i | .//font | .//a"):
        said = words(node)
        if len(said) > 40 or not ANSWERS.match(said):
            continue
        link = next((m for h in node.xpath("descendant-or-self::a/@href") if (m := NATIVE.search(h))), None)
        if link is not None:
            _drop(node)
            return link[1]
    return ""
