"""Places of floors that show no number, and known floors that are gone."""

import pytest

from flows.sources.forum_floors import counts_from_zero, missing, placed
from flows.sources.forum_page import Floor


def floors(*pids: str, shown: tuple[int | None, ...] = ()) -> list[Floor]:
    return [Floor(pid=p, floor=n) for p, n in zip(pids, shown or (None,) * len(pids), strict=True)]


def test_floors_without_a_number_are_counted_from_the_opening_post() -> None:
    assert [f.floor for f in placed(floors("a", "b", "c"), [], from_zero=False)] == [1, 2, 3]


def test_on_a_later_page_counting_goes_on_from_what_was_known() -> None:
    known = ["a", "b", "c", "d"]
    assert [f.floor for f in placed(floors("c", "d", "e"), known, from_zero=False)] == [3, 4, 5]
    assert [f.floor for f in placed(floors("e", "f"), known, from_zero=False)] == [5, 6]


def test_software_that_numbers_replies_only_is_brought_to_the_count_of_the_others() -> None:
    first = floors("a", "b", "c", shown=(None, 1, 2))
    assert counts_from_zero(first)
    assert [f.floor for f in placed(first, [], from_zero=True)] == [1, 2, 3]
    assert [f.floor for f in placed(floors("k", "l", shown=(10, 11)), ["a", "b"], from_zero=True)] == [11, 12]


@pytest.mark.parametrize("shown", [(1, 2, 3), (None, 2, 3)])
def test_numbers_that_begin_with_the_opening_post_stay(shown: tuple[int | None, ...]) -> None:
    first = floors("a", "b", "c", shown=shown)
    assert not counts_from_zero(first)
    assert [f.floor for f in placed(first, [], from_zero=False)] == [1, 2, 3]


def test_unknown_software_is_believed_only_when_read_whole_and_mostly_as_before() -> None:
    known = ["a", "b", "c", "d"]
    assert missing("any", known, floors("a", "c", "d"), whole=True) == ["b"]
    assert missing("any", known, floors("c", "d"), whole=False) == []
    assert missing("any", known, floors("d"), whole=True) == []  # the page is read otherwise: no news of its floors
    assert missing("tieba", ["1", "2", "3"], floors("1", "3"), whole=True) == []


def test_known_software_is_believed_for_the_floors_after_the_first_one_read() -> None:
    assert missing("mybb", ["1", "2", "3", "4"], floors("3", "5"), whole=False) == ["4"]
    assert missing("mybb", ["1", "2", "3", "4"], floors("3", "5"), whole=True) == ["1", "2", "4"]
