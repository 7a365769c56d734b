from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.features import Batch, distinct, finish, row_sums, weighted_row_sums
from models.fingerprint import distance, simhash
from models.segment import Words

TEXTS = st.lists(st.text(alphabet="警察打人好的abc😡", max_size=12), min_size=1, max_size=6)


def naive_grams(text: str, n: int) -> list[str]:
    marked = f"\0{text}\0" if n > 1 else text
    grams = [marked[i : i + n] for i in range(len(marked) - n + 1)]
    return [g for g in grams if g.count("\0") < 2]


@given(TEXTS, st.integers(1, 4))
def test_grams_are_those_a_plain_loop_finds(texts: list[str], n: int) -> None:
    batch = Batch.of(texts)
    grams = batch.grams(n)
    expected = [(r, g) for r, text in enumerate(texts) for g in naive_grams(text, n)]
    assert grams.rows.tolist() == [r for r, _ in expected]
    by_hash: dict[int, str] = {}
    for hashed, (_, gram) in zip(grams.hashes.tolist(), expected, strict=True):
        assert by_hash.setdefault(hashed, gram) == gram
    assert len(by_hash) == len({g for _, g in expected})


@given(TEXTS, TEXTS)
def test_a_hash_does_not_depend_on_the_neighbours(some: list[str], others: list[str]) -> None:
    alone = [Batch.of([text]).grams(2).hashes.tolist() for text in some]
    together = Batch.of([*others, *some]).grams(2)
    for i, hashes in enumerate(alone):
        assert together.hashes[together.rows == i + len(others)].tolist() == hashes


def test_a_word_has_one_hash_wherever_it_stands() -> None:
    batch = Batch.of(["警察打人", "好警察"])
    start, end, rows = Words.of([["警察", "打人"], ["好", "警察"]]).spans()
    hashes = batch.spans(start, end).tolist()
    assert hashes[0] == hashes[3]
    assert len(set(hashes)) == 3
    assert rows.tolist() == [0, 0, 1, 1]


def test_buckets_are_distinct_by_text_and_below_the_limit() -> None:
    ids = finish(np.array([5, 5, 7, 5], dtype=np.uint64), 1, 10)
    rows = distinct([(ids, np.array([0, 0, 0, 2]))], 3, 10)
    assert rows.sizes.tolist() == [2, 0, 1]
    assert rows.indices.max() < 1024
    assert distinct([(ids[:0], np.zeros(0, np.int64))], 2, 10).sizes.tolist() == [0, 0]


@given(st.lists(st.lists(st.lists(st.integers(0, 40), max_size=6), min_size=3, max_size=3), min_size=1, max_size=4))
def test_distinct_buckets_are_those_of_all_parts_together(parts: list[list[list[int]]]) -> None:
    given_parts = [
        (np.array([id_ for ids in part for id_ in ids], np.uint64), np.repeat(np.arange(3), [len(ids) for ids in part]))
        for part in parts
    ]
    found = distinct(given_parts, 3, 6)
    by_text = [found.indices[start:end].tolist() for start, end in pairwise(found.indptr.tolist())]
    assert by_text == [sorted({id_ for part in parts for id_ in part[text]}) for text in range(3)]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=8))
def test_sums_of_empty_rows_are_zero(sizes: list[int]) -> None:
    indptr = np.concatenate(([0], np.cumsum(sizes)))
    values = np.arange(int(indptr[-1]) * 2, dtype=np.float32).reshape(-1, 2)
    expected = np.array([values[a:b].sum(axis=0) for a, b in pairwise(indptr)])
    assert np.array_equal(row_sums(values, indptr), expected)
    assert np.allclose(weighted_row_sums(np.ones(len(values), np.float32), values, indptr), expected)


POST = (
    "昨天下午三点左右,望汐派出所门口有两名辅警和一位送外卖的小哥发生争执,围观的人很多,"
    "后来来了一位带队的民警,把双方劝开了,到底谁对谁错还不清楚"
)
OTHER = (
    "请问一下大家,砚池区的车管所周末上班吗?我的驾照下个月就到期了,想趁休息去换证,"
    "不知道要不要提前在网上预约,需要带哪些材料"
)


def fingerprints(*texts: str) -> list[str]:
    grams = Batch.of(texts).grams(3)
    return simhash(grams.hashes, grams.rows, len(texts))


def test_a_reworded_copy_is_near_and_another_post_far() -> None:
    same, copy, shared, other = fingerprints(
        POST, POST.replace("昨天", "昨日").replace("两名", "2名"), "转发:" + POST, OTHER
    )
    assert len(same) == 16
    assert distance(same, copy) <= 12
    assert distance(same, shared) <= 12
    assert distance(same, other) >= 20
    assert fingerprints(POST) == [same]


@given(TEXTS)
def test_every_text_has_a_fingerprint(texts: list[str]) -> None:
    prints = fingerprints(*texts)
    assert len(prints) == len(texts)
    assert all(len(p) == 16 and int(p, 16) >= 0 for p in prints)
