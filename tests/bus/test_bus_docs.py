"""docs/bus.md keeps up with the code."""

import re
from pathlib import Path

from bus.topics import ALL_TOPICS

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "bus.md").read_text(encoding="utf-8")


def test_every_topic_is_documented_with_its_partitions_and_days() -> None:
    rows = re.findall(r"^\| `([\w.-]+)` \| (\d+) \| (\d+) \|", DOCS, re.MULTILINE)
    assert rows == [(t.name, str(t.partitions), str(t.retention_days)) for t in ALL_TOPICS]


def test_every_reason_of_the_bus_is_documented() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bus").glob("*.py"))
    reasons = {*re.findall(r'Rejected\(\s*"([a-z-]+)"', code), "bug"}
    assert reasons >= {"undecodable", "unencodable"}
    assert reasons <= set(re.findall(r"^\| `([a-z-]+)` \|", DOCS, re.MULTILINE))
