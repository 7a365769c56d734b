"""Words for the police are read however they are disguised or nicknamed, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.analysis import Analysis, Analyzer, TextIn
from models.disguises import undisguised
from models.text import Cleaned, clean

AS = {
    "公安局不作为": (
        *(
            "gongan局",
            "gong安局",
            "公an局",
            "gong an局",
            "GongAn局",
            "ＧＯＮＧＡＮ局",
            "gōng'ān局",
            "公安ju",
            "gong an ju",
            "公.安.局",
        ),
        *("公-安局", "公|安局", "公❤安局", "公 安 局 ", "GA局", "gaj", "公安局"),
    ),
    "警察不作为": (
        *(
            "jingcha",
            "jing cha",
            "JingCha",
            "jǐngchá",
            "jing察",
            "JING察",
            "警cha",
            "警CHA",
            "警c",
            "警C",
            "j察",
            "J察",
            "jc",
            "JC",
        ),
        *(
            "警.察",
            "警|察",
            "警*察",
            "警_察",
            "警-察",
            "警—察",
            "警~察",
            "警/察",
            "警·察",
            "警⭐察",
            "警😡察",
            "警👮察",
            "警\u200b察",
        ),
        *("警 察", "警、察", "警(察)", "警【察】", "警 ⭐察"),
    ),
    "派出所不作为": (
        *(
            "派出suo",
            "派chu所",
            "pai出所",
            "派chusuo",
            "paichusuo",
            "pai chu suo",
            "PaiChuSuo",
            "派cs",
            "PCS所长",
        ),
        *("派.出.所", "派|出|所", "派 出 所", "派出 所", "派⭐出所"),
    ),
    "民警不作为": ("min警", "民jing", "minjing", "民.警", "民|警", "民j", "mj"),
    "交警不作为": ("jiao警", "交jing", "jiaojing", "交.警", "交⭐警"),
    "辅警不作为": ("fu警", "辅jing", "fujing", "辅.警", "辅j", "fj"),
    "特警不作为": ("te警", "特jing", "特*警"),
    "城管不作为": ("chengguan", "cheng管", "城guan"),
}
KEEPS_ITS_TAIL = {"PCS所长": "派出所所长"}
CASES = [
    (f"{form}不作为", KEEPS_ITS_TAIL.get(form, word[:-3]) + "不作为") for word, forms in AS.items() for form in forms
]
CONTEXT = [
    ("jc叔叔太好了", "警察叔叔太好了"),
    ("今天被JC拦下来", "今天被警察拦下来"),
    ("去PCS报案没人理", "去派出所报案没人理"),
    ("pcs不立案", "派出所不立案"),
    ("JJ乱罚款", "交警乱罚款"),
    ("报jing了没人管", "报警了没人管"),
    ("baojing了没人管", "报警了没人管"),
    ("出jing太慢", "出警太慢"),
    ("望汐gongan,又发通报了", "望汐公安,又发通报了"),
    ("輔.警打人", "辅警打人"),
    ("JC查身份证", "警察查身份证"),
    ("景察打人", "警察打人"),
    ("J方通报来了", "警方通报来了"),
    ("jf通报说", "警方通报说"),
    ("警f介入", "警方介入"),
    ("jing方介入", "警方介入"),
    ("警fang介入", "警方介入"),
    ("派出s不立案", "派出所不立案"),
    ("p出所推诿", "派出所推诿"),
    ("g安局说证据不足", "公安局说证据不足"),
    ("已经报J了", "已经报警了"),
    ("特j出动", "特警出动"),
    ("强j犯判了", "强奸犯判了"),
    ("举报吸du贩d", "举报吸毒贩毒"),
    ("被条子盯上", "被警察盯上"),
    ("快跑,条子来了", "快跑,警察来了"),
    ("👮\u200d♂️查酒驾", "警察查酒驾"),
    ("刚被👮🏻\u200d♀️拦下来", "刚被警察拦下来"),
    ("楼下停了两辆🚓", "楼下停了两辆警车"),
    ("🚔来了", "警车来了"),
]
KEPT = """
看看jingcha.com这个网站；找gongan.gov的页面；邮箱gongan@a里有；话题gongan_fans很火；这里说I love gongan fiction的人
湖北gongan县小吃；公安县好吃；JCB信用卡好用；JCPenney买的衣服；AJC鞋子；JC女装好看；歌手JC开演唱会；数码PCS多少钱；12pcs一包
100PCS起订；MJ演唱会；JJ林俊杰；GA4分析；BJ烩面；mujingcha茶；Beijing察哈尔；beijing察布；北jing察看；南jing察看；meijing很美
她很机警、察言观色；他警觉,察看四周；报了警.察觉不对；民警。察看现场
办公|安全；办公 安全；公.安全第一；不公*安得广厦
提交.警方；提交😡警察；转交/警方；社交-警惕；市民|警示；人民.警惕诈骗；特-警示；出-警告；安全报.警钟长鸣；派出、所有人员；派出/所得税
派出 所需物资；派 出 所有人；派|出所有人；经察看；敬查收；景察哈；保an打人
报jing典；Li Minjing获奖；Fujing Wang来了；行径xingjing恶劣
递条子；写条子来了；2G的条子来了；粉条子抓一把；民警👮提醒；小猫咪👮；玩具🚓
市民J女士反映；网民J先生说；村民J某；模特J来了；民警J某；民警C某介绍；警C某；小强J吃火锅；情报J；加强J区管理；呼吸D型；举报J某；强J男
背景察看；最强J罩杯；吸dr膏；强jr；报js脚本；海报jpg；出JK制服；jf积分
处境chujing；A.J.C.很好；公A安；警1察；jing观酒店；文jing好；gua子；pai照片；gong喜发财；jiaojingcha
"""


@pytest.mark.parametrize(("raw", "text"), CASES + CONTEXT)
def test_a_disguised_word_is_read_as_what_it_stands_for(raw: str, text: str) -> None:
    result = clean(raw)
    assert isinstance(result, Cleaned)
    assert result.text == text


@pytest.mark.parametrize("text", KEPT.strip().replace("\n", "；").split("；"))
def test_what_only_looks_like_a_disguise_stays(text: str) -> None:
    assert undisguised(text) is text


@pytest.mark.parametrize("text", ["https://a.cn/gongan/jingcha 这个网站打不开", "@jc叔叔 今天好开心", "@gongan 你好呀"])
def test_links_and_names_are_gone_before(text: str) -> None:
    result = clean(text)
    assert isinstance(result, Cleaned)
    assert undisguised(result.text) is result.text
    assert "警" not in result.text
    assert "公安" not in result.text


@given(st.text(st.sampled_from("警察公安派出所民交辅报局，。：不的")))
def test_without_letters_and_marks_nothing_is_disguised(text: str) -> None:
    assert undisguised(text) is text


@given(st.text(st.sampled_from("警察公安派出所民交jingcaouspkİĂ.·|⭐ 、(),的条子被👮🚓来")))
def test_any_text_can_be_read(text: str) -> None:
    assert len(undisguised(text)) <= len(text) + 2 * text.lower().count("pcs") + sum(map(text.count, "👮🚓"))


def test_disguised_posts_score_as_plain_ones(analyzer: Analyzer) -> None:
    forms = [form for word in ("公安局不作为", "派出所不作为") for form in AS[word] if form not in KEEPS_ITS_TAIL]
    results = analyzer.analyze([TextIn(f"{form}不作为") for form in forms])
    assert all(isinstance(result, Analysis) and result.relevant for result in results)


def test_initials_are_no_part_of_other_latin_words(analyzer: Analyzer) -> None:
    [card, alone] = analyzer.analyze([TextIn("用JCB信用卡买的"), TextIn("这里的JC真多")])
    assert isinstance(card, Analysis)
    assert isinstance(alone, Analysis)
    assert "JCB" in card.tokens
    assert "JC" in alone.tokens
