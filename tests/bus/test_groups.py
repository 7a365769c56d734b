"""Who gets which message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.errors import Rejected
from bus.groups import fair, key_bytes, key_text, partition_of

members = st.lists(st.sampled_from("abcdef"), unique=True, max_size=6)
pairs = st.sets(st.tuples(st.sampled_from(["x", "y"]), st.integers(0, 7)))


@given(members, pairs, st.dictionaries(st.tuples(st.just("x"), st.integers(0, 7)), st.sampled_from("abcdefgh")))
def test_a_share_is_complete_and_even(names: list[str], all_pairs: set[tuple[str, int]], owners: dict) -> None:  # type: ignore[type-arg]
    share = fair(dict.fromkeys(names, ("x", "y")), all_pairs, owners)
    assert share.keys() == (all_pairs if names else set())
    loads = [list(share.values()).count(name) for name in names]
    assert not loads or max(loads) - min(loads) <= 1


@given(members.filter(bool), pairs)
def test_a_settled_share_stays_and_a_newcomer_takes_only_its_part(names: list[str], all_pairs: set) -> None:  # type: ignore[type-arg]
    before = fair(dict.fromkeys(names, ("x", "y")), all_pairs, {})
    assert fair(dict.fromkeys(names, ("x", "y")), all_pairs, before) == before
    after = fair(dict.fromkeys([*names, "new"], ("x", "y")), all_pairs, before)
    moved = [pair for pair in all_pairs if before[pair] != after[pair]]
    assert all(after[pair] == "new" for pair in moved)


def test_nobody_gets_a_topic_it_does_not_read() -> None:
    share = fair({"a": ["x"], "b": ["y"]}, {("x", n) for n in range(4)} | {("z", 0)}, {})
    assert share == {("x", n): "a" for n in range(4)}


def test_keys_live_where_they_always_lived() -> None:
    """Fixed for ever: a changed rule would tear a jurisdiction's state apart."""
    assert [partition_of(key_bytes(key), 8) for key in ("", "a", "澜汀市", "post-1")] == [0, 3, 5, 5]


@given(st.binary())
def test_any_bytes_survive_as_a_key(raw: bytes) -> None:
    assert key_bytes(key_text(raw)) == raw


def test_a_key_that_cannot_travel_is_rejected() -> None:
    with pytest.raises(Rejected, match="unencodable"):
        key_bytes("\ud83d")
