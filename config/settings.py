"""Where things are: read once from the environment, passed down, never looked up elsewhere."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Addresses and folders of one installation."""

    home: Path
    """MINYI_HOME (./var): logs, databases, keys. Everything minyi writes is below it."""
    config: Path
    """MINYI_CONFIG: the folder of sources.yaml, alerts.yaml, places.yaml, audiences.yaml and lexicon/."""
    bus: str
    """MINYI_BUS: `embedded`, `memory` or `kafka://host:9092,host:9092`."""
    store: str
    """MINYI_STORE: a SQLAlchemy URL; SQLite below home unless given. May hold a password: never log it."""
    desk_host: str
    """MINYI_DESK_HOST: 127.0.0.1 unless the operator opens it."""
    desk_port: int
    """MINYI_DESK_PORT."""
    desk_names: tuple[str, ...] = ()
    """MINYI_DESK_NAMES: further host names people use, comma-separated, e.g. that of a reverse proxy."""

    def __repr__(self) -> str:
        return f"Settings(home={self.home}, config={self.config}, bus={self.bus_kind})"

    @property
    def bus_kind(self) -> str:
        """`embedded`, `memory` or `kafka`."""
        return self.bus.split(":", 1)[0]

    @property
    def artifacts(self) -> Path:
        """The folder of the shipped models."""
        return PROJECT / "models" / "artifacts"

    @property
    def lexicon(self) -> Path:
        """The folder of the police dictionary."""
        return self.config / "lexicon"

    @property
    def key_file(self) -> Path:
        """The secret key of the pseudonyms, made at first start, mode 0600."""
        return self.home / "pseudonym.key"


def from_environment(environ: Mapping[str, str] | None = None, *, home: Path | None = None) -> Settings:
    """Settings from MINYI_* variables; `home` (a command-line option) wins over MINYI_HOME.

    Raises ValueError for a port that is not a number from 1 to 65535 or a bus address of no known kind.
    """
    env = os.environ if environ is None else environ
    base = (home or Path(env.get("MINYI_HOME") or "var")).resolve()
    bus = env.get("MINYI_BUS") or "embedded"
    brokers = bus.removeprefix("kafka://").strip(", ") if bus.startswith("kafka://") else ""
    if bus not in ("embedded", "memory") and not brokers:
        raise ValueError("MINYI_BUS: expected embedded, memory or kafka://host:port[,host:port]")
    port = env.get("MINYI_DESK_PORT") or "8600"
    if not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ValueError(f"MINYI_DESK_PORT: not a port number: {port}")
    return Settings(
        home=base,
        config=Path(env.get("MINYI_CONFIG") or PROJECT / "config").resolve(),
        bus=bus,
        store=env.get("MINYI_STORE") or f"sqlite:///{base / 'minyi.db'}",
        desk_host=env.get("MINYI_DESK_HOST") or "127.0.0.1",
        desk_port=int(port),
        desk_names=tuple(n.strip() for n in env.get("MINYI_DESK_NAMES", "").split(",") if n.strip()),
    )
