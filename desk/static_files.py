"""The desk's own style, scripts and icon (/static), cached for good because their address holds their digest."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from desk.errors import NotFound
from desk.rendering import STATIC

router = APIRouter()

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
NAMES = frozenset(path.name for path in STATIC.iterdir() if path.suffix in TYPES)


@router.get("/static/{name}")
def static_file(name: str) -> FileResponse:
    """One of our own files; the sign-in page needs them too."""
    if name not in NAMES:
        raise NotFound("没有这个文件。")
    path = STATIC / name
    return FileResponse(path, media_type=TYPES[path.suffix], headers={"Cache-Control": "max-age=31536000, immutable"})


@router.get("/favicon.ico")
def favicon() -> FileResponse:
    """For browsers that ask without looking at the page."""
    return static_file("icon.svg")
