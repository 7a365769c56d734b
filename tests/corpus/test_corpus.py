"""The own corpus: well-formed, balanced, invented, without copies."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "models" / "corpus"
CATEGORIES = ("conduct", "service", "crime", "traffic", "rumour", "praise", "misconduct", "other")
INTENTS = ("question", "criticism", "inquiry", "complaint", "report", "praise", "statement")
STYLES = ("weibo", "forum", "news", "letter", "title", "repost")
FIELDS = {"id", "text", "title", "relevant", "sentiment", "attitude_to_police", "category", "intent", "style", "note"}
REQUIRED = FIELDS - {"title", "note"}
KINDS = {**{name: name for name in CATEGORIES}, "negatives": None, "everyday": None, "negatives_more": None}
"""Files that hold one kind -> that kind; other files hold what their name says, whatever its labels."""
TOO_ALIKE = 0.7  # Jaccard of character 4-grams
MAX_CHARS = 600


def posts() -> list[dict[str, Any]]:
    return [
        json.loads(line) for path in sorted(FOLDER.rglob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    ]


POSTS = posts()
RELEVANT = [post for post in POSTS if post["relevant"] == 1]


def said(post: dict[str, Any]) -> str:
    return f"{post.get('title', '')} {post['text']}".strip()


def test_every_line_has_the_agreed_fields_and_values() -> None:
    for post in POSTS:
        assert REQUIRED <= post.keys() <= FIELDS, post["id"]
        assert re.fullmatch(r"c\d{4}", post["id"])
        assert 4 <= len(post["text"]) <= MAX_CHARS, post["id"]
        assert post["text"] == post["text"].strip()
        assert post["relevant"] in (0, 1)
        assert post["sentiment"] in (-1, 0, 1)
        assert post["style"] in STYLES


def test_ids_are_unique() -> None:
    assert len({post["id"] for post in POSTS}) == len(POSTS)


def test_labels_of_a_post_agree_with_one_another() -> None:
    for post in POSTS:
        labels = post["attitude_to_police"], post["category"], post["intent"]
        if post["relevant"] == 0:
            assert labels == (None, None, None), post["id"]
        else:
            assert labels[0] in (-1, 0, 1), post["id"]
            assert labels[1] in CATEGORIES, post["id"]
            assert labels[2] in INTENTS, post["id"]


def test_intent_sentiment_and_attitude_do_not_contradict() -> None:
    for post in RELEVANT:
        sentiment, attitude = post["sentiment"], post["attitude_to_police"]
        possible = {
            "praise": attitude == 1,
            "inquiry": (sentiment, attitude) == (0, 0),
            "criticism": sentiment == -1,
            "complaint": sentiment == -1,
            "report": sentiment <= 0 and attitude <= 0,
        }
        assert possible.get(post["intent"], True), post["id"]
        assert (sentiment, attitude) != (1, -1), post["id"]


def test_a_file_named_after_a_kind_holds_that_kind() -> None:
    for path in FOLDER.rglob("*.jsonl"):
        kinds = {json.loads(line)["category"] for line in path.read_text("utf-8").splitlines()}
        if path.stem in KINDS:
            assert kinds == {KINDS[path.stem]}, path.name


def test_there_are_enough_posts_of_every_kind() -> None:
    assert len(POSTS) >= 850
    assert len(POSTS) - len(RELEVANT) >= 300
    categories = Counter(post["category"] for post in RELEVANT)
    intents = Counter(post["intent"] for post in RELEVANT)
    attitudes = Counter(post["attitude_to_police"] for post in RELEVANT)
    styles = Counter(post["style"] for post in POSTS)
    assert all(categories[name] >= 40 for name in CATEGORIES), categories
    assert all(intents[name] >= 35 for name in INTENTS), intents
    assert all(attitudes[value] >= 100 for value in (-1, 0, 1)), attitudes
    assert all(styles[name] >= 50 for name in STYLES), styles


def test_sad_words_and_praise_of_the_police_occur_together() -> None:
    split = [post for post in RELEVANT if post["sentiment"] == -1 and post["attitude_to_police"] == 1]
    assert len(split) >= 8


def test_no_post_is_a_near_copy_of_another() -> None:
    grams = [(post["id"], four_grams(said(post))) for post in POSTS]
    grams.sort(key=lambda entry: len(entry[1]))
    for n, (one, mine) in enumerate(grams):
        for other, theirs in reversed(grams[:n]):
            if len(theirs) < TOO_ALIKE * len(mine):
                break  # too short to share so much, and so are all before it
            shared = len(mine & theirs)
            assert shared < TOO_ALIKE * (len(mine) + len(theirs) - shared), (one, other)


def four_grams(text: str) -> set[str]:
    plain = re.sub(r"\s", "", text)
    return {plain[n : n + 4] for n in range(max(1, len(plain) - 3))}


def test_no_post_names_a_real_place() -> None:
    lines = (Path(__file__).parent / "real_places.txt").read_text("utf-8").splitlines()
    places = [line for line in lines if not line.startswith("#")]
    assert not [(post["id"], place) for post in POSTS for place in places if place in said(post)]


def test_no_post_holds_a_number_that_could_reach_somebody() -> None:
    patterns = r"1[3-9]\d{9}|\d{15,18}|\w+@\w+\.\w+|[\u4e00-\u9fff][A-Z][A-Z0-9]{5}"
    assert not [post["id"] for post in POSTS if re.search(patterns, said(post))]
