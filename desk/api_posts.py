"""GET /api/posts (the page's filter names) and /api/posts/{id}."""

from fastapi import APIRouter
from fastapi.responses import Response

from desk.api import Limit, as_json, as_page
from desk.choices import After
from desk.errors import NotFound
from desk.post_query import read_query, within
from desk.view import ViewDep
from store.posts import find_posts, get_post

router = APIRouter()


@router.get("/api/posts")
def api_posts(view: ViewDep, limit: Limit = 50, after: After = "") -> Response:
    """Posts, newest first."""
    query = read_query(view.request.query_params)
    with view.desk.store.read() as conn:
        return as_page(find_posts(conn, within(conn, query), limit=limit, after=after or None))


@router.get("/api/posts/{post_id:path}")
def api_post(view: ViewDep, post_id: str) -> Response:
    """One post."""
    with view.desk.store.read() as conn:
        row = get_post(conn, post_id)
    if row is None:
        raise NotFound("没有这条帖文。")
    return as_json(row)
