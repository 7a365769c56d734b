"""What is wrong with a value, in the words of people who edit these files: what would be right stands beside it."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

NAMES = {
    "array": "a list ([a, b])",
    "object": "a mapping (key: value)",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
}


def said(problem: str, kind: Any, keys: Sequence[str | int]) -> str:
    """What msgspec says of the value at `keys` of a `kind`, and what is expected there as far as the type says."""
    if "unknown field" in problem and keys:
        at = _at(kind, keys[:-1])
        near = get_close_matches(str(keys[-1]), _fields(at), n=1)
        return f"{problem} (did you mean {near[0]}?)" if near else problem
    wanted = _right(_at(kind, keys))
    if wanted and problem.startswith("Invalid enum value"):
        return f"{problem}; there are {wanted}"
    if wanted and problem.startswith("Expected"):
        return f"expected {wanted}"
    quotes = " (put it in quotes)" if re.match("Expected `str`, got `(?:int|float|bool)`", problem) else ""
    return _plain(problem) + quotes


def _plain(problem: str) -> str:
    """The names of types as words."""
    if not problem.startswith("Expected `"):
        return problem
    return re.sub(r"`([a-z| ]+)`", lambda m: " or ".join(NAMES.get(n, n) for n in m[1].split(" | ")), problem)


def _right(kind: Any) -> str:
    """The values a type takes, or what its description says."""
    if get_origin(kind) is Annotated:
        metas = [m for m in get_args(kind)[1:] if isinstance(m, msgspec.Meta)]
        return next((m.description for m in metas if m.description), "") or _right(get_args(kind)[0])
    return ", ".join(str(v) for v in get_args(kind) if v != "") if get_origin(kind) is Literal else ""


def _fields(kind: Any) -> list[str]:
    return list(kind.__struct_fields__) if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else []


def _at(kind: Any, keys: Sequence[str | int]) -> Any:
    """The type of the value at `keys`; None where it cannot be told."""
    for key in keys:
        while get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        if str(key) in _fields(kind):
            kind = get_type_hints(kind, include_extras=True)[str(key)]
        elif get_origin(kind) in (list, tuple, dict) and get_args(kind):
            kind = get_args(kind)[-1 if get_origin(kind) is dict else 0]
        else:
            return None
    return kind
