"""评分正确: one click says that what the models answered about a post is right, where nobody has said otherwise."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from desk.errors import NotFound, Refused
from desk.post_feedback import post_path
from desk.view import FormDep
from store.feedback import confirm
from store.posts import get_post

router = APIRouter()


@router.post("/post-confirm")
def post_confirm(
    view: FormDep,
    post: Annotated[str, Form(max_length=200)],
    revision: Annotated[int, Form()],
    model: Annotated[str, Form(max_length=100)],
) -> RedirectResponse:
    """Notes the answers as labels of kind `confirmed`; refused when they are not those the person saw."""
    with view.desk.store.write() as conn:
        row = get_post(conn, post)
        if row is None:
            raise NotFound("没有这条帖文：可能已在来源处删除，或已按期限清除。")
        if (row.post.revision, row.post.model_version) != (revision, model):
            raise Refused("这条帖文刚刚更新或重新评分，请看过新的评分再确认。")
        if not confirm(conn, row.post, by=view.who.name, now=view.desk.now()):
            raise Refused("这条帖文的评分都已有人确认或更正。")
    return view.go(post_path(post), done="confirmed")
