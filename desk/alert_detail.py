"""One alert (/alerts/{id}): why it fired, how the event grew, every post, its incident and clocks."""

from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from desk.alerts import rows_by_id
from desk.errors import NotFound
from desk.gauges import columns
from desk.view import ViewDep
from store.alerts import AlertFilter, find_alerts, get_alert
from store.copies import addresses
from store.deliveries import DeliveryFilter, find_deliveries
from store.events import event_posts, get_event
from store.incidents import incident_for
from store.posts import PostFilter, PostRow, count_posts, post_ids
from store.step_downs import step_downs_of

router = APIRouter()

CURVE_POSTS = 1000
LIST_POSTS = 100


@router.get("/alerts/{alert_id:path}", response_class=HTMLResponse)
def alert_page(view: ViewDep, alert_id: str) -> HTMLResponse:
    """The alert with its posts, newest first."""
    now = view.desk.now()
    with view.desk.store.read() as conn:
        row = get_alert(conn, alert_id)
        if row is None:
            raise NotFound("没有这条预警，可能已按期限清除。")
        alert = row.alert
        members = event_posts(conn, alert.event, CURVE_POSTS)
        known = {found.post.id for found in members}
        named = rows_by_id(conn, [i for i in {alert.first_post, *alert.posts} if i not in known])
        rows = sorted([*members, *named], key=lambda r: (r.post.published_at, r.post.id), reverse=True)
        posts = [found.post for found in rows]
        listed = each_text_once(rows)
        whole = PostFilter(event=alert.event)
        against = post_ids(conn, PostFilter(ids=[p.id for p in posts], against=True))
        points = [(p.published_at, p.id in against) for p in posts]
        return view.render(
            conn,
            "alert_detail.html",
            here="alerts",
            row=row,
            alert=alert,
            event=get_event(conn, alert.event),
            others=[o for o in find_alerts(conn, AlertFilter(event=alert.event)).items if o.alert.id != alert.id],
            step_downs=step_downs_of(conn, alert.event)[::-1],
            incident=incident_for(conn, alert.event),
            deliveries=find_deliveries(conn, DeliveryFilter(subject=alert.id)).items,
            posts=[found.post for found in listed[:LIST_POSTS]],
            posts_now=max(count_posts(conn, whole), len(posts)),
            repeated=max(count_posts(conn, replace(whole, copies=True)), len(rows) - len(listed)),
            addresses=addresses(conn, ((found.post.id, found.copy_of) for found in listed[:LIST_POSTS])),
            first=next((p for p in posts if p.id == alert.first_post), None),
            curve=columns(points, until=min(now, row.cleared_at or now)),
        )


def each_text_once(rows: Sequence[PostRow]) -> list[PostRow]:
    """The rows, newest first as given, without those that repeat an earlier one."""
    first = {row.copy_of or row.post.id: row.post.id for row in rows}
    return [row for row in rows if first[row.copy_of or row.post.id] == row.post.id]
