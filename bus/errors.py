"""What can go wrong with a message or the bus, and what the runner does about it.

Rejected      this message can never work            -> dead letter, go on
Transient     the world is briefly wrong             -> back off, same message again
(any other exception of a pure handler is a bug      -> dead letter, under a small budget, then stop)
BusError      the bus itself failed                  -> stop without commit; the supervisor restarts
  PublishError      not everything was acknowledged
  BusUnavailable    the broker or the log file cannot be reached
  PartitionsLost    another member of the group owns these partitions now
DeadLetterBudgetExceeded   too many bugs in a row    -> stop
"""

import sys


class Rejected(Exception):
    """This message can never work. `reason` is a documented slug; `detail` never holds post text."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        maker = sys._getframe(1)
        self.made_at = maker.f_code.co_filename, maker.f_lineno
        """File and line: one that a handler returns instead of raising it has no traceback to say so."""


class Transient(Exception):
    """The world is briefly wrong (database busy, web hook down): the same message is tried again."""


class BusError(Exception):
    """The bus itself failed; nothing is committed."""


class PublishError(BusError):
    """At least one published message was not acknowledged."""


class BusUnavailable(BusError):
    """The broker or the log file cannot be reached or written."""


class PartitionsLost(BusError):
    """The group gave these partitions to another member before the commit."""


class DeadLetterBudgetExceeded(BusError):
    """Too many handler bugs in a row: stopping is safer than draining the topic into the dead letters."""
