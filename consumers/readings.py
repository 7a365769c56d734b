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
    return EventPost(
        id=post.id,
        at=post.published_at.timestamp(),
        text=post.text,
        title=post.title,
        original=post.repost_of or post.parent,
        kind=post.kind,
        author=post.author,
        author_kind=post.author_kind,
        platform=post.platform,
        source=post.source,
        followers=post.followers,
        reposts=post.reposts,
        comments=post.comments,
        sentiment=post.sentiment,
        attitude=post.attitude,
        relevance=post.relevance,
        relevant=post.relevant,
        category=post.category,
        places=tuple(post.places),
        keywords=tuple(post.keywords),
        tokens=tuple(post.tokens),
        fingerprint=post.fingerprint,
        revision=post.revision,
    )
