"""docs/store.md knows every table and every state."""

from pathlib import Path

from store.incidents import MOVES, STATES
from store.tables import metadata

PAGE = (Path(__file__).parents[2] / "docs" / "store.md").read_text(encoding="utf-8")


def test_every_table_is_documented() -> None:
    assert [name for name in metadata.tables if f"`{name}`" not in PAGE] == []


def test_every_incident_state_is_documented_and_can_be_left() -> None:
    assert [state for state, words in STATES.items() if f"`{state}` {words}" not in PAGE] == []
    assert set(MOVES) == set(STATES)
    assert all(MOVES[state] and set(MOVES[state]) <= set(STATES) for state in STATES)
