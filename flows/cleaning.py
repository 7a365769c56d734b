"""What stands in a found text beside what its author wrote: link spam, page furniture, broken characters. Pure.

One call at the door, `clean`, for every text that becomes a post. It takes lines away, repairs or marks broken
passages, and never rewrites a sentence; traditional characters stay. Rules and figures: docs/articles.md.
"""

import re
from dataclasses import dataclass

from flows.link_farms import SOBER, is_farm
from flows.mojibake import repair

SPAM_HITS = 3
PAGE_LINES = 8  # a text of fewer lines, or fewer characters, is a post, not a page: furniture is not looked for
PAGE_CHARS = 600
PROSE_CHARS = 60
HEAD_LINES = 16
NOTICE_CHARS = 200

_SPAM = re.compile(
    r"无码|無碼|人妻|熟[妇婦女]|乱[伦倫]|亂倫|偷拍|自拍(?:视频|偷|亚洲|欧美)|[一二三四五]区(?:[一二三四五]区|视频|免费|在线|不卡)|"
    r"(?:亚洲|歐美|欧美|日韩|国产|國產|中文|久久|天天|夜夜|日日).{0,8}(?:精品|綜合|综合|无码|成人|视频|视頻|在线|免费|[aA][vV]|一区|另类|"
    r"偷|色|爽|干|射|操|网站|久久|字幕|av)|久久(?:久|99|精品|爱)|99(?:久久|精品|热)|精品(?:久久|国产|视频|无码|一区)|"
    r"[aA][vV](?:在线|无码|天堂|网站|片|免费|视频|尤物|毛片|电影)|尤物|成[年人](?:视频|电影|网站|午夜|片|动漫|黄|免费|在线|a?v)|午夜(?:福利|视频|理论|影院|在线)|"
    r"黄色(?:网站|视频|片|a)|毛片|三级片|福利视频|啪啪|色综合|色(?:网站|视频|情片)|丁香(?:五月|婷婷)|婷婷(?:五月|丁香)|四虎|"
    r"(?:免费|在线|永久|高清).{0,4}(?:观看|播放|视频)|又(?:大|黄|粗|硬|爽)又|内射|潮喷|巨乳|制服(?:丝袜|无码|诱惑)|伊人|欧美.?性|"
    r"时时彩|北京赛车|六合彩|百家乐|(?:真人|线上|在线)(?:娱乐|博彩|赌)|娱乐城|博彩(?:公司|网|平台)|葡京|新葡|澳门(?:金沙|威尼斯|银河)|"
    r"体育投注|(?:棋牌|彩票)(?:平台|游戏|网|app)|开奖(?:结果|直播|记录)|[pP][kK]10|威尼斯人|老虎机|"
    r"代开发票|办证刻章|代孕|(?:援交|包夜|上门)服务|迷药|私家侦探|\d{6,}(?:微信|加[qQ])",
    re.I,
)
_FARM = re.compile(r"主站蜘蛛池|蜘蛛池模板|友情链接\s*[:：]|友情連結")
_SEPARATED = re.compile(r"[,，|｜;；/\t]+|\s{2,}|\s(?=[^\s]{2,30}(?:\s|$))")
_SENTENCE = re.compile(r"[。！？!；…]")

_NOTICE = re.compile(
    r"下[载載].{0,40}(?:word|文[档檔]|格式|\.docx?)|[点點]此[处處]下[载載]|文[档檔][为為]docx?格式|[将將]本文[档檔]下[载載]|"
    r"本站小[编編]|小[编編][为為]你(?:整理|收集)|[仅僅]供[参參]考.{0,6}[欢歡]迎|"
    r"[声聲]明\s*[:：].{0,30}(?:互[联聯][网網]用[户戶]|本[网網]站|[版权權])|(?:免[责責]|版[权權])[声聲]明|"
    r"^(?:您|你)?(?:的)?(?:[当當]前|[现現]在)的?(?:所在)?位置|^首[页頁]\s*[>»›]|"
    r"^[时時][间間]\s*[:：]\s*\d{4}.{0,30}(?:下[载載]|作者|[来來]源|上[传傳])|"
    r"Copyright|All Rights Reserved|版[权權]所有|ICP[备備证證]|公[网網]安[备備]|"
    r"^(?:上一[篇页頁条]|下一[篇页頁条])|^(?:【?打印(?:本[页頁])?】?|【?[关關][闭閉](?:窗口|本[页頁])?】?|返回(?:首[页頁]|[顶頂]部|列表))$|"
    r"^分享(?:到|至)|^扫一扫|^掃一掃|(?:\d{7,12}转\d{3}.*){2}|[链鏈]接\s*[:：].{0,30}[!！]$",
    re.I,
)
_TAIL = re.compile(
    r"^\W*(?:(?:相[关關]|推[荐薦]|[热熱][门門]|延伸|更多|猜你)(?:[热熱][门門])?"
    r"(?:[阅閱][读讀]|文章|范文|新[闻聞]|[报報][道導]|[链鏈]接|推[荐薦]|[标標][签簽]|喜[欢歡]|[资資][讯訊]|[内內]容)(?:推[荐薦])?|[参參]考文[献獻])\s*[:：]?\W*$"
)
_DATED = re.compile(
    r"^\W*(?:(?:19|20)\d{2}[-/年.]\d{1,2}[-/月.]\d{1,2}日?|\d{1,2}\.\d{1,2}\.(?:19|20)\d{2})(?:[\sT]*\d{1,2}:\d{2}(?::\d{2})?)?"
)
_ISSUE = re.compile(r"^\S{2,14}\s*(?:19|20)\d{2}年(?:第?\d{1,2}期|\d{1,2}月)\S{0,6}$")


