"""Take a correction of a post back."""

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
    """The correction before it, if any, counts again."""
    with view.desk.store.write() as conn:
        if label not in {found.id for found in labels(conn, post=post)} or not remove_label(conn, label):
            raise NotFound("这条反馈已经撤销。")
    return view.go(post_path(post), done="label-undone")
