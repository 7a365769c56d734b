"""How posts find their event."""

from typing import Any

import pytest
from detect_make import CITY, crisis, scored
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.readings import as_event_post
from models.clusters import Clusterer
from models.events import EventPost, event_id
from models.likeness import CopyIndex, opening, own_words, quoted, says_nothing
from models.remembered import ClusterRule

WORDS = ["灯市口", "送餐", "小伙子", "辅警", "按倒", "视频", "目击者", "眼镜", "电动车", "菜市场", "说法", "围观"]


def post(n: int | str, minutes: float = 0.0, **more: Any) -> EventPost:
    return as_event_post(scored(n, minutes, **more))


def test_forwards_and_answers_join_their_original() -> None:
    clusters = Clusterer()
    event = clusters.add(post("original")).event
    assert clusters.add(post(1, 1, repost_of="poriginal", kind="repost")).event is event
    assert clusters.add(post(2, 2, parent="p1", kind="reply")).event is event
    assert event.posts == 3
    assert event.reposts == 1
    assert event.id == event_id("poriginal")


def test_forwards_of_a_lost_original_are_one_event_and_the_original_joins_it_later() -> None:
    clusters = Clusterer()
    event = clusters.add(post(1, 1, repost_of="gone", kind="repost")).event
    assert clusters.add(post(2, 2, repost_of="gone", kind="repost")).event is event
    late = clusters.add(post("x", 0, id="gone", text="原来的帖子说的是这件事情"))
    assert late.event is event
    assert event.id == event_id("gone")
    assert event.first_post == "gone"
    assert event.headline.startswith("原来的帖子")


def test_a_bare_forward_says_what_its_original_says() -> None:
    clusters = Clusterer()
    for message in crisis(3):
        joined = clusters.add(as_event_post(message))
    assert (joined.event.relevant, joined.event.negative) == (3, 3)


def test_forwards_that_came_before_their_original_inherit_when_it_comes() -> None:
    clusters = Clusterer()
    first, *rest = crisis(3)
    for message in rest:
        assert not clusters.add(as_event_post(message)).member.relevant
    joined = clusters.add(as_event_post(first))
    assert len(joined.awakened) == 2
    assert (joined.event.relevant, joined.event.negative) == (3, 3)


def test_an_answer_that_speaks_up_for_the_police_is_not_negative() -> None:
    clusters = Clusterer()
    clusters.add(post("a"))
    praise = post("b", 1, parent="pa", kind="reply", text="民警做得对, 支持依法处理", sentiment=1, attitude=1)
    joined = clusters.add(praise)
    assert joined.member.relevant
    assert not joined.member.negative


def test_a_post_delivered_twice_counts_once_and_a_revision_does_not_count_again() -> None:
    clusters = Clusterer()
    clusters.add(post("a"))
    again = clusters.add(post("a"))
    revised = clusters.add(post("a", revision=1))
    assert (again.new, again.revised) == (False, False)
    assert (revised.new, revised.revised) == (False, True)
    assert revised.event.posts == 1


def test_near_copies_are_one_event() -> None:
    clusters = Clusterer()
    text, tokens = "灯市口菜市场门口辅警把送餐的小伙子按倒在地", WORDS[:6]
    first = clusters.add(post("a", text=text, tokens=tokens, fingerprint="ffff0000ffff0000")).event
    assert clusters.add(post("b", 5, text=text, tokens=tokens, fingerprint="ffff0000ffff0003")).event is first
    other = clusters.add(post("c", 6, text=text, tokens=[*tokens[:3], "别的", "词语"], fingerprint="0" * 16))
    assert other.event is not first


def test_a_quote_joins_the_post_whose_opening_it_repeats() -> None:
    clusters = Clusterer()
    original = "今天上午在望汐派出所办事等了三个小时没有人理会我们"
    event = clusters.add(post("a", text=original)).event
    for n, chain in enumerate(
        (f"太慢了//@某人:{original[:30]}", f"哎 - 转发 @某人: {original}", f"顶//@甲:说得好//@乙:{original}")
    ):
        joined = clusters.add(post(n, n + 1, text=chain, relevant=False, attitude=None, sentiment=0))
        assert joined.event is event
        assert joined.member.negative


