"""One event (/events/{id}): its phase, posts and alerts, and what people changed about it."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from desk.errors import NotFound
from desk.view import ViewDep
from store.alerts import AlertFilter, find_alerts
from store.edits import edit_log, merged_into, next_undo
from store.events import event_posts, get_event
from store.incidents import incident_for
from store.phases import phase_of
from store.posts import PostFilter, count_posts
from store.twins import likely_twins, search_events

router = APIRouter()

LIST_POSTS = 90  # a form carries at most 100 fields


@router.get("/events/{event_id:path}", response_class=HTMLResponse)
def event_page(view: ViewDep, event_id: str, find: Annotated[str, Query(max_length=100)] = "") -> Response:
    """The event with its posts, newest first; the id of one that was merged leads to where it went.

    find: words of a headline or place; the events that have them are offered for merging beside the likely twins.
    """
    now, find = view.desk.now(), find.strip()
    with view.desk.store.read() as conn:
        row = get_event(conn, event_id)
        if row is None:
            raise NotFound("没有这个事件。")
        event = row.event
        if event.id != event_id:
            return RedirectResponse(f"/events/{quote(event.id)}", 303)
        rows = event_posts(conn, event.id, LIST_POSTS)[::-1]
        parts = merged_into(conn, event.id)
        alerts = [found for ident in (event.id, *parts) for found in find_alerts(conn, AlertFilter(event=ident)).items]
        return view.render(
            conn,
            "event_detail.html",
            here="alerts",
            event=event,
            phase=phase_of(conn, event, now=now),
            posts=[r.post for r in rows],
            posts_now=count_posts(conn, PostFilter(event=event.id)),
            negative_now=count_posts(conn, PostFilter(event=event.id, against=True)),
            alerts=sorted(alerts, key=lambda a: a.alert.raised_at, reverse=True),
            incident=incident_for(conn, event.id),
            parts=parts,
            twins=likely_twins(conn, event.id),
            find=find,
            found=search_events(conn, event.id, find) if find else [],
            log=edit_log(conn, event.id)[::-1],
            undoable=next_undo(conn, event.id),
        )
