"""A wrong configuration names its file, line and key."""

from pathlib import Path

import msgspec
import pytest

from config.loader import ConfigError, load, read
from config.settings import from_environment


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    every_minutes: int
    name: str = ""


class Outer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sources: list[Inner] = []
    level: dict[str, int] = {}


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "a.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeffsources:\r\n  - every_minutes: 5\r\n    name: 澜汀\r\n")
    assert load(path, Outer).sources == [Inner(5, "澜汀")]


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert load(write(tmp_path, ""), Outer) == Outer()


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("sources:\n  - every_minutes: 5\n  - every_minutes: soon\n", 3, "sources.1.every_minutes"),
        ("sources:\n  - every_minuts: 5\n", 2, "sources.0.every_minuts"),
        ("sources:\n  - name: a\n", 2, "sources.0"),
        ("level:\n  red: 1\n  blue: x\n", 3, "level.blue"),
        ("sources: []\nlevle: {}\n", 2, "levle"),
        ("sources: []\nsources: []\n", 2, "sources"),
        ("sources: [\n", 2, ""),
        ("a: 'b\n", 2, ""),
        ("\tsources: []\n", 1, ""),
    ],
)
def test_an_error_names_line_and_key(tmp_path: Path, text: str, line: int, key: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path, Outer)
    assert (caught.value.line, caught.value.key) == (line, key)
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_a_missing_and_a_gbk_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(tmp_path / "none.yaml", Outer)
    with pytest.raises(ConfigError, match="UTF-8"):
        load(write(tmp_path, "sources: [] # 澜汀市".encode("gbk")), Outer)


def test_a_change_file_is_laid_over_the_whole_one(tmp_path: Path) -> None:
    base = {"sources": [{"every_minutes": 1}], "level": {"red": 3, "blue": 1}}
    merged = load(write(tmp_path, "level:\n  red: 9\n"), Outer, over=base)
    assert merged.level == {"red": 9, "blue": 1}
    assert merged.sources == [Inner(1)]


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    where = from_environment({"MINYI_HOME": str(tmp_path), "MINYI_STORE": "postgresql://u:secret@h/db"})
    assert where.home == tmp_path
    assert where.bus == "embedded"
    assert "secret" not in repr(where)


@pytest.mark.parametrize("env", [{"MINYI_DESK_PORT": "0"}, {"MINYI_DESK_PORT": "x"}, {"MINYI_BUS": "rabbit://"}])
def test_a_wrong_setting_is_refused(env: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="MINYI_"):
        from_environment(env)


def test_a_file_that_holds_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "alerts.yaml"
    for text in ("a: &a [*a]\n", "a: &a {b: *a}\n", "[" * 5000):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match="nested too deeply"):
            read(path)


@pytest.mark.parametrize("text", ["? [a]\n: 1\n", "a:\n  1: 2\n", "on: 1\n", "? {a: 1}\n: 2\n"])
def test_a_key_that_is_no_text_is_refused_by_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "alerts.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"alerts\.yaml:[12]: a key must be text; put it in quotes"):
        read(path)
