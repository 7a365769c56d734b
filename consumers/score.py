"""posts.collected -> posts.scored: what is it about, how does it feel, does it concern the police.

A post that cannot be judged (nothing left after cleaning, not Chinese, mojibake, spam) is Rejected with that reason.
A forward or answer without words of its own, or of a text in another language, is passed on unscored instead: it says
nothing, but it spreads.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from msgspec.structs import asdict

from bus.errors import Rejected
from bus.messages import Message, PostCollected, PostFields, PostScored, PostWithdrawn
from bus.runner import Handler, Result
from models.analysis import Analysis, TextIn, Unfit
from models.likeness import quoted

SILENT = frozenset({"empty", "not-chinese"})
_FIELDS = PostFields.__struct_fields__


class Analyzes(Protocol):
    """What scoring needs of models.analysis.Analyzer."""

    @property
    def version(self) -> str:
        """Name of the model."""

    def analyze(self, items: Sequence[TextIn]) -> list[Analysis | Unfit]:
        """One result per item."""


def scorer(analyzer: Analyzes) -> Handler:
    """The handler: a batch at a time, one result per message."""

    def handle(messages: Sequence[Message], /) -> list[Result]:
        posts = [m for m in messages if isinstance(m, PostCollected)]
        items = [TextIn(p.text, p.title, p.jurisdiction) for p in posts]
        found = iter(analyzer.analyze(items)) if items else iter(())
        results: list[Result] = []
        for message in messages:
            if isinstance(message, PostCollected):
                results.append(_scored(message, next(found), analyzer.version))
            else:
                results.append([message] if isinstance(message, PostWithdrawn) else [])
        return results

    return handle


def _scored(post: PostCollected, found: Analysis | Unfit, version: str) -> Result:
    own: dict[str, Any] = {name: getattr(post, name) for name in _FIELDS}
    if isinstance(found, Unfit):
        if found.reason in SILENT and (post.repost_of or post.parent or quoted(post.text)):
            return [PostScored(**own, model_version=version)]
        return Rejected(found.reason)
    return [PostScored(**own, **asdict(found))]