@dataclass(frozen=True)
class Cleaned:
    """A text as it may travel, and what was done to it."""

    text: str
    marks: tuple[str, ...] = ()
    """Of spam-dropped, furniture-dropped, mojibake-repaired, mojibake-marked (docs/articles.md)."""


def clean(text: str) -> Cleaned:
    """`text` without link spam and page furniture, its broken passages repaired or marked with U+FFFD.

    A text that is nothing but spam comes back empty. A text without any of these comes back as it is.
    """
    fixed, marks = repair(text)
    lines = fixed.split("\n")
    kept = [_without_farm(line) for line in lines]
    kept = [
        line for line, old in zip(kept, lines, strict=True) if (line.strip() or not old.strip()) and not is_spam(line)
    ]
    if len(kept) < len(lines) or any(k not in lines for k in kept):
        marks.add("spam-dropped")
    inner = _without_furniture(kept)
    if len(inner) < len(kept):
        marks.add("furniture-dropped")
    if not marks:
        return Cleaned(text)
    return Cleaned("\n".join(inner).strip("\n"), tuple(sorted(marks)))


def is_spam(line: str) -> bool:
    """Whether a line is a list of spam terms: many of its parts are, and it makes no sentence."""
    if is_farm(line):
        return True
    hits = [m[0] for m in _SPAM.finditer(line)]
    if not hits:
        return False
    dense = sum(map(len, hits)) / len("".join(line.split()))
    if dense < 0.5 and (_SENTENCE.search(line.rstrip(" ?!")) or SOBER.search(line)):
        return False  # people and the police speak of such things too
    parts = [p for p in _SEPARATED.split(line) if p.strip()]
    spammy = sum(bool(_SPAM.search(p)) for p in parts)
    if len(parts) >= 3 and spammy >= max(2, 0.4 * len(parts)) and dense >= 0.2:
        return True
    return len(hits) >= SPAM_HITS and dense >= 0.45


def _without_farm(line: str) -> str:
    """A line up to where a link farm was glued to it."""
    found = _FARM.search(line)
    if found is None:
        return line
    rest = line[found.end() :]
    if is_spam(rest) or len(re.split(r"[|｜]", rest)) >= 3:
        return line[: found.start()].rstrip()
    return line


def _without_furniture(lines: list[str]) -> list[str]:
    """Without what a page shows around its text. Only for a text that is a page: many lines, real paragraphs."""
    full = [i for i, line in enumerate(lines) if line.strip()]
    prose = [i for i in full if _is_prose(lines[i])]
    if len(full) < PAGE_LINES or sum(len(lines[i]) for i in full) < PAGE_CHARS or len(prose) < 2:
        return lines
    begin = _story_begins(lines, full)
    end = _story_ends(lines, full)
    return [line for i, line in enumerate(lines) if begin <= i < end and not _is_furniture(line.strip(), i <= prose[0])]


def _is_furniture(line: str, at_top: bool) -> bool:
    """A notice anywhere; above the first paragraph also a line of date or issue."""
    if not line:
        return False
    dated = len(line) <= PROSE_CHARS and (_DATED.match(line) or _ISSUE.match(line))
    return bool((len(line) <= NOTICE_CHARS and _NOTICE.search(line)) or (at_top and dated))


def _is_prose(line: str) -> bool:
    return len(line.strip()) >= PROSE_CHARS and bool(re.search(r"[。；，,]", line))


def _story_begins(lines: list[str], full: list[int]) -> int:
    """The title's line: the one above a line that holds only a date, or the first after the last notice at the top."""
    top = full[:HEAD_LINES]
    for place, index in enumerate(top):
        line = lines[index].strip()
        if place and len(line) <= PROSE_CHARS and _DATED.match(line):
            return top[place - 1]
        if len(line) > 2 * PROSE_CHARS:
            break
    begin = 0
    for place, index in enumerate(top):
        line = lines[index].strip()
        if len(line) > 2 * PROSE_CHARS:
            break
        if _NOTICE.search(line) and place + 1 < len(full) and not _DATED.search(line):
            begin = full[place + 1] if _is_greeting(line) else begin
    return begin


def _is_greeting(line: str) -> bool:
    """A page's word of welcome: above it stand only the site's own names."""
    return bool(re.search(r"本站小[编編].*[欢歡]迎", line))


def _story_ends(lines: list[str], full: list[int]) -> int:
    """Where a list of other pages begins, when nothing but titles and teasers follows."""
    for place, index in enumerate(full):
        if place < len(full) // 3 or not _TAIL.match(lines[index].strip()):
            continue
        rest = [lines[i].strip() for i in full[place + 1 :]]
        teasers = sum(len(r) < PROSE_CHARS or r.endswith(("...", "…")) for r in rest)
        if teasers >= 0.8 * len(rest):
            return index
    return len(lines)
