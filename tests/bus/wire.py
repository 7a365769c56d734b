"""Wire values for property tests: good messages, and everything that can be wrong with bytes."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from bus.messages import PostCollected, encode

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)


def post(n: int = 0, text: str = "云溯区路口的红灯坏了三天", **more: str) -> PostCollected:
    """An invented post."""
    return PostCollected(id=f"post-{n}", text=text, published_at=NOW, collected_at=NOW, **more)


good = st.builds(lambda n: encode(post(n)), st.integers(0, 99))
gbk_inside = st.text("涉警舆情民意", min_size=1, max_size=4).map(
    lambda text: encode(post()).replace("云溯区".encode(), text.encode("gbk"))
)
surrogate_escape = st.sampled_from(
    [encode(post()).replace("云溯区".encode(), code) for code in (b"\\ud83d", b"\\udc00x", b"\xed\xa0\x80", b"\\u0000")]
)
other_shapes = st.sampled_from(
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"type":"post.collected.v9"}',
        b'{"type":"post.collected.v1","id":"x"}',
        encode(post()).replace(b"2026-11-16T08:00:00Z", b"2026-11-16T08:00:00"),
        encode(post()) + b"{}",
        encode(post())[:-9],
    ]
)
wire_values = st.one_of(good, good, good, gbk_inside, surrogate_escape, other_shapes, st.binary(max_size=60))
