"""Near-duplicate hash: texts that share most of their character trigrams get fingerprints few bits apart.

Simhash (Charikar 2002), 64 bits, over the cleaned text. Re-worded copies of a post of 60 characters or more
mostly lie within 12 bits of one another, unrelated texts around 32: tests/models/test_fingerprint.py.
"""

import numpy as np

from models.features import I64, U64, row_sums


def simhash(hashes: U64, rows: I64, texts: int) -> list[str]:
    """16 hex digits for each text, from the hashes of its trigrams; `rows` ascending."""
    mixed = hashes * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(31)
    bits = np.unpackbits(mixed.view(np.uint8).reshape(-1, 8), axis=1).astype(np.int32)
    indptr = np.searchsorted(rows, np.arange(texts + 1))
    votes = 2 * row_sums(bits, indptr) > np.diff(indptr)[:, None]
    values = np.packbits(votes, axis=1)
    return [row.tobytes().hex() for row in values]


def distance(one: str, other: str) -> int:
    """Differing bits of two fingerprints, 0..64."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
