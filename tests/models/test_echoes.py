"""One voice, many copies: what repeats, what is called coordinated, and that a cascade is neither."""

import random

from hypothesis import given
from hypothesis import strategies as st

from models.echoes import AUTHORS, POSTS_PER_AUTHOR, TEXTS, Chorus, ChorusRule, Echo

RULE = ChorusRule(min_copies=10, copies_per_author=3, min_share=0.3)
TEXT = "00ff00ff00ff00ff"


def variant(bits: int, seed: int = 0) -> str:
    value = int(TEXT, 16)
    for bit in random.Random(seed).sample(range(64), bits):
        value ^= 1 << bit
    return f"{value:016x}"


def test_the_same_author_saying_the_same_again_repeats_and_another_author_does_not() -> None:
    echo = Echo()
    assert not echo.repeats("a", TEXT, own_text=True)
    assert echo.repeats("a", TEXT, own_text=True)
    assert echo.repeats("a", variant(8), own_text=True)
    assert not echo.repeats("b", TEXT, own_text=True)


def test_a_second_bare_forward_of_one_author_repeats() -> None:
    echo = Echo()
    assert not echo.repeats("a", "", own_text=False)
    assert echo.repeats("a", TEXT, own_text=False)


def test_one_author_has_a_few_things_to_say_and_no_more() -> None:
    echo, rng = Echo(), random.Random(1)
    said = [echo.repeats("a", f"{rng.getrandbits(64):016x}", own_text=True) for _ in range(10)]
    assert said == [False] * POSTS_PER_AUTHOR + [True] * (10 - POSTS_PER_AUTHOR)


def test_posts_of_unknown_authors_never_repeat() -> None:
    echo = Echo()
    assert not any(echo.repeats("", TEXT, own_text=True) for _ in range(20))
    assert echo.chorus(20, RULE) is None


def test_many_copies_by_few_are_one_voice_and_by_many_a_cascade() -> None:
    few, many = Echo(), Echo()
    for n in range(60):
        few.repeats(f"a{n % 5}", variant(n % 4, n), own_text=True)
        many.repeats(f"a{n}", TEXT, own_text=True)
    assert few.chorus(72, RULE) == Chorus(60, 5, 60 / 72)
    assert few.chorus(250, RULE) is None
    assert many.chorus(60, RULE) is None


def test_forwards_and_quotes_are_no_copies() -> None:
    echo = Echo()
    for _ in range(60):
        echo.repeats("a", TEXT, own_text=False)
    assert echo.chorus(60, RULE) is None


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 2**64 - 1)), max_size=300))
def test_memory_is_bounded_whatever_is_said(posts: list[tuple[int, int]]) -> None:
    echo = Echo()
    for author, value in posts:
        echo.repeats(f"a{author}", f"{value:016x}", own_text=True)
    assert len(echo._texts) <= TEXTS
    assert len(echo._by_author) <= AUTHORS
