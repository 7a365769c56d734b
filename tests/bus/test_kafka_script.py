"""scripts/kafka.sh says what is missing on a bare machine, and does nothing by halves."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "kafka.sh"
TOOLS = ("sh", "mkdir", "dirname", "cat", "sed", "head", "grep", "cmp", "rm", "tr")
JAVA = "#!/bin/sh\necho 'openjdk version \"%s\" 2025-04-15' >&2\n"


def call(home: Path, *args: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {"MINYI_BROKER_DIR": str(home / "kafka"), "PATH": str(path) if path else os.environ["PATH"]}
    return subprocess.run(["sh", str(SCRIPT), *args], env=env, capture_output=True, text=True, timeout=60)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A PATH with the tools of every machine and nothing more."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (tools / name).symlink_to(found)
    (tools / "python3").symlink_to(Path(sys.executable).resolve())
    return tools


def give_java(bare: Path, version: str) -> None:
    (bare / "java").write_text(JAVA % version)
    (bare / "java").chmod(0o755)


@pytest.mark.parametrize("args", [(), ("begin",), ("start", "many"), ("start", "80")])
def test_wrong_use_is_code_2(tmp_path: Path, args: tuple[str, ...]) -> None:
    assert call(tmp_path, *args).returncode == 2


def test_what_is_missing_is_named_with_its_package(tmp_path: Path, bare: Path) -> None:
    result = call(tmp_path, "start", "39092", path=bare)
    assert (result.returncode, "install openjdk-17-jre-headless" in result.stderr) == (1, True)
    give_java(bare, "11.0.2")
    assert "Java 11 found, Kafka 4 needs 17" in call(tmp_path, "start", "39092", path=bare).stderr
    give_java(bare, "17.0.15")
    result = call(tmp_path, "start", "39092", path=bare)
    assert (result.returncode, "apt-get install maven" in result.stderr) == (1, True)


def test_a_taken_port_is_named(tmp_path: Path, bare: Path) -> None:
    give_java(bare, "21")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = call(tmp_path, "start", str(port), path=bare)
    assert f"port {port} is taken" in result.stderr


def test_stopping_what_does_not_run_is_no_error_and_a_stale_pid_is_not_killed(tmp_path: Path) -> None:
    assert call(tmp_path, "stop", "39092").returncode == 0
    assert call(tmp_path, "status", "39092").returncode == 1
    pid_file = tmp_path / "kafka" / "39092" / "pid"
    pid_file.parent.mkdir(parents=True)
    bystander = subprocess.Popen(["sleep", "60"])
    pid_file.write_text(str(bystander.pid))
    assert call(tmp_path, "stop", "39092").stdout == "kafka: not running on port 39092\n"
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()
