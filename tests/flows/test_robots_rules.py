"""robots.txt as RFC 9309 reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.robots_rules import matches, normal, parse

SITE = "https://bbs.example.org"


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /", "/x", False),
        ("User-agent: *\nDisallow:", "/x", True),
        ("", "/x", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/c", False),
        ("User-agent: *\nAllow: /page\nDisallow: /*.html", "/page.html", False),
        ("User-agent: *\nAllow: /p\nDisallow: /p", "/p", True),
        ("User-agent: *\nDisallow: /*.php$", "/forum.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/forum.php?mod=viewthread", True),
        ("User-agent: *\nDisallow: /*?mod=misc*", "/forum.php?mod=misc&action=x", False),
        ("User-agent: *\nDisallow: /*/private/", "/a/b/private/c", False),
        ("User-agent: *\nDisallow: /*/private/", "/private/c", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Minyi/1.0\nDisallow: /admin", "/x", True),
        ("User-agent: other\nDisallow: /", "/x", True),
        ("User-agent: a\nUser-agent: minyi\nDisallow: /x", "/x", False),
        ("User-agent: minyi\nDisallow: /x\nUser-agent: b\nDisallow: /y\nUser-agent: minyi\nDisallow: /z", "/z", False),
        ("\ufeffUser-agent: * # all\nDisallow: /x # no", "/x", False),
        ("user-agent:*\ndisallow:/x", "/x", False),
        ("Disallow: /x\nUser-agent: *\nDisallow: /y", "/x", True),
        ("User-agent: *\nDisallow: /%E4%BA%91", "/云/1", False),
        ("User-agent: *\nDisallow: /云", "/%e4%ba%91/1", False),
        ("User-agent: *\nDisallow: /a%2fb", "/a/b", True),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("User-agent: *\r\nCrawl-delay: 5\r\nDisallow: /x\r\n", "/x", False),
        ("User-agent: *\nDisallow: /fish*", "/fisheries", False),
        ("User-agent: *\nDisallow: /$", "/", False),
        ("User-agent: *\nDisallow: /$", "/x", True),
    ],
)
def test_the_most_specific_rule_decides(text: str, path: str, allowed: bool) -> None:
    assert parse(text, "minyi").allows(SITE + path) is allowed


def test_the_crawl_delay_of_our_own_group_counts() -> None:
    text = "User-agent: *\nCrawl-delay: 9\n\nUser-agent: minyi\nCrawl-delay: 2.5\nDisallow: /x"
    assert parse(text, "minyi").crawl_delay == 2.5
    assert parse(text, "else").crawl_delay == 9
    assert parse("User-agent: *\nCrawl-delay: soon", "minyi").crawl_delay == 0


def test_a_pattern_of_many_stars_costs_no_time() -> None:
    assert not matches("/" + "*a" * 900 + "b$", "/" + "a" * 5000)


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    parse("User-agent: *\nDisallow: " + text, "minyi").allows(SITE + "/x")
    parse(text, "minyi").allows(SITE + "/x")


@given(st.text(max_size=60))
def test_a_path_has_one_spelling(path: str) -> None:
    assert normal(normal(path)) == normal(path)
