import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import PROJECT
from models import copies, dataset, fit, train
from models.copies import ALIKE, LEAST_PAIRS, Copies, groups
from models.dataset import Row

POST = "昨晚在望汐路丢了钱包,去派出所报案,民警调了两个小时监控帮我找回来了"
WORDS = st.text("警察民昨天望汐路派出所案的了在,。", max_size=25)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (POST, POST + "!"),
        (POST, "[泪][鼓掌]" + POST.replace("民警", "[赞]民警") + "[心]"),
        (POST, f"@李某 {POST} @王某"),
        (f"丢了钱包 {POST}", f"丢了钱包 丢了钱包 {POST}"),
        (POST, POST.replace("昨晚", "前天晚上").replace("两个", "三个")),
        (POST * 4, (POST * 4)[:70] + "……"),
        ("真相呢???", "真相呢"),
        ("[怒]", "[怒]"),
        ("😡", "😡"),
        ("JC来了", "jc来了"),
    ],
)
def test_copies_are_known(one: str, other: str) -> None:
    assert Copies([one]).of(other) == [0]
    assert Copies([other]).of(one) == [0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (POST, "昨晚在望汐路丢了钱包,没有人管"),
        ("真相在哪", "真相在哪里"),
        ("[怒]", "[泪]"),
        (POST, f"感动,这样的民警要多一些,我们小区上个月也有人遇到过这样的事情,大家都说好,点赞点赞 //@李某: {POST}"),
    ],
)
def test_what_only_speaks_of_the_same_is_no_copy(one: str, other: str) -> None:
    assert Copies([one]).of(other) == []


def test_copies_of_copies_are_one_group_and_the_first_names_it() -> None:
    later = POST.replace("昨晚在", "前天晚上")
    parts = [POST, later, later.replace("两个小时", "很久")]
    assert Copies(parts[:1]).of(parts[2]) == []
    assert groups(["汤不错", parts[2], "面不错", parts[0], parts[1], "汤不错"]) == [0, 1, 2, 1, 1, 0]


@given(st.lists(WORDS, max_size=12), WORDS)
def test_no_copy_is_missed(texts: list[str], asked: str) -> None:
    """Against comparing with every text."""

    def alike(one: str, other: str) -> bool:
        some, others = copies._letters(one), copies._letters(other)
        pairs, more = copies._pairs(some), copies._pairs(others)
        near = min(len(pairs), len(more)) >= LEAST_PAIRS and len(pairs & more) >= ALIKE * len(pairs | more)
        return near or some[: copies.OPENING] == others[: copies.OPENING]

    found = Copies(texts).of(asked)
    wanted = [i for i, text in enumerate(texts) if alike(text, asked)]
    same = {copies._letters(texts[i]) for i in wanted}
    assert set(found) <= set(wanted)
    assert {copies._letters(texts[i]) for i in found} == same


def test_copies_share_a_fold() -> None:
    rows = [Row(str(i), text) for i, text in enumerate((POST, "火锅真好吃", "[泪]" + POST.replace("昨晚", "昨夜")))]
    keys = train.fold_keys(rows)
    assert keys[0] == keys[2] != keys[1]
    assert {fit.fold_of(key) for key in keys} <= set(range(fit.FOLDS))


def test_nothing_learnt_is_a_copy_of_what_measures(data: Path) -> None:
    corpus = PROJECT / "models" / "corpus"
    learnt = [row.whole for row in train.gather(data, corpus)]
    held = Copies([row.whole for rows in train.held_out(data, corpus).values() for row in rows])
    assert [text for text in learnt if held.of(text)] == []
    for noise in ("[泪]{}", "{}[赞][赞]", "@某人 {}"):  # and the look-up does find what is put before it
        some = random.Random(0).sample(dataset.read_rows(data / dataset.HELD_OUT), 200)
        assert all(held.of(noise.format(row.text)) for row in some)


def test_posts_whose_copies_the_detectors_learnt_are_told_apart(data: Path) -> None:
    sets = train.held_out(data, PROJECT / "models" / "corpus")
    clean, every = sets["police_dev without copies"], sets["police_dev"]
    assert {row.id for row in clean} < {row.id for row in every}
    met = train.COPIES_TAUGHT.read_text(encoding="utf-8").split()
    assert len(every) - len(clean) == len(met) == len({*met})


def test_what_a_copy_is_thought_of_comes_from_weights_that_saw_none(tmp_path: Path) -> None:
    """Random letters tell nothing of whether a text is relevant; a copy in another fold would tell all."""
    rng = random.Random(0)
    folder = tmp_path / "corpus"
    folder.mkdir()
    lines = []
    for i in range(60):
        body = "".join(rng.choices("春夏秋冬山水花鸟云雨雪风梅兰竹菊", k=24))
        for face in ("", "[泪]"):
            k = i // 2 % 2
            more = {"category": ("crime", "other")[k], "intent": ("praise", "report")[k], "attitude_to_police": k}
            lines.append({"text": f"{face}{body}", "relevant": i % 2, "sentiment": k, **more})
    (folder / "a.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    rows = dataset.read_corpus(folder)
    keys = train.fold_keys(rows)
    assert len({*keys}) == 60
    made = train.train(rows, data=None, lexicon_folder=PROJECT / "config" / "lexicon", out=tmp_path, say=lambda _: None)
    relevant = np.array([row.labels["relevant"] for row in made.rows])
    scores = made.fitted.held_out[:, 0]
    right = np.mean((scores > np.median(scores)) == relevant)
    assert right < 0.75
