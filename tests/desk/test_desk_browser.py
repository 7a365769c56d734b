"""A real Chromium looks at a real server: live pages, forms, focus, print, nothing from outside."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk_seed import alert, post, raise_alert, seed

from desk.accounts import ensure_operator
from desk.app import create_app
from desk.serve import DeskServer, listen, make_server
from store.engine import Store, open_store
from store.people import end_sessions

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: the dev extra brings it")

CHROMIUM = Path(os.environ.get("MINYI_TEST_CHROMIUM", "/usr/bin/chromium"))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: install it or set MINYI_TEST_CHROMIUM"
    ),
]
ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZE = {"width": 1366, "height": 768}
SOON_MS = 3000
PAGES = (
    "/",
    "/alerts/alert-1-orange",
    "/posts",
    f"/posts/{1000:032x}",
    "/incidents",
    "/incidents/inc-event-1",
    "/health",
    "/models",
    "/digests",
    "/password",
    "/events/event-1",
    "/nowhere",
)


class Running:
    """A seeded desk on a free port that can be stopped and started again on the same port."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.store: Store = open_store(f"sqlite:///{home / 'minyi.db'}")
        self.password = ensure_operator(self.store, home)
        seed(self.store, datetime.now(UTC))
        self.port = 0
        self.server: DeskServer | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.listener = listen("127.0.0.1", self.port)
        self.port = self.listener.getsockname()[1]
        self.server = make_server(create_app(self.store, home=self.home))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listener]})
        self.thread.start()

    def stop(self) -> None:
        assert self.server is not None
        self.server.should_exit = True
        self.thread.join(20)
        self.listener.close()

    def raise_another(self, number: int, text: str) -> None:
        now = datetime.now(UTC)
        posts = [post(8000 + 10 * number + n, at=now - timedelta(seconds=60 - n), text=text) for n in range(3)]
        raise_alert(self.store, alert(number, posts, at=now, level="red", headline=text), posts, now=now)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("desk"))
    yield running
    running.stop()
    running.store.close()


@pytest.fixture(scope="module")
def browser() -> Iterator["playwright.Browser"]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(desk: Running, browser: "playwright.Browser") -> Iterator["playwright.Page"]:
    """A signed-in page; complaints of the browser and calls to other machines fail the test."""
    context = browser.new_context(viewport=SIZE, locale="zh-CN")
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    opened.on("request", lambda r: complaints.append(r.url) if not r.url.startswith((desk.url, "data:")) else None)
    sign_in(opened, desk)
    yield opened
    context.close()
    assert complaints == []


def sign_in(opened: "playwright.Page", desk: Running) -> None:
    opened.goto(f"{desk.url}/")
    assert opened.url.endswith("/login")
    opened.fill("#name", "admin")
    opened.fill("#password", desk.password or "")
    opened.click("text=登录 >> nth=-1")
    opened.wait_for_url(f"{desk.url}/")


def until(opened: "playwright.Page", expression: str, timeout_s: float = 10.0) -> None:
    """Wait for a condition from outside: the page's own policy forbids what wait_for_function would do."""
    end = time.monotonic() + timeout_s
    while not opened.evaluate(expression):
        assert time.monotonic() < end, expression
        opened.wait_for_timeout(50)


def wait_live(opened: "playwright.Page") -> None:
    until(opened, "document.getElementById('link-state').textContent === '实时'")


def test_the_alert_and_its_reason_are_the_first_thing_a_liaison_sees(page: "playwright.Page", tmp_path: Path) -> None:
    wait_live(page)
    card = page.locator("article.alert").first
    assert "橙色" in card.inner_text()
    assert "望汐派出所" in card.inner_text()
    assert "75 分钟内 40 帖" in card.inner_text()
    box = card.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < SIZE["height"]
    page.screenshot(path=tmp_path / "home.png")


def test_a_new_alert_appears_without_reload_and_disturbs_nothing(page: "playwright.Page", desk: Running) -> None:
    wait_live(page)
    page.evaluate("window.notReloaded = true")
    page.set_viewport_size({"width": 1366, "height": 400})
    page.locator('article[data-key="event-2"] h2 a').focus()
    page.evaluate("window.scrollTo(0, 120)")
    before = page.locator('article[data-key="event-2"]').bounding_box()
    began = time.monotonic()
    desk.raise_another(5, "青岬区网传有人冒充民警敲门")
    page.wait_for_selector('article[data-key="event-5"]', timeout=SOON_MS)
    took = time.monotonic() - began
    after = page.locator('article[data-key="event-2"]').bounding_box()
    assert took < SOON_MS / 1000
    assert page.locator("article.alert").first.get_attribute("data-key") == "event-5"
    assert page.evaluate("window.notReloaded") is True
    assert page.evaluate("document.activeElement.closest('article')?.dataset.key") == "event-2"
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 3, "the page jumped under the reader"


