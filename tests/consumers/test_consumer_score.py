"""posts.collected -> posts.scored."""

from collections.abc import Sequence

from consumers_make import at

from bus.errors import Rejected
from bus.messages import PostCollected, PostScored, PostWithdrawn, decode, encode
from consumers.score import scorer
from models.analysis import Analysis, TextIn, Unfit

FOUND = Analysis(
    tokens=["民警", "打人"],
    sentiment=-1,
    sentiment_score=-0.9,
    attitude=-1,
    relevance=0.93,
    relevant=True,
    category="conduct",
    intent="criticism",
    places=["望汐派出所"],
    keywords=["打人"],
    fingerprint="0123456789abcdef",
    model_version="test-1",
)


class Half:
    """Judges what speaks of the police; everything else is unfit for a stated reason."""

    version = "test-1"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def analyze(self, items: Sequence[TextIn]) -> list[Analysis | Unfit]:
        self.batches.append(len(items))
        unfit = {"": Unfit("empty"), "hello": Unfit("not-chinese"), "锟斤拷": Unfit("mojibake")}
        return [unfit.get(item.text.split("//")[-1].split(":")[-1], FOUND) for item in items]


def post(n: int, text: str, **more: object) -> PostCollected:
    return PostCollected(id=f"p{n}", text=text, published_at=at(n), collected_at=at(n), **more)  # type: ignore[arg-type]


def test_a_batch_is_analysed_at_once_and_answered_one_by_one() -> None:
    half = Half()
    gone = PostWithdrawn(id="p9", source="s", seen_gone_at=at(0))
    messages = [post(1, "民警打人", reposts=7, jurisdiction="澜汀市"), gone, post(2, "锟斤拷"), post(3, "")]
    first, second, third, fourth = scorer(half)(messages)
    assert half.batches == [3]
    assert not isinstance(first, Rejected)
    (scored,) = first
    assert isinstance(scored, PostScored)
    assert (scored.id, scored.reposts, scored.jurisdiction) == ("p1", 7, "澜汀市")
    assert (scored.category, scored.attitude, scored.model_version) == ("conduct", -1, "test-1")
    assert decode(encode(scored)) == scored
    assert second == [gone]
    assert isinstance(third, Rejected)
    assert third.reason == "mojibake"
    assert isinstance(fourth, Rejected)
    assert fourth.reason == "empty"


def test_a_forward_without_words_is_passed_on_unscored() -> None:
    for text, link in (("", {"repost_of": "p1"}), ("hello", {"parent": "p1"})):
        (result,) = scorer(Half())([post(2, text, **link)])
        assert not isinstance(result, Rejected)
        (scored,) = result
        assert isinstance(scored, PostScored)
        assert (scored.relevant, scored.attitude, scored.model_version) == (False, None, "test-1")


def test_a_forward_of_a_foreign_text_that_names_its_original_only_by_quoting_it_is_passed_on() -> None:
    (result,) = scorer(Half())([post(2, "哈哈//@某人:hello")])
    assert not isinstance(result, Rejected)
    (scored,) = result
    assert isinstance(scored, PostScored)
    assert (scored.text, scored.relevant, scored.model_version) == ("哈哈//@某人:hello", False, "test-1")
    (alone,) = scorer(Half())([post(3, "hello")])
    assert isinstance(alone, Rejected)


def test_a_damaged_forward_is_still_rejected() -> None:
    (result,) = scorer(Half())([post(2, "锟斤拷", repost_of="p1")])
    assert isinstance(result, Rejected)
