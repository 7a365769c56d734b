"""One post (/posts/{id}): the text, its scores and what pushed them, the event, and corrections."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from bus.messages import PostScored
from config.settings import PROJECT
from desk import words
from desk.context import Desk
from desk.errors import NotFound
from desk.model_figures import SETS, Reliable, reliable
from desk.view import ViewDep
from models.privacy import mask
from models.shelf import Shelf, ShelfError
from models.text import EMOJI
from store.alerts import AlertFilter, find_alerts
from store.events import get_event
from store.feedback import CONFIRMED, Label, label_history, labels, unspoken
from store.posts import PostFilter, count_posts, find_posts, get_post

router = APIRouter()

MAX_EXPLAINED_CHARS = 4000  # longer texts are explained by their beginning
SAME = 20  # posts with the same text listed
TOLD = 4  # deciding words listed
STRONG, CLEAR, WEAK = 0.5, 0.2, 0.05  # of the strongest push in the text: three shades, below them none


@dataclass(frozen=True)
class Piece:
    """A run of text and how hard it pushes each way; shades are `n1`..`n3`, `p1`..`p3`, `r1`..`r3` or empty."""

    text: str
    sentiment: float
    relevance: float
    feeling: str
    bearing: str


@router.get("/posts/{post_id:path}", response_class=HTMLResponse)
def post_page(view: ViewDep, post_id: str) -> HTMLResponse:
    """The post."""
    with view.desk.store.read() as conn:
        row = get_post(conn, post_id)
        if row is None:
            raise NotFound("没有这条帖文：可能已在来源处删除，或已按期限清除。")
        pieces = explain(view.desk, row.post)
        standing = labels(conn, post=post_id)
        return view.render(
            conn,
            "post_detail.html",
            here="posts",
            row=row,
            post=row.post,
            pieces=pieces,
            strongest=strongest(pieces),
            explained_by=view.desk.analyzer.version if view.desk.analyzer else "",
            reliable=how_reliable(view.desk, row.post),
            set_word=lambda name: words.word(SETS, name),
            event=get_event(conn, row.event) if row.event else None,
            same=find_posts(conn, PostFilter(same=post_id), limit=SAME).items,
            addresses=count_posts(conn, PostFilter(same=post_id)),
            alerts=find_alerts(conn, AlertFilter(post=post_id), limit=10).items,
            labels=[label for label in standing if label.kind != CONFIRMED],
            confirmed=clicks(standing),
            unspoken=unspoken(row.post, standing),
            history=label_history(conn, post_id),
            label_words=label_words,
        )


def how_reliable(desk: Desk, post: PostScored) -> Reliable | None:
    """How often such judgements are right; None where nobody counted, or the shelf of models is damaged."""
    try:
        return reliable(Shelf(desk.home / "models", PROJECT / "models" / "artifacts"), post)
    except ShelfError:
        return None


def clicks(standing: list[Label]) -> list[tuple[Label, str]]:
    """Each 评分正确 by one of its labels, which takes all of them back, and what it still vouches for."""
    found: dict[tuple[str, datetime], list[Label]] = {}
    for label in standing:
        if label.kind == CONFIRMED:
            found.setdefault((label.by, label.at), []).append(label)
    return [(these[0], "、".join(words.word(words.LABEL_FIELD, x.field) for x in these)) for these in found.values()]


def label_words(field: str, value: str) -> str:
    """A correction in words: `与警务无关`, `分类：交通管理`."""
    if field == "relevant":
        return "与警务无关（误报）" if value == "false" else "与警务有关"
    tables = {"category": words.CATEGORY, "intent": words.INTENT}
    numbers = {"sentiment": words.SENTIMENT, "attitude": words.ATTITUDE}
    if field in numbers and value in ("-1", "0", "1"):
        return f"{words.word(words.LABEL_FIELD, field)}：{numbers[field][int(value)]}"
    return f"{words.word(words.LABEL_FIELD, field)}：{words.word(tables.get(field, {}), value)}"


def explain(desk: Desk, post: PostScored) -> list[Piece]:
    """The masked text as the models read it, in pieces with their pushes; empty when nothing can be said."""
    if desk.analyzer is None:
        return []
    from models.analysis import TextIn

    text = mask(post.text)[:MAX_EXPLAINED_CHARS]
    item = TextIn(text, mask(post.title), post.jurisdiction)
    spans = desk.analyzer.explain(item)
    top_s = max((abs(s.sentiment) for s in spans), default=0.0)
    top_r = max((abs(s.relevance) for s in spans), default=0.0)
    return [
        Piece(
            s.text,
            s.sentiment,
            s.relevance,
            shade("n" if s.sentiment < 0 else "p", abs(s.sentiment), top_s),
            shade("r", max(s.relevance, 0.0), top_r),
        )
        for s in spans
    ]


def shade(letter: str, push: float, top: float) -> str:
    """The class of a push against the strongest in the text."""
    share = push / top if top else 0.0
    step = 3 if share >= STRONG else 2 if share >= CLEAR else 1 if share >= WEAK else 0
    return f"{letter}{step}" if step else ""


def strongest(pieces: list[Piece]) -> dict[str, list[Piece]]:
    """The words that decided: most negative, most positive, most police-related; at most TOLD each.

    A word pushes with all the places where it stands.
    """
    told: dict[str, Piece] = {}
    for p in pieces:
        if EMOJI.search(p.text) or any(ch.isalnum() for ch in p.text):
            so_far = told.get(p.text, Piece(p.text, 0.0, 0.0, "", ""))
            told[p.text] = Piece(
                p.text,
                so_far.sentiment + p.sentiment,
                so_far.relevance + p.relevance,
                so_far.feeling or p.feeling,
                so_far.bearing or p.bearing,
            )
    once = told.values()
    return {
        "neg": sorted((p for p in once if p.sentiment < 0 and p.feeling), key=lambda p: p.sentiment)[:TOLD],
        "pos": sorted((p for p in once if p.sentiment > 0 and p.feeling), key=lambda p: -p.sentiment)[:TOLD],
        "rel": sorted((p for p in once if p.relevance > 0 and p.bearing), key=lambda p: -p.relevance)[:TOLD],
    }
