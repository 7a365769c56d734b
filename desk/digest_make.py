"""Make the weekly digest of a chosen week now."""

import threading
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from desk.digests import FOLDER
from desk.errors import BadRequest, Refused
from desk.view import FormDep
from reports.digest import write_week
from reports.period import IsoWeek

router = APIRouter()

_one_at_a_time = threading.Lock()


@router.post("/digests")
def digest_make(view: FormDep, week: Annotated[str, Form(max_length=20)]) -> RedirectResponse:
    """Writes home/digests/digest-WEEK.docx, .html and .json; files of the same week are replaced."""
    now = view.desk.now()
    try:
        chosen = IsoWeek.parse(week.strip())
    except ValueError as err:
        raise BadRequest("请选择一周，例如 2026-W47。") from err
    if chosen.period().since > now:
        raise BadRequest("这一周还没有开始。")
    if not _one_at_a_time.acquire(blocking=False):
        raise Refused("正在生成另一份周报，请稍后再试。")
    try:
        base_url = str(view.request.base_url).rstrip("/")
        write_week(view.desk.store, chosen, view.desk.home / FOLDER, now=now, base_url=base_url)
    finally:
        _one_at_a_time.release()
    return view.go("/digests", done="digest")
