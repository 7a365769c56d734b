"""Which event an id stands for: itself, or the one it was merged into."""

from sqlalchemy import ColumnElement, func, select

from store.tables import edited_events


def standing_for(event: str) -> ColumnElement[str]:
    """The id, or the id of the event it was merged into, as an SQL value."""
    into = select(edited_events.c.into).where(edited_events.c.event == event, edited_events.c.into != "")
    return func.coalesce(into.scalar_subquery(), event)
