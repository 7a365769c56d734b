"""What an action says on the page it leads to: `?done=slug`, so that only our own words are ever shown."""

from collections.abc import Mapping

WORDS = {
    "label": "反馈已记录，将用于改进模型；下方可以撤销。",
    "confirmed": "已记录评分正确；下方可以撤销，也可以再更正。",
    "label-undone": "反馈已撤销。",
    "moved": "状态已更新，已写入处置记录。",
    "undone": "上一步已撤销，撤销也写入了处置记录。",
    "assigned": "负责人已更新。",
    "noted": "备注已写入处置记录。",
    "clock": "时限已标记完成，已写入处置记录。",
    "stated": "权威发布已登记。",
    "alert-feedback": "对预警的评价已记录。",
    "dismissed": "提示已关闭。",
    "password": "密码已修改，其他浏览器上的登录已失效。",
    "merged": "事件已合并，已写入记录；可以撤销。",
    "split": "所选帖文已拆为这个新事件，已写入记录；可以撤销。",
    "edit-undone": "合并或拆分已撤销，撤销也写入了记录。",
    "silenced": "已静默；红色预警仍会立即通知，结束时补发一次。",
    "silenced-nowhere": "已静默，但地点列表里已没有这个地点，可能不起作用；请在预警页右侧核对。",
    "silence-ended": "静默已结束，暂缓的通知即将发出。",
    "digest": "周报已生成。",
}


def flash_of(params: Mapping[str, str]) -> str:
    """The words for `?done=…`; empty when there is nothing to say."""
    return WORDS.get(params.get("done", ""), "")