def test_the_title_of_a_hidden_tab_counts_new_alerts(page: "playwright.Page", desk: Running) -> None:
    wait_live(page)
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})")
    desk.raise_another(6, "砚池区夜市摊主质疑处罚不公")
    until(page, "document.title.startsWith('(1 条新预警)')")
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    until(page, "!document.title.includes('新预警')")


def test_a_half_written_note_survives_what_arrives_meanwhile(page: "playwright.Page", desk: Running) -> None:
    page.goto(f"{desk.url}/incidents/inc-event-1")
    wait_live(page)
    page.fill('input[name="note"][aria-label="备注"]', "正在核实")
    page.click("summary:has-text('登记权威发布')")
    page.fill("textarea#text", "半份通报")
    desk.raise_another(7, "云溯区停车罚单贴错车")
    until(page, "document.querySelector('#nav').textContent.includes('预警')")
    page.wait_for_timeout(2500)
    assert page.input_value('input[name="note"][aria-label="备注"]') == "正在核实"
    assert page.input_value("textarea#text") == "半份通报"
    assert page.locator("details#new-statement").get_attribute("open") is not None


def test_an_incident_is_taken_and_the_move_undone(page: "playwright.Page", desk: Running, tmp_path: Path) -> None:
    page.goto(f"{desk.url}/")
    page.click('article[data-key="event-1"] .facts a[href^="/incidents/"]')
    wait_live(page)
    first = page.locator("[data-due]").first
    was = first.inner_text()
    assert "剩余" in was
    until(page, f"document.querySelector('[data-due]').textContent !== {was!r}")
    page.fill("#move-note", "值班民警签收")
    page.click("text=签收并核查")
    page.wait_for_selector("text=状态已更新")
    assert "核查中" in page.locator(".steps [aria-current]").inner_text()
    assert "done=" not in page.url
    assert "值班民警签收" in page.locator("#incident-log").inner_text()
    page.screenshot(path=tmp_path / "incident.png", full_page=True)
    page.click("text=撤销上一步")
    page.wait_for_selector("text=上一步已撤销")
    assert "待签收" in page.locator(".steps [aria-current]").inner_text()


def test_a_colleagues_move_shows_on_an_open_page(page: "playwright.Page", desk: Running) -> None:
    from store.incidents import move

    page.goto(f"{desk.url}/incidents/inc-event-5")
    wait_live(page)
    with desk.store.write() as conn:
        move(conn, "inc-event-5", "checking", by="colleague", now=datetime.now(UTC))
    page.wait_for_selector(".steps [aria-current]:has-text('核查中')", timeout=SOON_MS)
    page.wait_for_selector("#moves >> text=标为已回应")


def test_the_filters_give_short_addresses_and_work_again_after_going_back(
    page: "playwright.Page", desk: Running
) -> None:
    page.goto(f"{desk.url}/posts")
    page.select_option("#f-category", "service")
    page.click("form.filters button")
    page.wait_for_url("**/posts?category=service")
    assert page.locator("#post-list tr").count() == 9
    page.go_back()
    page.wait_for_url("**/posts")
    page.select_option("#f-platform", "news")
    page.click("form.filters button")
    page.wait_for_url("**/posts?*platform=news*")


def test_a_correction_is_given_and_taken_back(page: "playwright.Page", desk: Running) -> None:
    page.goto(f"{desk.url}/posts/{3001:032x}")
    page.click("text=其实与警务有关")
    page.wait_for_selector("#labels >> text=与警务有关")
    page.click("#labels >> text=撤销")
    page.wait_for_selector("text=反馈已撤销")
    assert page.locator("#labels form[action='/post-feedback-undo']").count() == 0


def test_scores_are_confirmed_in_one_click_then_corrected_then_taken_back(
    page: "playwright.Page", desk: Running, tmp_path: Path
) -> None:
    page.goto(f"{desk.url}/posts/{1001:032x}")
    page.click("button:text-is('评分正确')")
    page.wait_for_selector("text=已记录评分正确")
    assert "涉警、情感、对警态度、分类、意图" in page.locator("#labels").inner_text()
    assert page.locator("button:text-is('评分正确')").count() == 0
    page.select_option("select[aria-label='正确的意图']", "complaint")
    page.click("form:has(select[aria-label='正确的意图']) button")
    page.wait_for_selector("#labels >> text=意图：投诉")
    assert "涉警、情感、对警态度、分类" in page.locator("#labels form").first.inner_text()
    page.click("#label-history summary")
    assert page.locator("#label-history li").count() == 6
    page.screenshot(path=tmp_path / "confirmed.png", full_page=True)
    page.click("#labels form:has-text('评分正确：') >> text=撤销")
    page.wait_for_selector("text=反馈已撤销")
    assert "意图：投诉" in page.locator("#labels form").last.inner_text()
    assert page.locator("button:text-is('其余评分正确')").is_visible()


