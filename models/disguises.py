"""Words for the police that people spell so that no filter finds them, and nicknames -> the usual words. Pure.

公an, jing察, paichusuo, 警.察, 警⭐察, jc叔叔: pinyin in part or whole, initials where the words around them leave no
doubt, and marks between the characters. Latin letters count only as a word of their own (not in jingcha.com, JCB,
@gongan_fans), marks only where no other word could end and begin (机警、察言观色 stays). JC alone stays too: the models
know it, and it is also a singer and a brand.

被条子抓, 👮来了, 景察打人: nicknames that mean the police only where the words around them say so. Those that always do
(帽子叔叔) stand in config/lexicon/nicknames.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import product

_TONES = {"a": "āáǎàÀÁ", "e": "ēéěè", "i": "īíǐì", "o": "ōóǒò", "u": "ūúǔùǖǘǚǜü"}
_PLAIN = {ord(c): letter for letter, tones in _TONES.items() for c in tones} | {c: chr(c + 32) for c in range(65, 91)}
_TONED = re.compile(f"[{''.join(_TONES.values())}]")

_MARKS = r".·・•*|_\-/~+^=#—–\u2190-\u21ff\u25a0-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff"  # no comma, no full stop
_MARK, _MARK_OR_BLANK = f"[{_MARKS}]{{1,2}}", f"[ {_MARKS}]{{1,2}}"
_LOOSE = f"[ '{_MARKS}]?"
_BEGIN, _END = r"(?<![a-z0-9_@./\-])", r"(?![a-z0-9_@]|[./\-][a-z0-9])"
_ALONE_BEGIN, _ALONE_END = rf"{_BEGIN}(?<![a-z] )", rf"{_END}(?! ?[a-z])"
_OTHER_WORD = "(?![察方惕示告钟醒句觉戒报员官犬车服号力队务情校营民种])"  # 警 begins a word of its own

_SYLLABLES = {
    "警察": ("jing", "cha"),
    "派出所": ("pai", "chu", "suo"),
    "公安局": ("gong", "an", "ju"),
    "公安": ("gong", "an"),
    "民警": ("min", "jing"),
    "辅警": ("fu", "jing"),
    "交警": ("jiao", "jing"),
    "协警": ("xie", "jing"),
    "刑警": ("xing", "jing"),
    "特警": ("te", "jing"),
    "报警": ("bao", "jing"),
    "出警": ("chu", "jing"),
    "警方": ("jing", "fang"),
    "城管": ("cheng", "guan"),
    "吸毒": ("xi", "du"),
    "贩毒": ("fan", "du"),
    "强奸": ("qiang", "jian"),
}
_ONLY_MIXED = {"刑警", "特警", "出警", "警方", "吸毒", "贩毒", "强奸"}  # xingjing is 行径 as well, chujing 处境
_NOT_BEFORE = {"警察": "[北南东西燕]", "公安": "[办不奉]", "交警": "[提转移社外递]", "民警": "[市居农人村网国]"}
_NOT_AFTER = {
    "公安": " ?(?:县|county)",
    "报警": "[典济营费]",
    "警察": "[看觉言访]",
    "派出所": "[有需得以谓属在]",
}
_MARKED = (
    ("警察", rf"警(?:{_MARK_OR_BLANK}|[、,])察(?![觉看言访颜微其人院合])|警[(\[【<《「]察[)\]】>》」]"),
    ("派出所", rf"派(?:{_MARK_OR_BLANK}出(?:{_MARK_OR_BLANK})?|出{_MARK_OR_BLANK})所(?!{_NOT_AFTER['派出所']})"),
    ("公安局", f"公{_MARK}安{_MARK}局"),
    ("公安", f"(?<![办不奉])公{_MARK}安(?!{_LOOSE}[全心静排稳装置得慰分宁逸息乐康详闲好县])"),
    *(
        (word, f"(?<![提转移社市居农人村网国])[{word[0]}]{_MARK}警{_OTHER_WORD}")
        for word in ("民警", "交警", "辅警", "特警")
    ),
    *((word, f"[{word[0]}]{_MARK}警{_OTHER_WORD}") for word in ("协警", "刑警", "报警", "出警")),
)
_AT_WORK = "叔叔|蜀黍|蜀蜀|大叔|哥哥|小哥|同志|出警|执法|上门|不作为|态度|调解|带走"
_CATCHING = "来了|抓|打人|盯上|查|拦|追|扫|上门|罚|把[我他她人]|带走|蹲"
_SOMEBODY = "(?! ?(?:某|女士|先生|小姐|太太|老师|同学|总|君|[姐哥女男市区县镇村路型款级座栋]))"  # 网民J女士, 加强J区
_OFFICERS = "民交辅刑特协网"
_INITIALS = (
    (
        "警察",
        rf"{_BEGIN}jc(?= ?(?:{_AT_WORK}|{_CATCHING}|不管|敲门|到场|立案|破案|办案|盘问))"
        rf"|(?<=[被叫喊找])jc{_END}|(?<![{_OFFICERS}])警c{_END}{_SOMEBODY}|{_BEGIN}j察"
        rf"|(?<![背风情场前全夜远近美光盆])景察(?![看觉哈言访])",
    ),
    ("警方", rf"(?<![{_OFFICERS}])警f{_END}{_SOMEBODY}|{_BEGIN}j方|{_BEGIN}jf(?=通报|介入|回应)"),
    (
        "派出所",
        rf"{_BEGIN}pcs(?= ?(?:{_AT_WORK}|报案|报警|不?立案|所长|门口|推|不管|做笔录))"
        rf"|(?<=[去到进])pcs{_END}|派cs{_END}|派出s{_END}|{_BEGIN}p出所",
    ),
    ("公安局", rf"{_BEGIN}gaj{_END}|{_BEGIN}ga局|{_BEGIN}g安局|公a局"),
    ("报警", rf"(?<![情海日晚早周电汇举预])报j{_END}{_SOMEBODY}"),
    ("特警", rf"(?<![模独奇])特j{_END}{_SOMEBODY}"),
    ("强奸", rf"(?<![最更很加小增自坚])强j{_END}{_SOMEBODY}"),
    ("吸毒", rf"(?<!呼)吸d{_END}"),
    ("贩毒", rf"(?<![商小])贩d{_END}{_SOMEBODY}"),
    ("民警", rf"{_BEGIN}mj(?= ?(?:{_AT_WORK}))|(?<![市居农人村网国公股选移难渔牧])民j{_END}{_SOMEBODY}"),
    ("辅警", rf"{_BEGIN}fj(?= ?(?:{_AT_WORK}|打人))|辅j{_END}{_SOMEBODY}"),
    ("交警", rf"{_BEGIN}jj(?= ?(?:执法|乱?罚款|乱罚|贴条|抄牌|拦车|查酒驾|查车))"),
)
_STRIPS = "布面粉纸铁木铝钢塑金封胶藤柳枝欠借白黄红拉半个根批字便油肉豆假请内竹皮线彩灯饰海报写留递的"
_OFFICER = "👮[\U0001f3fb-\U0001f3ff]?[♀♂]?"
_NICKNAMES = (
    (
        "警察",
        rf"(?:(?<=[被喊怕])|(?<![{_STRIPS}])(?=条子(?:{_CATCHING})))条子"
        rf"|(?:(?<=[被叫喊找让问跟和给个位名]){_OFFICER}|(?<![^,。!?~\s]){_OFFICER}(?=[\u4e00-\u9fff]))",
    ),
    ("警车", "(?<=[辆台上])[🚓🚔]|[🚓🚔](?=[来到停开出])"),
)
NICKNAMES = ("条子", "👮", "🚓", "🚔", "景察")
"""One of these stands in every one that is not of Latin letters."""


def _spelt(word: str, sounds: tuple[str, ...]) -> Iterator[str]:
    """The patterns of one word with some or all of its characters in pinyin."""
    not_before = f"(?<!{_NOT_BEFORE[word]})" if word in _NOT_BEFORE else ""
    not_after = f"(?!{_NOT_AFTER[word]})" if word in _NOT_AFTER else ""
    for latin in product((False, True), repeat=len(word)):
        if not any(latin) or (all(latin) and word in _ONLY_MIXED):
            continue
        whole = all(latin)
        begin, end = (_ALONE_BEGIN, _ALONE_END) if whole else (_BEGIN * latin[0], _END * latin[-1])
        parts = [sound if spelt else han for han, sound, spelt in zip(word, sounds, latin, strict=True)]
        yield f"{not_before}{begin}{(_LOOSE if whole else '').join(parts)}{end}{not_after}"


_PATTERNS = (
    *((word, "|".join(_spelt(word, sounds))) for word, sounds in _SYLLABLES.items()),
    *_MARKED,
    *_INITIALS,
    *_NICKNAMES,
)
_WORDS = [word for word, _ in _PATTERNS]
KEYS = "".join(sorted({c for word in _SYLLABLES for c in word} - {"方"}))
"""One of these stands beside a letter, or two of them beside marks, in every other disguise not of Latin letters
alone. 方 is common, and beside it stands another or a j."""
BEGINNINGS = ("j", "gon", "gua", "pai", "pcs")
"""One of these stands in every disguise of Latin letters alone."""
_POSSIBLE = re.compile(
    rf"[{KEYS}](?:[a-z]|[^\u4e00-\u9fff]{{1,2}}[{KEYS}])|[a-z][{KEYS}]|{'|'.join(BEGINNINGS + NICKNAMES)}"
)
_BEGINS = "".join(
    sorted(
        {c for word, sounds in _SYLLABLES.items() for c in word[0] + sounds[0][0]}
        | {c for word, _ in _INITIALS for c in word[0]}
        | {name[0] for name in NICKNAMES}
    )
)


def undisguised(text: str) -> str:
    """`text` with the usual word for every disguise and nickname; the same object where there is none.

    Expects simplified characters in their NFKC form.
    """
    small = _small(text)
    if not _POSSIBLE.search(small):
        return text
    parts: list[str] = []
    done = 0
    for hit in _disguised().finditer(small):
        parts += [text[done : hit.start()], _WORDS[(hit.lastindex or 1) - 1]]
        done = hit.end()
    return "".join(parts) + text[done:] if parts else text


@cache
def _disguised() -> re.Pattern[str]:
    """One group for each of _WORDS; takes 40 ms to make, and many runs never need it."""
    return re.compile(f"(?=[{_BEGINS}])(?:{'|'.join(f'({pattern})' for _, pattern in _PATTERNS)})")


def _small(text: str) -> str:
    """`text` in small letters without tones, one character for one character."""
    small = text.lower()
    if len(small) != len(text) or _TONED.search(small):  # seldom, and ten times as long
        small = text.translate(_PLAIN)
    return small
