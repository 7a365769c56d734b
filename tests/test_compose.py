"""docker-compose.yml is read with care: no engine runs where the tests do."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli import COMMANDS
from config.settings import from_environment

PROJECT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: s for name, s in SERVICES.items() if str(s["image"]).startswith("minyi:")}
SERVICE_KEYS = {
    "image", "build", "restart", "init", "stop_grace_period", "environment", "volumes", "depends_on", "logging",
    "healthcheck", "entrypoint", "command", "ports", "profiles", "network_mode",
}  # fmt: skip


def test_the_parts_the_design_names_are_there() -> None:
    parts = {"kafka", "postgres", "prefect", "collectors", "score", "detect", "archive", "notify", "desk", "rsshub"}
    assert parts <= set(SERVICES)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_uses_known_keys_and_a_pinned_image(name: str) -> None:
    service = SERVICES[name]
    assert set(service) <= SERVICE_KEYS
    assert re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*", service["image"])


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_command_exists(name: str) -> None:
    service = OURS[name]
    entry = service.get("entrypoint")
    if entry is None:
        assert service["command"][0] in COMMANDS
    elif entry[:2] == ["python", "-m"]:
        path = PROJECT / Path(*entry[2].split("."))
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()
    else:
        assert entry[:3] == ["prefect", "server", "start"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_settings_are_understood(name: str) -> None:
    env = {k: re.sub(r"\$\{\w+:\?[^}]*\}", "secret", str(v)) for k, v in OURS[name]["environment"].items()}
    where = from_environment(env)
    assert where.bus_kind == "kafka"
    assert where.store.startswith("postgresql+psycopg://")
    assert where.config == Path("/app/config")


def test_dependencies_volumes_and_hosts_exist() -> None:
    for name, service in SERVICES.items():
        needs = service.get("depends_on", {})
        for other in needs:
            assert other in SERVICES, f"{name} needs {other}"
            if isinstance(needs, dict) and needs[other]["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{other} has no health check"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in COMPOSE["volumes"], volume
    hosts = set(re.findall(r"(?:kafka|http|@)(?:://)?(\w+):\d", str(COMPOSE)))
    assert hosts - {"127"} <= set(SERVICES)


def test_nothing_is_open_to_the_network_and_consumers_can_be_scaled() -> None:
    for service in SERVICES.values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")
    for name in ("score", "detect", "archive"):
        assert not {"ports", "container_name"} & set(SERVICES[name])


def test_no_secret_stands_in_the_file() -> None:
    text = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
    assert re.findall(r"(?i)password: (?!\$\{)", text) == []
    assert "${POSTGRES_PASSWORD:?" in text


def test_the_image_holds_what_runs() -> None:
    docker = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements.lock" in docker
    ignored = (PROJECT / ".dockerignore").read_text(encoding="utf-8").split()
    assert not {"models", "config", "requirements.lock"} & set(ignored)
