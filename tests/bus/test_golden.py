"""Wire samples, one or more a tag, kept for ever: what was once written can always be read.

`golden/TAG.N.json` is what went over the wire. When a message gains a field, the old sample stays and a new one
(N + 1, with every field set) is added: the newest one must be written byte for byte as it is.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from bus.errors import Rejected
from bus.messages import (
    AlertCleared,
    AlertCounts,
    AlertLowered,
    AlertRaised,
    EventChanged,
    EventEdited,
    Message,
    PostCollected,
    PostScored,
    PostWithdrawn,
    Reason,
    RulesUsed,
    Window,
    decode,
    encode,
)

GOLDEN = Path(__file__).with_name("golden")
T = datetime(2026, 11, 16, 2, 3, 4, 567000, UTC)
POST: dict[str, Any] = {
    "id": "9f86d081884c7d659a2feaa0c55ad015",
    "platform": "forum",
    "source": "lanting-bbs",
    "jurisdiction": "澜汀市",
    "url": "http://bbs.lanting.example/t/4711",
    "title": "云溯区夜市门口的事",
    "text": "路口红灯坏了三天, 望汐派出所说已经报修\n有没有人管[怒]",
    "author": "4b227777d4dd1fc6",
    "author_kind": "person",
    "followers": 1000,
    "published_at": T,
    "collected_at": T + timedelta(minutes=2),
    "published_inferred": True,
    "kind": "reply",
    "parent": "1b4f0e9851971998e732078544c96b36",
    "repost_of": "60303ae22b998861bce3b28f33eec1be",
    "reposts": 12,
    "comments": 34,
    "likes": 56,
    "region": "砚池区",
    "revision": 2,
    "floor": 5,
}
COUNTS = AlertCounts(
    posts=31,
    relevant=28,
    negative=20,
    authors=25,
    reposts=4,
    platforms={"forum": 21, "weibo": 10},
    last_hour=17,
    copies=12,
    copiers=3,
    posts_by_kind={"media": 2, "person": 20, "unknown": 9},
    authors_by_kind={"media": 1, "person": 16, "unknown": 8},
    media_at=T + timedelta(minutes=40),
)
SAMPLES: list[Message] = [
    PostCollected(**POST),
    PostWithdrawn(id=POST["id"], source="lanting-bbs", seen_gone_at=T, jurisdiction="澜汀市"),
    PostScored(
        **POST,
        tokens=["路口", "红灯", "坏"],
        sentiment=-1,
        sentiment_score=-0.75,
        attitude=-1,
        relevance=0.875,
        relevant=True,
        category="traffic",
        intent="complaint",
        places=["云溯区"],
        keywords=["红灯"],
        fingerprint="00ff00ff00ff00ff",
        model_version="2026.11-1",
    ),
    AlertRaised(
        id="alert-1",
        event="event-1",
        jurisdiction="澜汀市",
        level="orange",
        previous_level="yellow",
        headline="云溯区路口红灯失灵",
        reasons=[Reason(rule="event-burst", measured=17.0, threshold=10.5, unit="posts/h", words="一小时内17条")],
        counts=COUNTS,
        first_post=POST["id"],
        posts=[POST["id"]],
        place="云溯区",
        category="traffic",
        window=Window(start=T - timedelta(hours=1), end=T),
        raised_at=T,
        model_version="2026.11-1",
        rules=RulesUsed(digest="00ff00ff00ff00ff", settings={"scale": 0.5, "levels": {"orange": {"momentum": 250.0}}}),
    ),
    AlertLowered(
        id="lowered-1",
        event="event-1",
        jurisdiction="澜汀市",
        previous_level="orange",
        level="yellow",
        headline="云溯区路口红灯失灵",
        place="云溯区",
        category="traffic",
        words="橙色降为黄色：已3小时低于橙色线的一半",
        lowered_at=T,
    ),
    AlertCleared(
        id="clear-1",
        event="event-1",
        jurisdiction="澜汀市",
        previous_level="orange",
        headline="云溯区路口红灯失灵",
        words="两小时无新增",
        cleared_at=T,
    ),
    EventChanged(
        id="event-1",
        jurisdiction="澜汀市",
        headline="云溯区路口红灯失灵",
        keywords=["红灯"],
        place="云溯区",
        category="traffic",
        phase="rising",
        first_post=POST["id"],
        first_at=T,
        last_at=T + timedelta(hours=3),
        counts=COUNTS,
        added=[POST["id"]],
        was=["event-0"],
    ),
    EventEdited(
        id="edit-2",
        jurisdiction="澜汀市",
        kind="split",
        event="event-1",
        target="event-2",
        posts=[POST["id"]],
        undoes="edit-1",
        at=T,
        by="李",
        reason="两回事",
        headline="云溯区路口红灯失灵",
        place="云溯区",
        category="traffic",
        authors=[POST["author"]],
        platforms={"forum": 1},
    ),
]


def tag_of(kind: type) -> str:
    return str(kind.__struct_config__.tag)  # type: ignore[attr-defined]


def newest(tag: str) -> bytes:
    paths = sorted(GOLDEN.glob(f"{tag}.*.json"), key=lambda p: int(p.suffixes[-2][1:]))
    return paths[-1].read_bytes()


def test_every_message_has_a_sample() -> None:
    wanted = {tag_of(kind) for kind in get_args(Message)}
    assert {tag_of(type(sample)) for sample in SAMPLES} == wanted
    assert {path.name.rsplit(".", 2)[0] for path in GOLDEN.glob("*.json")} == wanted


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: tag_of(type(s)))
def test_the_newest_sample_is_read_and_written_as_it_is(sample: Message) -> None:
    wire = newest(tag_of(type(sample)))
    assert decode(wire) == sample
    assert encode(sample) == wire


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: tag_of(type(s)))
def test_the_newest_sample_sets_every_field(sample: Message) -> None:
    for field in msgspec.structs.fields(sample):
        if field.default is not msgspec.NODEFAULT:
            assert getattr(sample, field.name) != field.default, f"{field.name}: give it a value in a new sample"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda p: p.name)
def test_no_field_of_any_sample_is_lost_on_the_way(path: Path) -> None:
    before = msgspec.json.decode(path.read_bytes())
    after = msgspec.json.decode(encode(decode(path.read_bytes())))
    assert _kept(before, after) == before


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda p: p.name)
def test_unknown_fields_are_ignored_and_unknown_versions_refused(path: Path) -> None:
    wire = path.read_bytes()
    assert decode(wire[:-1] + b',"field_of_tomorrow":1}') == decode(wire)
    with pytest.raises(Rejected, match="undecodable"):
        decode(wire.replace(b'.v1"', b'.v9"', 1))


def _kept(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What `after` says of the fields of `before`, inside objects too: those may have gained fields as well."""
    return {
        name: _kept(value, after[name]) if isinstance(value, dict) and name in after else after.get(name)
        for name, value in before.items()
    }
