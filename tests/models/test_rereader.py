from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.features import F32
from models.heads import CENTRE, SHARE, SURE, UNSURE, Heads, Second, counted
from models.rereader import HEADS, LAYERS, MOST_WORDS, WIDTH, Layer, Rereader, load_rereader, save_rereader

WORDS = ["民警", "态度", "很", "差", "不", "好", "谢谢"]
CHARS = "民警态度很差不好"
DEPTH, SPELT, INNER = 6, 5, 16
NOTHING = len(WORDS)
words_of_a_text = st.lists(st.sampled_from([*WORDS, "从未见过"]), max_size=9)


def reader(seed: int = 0) -> Rereader:
    """All numbers by chance."""
    dice = np.random.default_rng(seed)

    def numbers(*shape: int) -> F32:
        return dice.normal(0, 0.3, shape).astype(np.float32)

    layers = [
        Layer(numbers(2, WIDTH), numbers(WIDTH + 1, 3 * WIDTH), numbers(WIDTH + 1, WIDTH), numbers(2, WIDTH),
              numbers(WIDTH + 1, INNER), numbers(INNER + 1, WIDTH))
        for _ in range(LAYERS)
    ]  # fmt: skip
    return Rereader(
        chars={char: row for row, char in enumerate(CHARS)},
        words=dice.integers(-127, 128, (len(WORDS) + 1, DEPTH)).astype(np.int8),
        scale=dice.uniform(0.001, 0.01, DEPTH).astype(np.float32),
        char_vectors=np.vstack([numbers(len(CHARS), SPELT), np.zeros((1, SPELT), np.float32)]),
        from_words=numbers(DEPTH + 1, WIDTH),
        from_chars=numbers(SPELT, WIDTH),
        places=numbers(MOST_WORDS, WIDTH),
        beside=numbers(3 * WIDTH + 1, 2 * WIDTH) * np.float32(0.1),
        layers=layers,
        norm=numbers(2, WIDTH),
        out=numbers(2 * WIDTH + 1, 1),
    )


def rows_of(words: list[str]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.array([WORDS.index(w) if w in WORDS else NOTHING for w in words], dtype=np.int64)


def odds(read: Rereader, words: list[str]) -> float:
    return read.odds(rows_of(words), words)


def test_a_layer_is_attention_as_published() -> None:
    layer, x = reader(1).layers[0], np.random.default_rng(1).normal(0, 1, (3, WIDTH)).astype(np.float32)
    x -= x.mean(axis=1, keepdims=True)

    def normed(v: F32, norm: F32) -> F32:
        return np.asarray((v - v.mean()) / np.sqrt(v.var() + 1e-5) * norm[0] + norm[1], np.float32)

    size = WIDTH // HEADS
    asked = [normed(v, layer.first_norm) @ layer.attend[:-1] + layer.attend[-1] for v in x]
    wanted = []
    for place, word in enumerate(x):
        heard = []
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            query = asked[place][:WIDTH][part]
            heed = np.array([np.exp(query @ other[WIDTH : 2 * WIDTH][part] / np.sqrt(size)) for other in asked])
            values = np.array([other[2 * WIDTH :][part] for other in asked])
            heard.append((heed / heed.sum()) @ values)
        mixed = word + np.concatenate(heard) @ layer.merge[:-1] + layer.merge[-1]
        inner = np.maximum(normed(mixed, layer.second_norm) @ layer.widen[:-1] + layer.widen[-1], 0)
        wanted.append(mixed + inner @ layer.narrow[:-1] + layer.narrow[-1])
    centred = np.array(wanted) - np.mean(wanted, axis=1, keepdims=True)  # norms are all that read it: nothing is lost
    assert layer(x) == pytest.approx(centred, abs=0.001)


@settings(deadline=None, max_examples=40)
@given(words=words_of_a_text)
def test_pushes_of_the_words_add_up_to_the_odds(words: list[str]) -> None:
    read = reader()
    pushed = read.pushes(rows_of(words), words)
    assert pushed.shape == (len(words),)
    assert pushed.sum() == pytest.approx(odds(read, words) - odds(read, []), abs=1e-3)


def test_the_order_of_words_matters() -> None:
    assert odds(reader(), ["不", "好", "民警"]) != pytest.approx(odds(reader(), ["民警", "好", "不"]), abs=1e-3)


def test_a_word_nobody_knows_is_read_by_its_characters() -> None:
    known, unknown = odds(reader(), ["态度好"]), odds(reader(), ["龘龘龘"])
    assert known != pytest.approx(unknown, abs=1e-3)
    assert unknown == odds(reader(), [])


def test_what_stands_behind_the_last_word_read_changes_nothing() -> None:
    long = ["民警", "很"] * (MOST_WORDS // 2)
    assert odds(reader(), long) == odds(reader(), [*long, "差", "态度"])
    pushes = reader().pushes(rows_of([*long, "差"]), [*long, "差"])
    assert pushes[-1] == 0
    assert pushes.sum() == pytest.approx(odds(reader(), long) - odds(reader(), []), abs=1e-3)


def test_a_reader_says_nearly_the_same_after_storing(tmp_path: Path) -> None:
    save_rereader(tmp_path / "rereader.npz", reader(2))
    again = load_rereader(tmp_path / "rereader.npz")
    for words in (["民警", "态度", "很", "差"], ["谢谢"], []):
        assert odds(again, words) == pytest.approx(odds(reader(2), words), rel=0.05, abs=0.1)


def test_a_file_whose_parts_do_not_fit_is_refused(tmp_path: Path) -> None:
    read = reader(3)
    save_rereader(tmp_path / "rereader.npz", replace(read, char_vectors=read.char_vectors[:-1]))
    with pytest.raises(ValueError, match="8 characters, 8 vectors"):
        load_rereader(tmp_path / "rereader.npz")


def test_a_second_reading_counts_where_the_first_is_unsure() -> None:
    assert counted(np.array([CENTRE, CENTRE + UNSURE, CENTRE - UNSURE])) == pytest.approx(SHARE)
    assert counted(np.array([CENTRE + SURE, CENTRE - SURE, 9.0, -9.0])).tolist() == [0, 0, 0, 0]
    between = counted(np.linspace(CENTRE + UNSURE, CENTRE + SURE, 20))
    assert (np.diff(between) < 0).all()


def test_only_doubtful_texts_are_read_again() -> None:
    plain = Second(np.array([[0.0, 1.0], [0.0, 0.0]]), np.zeros(2), np.zeros(2))
    heads = Heads(np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32), np.zeros(1, np.float32),
                  {"relevant": plain, "sentiment": plain}, np.ones(1))  # fmt: skip
    asked: list[int] = []

    def read(texts: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        asked.extend(texts.tolist())
        return np.full(len(texts), CENTRE + 3.0)

    scores = np.array([[-5.0], [CENTRE], [5.0]])
    before, after = heads.probabilities(scores), heads.probabilities(scores, read)
    assert asked == [1]
    odds_of = np.log(after["relevant"][:, 1] / after["relevant"][:, 0])
    assert odds_of == pytest.approx([-5.0, CENTRE + SHARE * 3.0, 5.0])
    assert after["relevant"].sum(axis=1) == pytest.approx(1.0)
    assert (after["sentiment"] == before["sentiment"]).all()
