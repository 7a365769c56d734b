# ruff: noqa: E501  wordings stand as sites write them
"""Articles in the layouts of usual publishing software are read as a reader reads them."""

from datetime import UTC, datetime

import pytest
from article_pages import ADDRESS, MORNING, PAGES, PARAGRAPHS, TITLE, Page, body, whole

from flows.sources.article import Article, read

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def reading(page: Page) -> Article:
    url = ADDRESS.get(page.name, "http://a.example.org/show/12.html")
    found = read(page.markup.encode(), "text/html", url=url, zone="Asia/Shanghai", now=NOW)
    assert found is not None
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_the_text_is_the_story_and_nothing_else(page: Page) -> None:
    assert reading(page).text.split("\n") == list(page.text)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_the_title_is_the_headline(page: Page) -> None:
    assert reading(page).title == page.title


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_the_time_is_the_publication(page: Page) -> None:
    found = reading(page)
    assert (found.published_at, found.hour_known) == (page.published_at, page.hour_known)


@pytest.mark.parametrize("page", [p for p in PAGES if p.outlet], ids=lambda p: p.name)
def test_the_outlet_is_the_stated_source(page: Page) -> None:
    assert reading(page).outlet == page.outlet


def plain(
    line: str = "2026-11-21 08:30", tail: str = "", title: str = f"{TITLE}_澜汀网", heading: str = f"<h1>{TITLE}</h1>"
) -> Article:
    markup = whole(f"{heading}<div class='info'>{line}</div><div class='c'>{body()}{tail}</div>", title=title)
    found = read(markup.encode(), "text/html", url="http://a.example.org/x.html", zone="Asia/Shanghai", now=NOW)
    assert found is not None
    return found


LINES = [
    "发布时间：2026-11-21 08时30分", "发表于 2026/11/21 上午8:30", "时间：2026年11月21日8点30分", "[2026-11-21 08:30]", "2026-11-21T08:30:00",
    "08:30 2026-11-21", "2026年11月21日 星期六 08:30", "11-21 08:30", "更新时间：2026-11-25 09:00 发布时间：2026-11-21 08:30",
    "来源：澜汀网2026-11-21 08:30", "2026-11-21 08:30来源：澜汀网", "稿源：澜汀发布 | 2026-11-21 08:30", "2026年11月21日08:30:00 来源：澜汀网 编辑：某某",
]  # fmt: skip
DAYS = [
    "二〇二六年十一月二十一日",
    "日期：2026.11.21",
    "时间:2026-11-21 来源:本站 浏览:3200次",
    "发布日期: 2026-11-21 访问量: 20261",
]
TAILS = [
    "来源：云溯公安", "责任编辑：某甲", "点赞、转发、在看", "喜欢就点个赞吧", "扫码关注平安澜汀微信公众号", "更多精彩内容请关注“平安澜汀”", "— END —",
    "版权声明：本文版权归澜汀网所有，未经许可不得转载。", "本文来自澜汀网，转载请注明出处。", "举报/反馈", "收藏 点赞 评论 分享", "编辑丨某甲 审核丨某乙 监制丨某丙",
    "上一篇：没有了 下一篇：夜市恢复", "Tags：夜市 通报", "打开APP阅读全文", "网友评论仅供网友表达个人看法，并不表明本站同意其观点",
]  # fmt: skip
OWN = [
    "云溯区公安分局",
    "监督电话：12389",
    "附件：警情通报.pdf",
    "（此件公开发布）",
    "记者：现在情况怎么样？",
    "点赞民警！",
]
TITLES = [
    "{}_社会_澜汀网", "{}-澜汀新闻网-望汐区", "{} - 澜汀市公安局", "{} | 澜汀日报", "{}|夜市|通报_澜汀网", "澜汀网-{}", "{}--澜汀网", "{}——澜汀网",
    "{} 澜汀网", "{}-警情通报-澜汀市公安局",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_time_is_read_however_it_is_written(line: str) -> None:
    found = plain(line)
    assert (found.published_at, found.hour_known) == (MORNING, True)


@pytest.mark.parametrize("line", DAYS)
def test_a_day_is_a_day_and_no_counter_is_an_hour(line: str) -> None:
    found = plain(line)
    assert (found.published_at, found.hour_known) == (datetime(2026, 11, 20, 16, tzinfo=UTC), False)


@pytest.mark.parametrize("tail", TAILS)
def test_a_tail_is_no_part_of_the_story(tail: str) -> None:
    assert plain(tail=f"<p>{tail}</p>").text.split("\n") == list(PARAGRAPHS)


@pytest.mark.parametrize("line", OWN)
def test_what_the_author_closed_with_stays(line: str) -> None:
    assert plain(tail=f"<p>{line}</p>").text.split("\n") == [*PARAGRAPHS, line]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("heading", ["", f"<h1>澜汀网</h1><h2>{TITLE}</h2>"])
def test_the_names_of_site_and_section_are_no_part_of_the_title(title: str, heading: str) -> None:
    assert plain(title=title.format(TITLE), heading=heading).title == TITLE
