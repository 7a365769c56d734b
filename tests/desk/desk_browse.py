"""What several tests of the desk share: the password, the address, a clock that stands still, reading a form."""

import re
from datetime import datetime

from desk_seed import NOW

PASSWORD = "k7mw-3fqx-9tpd"
ADDRESS = "http://127.0.0.1:8600"


class Clock:
    """Time that moves only when a test says so."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def field(page: str, name: str) -> str:
    """The value of a hidden field in `page`."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]
