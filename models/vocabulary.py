"""One Simplified Chinese word for every slug that messages and store share; desk, papers and alerts all say it so."""

LEVEL = {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色"}  # gravest first: the order of every list
AUTHOR_KIND = {"person": "个人", "media": "媒体", "government": "政务", "organisation": "机构", "unknown": "未注明"}
PLATFORM = {"news": "新闻", "weibo": "微博", "forum": "论坛", "other": "其他平台"}
CATEGORY = {
    "conduct": "执法行为",
    "service": "窗口服务",
    "crime": "案件治安",
    "traffic": "交通管理",
    "rumour": "谣言传闻",
    "praise": "表扬肯定",
    "misconduct": "违纪违法",
    "other": "其他涉警",
}
INTENT = {
    "question": "质疑",
    "criticism": "批评",
    "inquiry": "咨询",
    "complaint": "投诉",
    "report": "反映情况",
    "praise": "表扬",
    "statement": "陈述",
}
SENTIMENT = {-1: "负面", 0: "中性", 1: "正面"}
ATTITUDE = {-1: "不满", 0: "中立", 1: "肯定"}
PHASE = {
    "emerging": "发生期",
    "rising": "扩散期",
    "peak": "高潮期",
    "fading": "消散期",
    "over": "已平息",
    "reignited": "再度升温",
}
INCIDENT = {
    "waiting": "待签收",
    "checking": "核查中",
    "answered": "已回应",
    "closed": "已办结",
    "false_alarm": "误报",
}
SOURCE_STATE = {
    "ok": "正常",
    "quiet": "安静",
    "blocked": "被拦截",
    "broken": "故障",
    "new": "尚未采集",
    "unknown": "尚未采集",
}
SOURCE_REASON = {
    "captcha": "网站要求验证码",
    "login": "网站要求登录",
    "login-required": "网站要求登录",
    "token-expired": "访问令牌已过期，请更换",
    "refused": "网站拒绝读取",
    "busy": "网站提示请求过于频繁",
    "rate-limit": "网站提示请求过于频繁",
    "no-permission": "令牌没有这项权限",
    **{f"http-{status}": "网站拒绝访问" for status in (401, 403, 407, 418, 432, 451)},
    "http-404": "地址不存在",
    "http-429": "网站提示请求过于频繁",
    "http-error": "网站的应答不正确",
    "site-closed": "网站已关闭",
    "page-gone": "页面已不存在",
    "robots": "网站的 robots.txt 不允许读取",
    "robots-unavailable": "网站的 robots.txt 暂时无法读取",
    "daily-budget": "已达到每日请求上限",
    "no-secret": "缺少登录凭据（auth 指向的变量或文件为空）",
    "no-connection": "无法连接",
    "connection-lost": "连接中断",
    "timeout": "响应超时",
    "visit-timeout": "读取超时",
    "too-many-redirects": "地址反复跳转",
    "too-large": "内容过大",
    "too-many-entries": "条目过多",
    "too-complex": "页面过于复杂",
    "not-json": "返回的内容无法解读",
    "feed-disabled": "论坛关闭了订阅",
    "no-account": "没有这个账号",
    "parse-timeout": "解析超时",
    "parser-died": "解析程序中断",
    "silent": "很久没有新内容",
    "unfinished": "内容多，一轮没有读完，下一轮接着读",
    "bad-address": "地址不正确",
    "bad-compression": "返回的内容损坏",
    "unknown-content-encoding": "返回的内容无法解读",
    "account-not-a-number": "微博账号须填数字编号",
    "empty": "地址返回的内容是空的",
    "truncated": "页面总是传输不完整",
    "not-a-feed": "地址返回的不是订阅源",
    "not-a-forum": "地址返回的不是论坛",
    "not-a-list": "页面上没有文章",
    "no-articles": "列表中的文章都读不到",
    "nothing-to-search": "没有填写关键词或账号",
    "kind-not-supported": "暂不支持这种来源",
    "collector-bug": "采集程序出错，请查看日志",
    "parser-bug": "解析程序出错，请查看日志",
}
"""Why a source is blocked, broken or silent, by the slugs of docs/collection.md; other statuses show their number."""
PARTLY = "partly: "


def source_reason(reason: str) -> str:
    """The words of what a round says, also of several things at once: `silent; partly: http-500 (甲, 乙); timeout`."""
    said = []
    for one in reason.split("; "):
        slug, _, parts = one.removeprefix(PARTLY).removesuffix(")").partition(" (")
        status = slug.removeprefix("http-")
        words = SOURCE_REASON.get(slug) or (f"网站返回错误 {status}" if status.isdigit() else slug)
        before = "部分内容读不到：" if one.startswith(PARTLY) else ""
        said.append(before + words + (f"（{parts.replace(', ', '、')}）" if parts else ""))
    return "；".join(said)
