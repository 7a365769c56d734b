"""The home page and an alert's own page."""

import re
from datetime import timedelta

import pytest
from desk_seed import NOW, alert, crisis_posts, post, raise_alert
from starlette.testclient import TestClient

from bus.messages import AlertCleared, AlertCounts, Reason
from desk.alerts import choose_quotes
from desk.post_query import counted
from store.alerts import clear_alert, save_alert
from store.engine import Store
from store.posts import upsert_posts


def test_an_alert_says_level_place_category_rule_numbers_and_quotes(client: TestClient) -> None:
    page = client.get("/").text
    card = page[page.index('data-key="event-1"') : page.index('data-key="event-2"')]
    wanted = ("橙色", "望汐派出所门口辅警按倒送餐员", "望汐区", "执法行为", "事件爆发", "严重单帖", "待签收", "微博 20")
    figures = (
        "<b>40</b>帖文",
        "<b>33</b>负面",
        "<b>32</b>发帖人",
        "<b>40</b>近一小时",
        "75 分钟内 40 帖，约为平时的 7.4 倍",
    )
    for words in wanted + figures:
        assert words in card, words
    assert "测得 <b>7.4</b> · 阈值 4" in card
    assert card.count('class="q"') == 3


def test_the_levels_of_one_event_are_one_card_with_its_rise(client: TestClient) -> None:
    page = client.get("/").text
    assert page.count('data-key="event-1"') == 1
    assert re.search(r'升级过程 <a href="/alerts/alert-1-yellow">黄色</a>', page)


def test_alerts_stand_newest_first(client: TestClient, store: Store) -> None:
    posts = [post(7000, at=NOW, text="青岬区派出所电话一直没人接")]
    raise_alert(store, alert(3, posts, at=NOW + timedelta(minutes=1), level="yellow"), posts, now=NOW)
    keys = re.findall(r'data-key="([^"]+)"', client.get("/").text)
    assert keys == ["event-3", "event-1", "event-2"]


def test_a_late_first_post_does_not_turn_the_rise_of_an_event_round(client: TestClient, store: Store) -> None:
    """Forwards came first (blue), then the original with its older time (yellow), then more (orange)."""
    posts = [post(7100 + n, at=NOW, text=f"青岬码头的事第{n}条,望汐派出所在哪里") for n in range(6)]
    raised = [
        alert(4, posts[:2], at=NOW, level="blue"),
        alert(4, posts[:4], at=NOW - timedelta(minutes=10), level="yellow", previous_level="blue"),
        alert(4, posts, at=NOW, level="orange", previous_level="yellow"),
    ]
    for one in raised:
        raise_alert(store, one, posts, now=NOW)
    page = client.get("/").text
    card = page[page.index('data-key="event-4"') :]
    rise = re.findall(r'<a href="/alerts/alert-4-(\w+)">[^<]+</a> [^→]+→', card)
    assert rise == ["blue", "yellow"]


def test_an_alert_that_is_over_says_so_and_can_be_filtered(client: TestClient, store: Store) -> None:
    clear = AlertCleared(id="clear-2", event="event-2", previous_level="blue", headline="x", words="x", cleared_at=NOW)
    with store.write() as conn:
        clear_alert(conn, clear)
    assert "已解除" in client.get("/?state=cleared").text
    assert 'data-key="event-1"' not in client.get("/?state=cleared").text
    assert 'data-key="event-2"' not in client.get("/?state=open").text
    assert 'data-key="event-2"' not in client.get("/?level=yellow").text


def test_every_figure_of_an_alert_links_to_the_posts_it_counted(client: TestClient) -> None:
    page = client.get("/alerts/alert-1-yellow").text
    links = re.findall(r'<a[^>]*href="(/posts\?alert=[^"]+)"[^>]*><b>(\d+)</b>', page)
    assert [n for _, n in links] == ["12", "10"]
    for link, figure in links:
        assert f"共 {figure} 条" in client.get(link.replace("&amp;", "&")).text
    assert len(client.get("/api/posts?alert=alert-1-yellow").json()["items"]) == 12
    assert client.get("/posts?alert=none").status_code == 400


