"""The walls of the house: who may import whom."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
OURS = {"bus", "cli", "commands", "config", "consumers", "desk", "example", "flows", "models", "reports", "store"}

MAY_IMPORT: dict[str, set[str]] = {
    "bus": {"bus"},
    "models": {"models"},
    "config": {"config"},
    "example": {"example"},
    "store": {"store", "bus.messages", "bus.errors", "models"},
    "reports": {"reports", "store", "bus.messages", "bus.errors", "models"},
    "flows": {"flows", "config", "bus", "models", "store", "reports"},
    "consumers": {"consumers", "config", "bus", "models", "store", "reports"},
    "desk": {"desk", "config", "bus", "models", "store", "reports"},
    "commands": OURS - {"cli"},
}
ONE_ROOM = {
    "kafka": "bus/kafka.py",
    "prefect": "flows/",
    "sqlalchemy": "store/",
    "fastapi": "desk/",
    "docx": "reports/",
}


def imports(path: Path) -> set[str]:
    """Dotted names imported anywhere in a file, `from a.b import c` as a.b and a.b.c."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files(folder: str) -> list[Path]:
    return sorted((PROJECT / folder).rglob("*.py"))


def inside(name: str, allowed: set[str]) -> bool:
    return any(name == a or name.startswith(a + ".") for a in allowed)


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_a_folder_imports_only_what_stands_below_it(folder: str) -> None:
    paths = files(folder)
    assert paths, f"{folder}/ is empty"
    for path in paths:
        ours = {n for n in imports(path) if n.split(".")[0] in OURS}
        # `from bus import messages` reads as bus + bus.messages: the bare package is judged by what is taken from it
        ours = {n for n in ours if not (n in OURS and any(m.startswith(n + ".") for m in ours))}
        strangers = {n for n in ours if not inside(n, MAY_IMPORT[folder])}
        assert not strangers, f"{path.relative_to(PROJECT)} imports {sorted(strangers)}"


@pytest.mark.parametrize("library", sorted(ONE_ROOM))
def test_a_library_has_one_room(library: str) -> None:
    for folder in sorted(OURS - {"cli"}):
        for path in files(folder):
            where = str(path.relative_to(PROJECT))
            if any(n.split(".")[0] == library for n in imports(path)):
                assert where.startswith(ONE_ROOM[library]), f"{where} imports {library}"


def test_nothing_of_ours_imports_the_commands_but_cli() -> None:
    for folder in sorted(OURS - {"cli", "commands"}):
        for path in files(folder):
            assert not {n for n in imports(path) if n.split(".")[0] in ("cli", "commands")}, path


def test_the_command_table_names_modules_that_hold_the_commands() -> None:
    import importlib

    from cli import COMMANDS, _attribute

    for name, (module, summary) in COMMANDS.items():
        assert hasattr(importlib.import_module(module), _attribute(name)), f"{module} has no {name}"
        assert summary.endswith(".")
