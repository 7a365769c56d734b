# ruff: noqa: E501  farms and markup stand as they come
"""Link farms of kinds nobody listed beforehand go; lists people write stay. Example texts invented."""

from datetime import UTC, datetime

import pytest

from flows.cleaning import clean, is_spam
from flows.sources.article import read

STORY = [
    "11月20日，澜汀市公安局望汐派出所在夜市设立流动警务点，为商户讲解防诈骗知识，现场解答群众提问四十余次。",
    "民警结合近期发案特点，提醒大家不轻信、不透露、不转账，遇到可疑情况及时拨打110报警，或到派出所咨询。",
    "商户代表表示，流动警务点开到家门口，问事方便多了，希望今后每周都能来一次。",
]
FARMS = {
    "casino": "bbin平台,皇冠足球比分,澳门银河赌场,ag真人试玩,凯发k8,乐橙娱乐,百家乐技巧,mg电子游艺,pt老虎机,彩票走势图,必赢亚洲,太阳城集团",
    "medical": "澜汀男科医院 包皮手术多少钱 无痛人流哪家好 白癜风治疗 癫痫病医院 牛皮癣怎么治 隆胸价格 早泄治疗方法 治疗尖锐湿疣 妇科医院排名",
    "seo": "蜘蛛池出租|寄生虫程序|站群系统|黑帽seo|快速排名|外链代发|友链交易|百度权重查询|刷流量软件|老域名出售|关键词排名优化",
    "invoices": "代开发票 澜汀代开餐饮发票 开住宿费发票 代开建筑发票 增值税发票代开 办理毕业证 刻章办证 办理学历证书 代办营业执照 假证制作",
    "games": "传奇私服发布网,新开传奇sf,变态传奇,热血江湖私服,天龙八部私服,奇迹私服,魔域私服,dnf辅助,cf外挂,吃鸡外挂,王者荣耀代练",
    "loans": "黑户贷款 无视黑白秒下款 不看征信网贷 身份证借钱口子 高炮口子 征信花了怎么借钱 信用卡套现 花呗套现 白条取现 2026必下款口子",
    "nonsense pairs": "gtx560ti 22275160120 igobeat 比萨树 甲氧基铝 蓝染爱 找奇坊 多福卡盟 易顺佳鞋业 瓦格纳61勒夫 神雕桃花劫 jmsjwend 祥园刻章 黄菊百科 炮艇坠毁 qvod播放 kkbokk",
    "adult, with pipes": "麻豆传媒|91视频|蜜桃视频app|秋葵视频|草莓视频下载|芭乐视频|黄瓜视频|丝瓜视频ios|向日葵视频|小蝌蚪视频|幸福宝",
    "breadcrumb of a farm": "www.888.example|www.999.example|www.777.example|bet365|188金宝搏|亚博体育app|万博manbetx|开云体育|江南体育|米乐m6|乐鱼体育|华体会",
}  # fmt: skip
LISTS = [
    "云溯区、望汐区、砚池区、青岬区、灯市口街道、老码头街道、东门街道、南桥街道、西岭街道、北湖街道",
    "张某 李某 王某 赵某 钱某 孙某 周某 吴某 郑某 冯某 陈某 褚某",
    "关键词：社区警务 群众路线 矛盾化解 网格管理 流动人口 反诈宣传",
    "涉案平台包括“金顺娱乐”“鸿运棋牌”“大富豪彩票”等，民警提醒均为赌博诈骗。",
    "整治内容：代开发票、刻章办证、私服外挂、黑户贷款小广告、无证男科诊所，欢迎举报。",
    "星期一 星期二 星期三 星期四 星期五 星期六 星期日 上午 下午 晚上 全天 休息",
    "1路 2路 5路 8路 12路 15路 21路 33路 K1路 夜3路 机场大巴 地铁一号线 绕行",
    "苹果 香蕉 橙子 西瓜 葡萄 草莓 黄瓜 丝瓜 秋葵 蜜桃 向日葵 今天的菜市场什么都有",
    "早上去医院看牛皮癣，医生说别着急，下午又去派出所补办身份证，排队一小时",
    "#澜汀夜市# #灯市口# #反诈宣传# #平安澜汀# #警民一家亲#",
    "单位 姓名 警号 职务 电话 辖区 值班 备勤 休假 备注",
    "万家乐 华帝 老板 方太 美的 海尔 格力 小米 联想 华为",
]


@pytest.mark.parametrize("name", FARMS)
def test_a_farm_goes_and_the_story_stays(name: str) -> None:
    text = "\n".join([FARMS[name], *STORY, FARMS[name]])
    assert clean(text).text == "\n".join(STORY)


@pytest.mark.parametrize("line", LISTS)
def test_lists_that_people_write_stay(line: str) -> None:
    assert not is_spam(line)
    assert clean(line).text == line


def page(before: str, after: str, title: str = "望汐派出所在夜市设流动警务点") -> str:
    story = "".join(f"<p>{p}</p>" for p in STORY)
    return (
        f"<html><head><title>{title}</title></head><body>{before}<div class='nav'><a href='/'>首页</a></div>"
        f"<h1>望汐派出所在夜市设流动警务点</h1><div class='time'>2026-11-21 09:00</div><div class='nr'>{story}</div>{after}</body></html>"
    )


WORDS = "，".join(FARMS["casino"].split(",") * 12)
HIDDEN = [
    "<div style='display:none'>{}</div>",
    "<div style='position:absolute; left:-9999px'>{}</div>",
    "<div style='height:0;overflow:hidden'>{}</div>",
    "<div style='text-indent:-9999px'>{}</div>",
    "<p style='font-size:0px'>{}</p>",
    "<marquee height='1' width='1' scrollamount='3000'>{}</marquee>",
    "<div hidden>{}</div>",
]


@pytest.mark.parametrize("wrapper", HIDDEN)
def test_hidden_words_are_not_the_story_however_many(wrapper: str) -> None:
    sentences = wrapper.format("本公司专业提供各类服务，欢迎新老客户来电咨询洽谈。" * 40)
    for farm in (wrapper.format(WORDS), sentences):
        for markup in (page(farm, ""), page("", farm)):
            found = read(
                markup.encode(), "text/html", url="", zone="Asia/Shanghai", now=datetime(2026, 12, 1, tzinfo=UTC)
            )
            assert found is not None
            assert found.text == "\n".join(STORY)


@pytest.mark.parametrize("name", FARMS)
def test_an_open_farm_around_an_article_is_not_the_article(name: str) -> None:
    words = FARMS[name] + "，" + FARMS[name]
    links = "".join(f"<a href='http://x{n}.example.net/'>{w}</a> " for n, w in enumerate(FARMS[name].split()))
    for farm in (f"<div>{words}</div>", f"<div>友情链接：{links}</div>"):
        found = read(
            page(farm, farm).encode(), "text/html", url="", zone="Asia/Shanghai", now=datetime(2026, 12, 1, tzinfo=UTC)
        )
        assert found is not None
        assert found.text == "\n".join(STORY)


def test_a_hacked_title_does_not_replace_the_headline() -> None:
    markup = page("", "", title=FARMS["casino"])
    found = read(markup.encode(), "text/html", url="", zone="Asia/Shanghai", now=datetime(2026, 12, 1, tzinfo=UTC))
    assert found is not None
    assert found.title == "望汐派出所在夜市设流动警务点"