def test_the_negative_posts_of_an_alert_are_those_that_it_counted(client: TestClient, store: Store) -> None:
    accused = post(7300, at=NOW - timedelta(hours=1), text="望汐派出所民警推倒了卖菜的大爷")
    moved = post(7301, at=NOW, text="民警跳下河救人，看得我哭了", attitude=1)
    forward = post(7302, at=NOW, text="转发微博", sentiment=0, attitude=None, relevant=False, repost_of=accused.id)
    posts = [accused, moved, forward]
    raised = alert(7, posts, at=NOW, counts=AlertCounts(posts=3, relevant=3, negative=2))
    raise_alert(store, raised, posts, now=NOW)
    page = client.get(f"/alerts/{raised.id}").text
    link, figure = re.findall(r'<a class="neg" href="(/posts[^"]+)"><b>(\d+)</b>', page)[0]
    listed = client.get(link.replace("&amp;", "&")).text
    assert figure == "2"
    assert "共 2 条" in listed
    assert "推倒了卖菜" in listed
    assert "跳下河" not in listed
    assert client.get("/posts?against=1").status_code == 400


def test_a_slow_rise_shows_what_it_counted_and_opens_the_posts_it_names(client: TestClient, store: Store) -> None:
    posts = [post(7400 + n, at=NOW - timedelta(minutes=n), text=f"望汐窗口排队第{n}天了") for n in range(50)]
    reasons = [Reason(rule="slow-rise", measured=1.4, threshold=1.0, unit="x", words="望汐区最近72小时80条")]
    raised = alert(8, posts, at=NOW, level="blue", reasons=reasons, counts=AlertCounts(posts=80))
    with store.write() as conn:
        upsert_posts(conn, posts)
        save_alert(conn, raised)
    for path in ("/", f"/alerts/{raised.id}"):
        page = client.get(path).text
        card = page[page.index('data-key="event-8"') if path == "/" else 0 :].partition("</article>")[0]
        link = re.findall(r'href="(/posts[^"]+)"><b>80</b>帖文（列出 50 条）', card)[0].replace("&amp;", "&")
        assert "共 50 条" in client.get(link).text
        assert "<b>0</b>" not in card
    assert 'href="/events/event-8"' not in client.get(f"/alerts/{raised.id}").text


def test_an_alert_with_more_posts_than_it_names_links_to_the_event_until_then() -> None:
    posts = crisis_posts(NOW, 60)
    assert counted(alert(1, posts[:50], at=NOW)) == {"alert": "alert-1-orange"}
    assert counted(alert(1, posts, at=NOW)) == {"event": "event-1", "until": "2026-11-20T14:30:01"}


def test_the_alert_page_shows_posts_curve_clocks_and_the_other_levels(client: TestClient) -> None:
    page = client.get("/alerts/alert-1-orange").text
    assert "40 条" in page
    assert '<svg class="chart"' in page
    assert "权威信息（5 小时）" in page
    assert 'href="/incidents/inc-event-1"' in page
    assert 'href="/alerts/alert-1-yellow"' in page
    assert "首帖</span>" in page


def test_who_was_told_is_said_in_chinese_and_a_post_without_address_ends_with_its_time(
    client: TestClient, store: Store
) -> None:
    from store.deliveries import claim

    posts = [post(7200, at=NOW, text="演练里的帖子没有网址", url="")]
    surely = Reason(rule="severe-post", measured=1.0, threshold=0.9, unit="relevance", words="严重指控")
    raised = alert(6, posts, at=NOW, reasons=[surely])
    raise_alert(store, raised, posts, now=NOW)
    with store.write() as conn:
        claim(conn, audience="值班室", channel="terminal", subject=raised.id, kind="alert", now=NOW)
        claim(conn, audience="宣传处", channel="值班群", subject=raised.id, kind="alert", now=NOW)
    page = client.get(f"/alerts/{raised.id}").text
    assert "值班室 · 终端" in page
    assert "宣传处 · 值班群" in page
    assert "测得 <b>1.00</b> · 阈值 0.90" in page
    card = client.get("/").text
    card = card[card.index('data-key="event-6"') : card.index('data-key="event-1"')]
    assert re.search(r'class="meta">微博 · [^·<]*</span>', card)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("HTTP 503", "待重试（对方返回 HTTP 503）"),
        ("ReadTimeout", "待重试（对方没有及时应答）"),
        ("ConnectError", "待重试（连不上对方）"),
        ("terminal: UnicodeEncodeError", "待重试（终端无法显示）"),
        ("Something new", "待重试（发送失败）"),
    ],
)
def test_why_a_message_did_not_arrive_is_said_in_chinese(
    client: TestClient, store: Store, error: str, says: str
) -> None:
    from store.deliveries import claim, settle

    with store.write() as conn:
        mine = claim(conn, audience="宣传处", channel="webhook", subject="alert-1-yellow", kind="alert", now=NOW)
        assert mine is not None
        settle(conn, mine, ok=False, error=error, now=NOW, retry_at=NOW + timedelta(minutes=1))
    page = client.get("/alerts/alert-1-yellow").text
    assert says in page
    assert f'title="{error}"' not in page


