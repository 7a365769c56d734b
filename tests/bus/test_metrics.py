"""Counts of several processes add up on one page."""

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

from bus.metrics import MetricName, exposition

ROOT = Path(__file__).parents[2]
COUNT = "from bus.metrics import *; MESSAGES.labels('score', 'skipped').inc(2); LAG.labels('score').set(7)"
SHOW = "from bus.metrics import *; import sys; sys.stdout.write(exposition()[0].decode())"


def test_processes_that_share_a_folder_are_one_page(tmp_path: Path) -> None:
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNT], check=True, cwd=ROOT, env=env)
    page = subprocess.run([sys.executable, "-c", SHOW], check=True, cwd=ROOT, env=env, capture_output=True, text=True)
    assert 'minyi_messages_total{consumer="score",outcome="skipped"} 4.0' in page.stdout


def test_every_name_is_on_the_page_and_in_the_docs() -> None:
    page, content_type = exposition()
    docs = (ROOT / "docs" / "bus.md").read_text(encoding="utf-8")
    assert content_type.startswith("text/plain")
    for name in get_args(MetricName):
        assert name.removesuffix("_total") in page.decode()
        assert name in docs
