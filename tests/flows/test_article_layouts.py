"""Articles in the layouts of usual publishing software are read as a reader reads them."""

from datetime import UTC, datetime

import pytest
from article_pages import ADDRESS, PAGES, Page

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
