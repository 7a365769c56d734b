"""What is multiplied beforehand gives the scores that the plain sums give."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.analysis import Analyzer
from models.phrases import phrase_scores

PIECES = ("谢谢民警", "辅警打人", "美国警察", " // ", "电影", "[怒]", "太差", "不好", "的", "乱码字", "。")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(st.lists(st.sampled_from(PIECES), min_size=1).map("".join), min_size=1, max_size=6))
def test_folded_weights_score_as_the_plain_model_does(analyzer: Analyzer, texts: list[str]) -> None:
    models, encoder = analyzer._models, analyzer._encoder
    outers = [text.find(" // ") if text.find(" // ") > 0 else len(text) for text in texts]
    tokens = [analyzer._segmenter.cut(text) for text in texts]
    encoded = encoder.encode(texts, tokens, outers)
    rows = encoded.rows
    buckets = [models.table[i].sum(axis=0) for i in np.split(rows.indices, rows.indptr[1:-1])]
    plain = np.array(buckets) / np.sqrt(np.maximum(rows.sizes, 1))[:, None] + encoded.docs @ models.docs + models.bias
    assert analyzer._phrases is not None
    phrases = phrase_scores(analyzer._phrases, tokens)
    np.testing.assert_allclose(analyzer._first.scores(encoded), np.hstack([plain, phrases]), atol=1e-4)
