"""Enter an official statement of an incident: what was said publicly, where, when."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from desk.errors import BadRequest, NotFound
from desk.links import safe_url
from desk.times import parse_field
from desk.view import FormDep
from store.incidents import add_statement

router = APIRouter()

MAX_STATEMENT_CHARS = 10_000


@router.post("/incidents/{incident_id}/statement")
def incident_statement(
    view: FormDep,
    incident_id: str,
    text: Annotated[str, Form(max_length=MAX_STATEMENT_CHARS)] = "",
    published_at: Annotated[str, Form(max_length=40)] = "",
    url: Annotated[str, Form(max_length=2000)] = "",
) -> RedirectResponse:
    """Meets the answer clocks at its time of publication, which cannot lie in the future."""
    now = view.desk.now()
    try:
        at = parse_field(published_at)
    except ValueError as err:
        raise BadRequest("发布时间不是有效的时间。") from err
    if at is None or not text.strip():
        raise BadRequest("请填写发布时间和发布内容。")
    if at > now:
        raise BadRequest("发布时间不能晚于现在：只登记已经发布的内容。")
    if url.strip() and safe_url(url.strip()) is None:
        raise BadRequest("链接须以 http:// 或 https:// 开头。")
    with view.desk.store.write() as conn:
        try:
            add_statement(
                conn, incident_id, text=text.strip(), url=url.strip(), published_at=at, by=view.who.name, now=now
            )
        except LookupError as err:
            raise NotFound("没有这条处置记录。") from err
    return view.go(f"/incidents/{incident_id}", done="stated")
