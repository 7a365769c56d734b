"""Labels of the desk as rows: what is learnt, what is held back, and whose answer holds."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tiny_feedback import NOON

from bus.messages import PostScored
from models import dataset, feedback
from models.dataset import Row
from store.engine import Store, open_store
from store.feedback import Correction, add_label, corrections, remove_label
from store.posts import upsert_posts, withdraw_post


def said(field: str, value: str, text: str = "望汐派出所门口排长队", post: str = "p1", **more: Any) -> Correction:
    return Correction(post, "", text, field, value, **{"at": NOON, "by": "甲", **more})


def right(field: str, value: str, text: str = "望汐派出所门口排长队", **more: Any) -> Correction:
    return said(field, value, text, kind="confirmed", **more)


def weights(corrections: list[Correction]) -> dict[tuple[str, str, str], float]:
    """(source, text, question) -> what the answer counts."""
    return {(r.source, r.text, q): r.trust for r in feedback.rows(corrections) for q in r.labels}


def texts(count: int, *, held: bool) -> list[str]:
    every = (f"{n}号楼没有人" for n in range(1000))
    return [t for t in every if dataset.is_held_back(Row("", t)) is held][:count]


def test_a_label_is_learnt_alone_and_the_other_fields_stay_unanswered() -> None:
    (row,) = feedback.rows([said("category", "service")])
    assert row.labels == {"category": "service"}
    assert row.source == feedback.DESK


def test_the_later_label_of_the_same_field_wins_and_other_fields_join_it() -> None:
    (row,) = feedback.rows([said("sentiment", "1"), said("attitude", "-1"), said("sentiment", "-1")])
    assert row.labels == {"sentiment": -1, "attitude": -1}


def test_copies_of_a_text_are_one_row() -> None:
    assert len(feedback.rows([said("sentiment", "1"), said("sentiment", "0", post="p2")])) == 1


def test_a_post_that_is_none_of_our_business_has_no_category() -> None:
    (row,) = feedback.rows([said("category", "traffic"), said("sentiment", "-1"), said("relevant", "false")])
    assert row.labels == {"relevant": 0, "sentiment": -1}


@pytest.mark.parametrize(
    "correction",
    [said("category", "weather"), said("mood", "1"), said("sentiment", "2"), said("relevant", "true", "。")],
)
def test_what_nobody_can_answer_or_learn_is_left_out(correction: Correction) -> None:
    assert feedback.rows([correction]) == []


def test_a_correction_wins_against_a_later_confirmation_of_a_copy() -> None:
    (row,) = feedback.rows([said("sentiment", "-1"), right("sentiment", "0", post="p2", at=NOON + timedelta(days=1))])
    assert (row.labels, row.source) == ({"sentiment": -1}, feedback.DESK)


def test_a_later_correction_replaces_a_confirmation() -> None:
    (row,) = feedback.rows([right("sentiment", "0"), said("sentiment", "-1", at=NOON + timedelta(days=1))])
    assert (row.labels, row.source) == ({"sentiment": -1}, feedback.DESK)


def test_a_confirmation_weighs_less_than_a_correction() -> None:
    found = weights([said("sentiment", "1", "甲文"), right("sentiment", "0", "乙文")])
    assert found[feedback.DESK, "甲文", "sentiment"] == feedback.WEIGHT
    assert found[feedback.CONFIRMED, "乙文", "sentiment"] == feedback.CONFIRMED_WEIGHT < feedback.WEIGHT


def test_confirmations_of_a_question_together_never_outweigh_its_corrections() -> None:
    few = [said("sentiment", "1", t) for t in texts(2, held=False)]
    many = [right("sentiment", "0", f"{t}吗", by=f"w{n % 9}") for n, t in enumerate(texts(300, held=False))]
    found = weights([*few, *many, right("relevant", "true", "丙文")])
    summed = {s: sum(w for (source, _, q), w in found.items() if (source, q) == (s, "sentiment"))
              for s in (feedback.DESK, feedback.CONFIRMED)}  # fmt: skip
    assert summed[feedback.CONFIRMED] == pytest.approx(summed[feedback.DESK], rel=0.01)
    assert (feedback.CONFIRMED, "丙文", "relevant") not in found  # nobody has corrected that question


def test_a_flood_of_one_account_on_one_day_weighs_as_much_as_one_days_work() -> None:
    flood = [said("relevant", "false", t, by="乙") for t in texts(800, held=False)]
    steady = [said("relevant", "true", f"{t}了", by="甲") for t in texts(40, held=False)]
    found = weights(flood + steady)
    heavy = sum(w for (_, text, _), w in found.items() if not text.endswith("了"))
    assert heavy == pytest.approx(feedback.A_DAY * feedback.WEIGHT, rel=0.01)
    assert found[feedback.DESK, steady[0].text, "relevant"] == feedback.WEIGHT
    number, heaviest = feedback.accounts(flood + steady)
    assert (number, round(heaviest, 2)) == (2, 0.56)


def test_a_days_work_is_a_day_of_the_desk_and_confirming_takes_nothing_from_correcting() -> None:
    late = NOON.replace(hour=17)  # past midnight in Beijing
    half = feedback.A_DAY // 2 + 1
    first = [said("relevant", "false", t) for t in texts(half, held=False)]
    second = [said("relevant", "false", f"{t}了", at=late) for t in texts(half, held=False)]
    clicks = [right("relevant", "true", f"{t}吗") for t in texts(900, held=False)]
    found = weights(first + second + clicks)
    assert {w for (source, _, _), w in found.items() if source == feedback.DESK} == {feedback.WEIGHT}


def test_an_export_has_one_line_a_text_and_kind_whatever_its_answers_weigh() -> None:
    labels = [
        *(said("relevant", "true", "甲文"), said("category", "traffic", "甲文"), said("sentiment", "1", "乙文")),
        *(right("category", "traffic"), right("sentiment", "0"), right("sentiment", "1", "丙文")),
    ]
    (mine,) = [r for r in feedback.by_text(feedback.rows(labels)) if r.text == "望汐派出所门口排长队"]
    assert mine.labels == {"category": "traffic", "sentiment": 0}
    line = feedback.exported(mine, mine.text, mine.title)
    assert line["source"] == feedback.CONFIRMED
    assert "甲" not in str(line).replace("甲文", "")


def test_one_text_in_eight_measures_and_is_never_learnt() -> None:
    desk = [Row(t, t, "", feedback.DESK, {"relevant": 0}) for t in texts(7, held=False) + texts(2, held=True)]
    learnt, held = feedback.split(desk, {})
    assert (len(learnt), len(held)) == (7, 2)
    rows = feedback.added([Row("copy", held[0].text, "", "x", {"relevant": 1})], learnt, held)
    assert sorted(r.text for r in rows) == sorted(texts(7, held=False))


def test_copies_measure_or_teach_together() -> None:
    one, other = texts(1, held=False) + texts(1, held=True)
    tail = "的门卫昨天又把送快递的小哥拦在外面等了半个小时"
    for first in (one, other):
        copies = (f"{first}{tail}", f"[怒]{first}{tail}", f"{first}!!{tail} @物业")
        desk = [Row(text, text, "", dataset.DESK, {"relevant": 0}) for text in copies]
        learnt, held = feedback.split(desk, {})
        assert {len(learnt), len(held)} == {3, 0}
        assert feedback.split(desk, {"police_dev": [Row("x", first + tail)]}) == ([], desk)
    rows = feedback.added([Row("copy", f"[泪]{other}{tail}", "", "x", {"relevant": 1})], [], desk)
    assert rows == []
    assert feedback.without([Row("copy", f"[泪]{other}{tail}"), Row("another", one)], desk) == [Row("another", one)]


def test_a_text_some_set_measures_is_not_learnt_from_the_desk_either() -> None:
    (text,) = texts(1, held=False)
    desk = [Row("d", text, "", feedback.DESK, {"relevant": 0})]
    assert feedback.split(desk, {"police_dev": [Row("x", text)]}) == ([], desk)


def test_the_desk_overrules_the_corpus_on_what_it_answered_only() -> None:
    (text,) = texts(1, held=False)
    own = Row("o", text, "", dataset.OWN, {"relevant": 1, "sentiment": 0})
    rows = feedback.added([own], [Row("d", text, "", feedback.DESK, {"relevant": 0})], [])
    assert [r.labels for r in rows] == [{"sentiment": 0}, {"relevant": 0}]


def test_an_exported_row_reads_back_as_it_was(tmp_path: Path) -> None:
    (row,) = feedback.rows([said("relevant", "false"), said("sentiment", "-1")])
    path = tmp_path / "labels.jsonl"
    path.write_bytes(msgspec.json.encode(feedback.exported(row, row.text, row.title)))
    (back,) = dataset.read_rows(path)
    assert (back.id, back.text, back.source, back.labels) == (row.id, row.text, row.source, row.labels)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"sqlite:///{tmp_path / 'minyi.db'}")


def test_the_store_gives_the_newest_label_until_it_is_undone_or_the_post_is_gone(store: Store) -> None:
    posts = [PostScored(id=i, text=f"帖子{i}", published_at=NOON, collected_at=NOON) for i in ("a", "b")]
    with store.write() as conn:
        upsert_posts(conn, posts)
        add_label(conn, post="a", field="sentiment", value="1", by="甲", now=NOON)
        late = add_label(conn, post="a", field="sentiment", value="0", by="乙", now=NOON + timedelta(minutes=1))
        add_label(conn, post="b", field="relevant", value="false", by="甲", now=NOON)
        add_label(conn, post="b", field="event", value="e1", by="甲", now=NOON)
        assert [(c.post, c.text, c.value) for c in corrections(conn)] == [("b", "帖子b", "false"), ("a", "帖子a", "0")]
        remove_label(conn, late, by="乙", now=NOON + timedelta(minutes=2))
        withdraw_post(conn, "b", NOON + timedelta(hours=1))
        assert [(c.post, c.value) for c in corrections(conn)] == [("a", "1")]
    store.close()
