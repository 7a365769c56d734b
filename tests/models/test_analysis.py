import json
import math
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bus.messages import PostScored
from config.settings import PROJECT
from models.analysis import Analysis, Analyzer, ArtifactsError, TextIn, Unfit
from models.explain import explain
from models.heads import counted, odds_of, with_bent
from models.text import Cleaned

ARTIFACTS = PROJECT / "models" / "artifacts"
LEXICON = PROJECT / "config" / "lexicon"
anything = st.one_of(
    st.text(alphabet=st.characters()),
    st.text(alphabet=st.sampled_from("警察打人不好太差[怒]!?。@/:望汐派出所 \ud83d\ude21\0\u200b1a"), max_size=60),
)


PIECES = ("谢谢民警", "太感动了", "打人", "辅警", "太差", "欺负人", "点赞", "[怒]", "给个说法", "好评")


def one(analyzer: Analyzer, text: str, title: str = "") -> Analysis:
    result = analyzer.analyze([TextIn(text, title)])[0]
    assert isinstance(result, Analysis), result
    return result


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(items=st.lists(st.tuples(anything, st.text(max_size=10)), max_size=8))
def test_every_text_gets_an_answer_with_finite_numbers(analyzer: Analyzer, items: list[tuple[str, str]]) -> None:
    results = analyzer.analyze([TextIn(text, title) for text, title in items])
    assert len(results) == len(items)
    for result in results:
        if isinstance(result, Unfit):
            assert result.reason in ("empty", "not-chinese", "mojibake", "spam")
            continue
        assert 0 <= result.relevance <= 1
        assert -1 <= result.sentiment_score <= 1
        assert math.isfinite(result.relevance + result.sentiment_score)
        assert len(result.fingerprint) == 16
        fields = {**msgspec.structs.asdict(result), "id": "x", "text": "", "published_at": NOW, "collected_at": NOW}
        msgspec.convert(fields, PostScored)
        msgspec.json.encode(result.tokens)


NOW = "2026-11-21T08:00:00Z"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(text=anything)
def test_every_text_can_be_explained(analyzer: Analyzer, text: str) -> None:
    spans = analyzer.explain(TextIn(text))
    assert all(math.isfinite(s.sentiment + s.relevance) for s in spans)
    assert [s.start for s in spans] == [0, *(s.end for s in spans)][: len(spans)]


def test_an_answer_does_not_depend_on_the_batch(analyzer: Analyzer) -> None:
    texts = [TextIn(t) for t in ("望汐派出所的民警真好", "交警乱贴罚单", "今天天气不错", "", "云溯区有人打架" * 30)]
    assert analyzer.analyze(texts * 100) == analyzer.analyze(texts) * 100
    assert [analyzer.analyze([t])[0] for t in texts] == analyzer.analyze(texts)
    assert analyzer.analyze([]) == []


@pytest.mark.parametrize("strength", [0.0, 0.3])
def test_pushes_add_up_to_the_scores(analyzer: Analyzer, strength: float) -> None:
    texts = ["警察态度恶劣,我要投诉望汐派出所![怒]", "太过分了 // 警察打人 // 望汐派出所", "火锅太好吃了"]
    encoder, cut, phrases = analyzer._encoder, analyzer._segmenter.cut, analyzer._phrases
    biases = np.append(analyzer._models.bias, [] if phrases is None else phrases.weights_bias)
    mood_of = analyzer._models.second["sentiment"]
    dice, size = np.random.default_rng(0), len(mood_of.weights) + 1
    ways, gates = dice.normal(0, strength, (3, size, 3)), dice.normal(0, strength, (size, 2))
    mood_of = replace(mood_of, ways=ways, gates=gates)
    models = replace(analyzer._models, second={**analyzer._models.second, "sentiment": mood_of})
    for t in texts:
        outer = t.find(" // ") if " // " in t else len(t)
        [scores] = analyzer._first.scores(encoder.encode([t], [cut(t)], [outer]))
        said = {q: np.log(p[0]) for q, p in models.probabilities(scores[None]).items()}
        [shares] = mood_of.shares(with_bent(scores[None], models.bends), np.exp(said["relevant"][1:]))
        bare = mood_of.bias + shares @ ways[:, -1]
        of_biases = biases @ models.worth(scores, mood_of.weights + np.tensordot(shares, ways[:, :-1], 1))
        spans = explain(Cleaned(t, outer), cut(t), scores, encoder, models, phrases, None)
        mood = sum(s.sentiment for s in spans) + (of_biases + bare)[2] - (of_biases + bare)[0]
        assert mood == pytest.approx(said["sentiment"][2] - said["sentiment"][0], abs=0.01)
        relevant = models.second["relevant"]
        of_biases = biases @ models.worth(scores, relevant.weights) + relevant.bias
        pushed = sum(s.relevance for s in spans) + of_biases[1] - of_biases[0]
        assert pushed == pytest.approx(said["relevant"][1] - said["relevant"][0], abs=0.01)


