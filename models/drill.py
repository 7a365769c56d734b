"""What makes a drill a drill: one jurisdiction of its own, one mark, one kind of post id.

Everything that a drill leaves anywhere has this jurisdiction, so that it can be told apart, left out of every figure,
and taken away again.
"""

DRILL = "演练"
"""The jurisdiction of drills, and the name of their source. No real place is called so."""
MARK = "【演练】"
ID_PREFIX = "drill-"
"""Posts of a drill have ids that begin so; real ids are hexadecimal."""
NOT_REAL = "以上为演练内容，情节纯属虚构，请勿转发或据此处置。"


def is_drill(jurisdiction: str) -> bool:
    """Whether something of this jurisdiction belongs to a drill."""
    return jurisdiction == DRILL


def marked(words: str, jurisdiction: str) -> str:
    """`words`, beginning with the mark when they belong to a drill; one further in (a headline's) gives way to it."""
    return MARK + words.replace(MARK, "") if is_drill(jurisdiction) else words
