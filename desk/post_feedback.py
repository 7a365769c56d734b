"""Correct a post's scores: 与警务无关, another category, sentiment or attitude. Becomes training data."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from desk import words
from desk.errors import BadRequest, NotFound
from desk.view import FormDep
from store.feedback import CONFIRMED, CORRECTED, add_label, answers, labels
from store.posts import get_post

router = APIRouter()

VALUES: dict[str, frozenset[str]] = {
    "relevant": frozenset(("true", "false")),
    "category": frozenset(words.CATEGORY),
    "intent": frozenset(words.INTENT),
    "sentiment": frozenset(("-1", "0", "1")),
    "attitude": frozenset(("-1", "0", "1")),
}


@router.post("/post-feedback")
def post_feedback(
    view: FormDep,
    post: Annotated[str, Form(max_length=200)],
    field: Annotated[str, Form(max_length=20)],
    value: Annotated[str, Form(max_length=20)],
) -> RedirectResponse:
    """Notes one correction; the post keeps its scores until a model is retrained and adopted.

    Choosing what the models said confirms it, unless somebody had corrected it.
    """
    if value not in VALUES.get(field, ()):
        raise BadRequest("没有这个反馈选项。")
    with view.desk.store.write() as conn:
        row = get_post(conn, post)
        if row is None:
            raise NotFound("没有这条帖文：可能已在来源处删除，或已按期限清除。")
        corrected = any(x.field == field and x.kind == CORRECTED for x in labels(conn, post=post))
        kind = CONFIRMED if answers(row.post).get(field) == value and not corrected else CORRECTED
        add_label(conn, post=post, field=field, value=value, by=view.who.name, now=view.desk.now(), kind=kind)
    return view.go(post_path(post), done="label")


def post_path(post: str) -> str:
    """The page of a post."""
    from urllib.parse import quote

    return f"/posts/{quote(post)}"
