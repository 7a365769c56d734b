r"""What points to one person in running text: the patterns behind `models.privacy.mask`. Pure.

Each alternative of HIDDEN is one kind of number or name; a group `..._only` inside says that just this part is hidden.
Numbers are told by their form (groups, first digits, dates inside) or by the word before them (电话, 护照, 卡号);
what is followed by the unit of an amount is money. Nothing is repeated without bound next to what can match the same
characters, and every kind begins at most once in a run, so the time is linear in the length of the text.
"""

import re
import unicodedata

_FOLDED = (
    *((0xFF01, 0xFF5F), (0x2000, 0x200B), (0x2010, 0x2016), (0x2212, 0x2213), (0xA0, 0xA1), (0x3000, 0x3001)),
    *((0x2022, 0x2023), (0x2027, 0x2028), (0x30FB, 0x30FC), (0xFF65, 0xFF66), (0xFE63, 0xFE64)),
)
_DASHES, _DOTS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63", "\u2022\u2027\u30fb\uff65"


def _form(c: str) -> str:
    return "-" if c in _DASHES else "·" if c in _DOTS else unicodedata.normalize("NFKC", c)


FOLD = {point: _form(chr(point)) for low, high in _FOLDED for point in range(low, high)}
"""Full-width forms, dashes, dots and blanks as the patterns know them, one character for one character."""

_UNSEEN = "\u00ad\u200b-\u200f\u2060\ufeff"  # characters nobody sees
_SEP = rf"[ .·_\-{_UNSEEN}]{{1,3}}"
_GAP = rf"(?:{_SEP})?"
_DASH = rf"[ {_UNSEEN}]?[-_][ {_UNSEEN}]?"
_IS = r"[ 是为:=#(]{0,3}"
_END = r"(?!\d)(?!\s?[多余]?[百千]?[万亿]?(?:元(?![旦宵])|块|美元|欧元))"
_DATE = r"(?:19|20)\d\d(?:0\d|1[0-2])[0-3]\d"


def _spread(first: str, digits: int, gap: str = _GAP) -> str:
    return rf"{first}(?:{gap}\d){{{digits}}}"


def _cut(*groups: str) -> str:
    """Groups of digits with the same mark between them: 138/0000/1111, 138，0000，1111."""
    return "|".join(f" ?{mark} ?".join(groups) for mark in ",/")


