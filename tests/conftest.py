"""What all tests share: where services are, and that a service CI should have is never skipped silently."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

# time is measured in bench/, never judged by a test: a busy machine is no bug
settings.register_profile("minyi", deadline=None)
settings.load_profile("minyi")

SERVICES = ("kafka", "postgres", "browser")
KEPT = ("MINYI_TEST_", "MINYI_REQUIRE_", "MINYI_BROKER_", "MINYI_DATA")


def pytest_configure(config: pytest.Config) -> None:
    """No test reads the settings of the person who runs it."""
    for name in [n for n in os.environ if n.startswith("MINYI_") and not n.startswith(KEPT)]:
        del os.environ[name]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """With MINYI_REQUIRE_SERVICES=1 (`.ci/run`), a test skipped for want of its service has failed."""
    report = yield
    needs = [s for s in SERVICES if item.get_closest_marker(s)]
    if report.skipped and needs and os.environ.get("MINYI_REQUIRE_SERVICES") == "1" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped, but {', '.join(needs)} must be there: {report.longrepr}"
    return report
