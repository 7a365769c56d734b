"""Read or download one digest file."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from desk.digests import find_file
from desk.errors import NotFound
from desk.view import ViewDep

router = APIRouter()

TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
}
# A digest quotes strangers and brings its own style: it may look as it likes, but runs no script and calls nobody.
READING = (
    "sandbox allow-popups allow-top-navigation-by-user-activation; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
)


@router.get("/digests/{name}")
def digest_file(view: ViewDep, name: str, read: Annotated[bool, Query()] = False) -> FileResponse:
    """The file as a download; with `?read=1` an HTML digest is shown in the browser, sandboxed."""
    path = find_file(view.desk.home, name)
    if path is None:
        raise NotFound("没有这个周报文件。")
    if read and path.suffix == ".html":
        return FileResponse(path, media_type=TYPES[".html"], headers={"Content-Security-Policy": READING})
    return FileResponse(path, media_type=TYPES[path.suffix], filename=path.name)