_FOUR = "[0-9]{4}"
_MAIL = (
    r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]++"
    r"(?: ?@ ?[A-Za-z0-9\-]++(?:\.[A-Za-z0-9\-]++)+"
    r"|(?: ?[(\[]at[)\]] ?|#)(?:qq|126|163|139|189|sina|sohu|yeah|gmail|foxmail|outlook|hotmail|icloud)"
    r"\.(?:com|cn|net)[A-Za-z0-9._%+\-]*+)"
)
_AT = (
    r"@(?!用户(?![\w\-·])|\w{0,20}(?:警方|政务|媒体)账号)"
    rf"(?P<at_only>(?>[\w\-·]{{1,30}})[A-Za-z0-9]*+(?:(?<=\d){_SEP}\d{{3,8}}(?!\d)){{0,2}})"
)
_REGION = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_IDENTITY = (
    rf"(?<!\d)(?:{_spread('[1-9]', 5)}{_GAP}(?:1{_GAP}[89]|2{_GAP}0)(?:{_GAP}\d){{2}}{_GAP}[01]{_GAP}\d"
    rf"{_GAP}[0-3](?:{_GAP}\d){{4}}{_GAP}(?:\d(?!\d)|[Xx](?![A-Za-z0-9])|(?=[A-Za-z]))"
    rf"|{_REGION}\d{{6}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{3}}(?!\d))"
)
_CARD = rf"(?<!\d)[3-69]\d{{3}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}\d{{1,3}})?{_END}"
_CARD_SAID = (
    rf"(?:卡号|[账帐][号户]){_IS}(?P<card_only>{_spread('[0-9]', 8)}(?:{_GAP}\d){{0,10}}"
    rf"|{_FOUR}(?: ?[,/] ?{_FOUR}){{1,3}} ?[,/] ?\d{{1,4}}){_END}"
)
_ANY_MOBILE = _spread(f"1{_GAP}[3-9]", 9)
_MOBILE = (
    rf"(?<!\d)(?:(?:\+|00)?86{_GAP}|\(\+?86\){_GAP})?"
    rf"(?:(?:1[3-9]\d|\(1[3-9]\d\)){_GAP}\d{{4}}{_GAP}\d{{4}}"
    rf"|1[3-9]\d(?:{_DASH}\d{{3}}{_DASH}\d{{5}}|\d{_DASH}\d{{3}}{_DASH}\d{{4}}|\d{_DASH}\d{{4}}{_DASH}\d{{3}})"
    rf"|{_spread(f'1{_SEP}[3-9]', 9, _SEP)}){_END}"
)
_MOBILE_SPELT = rf"[一幺]{_GAP}[三四五六七八九](?:{_GAP}[零〇一二三四五六七八九幺]){{9}}"
_LOCAL = rf"[2-9]\d{{2,3}}{_GAP}\d{{4}}"
_CALL = r"(?:电话|座机|固话|热线|传真|手机|联系方式|号码|致电|拨打|(?i:tel|phone|mobile)|[☎📞📱]\ufe0f?)号?码?" + _IS
_CALL_SAID = (
    rf"{_CALL}(?P<call_only>{_ANY_MOBILE}"
    rf"|(?!{_DATE}(?!\d)){_LOCAL}(?:[、,/或和] ?{_LOCAL}(?!\d)){{0,3}}){_END}"
)
_PHONE = (
    rf"(?<!\d)(?:(?:(?:\+|00)86{_GAP}[1-9]\d{{1,2}}|\(0\d{{2,3}}\)|0\d{{2,3}})(?:{_GAP}|/){_LOCAL}(?:[\-转]\d{{1,6}})?"
    rf"|[48]00(?:{_GAP}\d{{3}}{_GAP}\d{{4}}|{_GAP}\d{{4}}{_GAP}\d{{3}}|{_DASH}\d\d{_DASH}\d{{5}})){_END}"
)
_PASSPORT = rf"(?<![A-Za-z])(?:[EGCHMLT](?!{_DATE})\d{{8}}|[EC][A-HJ-NP-Z]\d{{7}}|[HM]\d{{10}})(?![A-Za-z0-9])"
_PASSPORT_SAID = (
    rf"(?:护照|通行证|回乡证|台胞证|居留证|证件)(?:号码?)?{_IS}(?P<pass_only>[A-Za-z]{{0,2}}{_GAP}\d{{7,10}})(?!\d)"
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_PLATE_CHAR = "A-HJ-NP-Za-hj-np-z0-9"
_PLATE = (
    rf"[{_PROVINCES}] ?[A-HJ-NP-Za-hj-np-z][·.\- *]{{0,2}}(?=(?:[A-Za-z]{{0,2}}\d){{3}})"
    rf"[{_PLATE_CHAR}]{{4,5}}[{_PLATE_CHAR}挂学警港澳领试超](?![A-Za-z0-9])"
)
_HEART = "[❤♥♡💚💙🧡]\ufe0f?"
_CHAT = (
    rf"(?:(?i:(?<![A-Za-z])(?:q[ \-]?q|[vw][ \-]?x|we ?chat|wei ?xin|v ?(?:信|{_HEART})))"
    rf"|[微薇威徽] ?(?:信|{_HEART})|扣扣|企鹅|(?:加|\+)[我你个]?(?:[vV微薇]|卫星))"
)
_CHAT_WORD = r" ?(?:同?号码?|群号?|[账帐]号|(?i:id))"
_ELSEWHERE = r"(?:抖音|快手|小红书|支付宝|陌陌|钉钉|闲鱼|微博) ?(?:[账帐]?号|(?i:id))"
_NAMED = r"[A-Za-z0-9][A-Za-z0-9_\-]{4,}+"
_NUMBERED = r"(?=[A-Za-z_\-]{0,20}[\d_])(?!\d+[万亿元块人条个次年月])" + _NAMED
_SPACED = rf"{_ANY_MOBILE}(?!\d)|[1-9]\d{{2}}(?:[ \-]\d{{3}}){{1,3}}(?!\d)"
_ACCOUNT = (
    rf"(?:{_CHAT}(?:{_CHAT_WORD} {{0,2}}[是为:=#]{{0,2}}|[是为:=#]{{1,2}})|{_ELSEWHERE}[是为:=#]{{0,2}}) {{0,2}}"
    rf"(?P<named_only>{_SPACED}|{_NAMED})"
    rf"|(?:{_CHAT}|(?<![A-Za-z0-9大])[vV] ?:|[微薇] ?:) {{0,2}}(?P<account_only>{_SPACED}|{_NUMBERED})"
)
_LIST = r"[1-9]\d\d(?: ?[,/] ?\d\d00){2}|\d\d00(?: ?[,/] ?\d\d00){3}"  # 150/1000/2000, 3000/4000/5000/6000
_BORN = "(?:1[89]|20)[0-9]{2} ?[,/]? ?[01][0-9][0-3][0-9]"
_CUT = (
    rf"(?<!\d)(?=\d{{3,6}} ?[,/] ?\d{{3}})(?!{_LIST})(?:(?:{_cut('1[3-9][0-9]', _FOUR, _FOUR)}"
    rf"|(?:{_cut('[3-69][0-9]{3}', _FOUR, _FOUR, _FOUR)})(?: ?[,/] ?\d{{1,3}})?"
    rf"|{_cut('0[0-9]{2,3}', '[2-9][0-9]{2,3}', _FOUR)}|0\d{{2,3}} ?, ?[2-9]\d{{6,7}}){_END}"
    rf"|(?:{_cut('[1-9][0-9]{5}', _BORN, '[0-9]{3}[0-9Xx]')})(?![A-Za-z0-9]))"
)
_BADGE = rf"(?:警号|(?:民警|辅警|警员)(?:编号|工号|证号)){_IS}(?P<badge_only>[A-Za-z]?\d{{4,}})"
_BEGINS = (
    rf"[0-9A-Za-z._%+\-@(☎📞📱{_PROVINCES}一幺电座固热传手联号致拨卡账帐护通回台居证微薇威徽扣企加抖快小支陌钉闲"
    r"警民辅]"
)
"""What any alternative may begin with: most characters are passed over at one look."""
_DIGITS = rf"(?=[\d+(])(?:{'|'.join((_IDENTITY, _MOBILE, _PHONE, _CARD, _CUT))})"
_KINDS = (
    *(_MAIL, _AT, _DIGITS, _CARD_SAID, _CALL_SAID, _MOBILE_SPELT),
    *(_PASSPORT_SAID, _PASSPORT, _PLATE, _ACCOUNT, _BADGE),
)

HIDDEN = re.compile(f"(?={_BEGINS})(?:{'|'.join(_KINDS)})")
