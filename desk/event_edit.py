"""Merge an event into another, split posts out of it, take the last decision back; the log keeps everything."""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from desk.errors import NotFound, Refused
from desk.view import FormDep, View
from models.edits import Edit, NotPossible
from store.edits import MAX_REASON_CHARS, merge, split, undo
from store.engine import Connection

router = APIRouter()

Ident = Annotated[str, Form(max_length=200)]
Reason = Annotated[str, Form(max_length=MAX_REASON_CHARS)]

WHY_NOT = {
    "same-event": "不能把事件并入它自己。",
    "merged": "其中一个事件已经并入别的事件。请刷新后再试。",
    "other-jurisdiction": "不同辖区的事件不能合并。",
    "no-posts": "没有选择要拆出的帖文。",
    "not-inside": "所选帖文已不在这个事件里。请刷新后再试。",
    "all-posts": "不能拆出全部帖文，至少要留下一条。",
    "too-many": "一次拆出的帖文太多。",
    "nothing-to-undo": "没有可以撤销的合并或拆分。",
    "undo-first": "后面还有与此相关的合并或拆分，请先撤销后面的那一步。",
    "changed": "这一步已经不是最后一步，不能撤销。请刷新后查看最新记录。",
}


@router.post("/events/{event_id}/merge")
def event_merge(view: FormDep, event_id: str, target: Ident, reason: Reason = "") -> RedirectResponse:
    """All posts of the event, those to come too, count in `target`; refuses (409) what is not possible."""
    clean = target.strip()
    edit = _act(view, lambda conn: merge(conn, event_id, clean, by=view.who.name, reason=reason, now=view.desk.now()))
    return view.go(f"/events/{quote(edit.target)}", done="merged")


@router.post("/events/{event_id}/split")
def event_split(
    view: FormDep, event_id: str, post: Annotated[list[str] | None, Form()] = None, reason: Reason = ""
) -> RedirectResponse:
    """The chosen posts become an event of their own."""
    chosen = post or []
    edit = _act(view, lambda conn: split(conn, event_id, chosen, by=view.who.name, reason=reason, now=view.desk.now()))
    return view.go(f"/events/{quote(edit.target)}", done="split")


@router.post("/events/{event_id}/undo")
def event_undo(view: FormDep, event_id: str, edit: Ident, reason: Reason = "") -> RedirectResponse:
    """Refuses (409) when `edit` is not the last decision about the event any more: somebody else was faster."""
    by, now = view.who.name, view.desk.now()
    done = _act(view, lambda conn: undo(conn, event_id, by=by, reason=reason, now=now, expected=edit))
    return view.go(f"/events/{quote(done.event)}", done="edit-undone")


def _act(view: View, act: Callable[[Connection], Edit]) -> Edit:
    with view.desk.store.write() as conn:
        try:
            return act(conn)
        except LookupError as err:
            raise NotFound("没有这个事件。") from err
        except NotPossible as err:
            raise Refused(WHY_NOT[err.reason]) from err
