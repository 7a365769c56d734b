"""What git keeps of the program's folders, the wheel keeps too: a data file of a new kind must be named."""

import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from config.settings import PROJECT


def test_every_data_file_is_packaged() -> None:
    told = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    patterns = [*told["package-data"]["*"], "*.py"]
    folders = [pattern.rstrip("*") for pattern in told["packages"]["find"]["include"]]
    done = subprocess.run(["git", "ls-files", *folders], cwd=PROJECT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    names = [Path(line).name for line in done.stdout.splitlines()]
    assert len(names) > 100
    assert [name for name in names if not any(fnmatch(name, pattern) for pattern in patterns)] == []
