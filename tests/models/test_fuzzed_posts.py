"""Ten thousand posts nobody should write: each line gets scores, a reason, or a message; none stops the others."""

import io
import json
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.score import HOSTILE
from commands import score
from models.analysis import Analyzer
from models.text import MAX_CHARS

LINES = 10_000
PIECES = (
    *"警察打人不好的了是,。!?[]@/:.<>&;# \t\u3000國體",
    *("\0", "\x1b", "\x85", "\u200b", "\u202e", "\u2066", "\ufeff", "\ufffd", "\ud83d", "\udc6e", "\ud83d\udc6e"),
    *("e\u0301\u0335\u0489" * 3, "👨\u200d👩\u200d👧", "🇨🇳", "哈" * 30, "." * 20, "[怒]" * 5, "//@某人:" * 3, "锟斤拷"),
    *(
        "http://t.cn/Abc",
        "派出所",
        "民警",
        "望汐区",
        "&#x4e00;",
        "<br/>",
        "شرطة",
        "경찰",
        "けいさつ",
        "𠀀",
        "\U0010ffff",
    ),
)
ENCODINGS = ("utf-8", "gb18030", "utf-16", "big5", "latin-1")


def drawn_line(rng: random.Random) -> bytes:
    text = "".join(rng.choices(PIECES, k=rng.randrange(40)))
    kind = rng.randrange(20)
    if kind == 0:
        return bytes(b for b in rng.randbytes(rng.randrange(1, 60)) if b != 10) or b"?"
    if kind == 1:
        misread = text.encode("utf-8", "replace").decode(rng.choice(("gb18030", "latin-1", "cp1252")), "replace")
        return json.dumps({"text": misread}).encode()
    line = json.dumps({"text": text, "title": rng.choice(("", None, text[:9], "\ud800"))}, ensure_ascii=kind < 10)
    encoded = line.encode(rng.choice(ENCODINGS) if kind == 19 else "utf-8", "replace")
    return encoded.replace(b"\n", b" ").strip() or b"?"


def outcomes(analyzer: Analyzer, lines: list[bytes]) -> Counter[str]:
    sink = io.BytesIO()
    bad = score.stream(io.BytesIO(b"\n".join(lines)), sink, "posts.jsonl", analyzer, score.FIELDS)
    found = Counter({"message": bad})
    for line in sink.getvalue().splitlines():
        result = json.loads(line)
        if "unfit" in result:
            assert result["unfit"] in ("empty", "not-chinese", "mojibake", "spam")
            assert result["relevance"] is None
            found["reason"] += 1
        else:
            assert 0 <= result["relevance"] <= 1
            assert -1 <= result["sentiment_score"] <= 1
            assert sum(map(len, result["tokens"])) <= MAX_CHARS
            found["scores"] += 1
    return found


def test_ten_thousand_drawn_lines_have_one_outcome_each(analyzer: Analyzer, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(20261121)
    found = outcomes(analyzer, [drawn_line(rng) for _ in range(LINES)])
    assert found.total() == LINES
    assert min(found["scores"], found["reason"], found["message"]) > LINES / 100
    assert capsys.readouterr().err.count("posts.jsonl:") == found["message"]


def test_texts_of_a_megabyte_have_one_outcome_each(analyzer: Analyzer) -> None:
    lines = [json.dumps({"text": text, "title": text[:500]}).encode() for text in HOSTILE.values()]
    assert max(map(len, lines)) > 1_000_000
    found = outcomes(analyzer, lines)
    assert found.total() == len(lines)
    assert found["message"] == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=20).map("".join), min_size=1, max_size=20))
def test_strange_posts_do_not_change_one_another(analyzer: Analyzer, texts: list[str]) -> None:
    from models.analysis import TextIn

    together = analyzer.analyze([TextIn(text) for text in texts])
    assert together == [analyzer.analyze([TextIn(text)])[0] for text in texts]
