"""How sure a share is that was counted on few cases."""

from math import sqrt

Z95 = 1.959964
"""Standard normal quantile of a two-sided 95 % interval."""


def wilson(hits: int, cases: int) -> tuple[float, float] | None:
    """The 95 % Wilson score interval of `hits` among `cases`, within 0..1; None without cases.

    E. B. Wilson, 1927: unlike the normal interval it is honest for small counts and at 0 or 1.
    Raises ValueError unless 0 <= hits <= cases.
    """
    if not 0 <= hits <= cases:
        raise ValueError(f"{hits} of {cases}")
    if cases == 0:
        return None
    share, square = hits / cases, Z95 * Z95
    middle = (share + square / (2 * cases)) / (1 + square / cases)
    half = Z95 / (1 + square / cases) * sqrt(share * (1 - share) / cases + square / (4 * cases * cases))
    return max(0.0, middle - half), min(1.0, middle + half)
