"""Applause: a short comment of nothing but praise before what an account of the police wrote. Pure.

给力! //@望汐公安: 警情通报... was read as an accusation: in the posts that were learnt, a word of one's own before a
notice mostly is one. Of 410 real applauding comments (weibo_senti, SMP2020) nine in ten are positive. Before what
others wrote it stays as the models say: 支持 //@云溯人: 民警打人 supports the accuser.
"""

import re

MOST_CHARS = 60  # of a comment and its //
_PRAISE = (
    "点赞|大赞|超赞|赞|给力|威武|致敬|敬礼|好样的|棒|支持|辛苦|感谢|谢谢|加油|干得漂亮|干的漂亮|做得好|干得好|好评|了不起|打call"
    r"|\[(?:赞|赞啊|good|鼓掌|给力|威武|心|爱你|鲜花|送花花|拳头|作揖|抱抱|敬礼|中国赞|给你小心心|打call|加油)\]"
    "|[👍👏💪🌹💐❤🫡🙏]"
)
_BESIDE = (
    "警察|民警|交警|辅警|特警|公安|警官|警方|叔叔|蜀黍|同志|小哥哥|小姐姐|我们|咱们|你们|他们|大家|人民|必须|一个"
    r"|[为向给的都真太很好个了啊呀哦吧们\s!！~～,，.。、\ufe0f\u200d\U0001f3fb-\U0001f3ff]"
)
_POLICE = r"(?:[^\s:：@/]{0,20}(?:公安|派出所|警(?!示|醒|钟|句))|平安(?!银行|保险|人寿|健康))[^\s:：@/]{0,20}\s?"
_FORWARD = re.compile(rf"((?:{_PRAISE}|{_BESIDE}){{1,30}})//\s?[@＠]{_POLICE}[:：]")
_PRAISED = re.compile(_PRAISE)


def applauds_police(text: str) -> bool:
    """Does the author of `text` forward what an account of the police wrote, and only praise it? Irony is not seen."""
    found = _FORWARD.match(text) if "//" in text[:MOST_CHARS] else None
    return bool(found and _PRAISED.search(found[1]))
