"""Near-duplicate hash: texts that share most of their character trigrams get fingerprints few bits apart.

Simhash (Charikar 2002), 64 bits, over the cleaned text. Re-worded copies of a post of 60 characters or more
mostly lie within 12 bits of one another, unrelated texts around 32: tests/models/test_fingerprint.py.
"""

import numpy as np

from models.features import I64, U64, row_sums

_NIBBLES = np.array(
    [sum((n >> (3 - bit) & 1) << (16 * bit) for bit in range(4)) for n in range(16)], dtype=np.uint64
)  # four bits spread over four counters of 16 bits each


def simhash(hashes: U64, rows: I64, texts: int) -> list[str]:
    """16 hex digits for each text, from the hashes of its trigrams; `rows` ascending, under 65,536 a text."""
    mixed = hashes * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(31)
    octets = mixed.view(np.uint8).reshape(-1, 8)
    nibbles = np.empty((len(octets), 16), dtype=np.uint8)
    nibbles[:, 0::2], nibbles[:, 1::2] = octets >> 4, octets & 15
    indptr = np.searchsorted(rows, np.arange(texts + 1))
    counts = row_sums(_NIBBLES[nibbles], indptr).view("<u2").reshape(texts, 64).astype(np.int64)
    values = np.packbits(2 * counts > np.diff(indptr)[:, None], axis=1)
    return [row.tobytes().hex() for row in values]


def distance(one: str, other: str) -> int:
    """Differing bits of two fingerprints, 0..64."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
