"""Praise before a notice of the police is no accusation; before what others wrote it stays what the models say."""

import pytest

from models.analysis import Analysis, Analyzer, TextIn
from models.applause import applauds_police

NOTICE = "【警情通报】11月20日20时许,望汐区砚池路发生一起交通事故,造成2人受伤。我局交警大队已介入调查。"
COMPLAINT = "派出所门口等了三个小时没人理,这就是为人民服务?"
PRAISE = (
    "[赞]",
    "给力!",
    "👍👍👍",
    "👍🏻",
    "警察叔叔辛苦了！",
    "为民警点赞👏",
    "致敬",
    "[good][鼓掌]",
    "太棒了，加油",
    "支持~",
)
OTHER = ("[赞]不愧是你", "给力?", "不给力!", "就这?", "转发微博", "[怒]", "", "好的", "赞" * 60)


def analysis(analyzer: Analyzer, text: str, title: str = "") -> Analysis:
    [result] = analyzer.analyze([TextIn(text, title)])
    assert isinstance(result, Analysis)
    return result


@pytest.mark.parametrize("comment", PRAISE)
def test_praise_before_a_notice_is_no_accusation(analyzer: Analyzer, comment: str) -> None:
    result = analysis(analyzer, f"{comment}//@望汐公安: {NOTICE}")
    assert result.relevant
    assert result.attitude in (0, 1)


@pytest.mark.parametrize("comment", OTHER)
def test_other_comments_are_no_applause(comment: str) -> None:
    assert not applauds_police(f"{comment}//@望汐公安: {NOTICE}")


@pytest.mark.parametrize("name", ["望汐公安", "平安望汐", "望汐区警方账号", "砚池派出所 ", "云溯交警"])
def test_accounts_of_the_police_are_known_by_name(name: str) -> None:
    assert applauds_police(f"辛苦了！//@{name}：{NOTICE}")


@pytest.mark.parametrize("name", ["云溯人", "用户", "平安银行", "望汐发布", "砚池警示录"])
def test_praise_for_what_others_wrote_is_left_to_the_models(name: str) -> None:
    assert not applauds_police(f"支持//@{name}: 派出所民警打人的视频,大家看看")
    assert not applauds_police(f"支持//@{name}: 看看 //@望汐公安: {NOTICE}")
    assert not applauds_police("警察叔叔辛苦了")


def test_a_complaint_passed_on_with_praise_still_accuses(analyzer: Analyzer) -> None:
    assert analysis(analyzer, f"给力!//@云溯人: {COMPLAINT}").attitude == -1


@pytest.mark.parametrize("comment", ["", "转发微博", "转发", "转"])
def test_a_notice_merely_passed_on_is_neutral(analyzer: Analyzer, comment: str) -> None:
    result = analysis(analyzer, f"{comment}//@望汐公安: {NOTICE}")
    assert (result.relevant, result.attitude, result.sentiment) == (True, 0, 0)
