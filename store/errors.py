"""What can go wrong with the store, and what the caller does about it.

    StoreError
      StoreUnavailable   busy, gone, full, unreachable: the same work may succeed later (consumers: Transient)
      StoreTooNew        the database was written by a newer minyi: update this installation
    ImpossibleMove       an incident cannot go there from where it is (a ValueError: wrong use)
    KeptElsewhere        an incident's matter is kept by another one now (a ValueError: act there)
    NameTaken            an operator of this name exists (a ValueError: wrong use)

Messages never hold bound values: those may be post text or a password.
"""

from collections.abc import Sequence


class StoreError(Exception):
    """The store itself failed; nothing was written."""


class StoreUnavailable(StoreError):
    """The database is busy, gone, full or unreachable: the same work may succeed later."""


class StoreTooNew(StoreError):
    """The database has a layout this installation does not know yet."""


class ImpossibleMove(ValueError):
    """An incident cannot go from `current` to `wanted`; `allowed` says where it can go."""

    def __init__(self, current: str, wanted: str, allowed: Sequence[str]) -> None:
        super().__init__(f"cannot move from {current} to {wanted}; allowed: {', '.join(allowed) or 'nothing'}")
        self.current = current
        self.wanted = wanted
        self.allowed = tuple(allowed)


class KeptElsewhere(ValueError):
    """People merged the events: the matter of `incident` is kept by `keeper` now."""

    def __init__(self, incident: str, keeper: str) -> None:
        super().__init__(f"{incident} is kept by {keeper} now")
        self.incident = incident
        self.keeper = keeper


class NameTaken(ValueError):
    """There is an operator of this name already."""
