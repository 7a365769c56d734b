"""What the page of the models says about the one in use: how honest it is, what it confuses, what wrongly passes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from bus.messages import PostScored
from desk import words
from models import figures, plots
from models.figures import Answered, Figures
from models.heads import QUESTIONS
from models.ordinary import Passing, total
from models.shelf import Shelf

SETS = {
    "own corpus, held back": "自有语料（留出）",
    "police_dev": "真实帖文（留出）",
    "police_dev without copies": "真实帖文（留出，无近似重复）",
    "desk labels, held back": "人工反馈（留出）",
    "smp2020, its own moods": "公开集 SMP2020",
    "weibo_senti, happy or unhappy": "公开集 weibo_senti",
}
REAL = ("police_dev without copies", "police_dev")
"""Sets of real posts, the one that says most first."""
KINDS = {
    "waimai_10k_train": "外卖评价",
    "online_shopping_10_cats_train": "商品评价",
    "chnsenticorp_htl_train": "酒店评价",
    "weibo_senti_train": "微博（weibo_senti）",
    "smp2020_ewect_train": "微博（SMP2020 日常）",
    "nlpcc2013_sentence_emotion_train": "微博单句（NLPCC 2013）",
    "thucnews_titles_train": "新闻标题（THUCNews）",
    "citizen_messages_train": "市民留言",
    "hot_titles_2020_2023": "热搜与热榜标题",
    "all": "合计",
}
PLOT = plots.Words(stated="模型给出", real="实际", posts="条", error="校准误差")
LEAST_GIVEN = 10
"""Times an answer must have been given for its share to be said."""
PAIRS = 5
"""Confused pairs shown of each question."""


@dataclass(frozen=True)
class Shown:
    """The figures of one model, ready for the page."""

    plots: list[tuple[str, Markup]]
    """(question, SVG)."""
    confused: list[Answered]
    """Of the largest set of real posts, one a question."""
    ordinary: list[Passing]
    """One a kind, and all together last; empty without a sample."""


@dataclass(frozen=True)
class Reliable:
    """How often judgements like those of one post are right."""

    set: str
    """On which posts that was counted."""
    right: Mapping[str, float]
    """Question -> share, 0..1; none for an answer that was hardly ever given there."""


def shown(shelf: Shelf, version: str) -> Shown | None:
    """The figures of the model in use; None when it has none (an adapted one) or they belong to another version."""
    found = _figures(shelf, version)
    if found is None:
        return None
    kinds = list(found.ordinary)
    return Shown(_plots(found), _confused(found), [*kinds, total(kinds)] if kinds else [])


def reliable(shelf: Shelf, post: PostScored) -> Reliable | None:
    """How often the model that judged this post is right when it says the same of others; None where nobody counted.

    Relevance goes by the tenth its probability lies in, everything else by the answer.
    """
    found = _figures(shelf, post.model_version)
    if found is None or not found.answered:
        return None
    right: dict[str, float] = {}
    counted = _confused(found)
    for answered in counted:
        if answered.question != "relevant":
            row = answered.per_class.get(str(getattr(post, answered.question)))
            if row and row["p"] and row["n"] * row["r"] / row["p"] >= LEAST_GIVEN:
                right[answered.question] = row["p"]
    for honest in found.honesty:
        if honest.question == "relevant" and honest.set == counted[0].set:
            tenth = min(post.relevance, 0.999999)
            for b in honest.bins:
                if b.low <= tenth < b.high and b.posts >= LEAST_GIVEN:
                    right["relevant"] = b.real if post.relevant else 1 - b.real
    return Reliable(counted[0].set, right)


def _figures(shelf: Shelf, version: str) -> Figures | None:
    found = figures.load(_cards(shelf, shelf.artifacts()))
    return found if found is not None and found.version == version else None


def _cards(shelf: Shelf, artifacts: Path) -> Path:
    return artifacts.parent / "cards" if artifacts == shelf.shipped else artifacts / "cards"


def _plots(found: Figures) -> list[tuple[str, Markup]]:
    drawn = []
    for question in QUESTIONS:
        panels = [(words.word(SETS, h.set), h.bins) for h in found.honesty if h.question == question]
        if panels:
            drawn.append((question, Markup(plots.reliability(panels, PLOT, alone=False))))
    return drawn


def _confused(found: Figures) -> list[Answered]:
    names = [a.set for a in found.answered]
    best = next((name for name in REAL if name in names), next(iter(names), ""))
    return [a for a in found.answered if a.set == best]
