"""帖文 (/posts): every collected post with its scores, filtered from the address, newest first; each text once."""

from dataclasses import replace

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from desk.choices import After, jurisdictions, source_names
from desk.post_query import read_query, within
from desk.view import ViewDep
from store.alerts import get_alert
from store.copies import addresses
from store.events import get_event
from store.posts import count_posts, find_posts
from store.sources import source_health

router = APIRouter()

PAGE = 50


@router.get("/posts", response_class=HTMLResponse)
def posts_page(view: ViewDep, after: After = "") -> HTMLResponse:
    """The list. The filter is in the address, so any figure elsewhere can link to the posts it counts."""
    query = read_query(view.request.query_params)
    with view.desk.store.read() as conn:
        where = within(conn, query)
        folded = not query.params["copies"]
        listed = replace(where, copies=False) if folded else where
        page = find_posts(conn, listed, limit=PAGE, after=after or None)
        sources = source_health(conn, now=view.desk.now(), inactive=True)
        event = query.where.event
        return view.render(
            conn,
            "posts.html",
            here="posts",
            rows=page.items,
            total=count_posts(conn, where),
            repeated=count_posts(conn, replace(where, copies=True)) if folded else 0,
            addresses=addresses(conn, ((row.post.id, row.copy_of) for row in page.items)),
            next=page.next,
            first=not after,
            params=query.params,
            since=query.where.since,
            until=query.where.until,
            active=query.active,
            event=get_event(conn, event) if event else None,
            alert=get_alert(conn, query.params["alert"]),
            jurisdictions=jurisdictions(sources),
            sources=source_names(sources),
        )