@pytest.mark.parametrize("text", ["小区保安打人了", "路上堵了一个小时", "天天逃课练车,来一中午了,就摸了一下车"])
def test_pushes_of_a_doubtful_post_are_of_both_readings(analyzer: Analyzer, text: str) -> None:
    tokens = analyzer._segmenter.cut(text)
    models, phrases, rereader = analyzer._models, analyzer._phrases, analyzer._rereader
    assert phrases
    assert rereader
    [scores] = analyzer._first.scores(analyzer._encoder.encode([text], [tokens], [len(text)]))
    [odds] = odds_of(models.probabilities(scores[None])["relevant"])
    share = counted(odds)
    assert share > 0
    first, both = (
        explain(Cleaned(text, len(text)), tokens, scores, analyzer._encoder, models, phrases, reading)
        for reading in (None, rereader)
    )
    again = rereader.pushes(phrases.look_up([tokens]), tokens)
    wanted = [span.relevance + share * (push - span.relevance) for span, push in zip(first, again, strict=True)]
    assert [span.relevance for span in both] == pytest.approx(wanted, abs=0.001)
    assert [span.sentiment for span in both] == [span.sentiment for span in first]
    odds += share * (rereader.odds(phrases.look_up([tokens]), tokens) - odds)
    assert one(analyzer, text).relevance == pytest.approx(1 / (1 + np.exp(-odds)), abs=0.001)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("望汐派出所的民警真好,帮老人找回了走失的孙子,为你们点赞[赞]", "relevant", True),
        ("望汐派出所的民警真好,帮老人找回了走失的孙子,为你们点赞[赞]", "sentiment", 1),
        ("望汐派出所的民警真好,帮老人找回了走失的孙子,为你们点赞[赞]", "attitude", 1),
        ("派出所民警态度恶劣,报案三次都不立案,我要投诉", "sentiment", -1),
        ("派出所民警态度恶劣,报案三次都不立案,我要投诉", "attitude", -1),
        ("派出所民警态度恶劣,报案三次都不立案,我要投诉", "category", "conduct"),
        ("云溯区昨夜发生一起入室盗窃案,警方已抓获嫌疑人", "category", "crime"),
        ("今天和朋友去砚池吃了火锅,味道不错", "relevant", False),
        ("请问望汐派出所周末上班吗", "relevant", True),
        ("请问澜汀市车管所周末上班吗", "relevant", True),
        ("澜汀交警推来推去", "relevant", True),
        ("警察打人", "sentiment", -1),
        ("警察打人", "attitude", -1),
        ("[怒]" * 512, "relevant", False),
        ("转发" * 128, "relevant", False),
        ("生日快乐" * 300, "relevant", False),
    ],
)
def test_plain_cases_are_right(analyzer: Analyzer, text: str, field: str, value: object) -> None:
    assert getattr(one(analyzer, text), field) == value


def test_places_keywords_and_tokens_come_with_the_scores(analyzer: Analyzer) -> None:
    result = one(analyzer, "辅警在望汐区 当街打人", title="望汐派出所出事")
    assert result.places == ["望汐派出所", "望汐区"]
    assert "辅警" in result.keywords
    assert " " not in result.tokens
    assert result.model_version == analyzer.version


def test_nothing_is_said_about_police_when_the_post_is_not_about_them(analyzer: Analyzer) -> None:
    result = one(analyzer, "今天的红烧肉做得真好吃,再来一碗米饭")
    assert result.relevance < 0.03
    assert (result.attitude, result.category, result.intent) == (None, None, None)


def test_artifacts_hold_no_pickle_and_scoring_needs_no_scikit_learn() -> None:
    for path in ARTIFACTS.glob("*.npz"):
        with np.load(path, allow_pickle=False) as stored:
            assert all(stored[name].dtype != object for name in stored.files)
    code = (
        "import sys; from pathlib import Path; from models.analysis import Analyzer, TextIn;"
        f"a = Analyzer.load(Path({str(ARTIFACTS)!r}), Path({str(LEXICON)!r}), None); a.analyze([TextIn('警察打人')]);"
        "assert not {'sklearn', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, cwd=PROJECT, timeout=60)


def test_artifacts_are_small_and_load_quickly() -> None:
    assert sum(p.stat().st_size for p in ARTIFACTS.iterdir()) < 14_000_000
    start = time.process_time()
    Analyzer.load(ARTIFACTS, LEXICON, None)
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("damage", ["heads.npz", "words.npz", "phrases.npz", "rereader.npz", "model.json"])
def test_damaged_artifacts_are_named(tmp_path: Path, damage: str) -> None:
    shutil.copytree(ARTIFACTS, tmp_path / "a")
    path = tmp_path / "a" / damage
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ArtifactsError, match="minyi train"):
        Analyzer.load(tmp_path / "a", LEXICON, None)
    path.unlink()
    with pytest.raises(ArtifactsError, match=damage):
        Analyzer.load(tmp_path / "a", LEXICON, None)


def test_the_manifest_is_plain_json() -> None:
    assert json.loads((ARTIFACTS / "model.json").read_text(encoding="utf-8"))["version"].startswith("linear-")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(pieces=st.lists(st.sampled_from(PIECES), min_size=2))
def test_nobody_praises_in_anger(analyzer: Analyzer, pieces: list[str]) -> None:
    said = one(analyzer, "，".join(pieces))
    assert said.intent != "praise" or (said.attitude == 1 and said.sentiment >= 0)
    assert said.category != "praise" or said.attitude != -1
