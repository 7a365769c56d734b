"""Who gets which message: key -> partition, partition -> member of a group. The same rules on every broker."""

from collections.abc import Collection, Mapping
from zlib import crc32

from bus.errors import Rejected

Pair = tuple[str, int]
"""(topic, partition)."""


def key_bytes(key: str) -> bytes:
    """The key on the wire. Foreign keys that are not UTF-8 travel as surrogate escapes and come back as they were.

    Raises Rejected("unencodable") for other lone surrogates.
    """
    try:
        return key.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as err:
        raise Rejected("unencodable", f"key: {err.reason}") from err


def key_text(key: bytes | None) -> str:
    """The inverse of `key_bytes`; a message without a key has the empty one."""
    return key.decode("utf-8", "surrogateescape") if key else ""


def partition_of(key: bytes, partitions: int) -> int:
    """The partition a key lives in, the same in every process, on every broker, for ever."""
    return crc32(key) % partitions


def fair(
    members: Mapping[str, Collection[str]], pairs: Collection[Pair], owners: Mapping[Pair, str]
) -> dict[Pair, str]:
    """Share `pairs` among the members: loads differ by at most one, and as few pairs as possible change hands.

    members: member -> its topics, in the order they joined. owners: who has what now; unknown owners are ignored.
    Every member that computes this from the same input gets the same answer. Pairs nobody reads are left out.
    """
    shared: dict[Pair, str] = {}
    load = dict.fromkeys(members, 0)
    for pair in sorted(pairs):
        owner = owners.get(pair, "")
        if pair[0] in members.get(owner, ()):
            shared[pair] = owner
            load[owner] += 1
    for pair in sorted(set(pairs) - set(shared)):
        if (member := _idlest(pair, members, load)) is not None:
            shared[pair] = member
            load[member] += 1
    moved = True
    while moved:
        moved = False
        for pair in sorted(shared, reverse=True):
            member = _idlest(pair, members, load)
            if member is not None and load[shared[pair]] - load[member] > 1:
                load[shared[pair]] -= 1
                load[member] += 1
                shared[pair] = member
                moved = True
    return shared


def _idlest(pair: Pair, members: Mapping[str, Collection[str]], load: Mapping[str, int]) -> str | None:
    readers = [member for member, topics in members.items() if pair[0] in topics]
    return min(readers, key=lambda member: load[member], default=None)