def test_what_was_rightly_not_told_is_not_shown_as_a_failure(client: TestClient, store: Store) -> None:
    from consumers import notify, telling
    from desk.words import NOT_TOLD
    from store import outbox

    assert set(NOT_TOLD) == {telling.NEWER, telling.OVER, telling.MOOT, notify.TOO_OLD}
    about = {"subject": "alert-1-yellow", "kind": "alert", "event": "event-1", "place": "", "level": "yellow"}
    with store.write() as conn:
        assert outbox.enroll(conn, audience="值班室", channel="terminal", now=NOW, **about)  # type: ignore[arg-type]
        outbox.drop(conn, outbox.due(conn, NOW), why=telling.NEWER, now=NOW)
    page = client.get("/alerts/alert-1-yellow").text
    assert "已由该事件更新的通知代替" in page
    assert "未送达" not in page


def test_an_alert_without_posts_in_the_store_still_opens(client: TestClient, store: Store) -> None:
    gone = [post(7100 + n, at=NOW, text="x") for n in range(2)]
    raised = alert(4, gone, at=NOW)
    with store.write() as conn:
        from store.alerts import save_alert

        save_alert(conn, raised)
    assert "已按期限清除" in client.get("/alerts/alert-4-orange").text
    assert client.get("/").status_code == 200


def test_an_alert_can_be_called_useful_or_false_and_that_can_be_undone(client: TestClient) -> None:
    for value, words in (("false_alarm", "已评价：<b>误报</b>"), ("", "这条预警有用吗")):
        data = {"alert": "alert-1-orange", "value": value, "csrf": client.csrf}
        assert client.post("/alert-feedback", data=data).status_code == 303
        assert words in client.get("/alerts/alert-1-orange").text
    assert client.post("/alert-feedback", data={**data, "value": "x"}).status_code == 400
    assert client.post("/alert-feedback", data={**data, "alert": "none"}).status_code == 404


def test_an_empty_desk_says_so_and_points_to_the_sources(client: TestClient) -> None:
    assert "没有符合条件的预警" in client.get("/?jurisdiction=nowhere").text


def test_quotes_say_different_things_and_begin_with_the_first_post() -> None:
    posts = crisis_posts(NOW, 12)
    chosen = choose_quotes(posts)
    assert chosen[0] == posts[0]
    assert len({p.text for p in chosen}) == 3
    assert choose_quotes([]) == ()


def test_the_same_text_under_two_titles_is_quoted_once() -> None:
    twice = [post(n, at=NOW, text="护栏断了三天", fingerprint=f"{n * 0xFFFF:016x}") for n in (1, 2)]
    assert len(choose_quotes(twice)) == 1
    assert len(choose_quotes([twice[0], post(3, at=NOW, text="护栏断了四天", fingerprint="")])) == 2


@pytest.mark.parametrize(
    "path", ["/?after=x", "/?level=purple", "/incidents?state=x", "/incidents?after=x", "/posts?after=?"]
)
def test_wrong_values_in_the_address_are_a_clear_page(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert "回到预警" in answer.text


def test_an_unknown_alert_is_not_found_in_chinese(client: TestClient) -> None:
    answer = client.get("/alerts/none")
    assert answer.status_code == 404
    assert "没有这条预警" in answer.text