def test_a_twin_is_found_on_the_page_of_an_event_merged_with_one_click_and_taken_back(
    page: "playwright.Page", desk: Running, tmp_path: Path
) -> None:
    desk.raise_another(31, "澜汀东站出站口辅警抢走旅客手机")
    desk.raise_another(32, "辅警在澜汀东站出站口抢旅客手机的视频")
    page.goto(f"{desk.url}/events/event-31")
    wait_live(page)
    twin = page.locator("#twins li").first
    assert "抢旅客手机的视频" in twin.inner_text()
    assert "红色" in twin.inner_text()
    assert "3 帖" in twin.inner_text()
    page.screenshot(path=tmp_path / "twins.png", full_page=True)
    page.fill('input[aria-label="合并理由"]', "同一段视频")
    twin.locator("button").click()
    page.wait_for_selector("text=事件已合并")
    assert "/events/event-32" in page.url
    assert "同一段视频" in page.locator("#edit-log").inner_text()
    assert page.locator("#event-posts tr").count() == 6
    page.click("text=撤销上一步")
    page.wait_for_selector("text=合并或拆分已撤销")
    page.goto(f"{desk.url}/events/event-31")
    page.fill('input[name="find"]', "办证大厅")
    page.press('input[name="find"]', "Enter")
    assert "砚池区办证大厅" in page.locator("#found li").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"]


def test_no_page_is_wider_than_the_desks_screens(page: "playwright.Page", desk: Running, tmp_path: Path) -> None:
    for number, path in enumerate(PAGES):
        page.goto(desk.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"], path
        page.screenshot(path=tmp_path / f"{number}.png")


@pytest.mark.timeout(300)
def test_every_page_fits_a_phone(page: "playwright.Page", desk: Running, tmp_path: Path) -> None:
    wide = {}
    for number, path in enumerate(PAGES):
        page.goto(desk.url + path)
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
        for width in (360, 375):
            page.set_viewport_size({"width": width, "height": 740})
            wide[path, width] = page.evaluate("document.documentElement.scrollWidth")
        page.screenshot(path=tmp_path / f"phone-{number}.png", full_page=True)
    assert {(path, width): found for (path, width), found in wide.items() if found > width} == {}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/alerts/alert-1-orange", "#event-posts .t"),
        ("/events/event-1", "#event-posts .t"),
        ("/posts", "#post-list .t"),
        ("/incidents", "#incident-list .t"),
        ("/", ".quotes .q"),
    ],
)
def test_on_a_phone_what_people_say_has_room(page: "playwright.Page", desk: Running, path: str, said: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(desk.url + path)
    wide = page.evaluate(f"[...document.querySelectorAll('{said}')].map((e) => e.getBoundingClientRect().width)")
    assert wide
    assert min(wide) > 240


@pytest.mark.parametrize(
    ("path", "first"), [("/alerts/alert-1-orange", "#alert-incident"), ("/events/event-1", "#merge")]
)
def test_on_a_phone_what_is_to_be_done_stands_before_the_posts(
    page: "playwright.Page", desk: Running, path: str, first: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(desk.url + path)
    top = "document.querySelector('{}').getBoundingClientRect().top"
    assert page.evaluate(top.format(first)) < page.evaluate(top.format("#event-posts"))


def test_an_incident_prints_on_one_a4_page(page: "playwright.Page", desk: Running, tmp_path: Path) -> None:
    from pypdf import PdfReader

    page.goto(f"{desk.url}/incidents/inc-event-1")
    page.pdf(path=tmp_path / "incident.pdf", prefer_css_page_size=True)
    printed = PdfReader(tmp_path / "incident.pdf")
    width, height = (float(x) for x in printed.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (595, 842)
    assert len(printed.pages) == 1


def test_the_keyboard_alone_reaches_the_first_alert(page: "playwright.Page") -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('article') !== null"):
            break
    assert "alerts/" in page.evaluate("document.activeElement.href")


def test_a_session_that_ended_says_so_and_stops_updating(page: "playwright.Page", desk: Running) -> None:
    wait_live(page)
    with desk.store.write() as conn:
        end_sessions(conn, "admin")
    desk.raise_another(8, "望汐区夜间噪声投诉")
    page.wait_for_selector("text=登录已过期")


def test_a_lost_connection_is_said_and_mended_by_itself(page: "playwright.Page", desk: Running) -> None:
    wait_live(page)
    desk.stop()
    page.wait_for_selector("text=连接中断：", timeout=8000)
    desk.raise_another(9, "青岬派出所服务热线无人接听")
    desk.start()
    page.wait_for_selector('article[data-key="event-9"]', timeout=15_000)
    with contextlib.suppress(playwright.TimeoutError):
        page.wait_for_selector("#link-strip", state="hidden", timeout=3000)
    assert page.locator("#link-strip").is_hidden()
