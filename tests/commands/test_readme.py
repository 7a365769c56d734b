"""The two READMEs tell a newcomer the same, and of commands that exist."""

import re
from pathlib import Path

from cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


def listed(text: str) -> list[str]:
    """The commands of the list, in its order; `a / b / c` are three."""
    table = next(block for block in text.split("```") if block.startswith("\nminyi run"))
    lines = [re.split(r"  +", line)[0].removeprefix("minyi ") for line in table.strip().splitlines()]
    return [part.removeprefix("minyi ").split()[0] for line in lines for part in line.split(" / ")]


def test_both_list_the_same_commands_and_all_of_them_exist() -> None:
    assert listed(ENGLISH) == listed(CHINESE)
    assert set(listed(ENGLISH)) <= set(COMMANDS)
    assert set(COMMANDS) - set(listed(ENGLISH)) == {"consume", "burst", "silences", "desk", "bench"}


def test_both_name_the_same_settings_files_and_addresses() -> None:
    names = re.compile(r"MINYI_[A-Z_]+|\]\((?!README)[\w./-]+\)|http://[\d.:]+")
    assert set(names.findall(ENGLISH)) == set(names.findall(CHINESE))
    for link in re.findall(r"\]\(([\w./-]+)\)", ENGLISH + CHINESE):
        assert (ROOT / link).exists(), link


def test_the_chinese_one_has_chinese_punctuation() -> None:
    assert re.findall(r"[\u4e00-\u9fff][,:;!?()][\u4e00-\u9fff]", CHINESE) == []
