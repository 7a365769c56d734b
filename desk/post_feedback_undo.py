"""Take a label of a post back: a correction, or 评分正确."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from desk.errors import NotFound
from desk.post_feedback import post_path
from desk.view import FormDep
from store.feedback import labels, remove_label

router = APIRouter()


@router.post("/post-feedback-undo")
def post_feedback_undo(
    view: FormDep, post: Annotated[str, Form(max_length=200)], label: Annotated[int, Form()]
) -> RedirectResponse:
    """The label before it, if any, counts again; a confirmation goes as a whole."""
    with view.desk.store.write() as conn:
        standing = {found.id for found in labels(conn, post=post)}
        if label not in standing or not remove_label(conn, label, by=view.who.name, now=view.desk.now()):
            raise NotFound("这条反馈已经撤销。")
    return view.go(post_path(post), done="label-undone")
