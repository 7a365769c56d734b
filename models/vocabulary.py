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
