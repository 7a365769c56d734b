"""Near-duplicate hash: texts that share most of their character trigrams get fingerprints few bits apart.

Simhash (Charikar 2002), 64 bits, over the cleaned text. Re-worded copies of a post of 60 characters or more
mostly lie within 12 bits of one another, unrelated texts around 32: tests/models/test_fingerprint.py.
"""

import numpy as np

from models.features import I64, U64

_EVERY = {8: np.uint64(0x0101010101010101), 16: np.uint64(0x0001000100010001)}
"""Some of the 64 bits, each the first of a counter of so many bits."""


def simhash(hashes: U64, rows: I64, texts: int) -> list[str]:
    """16 hex digits for each text, from the hashes of its trigrams; `rows` ascending, under 65,536 a text."""
    mixed = hashes * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(31)
    indptr = np.searchsorted(rows, np.arange(texts + 1))
    sizes = np.diff(indptr)
    filled = np.flatnonzero(sizes)
    values = np.zeros(texts, dtype="<u8")
    width = 8 if sizes.max(initial=0) < 256 else 16
    for shift in range(width if len(filled) else 0):
        counters = np.add.reduceat(mixed & _EVERY[width], indptr[filled])
        set_bits = 2 * counters.view(f"<u{width // 8}").reshape(len(filled), -1).astype(np.int64) > sizes[filled, None]
        values[filled] |= (set_bits << np.arange(shift, 64, width, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
        mixed >>= np.uint64(1)
    digits = values.tobytes().hex()
    return [digits[i : i + 16] for i in range(0, len(digits), 16)]


def distance(one: str, other: str) -> int:
    """Differing bits of two fingerprints, 0..64."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
