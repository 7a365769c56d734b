"""Lists of search words that hacked pages carry: casino, clinic, forged papers, private servers, loans, nonsense. Pure.

A farm is told by its shape first: many short parts, no sentence; then by what most of the parts are about, or by
random names among them. People and the police write of all these things too, in sentences, or naming the offence.
"""

import re

LEAST_PARTS = 6
PART_CHARS = 24
NONSENSE_PARTS = 12

TERMS = re.compile(
    r"[aA][gG]真人|bbin|bet\s?365|manbetx|皇冠(?:足球|体育|网)|足球比分|赌[场博]|娱乐(?:城|平台|官网)?|彩票|投注|棋牌|老虎机|电子游艺|百家乐|"
    r"(?:亚博|万博|开云|江南|米乐|乐鱼|华体会|爱游戏|半岛|星空|九游|凯发|乐橙|必[赢威]|太阳城|永利|金沙|新?葡京|威尼斯|明升|立博|博狗|金宝搏?)|走势图|开奖|"
    r"男科|妇科|包皮|人流|白癜风|癫痫|牛皮癣|银屑病|隆胸|丰胸|早泄|阳痿|壮阳|湿疣|疱疹|性病|痔疮|狐臭|不孕|整形医院|催情|减肥药|"
    r"蜘蛛池|寄生虫|站群|黑帽|[sS][eE][oO]|快速?排名|外链|友链|权重查询|刷(?:流量|排名|粉|赞)|老域名|排名优化|群发软件|"
    r"代?开.{0,6}发票|发票代开|刻章|办证|毕业证|假证|学历证|文凭|代办.{0,4}执照|"
    r"私服|新开.{0,6}sf|变态传奇|外挂|辅助(?:网)?$|代练|刷金币|盗号|"
    r"网贷|口子|黑户|套现|取现|下款|身份证借钱|征信花|贷款|"
    r"麻豆|蜜桃|秋葵视频|草莓视频|芭乐|黄瓜视频|丝瓜视频|向日葵视频|小蝌蚪|幸福宝|91视频|茄子视频|菠萝蜜|樱桃视频|鸭脖|榴莲视频|杏吧",
    re.I,
)
SOBER = re.compile(r"警|公安|派出所|举报|骗|违法|犯罪|破获|查获|涉嫌|抓获|提醒|法院|检察|监管|整治|[警騙舉違獲]")
_NONSENSE = re.compile(
    r"^(?:[a-z]{5,}\d*|[a-z]+\d+[a-z]*|\d{6,}|(?:www\.)?[\w-]+\.(?:com|net|cn|top|xyz|cc|vip|example))$", re.I
)
_PARTS = re.compile(r"[,，|｜;；/\t]+|\s+")
_SENTENCE = re.compile(r"[。！？!；…]")
_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")


def is_farm(line: str) -> bool:
    """Whether a line is a list of such words and nothing else."""
    if len(line) < 2 * LEAST_PARTS or _SENTENCE.search(line.rstrip(" ?!")) or SOBER.search(line):
        return False
    parts = [p for p in _PARTS.split(line) if p]
    short = [p for p in parts if len(p) <= PART_CHARS]
    if len(parts) < LEAST_PARTS or len(short) < 0.8 * len(parts):
        return False
    about = sum(bool(TERMS.search(p)) for p in short)
    if about >= max(4, 0.45 * len(parts)):
        return True
    random = sum(bool(_NONSENSE.match(p)) for p in short)
    words = sum(bool(_HAN.search(p)) for p in short)
    return len(parts) >= NONSENSE_PARTS and random >= 0.25 * len(parts) and words >= 0.4 * len(parts)
