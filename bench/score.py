"""The whole score path against bare jieba.cut, on the same texts in the same run: `python -m bench.score --json`.

Absolute rates depend on the machine; the ratio does not much. Texts: police_train.jsonl beside the project
(MINYI_DATA), else the project's own posts.
"""

import argparse
import json
import os
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from config.settings import PROJECT
from models.analysis import Analyzer, TextIn
from models.dataset import read_corpus, read_rows
from models.lexicon import Lexicon
from models.segment import Segmenter

ROUNDS = 3


def texts() -> tuple[str, list[str]]:
    data = Path(os.environ.get("MINYI_DATA") or PROJECT.parent / "shared" / "data") / "police_train.jsonl"
    if data.exists():
        return data.name, [row.text for row in read_rows(data)][:2000]
    return "own corpus", [row.text for row in read_corpus(PROJECT / "models" / "corpus")]


def best_rate(work: Callable[[], object], count: int) -> float:
    """Texts a second of CPU, the best of some rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        best = max(best, count / (time.process_time() - start))
    return best


def measure() -> dict[str, object]:
    name, sample = texts()
    start = time.process_time()
    config = PROJECT / "config"
    analyzer = Analyzer.load(PROJECT / "models" / "artifacts", config / "lexicon", config / "places.yaml")
    load_s = time.process_time() - start
    items = [TextIn(text) for text in sample]

    def batches(size: int, chosen: Sequence[TextIn]) -> None:
        for i in range(0, len(chosen), size):
            analyzer.analyze(chosen[i : i + size])

    rates = {size: best_rate(lambda: batches(size, items), len(items)) for size in (32, 256)}  # noqa: B023
    rates[1] = best_rate(lambda: batches(1, items[:300]), 300)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    jieba = Segmenter(Lexicon(), "jieba")
    jieba.cut(sample[0])
    bare = best_rate(lambda: [jieba.cut(text) for text in sample], len(sample))
    return {
        "texts": name,
        "mean_chars": round(sum(map(len, sample)) / len(sample), 1),
        "load_cpu_s": round(load_s, 3),
        "rss_mb": round(memory),
        "posts_per_cpu_s": {str(size): round(rate) for size, rate in sorted(rates.items())},
        "jieba_cut_per_cpu_s": round(bare),
        "ratio_to_jieba_cut": round(rates[256] / bare, 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    found = measure()
    print(json.dumps(found) if parser.parse_args().json else "\n".join(f"{k:22} {v}" for k, v in found.items()))
