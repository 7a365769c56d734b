"""The desk's own style, scripts and icon (/static), cached for good because their address holds their digest."""

from pathlib import PurePath

from fastapi import APIRouter
from fastapi.responses import Response

from desk.context import DeskDep
from desk.errors import NotFound
from desk.rendering import STATIC_TYPES

router = APIRouter()

FOR_GOOD = {"Cache-Control": "max-age=31536000, immutable"}


@router.get("/static/{name}")
def static_file(desk: DeskDep, name: str) -> Response:
    """One of our own files; the sign-in page needs them too."""
    if name not in desk.static:
        raise NotFound("没有这个文件。")
    return Response(desk.static[name], media_type=STATIC_TYPES[PurePath(name).suffix], headers=FOR_GOOD)


@router.get("/favicon.ico")
def favicon(desk: DeskDep) -> Response:
    """For browsers that ask without looking at the page."""
    return static_file(desk, "icon.svg")