def test_retellings_that_share_rare_words_are_one_event_and_others_are_not() -> None:
    clusters = Clusterer()
    event = clusters.add(post("a", text="灯市口" * 3, tokens=WORDS, fingerprint="")).event
    retold = clusters.add(post("b", 30, text="另一种说法" * 2, tokens=[*WORDS[:8], "回家", "路上"], fingerprint=""))
    other = clusters.add(post("c", 31, text="完全别的事" * 2, tokens=["停车", "收费", "公园", "路上"], fingerprint=""))
    assert retold.event is event
    assert other.event is not event


def test_a_shared_street_joins_texts_that_share_less() -> None:
    place: dict[str, Any] = {"places": ["灯市口菜市场"], "fingerprint": ""}
    near, far = Clusterer(), Clusterer()
    few = [*WORDS[:3], "下班", "路过", "看见", "几十", "骑手", "路口", "堵住", "交警", "警车"]
    event = near.add(post("a", text="事情经过" * 3, tokens=WORDS, **place)).event
    assert near.add(post("b", 30, text="刚刚路过" * 3, tokens=few, **place)).event is event
    first = far.add(post("a", text="事情经过" * 3, tokens=WORDS, places=[CITY], fingerprint="")).event
    assert far.add(post("b", 30, text="刚刚路过" * 3, tokens=few, places=[CITY], fingerprint="")).event is not first


def test_memory_is_bounded_by_event_time_and_everything_is_let_go() -> None:
    clusters = Clusterer(ClusterRule(keep_hours=1))
    for n in range(300):
        clusters.add(post(n, n * 10, text=f"{n}号路口的事情说来话长", tokens=[f"词{n}", f"语{n}", "路口"]))
    assert len(clusters.events) <= 8
    assert len(clusters) <= 8
    assert len(clusters._openings) <= 8
    assert len(clusters._words) <= 8
    assert len(clusters._copies) <= 8


def test_too_many_events_push_out_the_longest_untouched() -> None:
    clusters = Clusterer(ClusterRule(max_single=5))
    for n in range(20):
        clusters.add(post(n, n))
    assert len(clusters.events) == 6
    assert clusters.member("p19") is not None
    assert clusters.member("p0") is None


def test_a_withdrawn_post_leaves_its_event_and_an_empty_event_goes() -> None:
    clusters = Clusterer()
    for message in crisis(3):
        event = clusters.add(as_event_post(message)).event
    assert clusters.withdraw("root") is event
    assert (event.posts, event.negative) == (2, 2)
    assert event.first_post == "root-1"
    assert clusters.withdraw("nobody") is None
    clusters.withdraw("root-1")
    clusters.withdraw("root-2")
    assert not clusters.events


posts = st.lists(
    st.builds(
        lambda n, minutes, link, words: post(n, minutes, repost_of=f"p{link}" if link else None, tokens=words),
        st.integers(1, 12),
        st.floats(0, 3000),
        st.integers(0, 14),
        st.lists(st.sampled_from(WORDS), max_size=8),
    ),
    max_size=40,
)


@given(posts, st.integers(1, 3))
@settings(deadline=None)
def test_the_same_posts_give_the_same_events_however_often_each_is_delivered(
    stream: list[EventPost], times: int
) -> None:
    once, often = Clusterer(), Clusterer()
    for item in stream:
        once.add(item)
        for _ in range(times):
            often.add(item)
    assert shape(once) == shape(often)
    ids = {item.id for item in stream}
    assert sum(e.posts for e in once.events.values()) == len(ids) == len(once)


HAPPENING = [
    *(
        post(
            f"tell{n}",
            3 * n,
            text=f"第{n}种说法" * 3,
            tokens=[w for i, w in enumerate(WORDS) if i != n],
            fingerprint="",
        )
        for n in range(8)
    ),
    *(post(f"forward{n}", 40 + n, text="转发微博", kind="repost", repost_of=f"ptell{n % 3}") for n in range(6)),
    *(post(f"lost{n}", 50 + n, text="转发微博", kind="repost", repost_of="ptell7") for n in range(2)),
    post("answer", 60, text="说得对, 应该给个说法", parent="pforward0", kind="reply"),
]


@given(st.permutations(HAPPENING))
@settings(deadline=None)
def test_a_happening_has_the_id_of_its_earliest_post_in_whatever_order_it_arrives(order: list[EventPost]) -> None:
    clusters = Clusterer()
    for item in order:
        clusters.add(item)
    (event,) = clusters.events.values()
    assert event.id == event_id("ptell0")
    assert clusters.events[event.id] is event
    assert (event.posts, len(event.members), len(clusters)) == (len(order), len(order), len(order))
    assert event.negative == event.relevant == len(order)
    assert (event.first_post, event.headline) == ("ptell0", "第0种说法第0种说法第0种说法")


