"""Pages that stand in place of what was asked for, with "200 OK": a captcha, a form to log in. Pure."""

import re
from typing import Literal

from flows import charsets

HEAD_BYTES = 20_000
_CAPTCHA = re.compile(
    r"验证码|安全验证|访问过于频繁|访问频繁|请完成验证|滑动验证|captcha|verify you are human|cf-challenge", re.I
)
_PASSWORD = re.compile(r"<input\b[^<>]{0,500}\btype\s*=\s*[\"']?password\b", re.I)
_TITLE = re.compile(r"<title\b[^<>]{0,200}>([^<]{0,300})", re.I)
_LOG_IN = re.compile(r"登[录錄入陆陸]|\b(?:log|sign)[\s-]?in\b", re.I)


def wall(body: bytes, content_type: str) -> Literal["", "login-required", "captcha"]:
    """What a page that is not what it should be wants of its reader; empty when it wants nothing.

    A title that says so beside a password field is a login page: many a page has a form to log in at its top.
    """
    text, _ = charsets.decode(body[:HEAD_BYTES], charsets.of_header(content_type))
    title = _TITLE.search(text)
    if title and _LOG_IN.search(title[1]) and _PASSWORD.search(text):
        return "login-required"
    return "captcha" if _CAPTCHA.search(text) else ""
