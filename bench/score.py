"""`minyi score` as it is installed against bare jieba.cut and SnowNLP, on the same posts in the same run.

`python -m bench.score --json`. CPU time, not the clock's: other work on the machine then counts less. The rounds take
turns, the best of each counts, and what one line costs (start, models) is taken off. Absolute rates depend on the
machine; the ratios do not much. Posts: Weibo posts beside the project (MINYI_DATA) joined and cut to 120 characters,
else the project's own. SnowNLP is no dependency: without it its figures are null.
"""

import argparse
import gzip
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from config.settings import PROJECT
from models.analysis import Analyzer, TextIn
from models.dataset import read_corpus

ROUNDS = 4
TIMES = 3  # that the command reads the posts in a round: what it costs to start is then little of what is measured
POSTS = 10_000
CHARS = 120
SNOWNLP_POSTS = 100
BARS = {"ratio_to_jieba_cut": 3.5, "ratio_to_snownlp": 100.0, "rss_mb": 300.0, "start_cpu_s": 1.0, "ms_per_kb": 100.0}
HOSTILE = {
    "one character": "警" * 400_000,
    "controls": "".join(map(chr, range(32))) * 20_000,
    "surrogates": "\ud83d" * 200_000,
    "emoji": "👨\u200d👩\u200d👧\u200d👦" * 60_000,
    "right to left": "\u202e警\u202c\u200f" * 80_000,
    "zalgo": ("警" + "\u0301\u0335\u0489" * 20) * 5_000,
    "one long line": "辅警在路口打人了,没有人管。" * 10_000,
    "brackets": "[" * 100_000 + "[怒]" * 30_000,
    "names": "//@小明:" * 40_000,
    "separators": "警." * 200_000,
    "entities": "&amp;" * 100_000,
    "misread": "警察打人了".encode().decode("gb18030", "replace") * 20_000,
}


def posts() -> tuple[str, list[str]]:
    """Where the posts come from, and at most POSTS of them, each of CHARS characters."""
    data = Path(os.environ.get("MINYI_DATA") or PROJECT.parent / "shared" / "data") / "bench"
    stored = data / "weibo_senti_train.jsonl.gz"
    if stored.exists():
        with gzip.open(stored, "rt", encoding="utf-8") as file:
            return stored.name, list(_cut(json.loads(line)["text"] for line in file))
    return "own corpus", list(_cut(row.text for row in read_corpus(PROJECT / "models" / "corpus")))


def _cut(texts: Iterator[str]) -> Iterator[str]:
    joined, made = "", 0
    for text in texts:
        joined += text + "。"
        if len(joined) >= CHARS and made < POSTS:
            yield joined[:CHARS]
            joined, made = "", made + 1


def command(file: Path) -> tuple[float, float]:
    """CPU seconds and MB of `minyi score FILE`."""
    code = "import sys; from cli import main; sys.argv = ['minyi', 'score', sys.argv[1]]; main()"
    child = subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.DEVNULL, cwd=PROJECT)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"minyi score ended with {child.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def bare_jieba() -> Callable[[str], Iterator[str]]:
    """jieba.cut with its own dictionary, loaded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        jieba = import_module("jieba")
    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    cut: Callable[[str], Iterator[str]] = jieba.cut
    return cut


def snownlp() -> Callable[[str], object] | None:
    """SnowNLP's sentiment, loaded; None where it is not installed."""
    try:
        SnowNLP = import_module("snownlp").SnowNLP
    except ImportError:
        return None
    _ = SnowNLP("民警来得很快。").sentiments
    return lambda text: SnowNLP(text).sentiments


def seconds_of(step: Callable[[str], object], texts: Sequence[str]) -> float:
    """CPU seconds a text."""
    begun = time.process_time()
    for text in texts:
        step(text)
    return (time.process_time() - begun) / len(texts)


def hostile() -> dict[str, float]:
    """Milliseconds of CPU a kB for texts nobody writes; each text is up to 1 MB."""
    config = PROJECT / "config"
    analyzer = Analyzer.load(PROJECT / "models" / "artifacts", config / "lexicon", config / "places.yaml")
    analyzer.analyze([TextIn("警察打人了")] * 8)
    found = {}
    for name, text in HOSTILE.items():
        start = time.process_time()
        analyzer.analyze([TextIn(text, text[:500])] * 8)
        size = 8 * len(text.encode("utf-8", "surrogatepass")) / 1000
        found[name] = round(1000 * (time.process_time() - start) / size, 4)
    return found


def measure() -> dict[str, Any]:
    name, sample = posts()
    cut = bare_jieba()
    whole, start, jieba, memory = [], [], [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        one, many = Path(folder) / "one.jsonl", Path(folder) / "many.jsonl"
        lines = [json.dumps({"id": str(i), "text": text}, ensure_ascii=False) + "\n" for i, text in enumerate(sample)]
        one.write_text(lines[0], encoding="utf-8")
        many.write_text("".join(lines * TIMES), encoding="utf-8")
        for _ in range(ROUNDS):
            start.append(command(one)[0])
            seconds, used = command(many)
            whole.append(seconds)
            memory = max(memory, used)
            jieba.append(seconds_of(lambda text: list(cut(text)), sample))
    rate, bare_rate = TIMES * len(sample) / (min(whole) - min(start)), 1 / min(jieba)
    feel = snownlp()  # not before: what this process holds when it starts the command would count as the command's
    peer = 1 / min(seconds_of(feel, sample[:SNOWNLP_POSTS]) for _ in range(ROUNDS)) if feel else None
    worst = hostile()
    return {
        "texts": name,
        "posts": len(sample),
        "mean_chars": round(sum(map(len, sample)) / len(sample), 1),
        "posts_per_cpu_s": round(rate),
        "us_per_post": round(1e6 / rate, 1),
        "jieba_cut_per_cpu_s": round(bare_rate),
        "ratio_to_jieba_cut": round(rate / bare_rate, 2),
        "snownlp_per_cpu_s": round(peer, 1) if peer else None,
        "ratio_to_snownlp": round(rate / peer) if peer else None,
        "start_cpu_s": round(min(start), 2),
        "rss_mb": round(memory),
        "ms_per_kb": max(worst.values()),
        "ms_per_kb_by_kind": worst,
        "bars": BARS,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    found = measure()
    print(json.dumps(found) if parser.parse_args().json else "\n".join(f"{k:22} {v}" for k, v in found.items()))
