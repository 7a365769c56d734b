"""Read one YAML file into a frozen msgspec.Struct; every error names file, line and key."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from config.wanted import said

T = TypeVar("T")
ANY_KEY = "..."
KEY_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge")


class ConfigError(Exception):
    """A configuration file that cannot be used. `str()` is `FILE:LINE: KEY: what is wrong`, for a person."""

    def __init__(self, path: Path, line: int, key: str, problem: str) -> None:
        where = f"{path}:{line}" if line else str(path)
        super().__init__(f"{where}: {key}: {problem}" if key else f"{where}: {problem}")
        self.path, self.line, self.key, self.problem = path, line, key, problem


def load(path: Path, kind: type[T], *, over: Any = None) -> T:
    """The file as a `kind`; unknown keys are errors when the struct forbids them.

    over: a plain mapping, already read, that the file's values are laid over (maps merged key by key, lists
    replaced), so that a rules file may hold only what it changes.
    Raises ConfigError for a missing or unreadable file, broken YAML, a duplicate key, a wrong or unknown field.
    """
    node, data = read(path)
    if over is not None:
        data = merged(over, data)
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as err:
        problem, _, at = str(err).partition(" - at ")
        keys = _found(data, kind, _path_keys(at.strip("`")), str(err))
        named = problem.split("`")
        if "unknown field" in problem and len(named) > 1:
            keys.append(named[1])
        raise ConfigError(path, line_of(node, keys), ".".join(map(str, keys)), said(problem, kind, keys)) from err


def read(path: Path) -> tuple[yaml.Node | None, Any]:
    """The YAML node tree (for line numbers) and its plain value; `{}` for an empty file. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(path, 0, "", "no such file") from None
    except UnicodeDecodeError as err:
        raise ConfigError(path, 0, "", f"not UTF-8 (byte {err.start}); save it as UTF-8") from err
    except OSError as err:
        raise ConfigError(path, 0, "", err.strerror or str(err)) from err
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_duplicates(path, node)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        raise ConfigError(path, mark.line + 1 if mark else 0, "", f"not YAML: {err.problem or err.context}") from err
    except yaml.YAMLError as err:
        raise ConfigError(path, 0, "", f"not YAML: {err}") from err
    except RecursionError:
        raise ConfigError(path, 0, "", "nested too deeply, or an alias (*) inside its own anchor (&)") from None
    return node, {} if data is None else data


def merged(base: Any, change: Any) -> Any:
    """`change` laid over `base`: mappings key by key, everything else replaced."""
    if isinstance(base, dict) and isinstance(change, dict):
        return {**base, **{k: merged(base.get(k), v) for k, v in change.items()}}
    return change


def _refuse_duplicates(path: Path, node: yaml.Node | None) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.tag not in KEY_TAGS:
                raise ConfigError(path, key.start_mark.line + 1, "", "a key must be text; put it in quotes")
            if key.value in seen:
                raise ConfigError(path, key.start_mark.line + 1, str(key.value), "given twice")
            seen.add(key.value)
            _refuse_duplicates(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_duplicates(path, item)


def _path_keys(at: str) -> list[str | int]:
    """`$.sources[3].every` -> ["sources", 3, "every"]; `[...]`, some key of a mapping, stays ANY_KEY."""
    parts = re.findall(r"\[\.\.\.\]|\[(\d+)\]|([^.\[\]$]+)", at)
    return [int(index) if index else name or ANY_KEY for index, name in parts]


def _found(data: Any, kind: Any, keys: list[str | int], message: str) -> list[str | int]:
    """`keys` with every ANY_KEY replaced: the key that alone still gives the same error."""
    for place, wanted in enumerate(keys):
        if wanted != ANY_KEY:
            continue
        for key in list(_at(data, keys[:place])):
            try:
                msgspec.convert(_keeping(data, keys[:place], key), kind)
            except msgspec.ValidationError as err:
                if str(err) == message:
                    keys = [*keys[:place], key, *keys[place + 1 :]]
                    break
        else:
            return keys[:place]
    return keys


def _at(data: Any, keys: list[str | int]) -> Any:
    for key in keys:
        data = data[key]
    return data


def _keeping(data: Any, keys: list[str | int], key: str) -> Any:
    """A copy of `data` in which the mapping at `keys` has `key` only."""
    if not keys:
        return {key: data[key]}
    if isinstance(data, list):
        return [_keeping(v, keys[1:], key) if i == keys[0] else v for i, v in enumerate(data)]
    return {k: _keeping(v, keys[1:], key) if k == keys[0] else v for k, v in data.items()}


def line_of(node: yaml.Node | None, keys: Sequence[str | int]) -> int:
    """Line (from 1) of the deepest node on the way of `keys` that is in this file."""
    line = node.start_mark.line + 1 if node else 0
    for wanted in keys:
        if isinstance(node, yaml.SequenceNode) and isinstance(wanted, int) and wanted < len(node.value):
            node = node.value[wanted]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            hit = next(((k, v) for k, v in node.value if k.value == wanted), None)
            if hit is None:
                return line
            line, node = hit[0].start_mark.line + 1, hit[1]
        else:
            return line
    return line