def test_an_event_keeps_the_id_people_know_it_by() -> None:
    clusters = Clusterer()
    event = clusters.add(post("late", 10, text="另一种说法" * 2, tokens=WORDS[:9], fingerprint="")).event
    event.told = True
    assert clusters.add(post("early", 0, text="事情经过" * 3, tokens=WORDS, fingerprint="")).event is event
    assert event.id == event_id("plate")
    assert event.first_post == "pearly"


def test_a_post_that_belongs_to_two_events_makes_them_one() -> None:
    clusters = Clusterer()
    one = clusters.add(post("one", 0, text="事情经过" * 3, tokens=WORDS[:6], fingerprint="")).event
    other = clusters.add(post("other", 5, text="刚刚路过" * 3, tokens=WORDS[6:], fingerprint="")).event
    clusters.add(post("answer", 6, parent="pother", kind="reply"))
    assert one is not other
    joined = clusters.add(post("both", 10, text="前因后果" * 3, tokens=WORDS, fingerprint=""))
    assert joined.merged
    assert joined.event is one
    assert (one.posts, one.id, one.members) == (4, event_id("pone"), ["pone", "pother", "panswer", "pboth"])
    assert list(clusters.events.values()) == [one]
    assert clusters.add(post("more", 12, parent="pother", kind="reply")).event is one


def test_two_events_that_people_know_stay_two() -> None:
    clusters = Clusterer()
    one = clusters.add(post("one", 0, text="事情经过" * 3, tokens=WORDS[:6], fingerprint="")).event
    other = clusters.add(post("other", 5, text="刚刚路过" * 3, tokens=WORDS[6:], fingerprint="")).event
    one.told = other.told = True
    assert not clusters.add(post("both", 10, text="前因后果" * 3, tokens=WORDS, fingerprint="")).merged
    assert set(clusters.events.values()) == {one, other}


def test_a_flood_of_single_posts_pushes_no_event_of_several_out() -> None:
    clusters = Clusterer(ClusterRule(max_single=20))
    for message in crisis(3):
        event = clusters.add(as_event_post(message)).event
    for n in range(200):
        clusters.add(post(n, 1 + n / 100, text=f"{n}号路口的事情说来话长", tokens=[f"词{n}", f"语{n}"]))
    assert clusters.add(post("x", 5, repost_of="root", kind="repost")).event is event
    assert len(clusters.events) <= 22


def test_a_flood_into_one_event_forgets_its_own_oldest_posts() -> None:
    clusters = Clusterer(ClusterRule(max_posts=3000))
    other = clusters.add(post("other", 0, text="另一件事情")).event
    for n in range(9000):
        flooded = clusters.add(post(n, n / 1000, text="转发微博", kind="repost", repost_of="root")).event
    assert (flooded.posts, other.posts) == (9000, 1)
    assert len(clusters) <= 3001
    assert clusters.member("pother") is not None


def shape(clusters: Clusterer) -> list[tuple[Any, ...]]:
    return [(e.id, e.posts, e.relevant, e.negative, e.first_post, list(e.members)) for e in clusters.events.values()]


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("转发微博", True),
        ("[怒][怒]", True),
        ("//@某人:民警打人了", True),
        ("@某人 转发", True),
        ("", True),
        ("这也太过分了吧", False),
        ("求真相求公开", False),
    ],
)
def test_what_says_nothing(text: str, nothing: bool) -> None:
    assert says_nothing(text) is nothing


def test_chains_are_taken_apart() -> None:
    chain = "太过分//@甲:真的吗//@乙:最初的帖子内容"
    assert own_words(chain) == "太过分"
    assert quoted(chain) == ["最初的帖子内容", "真的吗"]
    assert opening("哈哈哈哈哈哈哈哈哈哈") == ""
    assert opening("短") == ""


def test_fingerprints_more_than_three_bits_apart_are_no_copies() -> None:
    index: CopyIndex[str] = CopyIndex()
    index.put(0, "a")
    assert index.find(0b111) == "a"
    assert index.find(0x0001_0001_0001_0001) is None
    assert not index.put(0, "b")
    index.forget(0)
    assert index.find(0) is None
