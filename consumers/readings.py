"""Messages as the pure models know them."""

from bus.messages import EventEdited, PostScored
from models.edits import Edit
from models.events import EventPost
from models.views import Chosen


def as_edit(message: EventEdited) -> tuple[Edit, Chosen]:
    """A decision as the pure core knows it."""
    m = message
    chosen = Chosen(m.headline, m.place, m.category, tuple(m.authors), m.platforms)
    return Edit(m.id, m.kind, m.event, m.target, tuple(m.posts), m.undoes), chosen


def as_event_post(post: PostScored) -> EventPost:
    """What clustering and levels need of a scored post."""
    return EventPost(  # in the order of its fields: by name it takes five times as long
        post.id,
        post.published_at.timestamp(),
        post.text,
        post.title,
        post.repost_of or post.parent,
        post.kind,
        post.author,
        post.author_kind,
        post.platform,
        post.source,
        post.followers,
        post.reposts,
        post.comments,
        post.sentiment,
        post.attitude,
        post.relevance,
        post.relevant,
        post.category,
        tuple(post.places),
        tuple(post.keywords),
        tuple(post.tokens),
        post.fingerprint,
        post.revision,
    )
