"""The posts page, its filters, one post, and corrections."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk_browse import Clock, field
from desk_seed import NOW, post
from fastapi import FastAPI
from starlette.testclient import TestClient

from desk.post_detail import Piece, label_words, shade, strongest
from models.analysis import Span, TextIn
from store.engine import Store
from store.feedback import labels
from store.posts import PostFilter, count_posts, upsert_posts

POST = f"{1000:032x}"


def total(page: str) -> int:
    found = re.search(r"共 ([\d,]+) 条", page)
    assert found
    return int(found[1].replace(",", ""))


def repeated(page: str) -> int:
    """How many of them the page says it leaves out."""
    found = re.search(r"同文 ([\d,]+) 条</a>不重复列出", page)
    return int(found[1].replace(",", "")) if found else 0


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("", PostFilter()),
        ("relevant=1", PostFilter(relevant=True)),
        ("relevant=0", PostFilter(relevant=False)),
        ("relevant=1&sentiment=-1", PostFilter(relevant=True, sentiment=-1)),
        ("sentiment=0", PostFilter(sentiment=0)),
        ("attitude=1", PostFilter(attitude=1)),
        ("category=service", PostFilter(category="service")),
        ("intent=question", PostFilter(intent="question")),
        ("platform=forum", PostFilter(platform="forum")),
        ("source=澜汀论坛", PostFilter(source="澜汀论坛")),
        ("jurisdiction=澜汀市", PostFilter(jurisdiction="澜汀市")),
        ("place=砚池区", PostFilter(place="砚池区")),
        ("event=event-1", PostFilter(event="event-1")),
        ("text=执法记录仪", PostFilter(text="执法记录仪")),
        ("text=100%25", PostFilter(text="100%")),
        ("since=2026-11-20T14:00&until=2026-11-20T14:30", PostFilter(since=NOW - timedelta(minutes=30), until=NOW)),
        ("since=2026-11-20", PostFilter(since=NOW - timedelta(hours=14, minutes=30))),
        ("until=2026-11-20T06:30:00%2B00:00", PostFilter(until=NOW)),
    ],
)
def test_a_filter_in_the_address_chooses_the_posts(
    client: TestClient, store: Store, address: str, where: PostFilter
) -> None:
    with store.read() as conn:
        wanted, texts = count_posts(conn, where), count_posts(conn, replace(where, copies=False))
    page = client.get(f"/posts?{address}").text
    assert total(page) == wanted
    assert repeated(page) == wanted - texts
    assert page.count('<a class="t" href="/posts/') == min(texts, 50)


@pytest.mark.parametrize(
    "address", ["copies=2", "relevant=2", "sentiment=x", "category=x", "platform=tv", "since=gestern",
                "since=0001-01-01", "until=2026-13-01", "text=" + "x" * 301],
)  # fmt: skip
def test_a_filter_that_means_nothing_is_refused_naming_the_field(client: TestClient, address: str) -> None:
    assert client.get(f"/posts?{address}").status_code == 400
    assert client.get(f"/api/posts?{address}").json()["error"]["code"] == "bad_request"


def test_the_form_shows_the_filter_that_is_in_force(client: TestClient) -> None:
    page = client.get("/posts?relevant=1&category=service&since=2026-11-20T10:00:05&text=办证").text
    assert '<option value="service" selected>' in page
    assert 'value="2026-11-20T10:00:05" step="1"' in page
    assert 'value="办证"' in page


@pytest.mark.parametrize("copies", ["", "1", "0", "only"])
def test_paging_reaches_every_post_once(client: TestClient, copies: str) -> None:
    seen: list[str] = []
    address = f"/posts?relevant=1&copies={copies}"
    first = client.get(address).text
    while True:
        page = client.get(address).text
        seen += re.findall(r'<a class="t" href="/posts/([^"]+)"', page)
        more = re.search(r'<a class="button" href="(/posts\?[^"]*after=[^"]+)"', page)
        if not more:
            break
        address = more[1].replace("&amp;", "&")
        assert "relevant=1" in address
    assert len(seen) == len(set(seen)) == total(first) - repeated(first) > 0


def test_a_post_shows_its_scores_event_and_alerts(client: TestClient) -> None:
    page = client.get(f"/posts/{POST}").text
    wanted = (
        "望汐派出所门口两个辅警",
        "0.94",
        "负面",
        "不满",
        "执法行为",
        "批评",
        "望汐区",
        "event-1",
        "alert-1-orange",
    )
    for words in wanted:
        assert words in page, words
    assert "没有装载模型" in page


class Explainer:
    """Pushes where a test wants them."""

    version = "test-2"

    def explain(self, item: TextIn) -> list[Span]:
        assert "@澜汀发布" not in item.text
        return [Span("按", 0, 1, -0.8, 0.9), Span("在", 1, 2, 0.01, 0.0), Span("地上", 2, 4, 0.3, -0.5)]


def test_the_words_that_pushed_are_shaded_and_named(app: FastAPI, client: TestClient) -> None:
    import dataclasses

    app.state.desk = dataclasses.replace(app.state.desk, analyzer=Explainer())
    page = client.get(f"/posts/{1002:032x}").text
    assert '<mark class="n3" title="情感 -0.80">按</mark>' in page
    assert '<mark class="p2" title="情感 +0.30">地上</mark>' in page
    assert '<mark class="r3" title="涉警 +0.90">按</mark>' in page
    assert "按 -0.80" in page


def test_a_word_that_stands_three_times_is_named_with_all_it_pushed() -> None:
    often = [Piece("打人", -0.3, 0.1, "n2", "r1")] * 3
    once = [Piece("差", -0.5, 0.0, "n3", ""), Piece("好", 0.2, 0.0, "p1", ""), Piece("好", -0.3, 0.0, "n1", "")]
    found = strongest([*often, *once, Piece("😡", -0.4, 0.0, "n3", ""), Piece("!", -0.4, 0.0, "n3", "")])
    pushes = [("打人", -0.9), ("差", -0.5), ("😡", -0.4), ("好", -0.1)]
    assert [(p.text, round(p.sentiment, 2)) for p in found["neg"]] == pushes
    assert found["pos"] == []
    assert [(p.text, round(p.relevance, 2)) for p in found["rel"]] == [("打人", 0.3)]


def test_scores_of_an_earlier_model_are_told_apart_from_the_explanation(app: FastAPI, client: TestClient) -> None:
    import dataclasses

    explainer = Explainer()
    app.state.desk = dataclasses.replace(app.state.desk, analyzer=explainer)
    assert "评分由模型 test-1 给出，以下是现用模型 test-2 的解释" in client.get(f"/posts/{POST}").text
    explainer.version = "test-1"
    assert "现用模型" not in client.get(f"/posts/{POST}").text


def test_a_post_without_words_is_not_explained_and_no_model_is_missed(app: FastAPI, client: TestClient) -> None:
    import dataclasses

    explainer = Explainer()
    explainer.explain = lambda item: []  # type: ignore[method-assign, assignment]
    app.state.desk = dataclasses.replace(app.state.desk, analyzer=explainer)
    page = client.get(f"/posts/{POST}").text
    assert "没有可以评分的中文文字" in page
    assert "没有装载模型" not in page


def test_shades_follow_the_strongest_push() -> None:
    assert [shade("n", x, 1.0) for x in (1.0, 0.5, 0.49, 0.2, 0.1, 0.04, 0.0)] == ["n3", "n3", "n2", "n2", "n1", "", ""]
    assert shade("p", 0.0, 0.0) == ""


def feed_back(client: TestClient, **data: str):
    return client.post("/post-feedback", data={"post": POST, "csrf": client.csrf, **data})


def test_a_correction_is_kept_named_and_undone(client: TestClient, store: Store) -> None:
    assert feed_back(client, field="relevant", value="false").headers["location"] == f"/posts/{POST}?done=label"
    feed_back(client, field="category", value="traffic")
    page = client.get(f"/posts/{POST}?done=label").text
    assert "与警务无关（误报）" in page
    assert "分类：交通管理" in page
    assert "反馈已记录" in page
    with store.read() as conn:
        found = labels(conn, post=POST)
    assert [(x.field, x.value) for x in found] == [("relevant", "false"), ("category", "traffic")]
    assert {x.by for x in found} == {"admin"}
    undo = {"post": POST, "label": str(found[0].id), "csrf": client.csrf}
    assert client.post("/post-feedback-undo", data=undo).status_code == 303
    assert client.post("/post-feedback-undo", data=undo).status_code == 404
    assert (
        client.post("/post-feedback-undo", data={**undo, "post": "another", "label": str(found[1].id)}).status_code
        == 404
    )
    with store.read() as conn:
        assert [x.field for x in labels(conn, post=POST)] == ["category"]


def confirm(client: TestClient, **data: str):
    seen = {"post": POST, "revision": "0", "model": "test-1", "csrf": client.csrf}
    return client.post("/post-confirm", data={**seen, **data})


def labelled(store: Store) -> dict[str, tuple[str, str, str]]:
    with store.read() as conn:
        return {x.field: (x.value, x.kind, x.by) for x in labels(conn, post=POST)}


def test_one_click_confirms_every_answer_and_undo_takes_all_of_it_back(
    client: TestClient, store: Store, clock: Clock
) -> None:
    assert "评分正确</button>" in client.get(f"/posts/{POST}").text
    assert confirm(client).headers["location"] == f"/posts/{POST}?done=confirmed"
    found = labelled(store)
    assert found.keys() == {"relevant", "sentiment", "attitude", "category", "intent"}
    assert set(found.values()) >= {("true", "confirmed", "admin"), ("conduct", "confirmed", "admin")}
    page = client.get(f"/posts/{POST}?done=confirmed").text
    assert "评分正确</button>" not in page
    assert "评分正确：涉警、情感、对警态度、分类、意图" in page
    assert confirm(client).status_code == 409
    clock.now += timedelta(minutes=1)
    undo = {"post": POST, "label": field(page, "label"), "csrf": client.csrf}
    assert client.post("/post-feedback-undo", data=undo).status_code == 303
    assert labelled(store) == {}
    page = client.get(f"/posts/{POST}").text
    assert "评分正确</button>" in page
    assert page.count("admin 于") == 5  # who took it back stays


def test_a_later_correction_replaces_the_confirmation_of_its_field_and_the_rest_stands(
    client: TestClient, store: Store, clock: Clock
) -> None:
    confirm(client)
    clock.now += timedelta(minutes=1)
    feed_back(client, field="category", value="traffic")
    found = labelled(store)
    assert found["category"] == ("traffic", "corrected", "admin")
    assert found["intent"][1] == "confirmed"
    assert "评分正确：涉警、情感、对警态度、意图" in client.get(f"/posts/{POST}").text


def test_what_was_corrected_before_is_not_confirmed(client: TestClient, store: Store) -> None:
    feed_back(client, field="relevant", value="false")
    assert "其余评分正确</button>" in client.get(f"/posts/{POST}").text
    confirm(client)
    found = labelled(store)
    assert {x: kind for x, (_, kind, _) in found.items()} == {"relevant": "corrected", "sentiment": "confirmed"}


def test_choosing_what_the_models_said_is_no_correction_unless_it_overrules_one(
    client: TestClient, store: Store, clock: Clock
) -> None:
    feed_back(client, field="category", value="conduct")
    assert labelled(store)["category"] == ("conduct", "confirmed", "admin")
    for value in ("traffic", "conduct"):
        clock.now += timedelta(minutes=1)
        feed_back(client, field="category", value=value)
        assert labelled(store)["category"] == (value, "corrected", "admin")


@pytest.mark.parametrize("seen", [{"revision": "1"}, {"model": "test-0"}])
def test_answers_nobody_has_seen_are_not_confirmed(client: TestClient, store: Store, seen: dict[str, str]) -> None:
    assert confirm(client, **seen).status_code == 409
    assert labelled(store) == {}
    assert confirm(client, post="none").status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        {"field": "relevant", "value": "maybe"},
        {"field": "category", "value": "x"},
        {"field": "id", "value": "1"},
        {"field": "sentiment", "value": "2"},
    ],
)
def test_a_correction_that_means_nothing_is_refused(client: TestClient, data: dict[str, str]) -> None:
    assert feed_back(client, **data).status_code == 400


def test_an_unknown_post_is_not_found(client: TestClient) -> None:
    assert "没有这条帖文" in client.get("/posts/none").text
    assert feed_back(client, post="none", field="relevant", value="false").status_code == 404


def test_odd_ids_and_long_texts_still_open(client: TestClient, store: Store) -> None:
    odd = "a/b?c=d#e 帖&"
    with store.write() as conn:
        upsert_posts(conn, [post(1, at=NOW, text="长" * 20_000, id=odd, title="", url="")])
    page = client.get("/posts?text=长长长").text
    link = re.search(r'<a class="t" href="(/posts/[^"]+)"', page)
    assert link
    assert "无标题帖文" in client.get(link[1]).text


def test_corrections_have_words() -> None:
    assert label_words("relevant", "true") == "与警务有关"
    assert label_words("sentiment", "-1") == "情感：负面"
    assert label_words("attitude", "1") == "对警态度：肯定"
    assert label_words("intent", "praise") == "意图：表扬"


def test_the_shipped_models_explain_a_post(app: FastAPI, client: TestClient) -> None:
    import dataclasses

    from models.analysis import Analyzer

    root = Path(__file__).resolve().parents[2]
    analyzer = Analyzer.load(root / "models/artifacts", root / "config/lexicon", root / "config/places.yaml")
    app.state.desk = dataclasses.replace(app.state.desk, analyzer=analyzer)
    page = client.get(f"/posts/{1001:032x}").text
    assert re.search(r'<mark class="n\d"', page)
    assert re.search(r'<mark class="r\d"', page)
