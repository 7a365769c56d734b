# ruff: noqa: E501  markup stands as servers write it
"""Invented articles in the page layouts of usual Chinese publishing software; each with what a reader sees of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

TITLE = "云溯区公安分局通报一起寻衅滋事案件的处理情况"
PARAGRAPHS = (
    "11月20日19时许，望汐区灯市口夜市发生一起因排队引起的纠纷，云溯区公安分局接到报警后立即派员到场处置。",
    "经查，当事人陈某（男，32岁）与摊主因找零发生口角，随后互相推搡，造成一人手臂擦伤，无其他人员受伤。",
    "目前，陈某因寻衅滋事被依法处以行政拘留五日，案件有关情况已向双方家属说明。",
    "公安机关提醒广大市民：遇事冷静，依法维权；对编造、传播谣言的，将依法追究责任。",
)
MORNING = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)  # 08:30 in 澜汀市


@dataclass(frozen=True)
class Page:
    """A page and the truth about it."""

    name: str
    markup: str
    title: str = TITLE
    published_at: datetime | None = MORNING
    hour_known: bool = True
    outlet: str = ""
    text: tuple[str, ...] = field(default=PARAGRAPHS)


def body(tag: str = "p", style: str = "") -> str:
    """The paragraphs as markup."""
    return "".join(f"<{tag}{style}>\u3000\u3000{p}</{tag}>" for p in PARAGRAPHS)


def whole(inner: str, head: str = "", title: str = TITLE) -> str:
    """A document."""
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}</title>{head}</head><body>{inner}</body></html>"


LINKS = "".join(
    f"<li><a href='/art/2026/11/{d}/art_12_{d}34.html'>澜汀市第{d}次警民恳谈会在望汐区召开</a><span>11-{d}</span></li>"
    for d in range(10, 18)
)
MENU = "<div class='nav'><ul>" + "".join(
    f"<li><a href='/{w}/'>{w}</a></li>" for w in ("首页", "警务公开", "办事服务", "互动交流", "警务资讯", "专题专栏")
) + "</ul></div>"  # fmt: skip
FOOT = (
    "<div class='bottom'><p>主办单位：澜汀市公安局 地址：澜汀市云溯区中山路1号</p><p>澜ICP备00000000号 网站标识码：0000000001"
    " 澜公网安备 00000000000000号</p><p>技术支持：澜汀信息中心，建议使用1024*768以上分辨率浏览。</p></div>"
)
METAS = (
    f"<meta name='SiteName' content='澜汀市公安局'><meta name='ArticleTitle' content='{TITLE}'>"
    "<meta name='PubDate' content='2026-11-21 08:30'><meta name='ContentSource' content='云溯区公安分局'>"
    "<meta name='Keywords' content='通报,案件'><meta name='ColumnName' content='警情通报'>"
)

PAGES = [
    Page(
        "government metadata, no heading, site first in the title",
        whole(
            f"{MENU}<div class='crumb'>当前位置：<a href='/'>首页</a> &gt; <a href='/jq/'>警情通报</a></div>"
            f"<div class='xxgk'><table><tr><td>索引号</td><td>000-2026-001</td><td>发布机构</td><td>云溯区公安分局</td></tr></table></div>"
            f"<div class='tit'>{TITLE}</div><div id='UCAP-CONTENT' class='wzcon'><UCAPCONTENT>{body()}</UCAPCONTENT></div>"
            f"<div class='xg'><h3>相关新闻</h3><ul>{LINKS}</ul></div>{FOOT}",
            METAS,
            f"澜汀市公安局 警情通报 {TITLE}",
        ),
        outlet="云溯区公安分局",
    ),
    Page(
        "TRS editor with its style sheet in the text",
        whole(
            f"{MENU}<div class='xl'><h2>{TITLE}</h2><div class='sj'>发布时间：2026年11月21日 08:30 &nbsp; 信息来源：澜汀市公安局"
            " &nbsp; 字体：【<a href='#'>大</a> <a href='#'>中</a> <a href='#'>小</a>】 浏览次数：<span id='hits'>128</span></div>"
            f"<div class='view TRS_UEDITOR trs_paper_default'><div class='TRS_Editor'><style>.TRS_Editor P{{margin:0}}</style>"
            f"{body()}</div></div><div class='fj'>扫一扫在手机打开当前页</div><div>【<a href='#'>打印本页</a>】【<a href='#'>关闭窗口</a>】</div></div>"
            f"{FOOT}",
            title=f"{TITLE}_澜汀市公安局",
        ),
        outlet="澜汀市公安局",
    ),
    Page(
        "an ASP.NET page that is one form",
        whole(
            f"<form name='form1' method='post' action='show.aspx?id=12' id='form1'><input type='hidden' name='__VIEWSTATE' value='x'>"
            f"{MENU}<div id='main'><h1 id='lblTitle'>{TITLE}</h1><p class='info'>日期：2026-11-21 8:30:00 来源：望汐区融媒体中心 点击：35次</p>"
            f"<div id='content'>{body('div')}</div></div>{FOOT}</form>",
            title=f"{TITLE} - 望汐区人民政府",
        ),
        outlet="望汐区融媒体中心",
    ),
    Page(
        "a WeChat article",
        whole(
            f"<div id='js_article' class='rich_media'><div class='rich_media_inner'><h1 class='rich_media_title' id='activity-name'>{TITLE}</h1>"
            "<div id='meta_content' class='rich_media_meta_list'><span id='copyright_logo' class='wx_tap_link'>原创</span>"
            "<span class='rich_media_meta rich_media_meta_text'>宣传科</span><span class='rich_media_meta rich_media_meta_nickname' id='profileBt'>"
            "<a href='javascript:void(0);' id='js_name'> 平安云溯 </a></span><em id='publish_time' class='rich_media_meta rich_media_meta_text'></em></div>"
            f"<div class='rich_media_content js_underline_content' id='js_content' style='visibility: hidden; opacity: 0;'>"
            "<section><p style='text-align:center'><strong>点击上方蓝字关注我们</strong></p></section>"
            f"<section>{body('section')}</section><section><p>END</p></section>"
            "<section><p>编辑：某某　审核：某某</p></section>"
            "<p>长按二维码关注平安云溯公众号</p><p>点个<strong>在看</strong>，让更多人知道</p></div></div>"
            "<div class='rich_media_tool'>阅读原文</div></div>"
            f"<script>var msg_title = '{TITLE}'; var nickname = htmlDecode(\"平安云溯\"); var ct = \"1795221000\"; var user_name = \"gh_0\";</script>",
            f"<meta property='og:title' content='{TITLE}'><meta property='og:site_name' content='微信公众平台'>",
            "",
        ),
        outlet="平安云溯",
    ),
    Page(
        "a feed platform for own media",
        whole(
            f"<div class='header'><a href='/'>首页</a></div><div class='article-content'><h1>{TITLE}</h1>"
            "<div class='article-meta'><span class='original-tag'>原创</span><span>2026-11-21 08:30</span><span>·</span><span class='name'><a href='/u/1'>望汐融媒</a></span></div>"
            f"<article class='syl-article-base'>{body()}</article><div class='report'>举报</div></div>"
            "<div class='detail-interaction'><span>评论 12</span><span>收藏</span><span>点赞</span></div>"
            f"<div class='right-sidebar'><h3>热榜</h3><ol>{LINKS}</ol></div>",
            title=f"{TITLE}-今日看点",
        ),
    ),
    Page(
        "a news portal: tail line inside the last paragraph",
        whole(
            f"<div class='text-title'><h1>{TITLE}</h1><div class='article-info'><span class='time'>2026-11-21 08:30</span><span>来源：<a href='#'>澜汀晚报</a></span>"
            "<span class='tag'><a href='#'>社会</a></span></div></div>"
            f"<article class='article' id='mp-editor'><p>原标题：{TITLE}</p>{body()[:-4]}<a href='/'><span class='backword'>返回澜汀在线，查看更多</span></a></p>"
            "<p data-role='editor-name'>责任编辑：<span></span></p></article><div class='statement'>平台声明：该文观点仅代表作者本人，本平台系信息发布平台，仅提供信息存储空间服务。</div>"
            "<div class='read-wrap'>阅读 (<em>1024</em>)</div>",
            f"<meta property='og:title' content='{TITLE}_云溯区_夜市_陈某'>",
            f"{TITLE}_云溯区_夜市_陈某",
        ),
        outlet="澜汀晚报",
    ),
    Page(
        "a party paper's site",
        whole(
            f"<div class='clearfix w1000_320 path'><a href='/'>澜汀网</a>&gt;&gt;<a href='/sh/'>社会</a></div><div class='text_title'><h3 class='pre'></h3><h1>{TITLE}</h1>"
            "<div class='box01'><div class='fl'>2026年11月21日08:30 &nbsp; 来源：<a href='#'>澜汀日报</a></div></div></div>"
            f"<div class='box_con' id='rwb_zw'>{body()}<div class='zdfy clearfix'></div><center></center></div>"
            "<div class='edit clearfix'>(责编：某甲、某乙)</div><div class='fx'><em>分享让更多人看到</em></div><p class='paper_num'>《 澜汀日报 》（ 2026年11月21日 04 版）</p>"
            f"<ul class='list_16'><h2>推荐阅读</h2>{LINKS}</ul>",
            "<meta name='publishdate' content='2026-11-21'><meta name='source' content='来源：澜汀日报'>",
            f"{TITLE}--社会--澜汀网",
        ),
        outlet="澜汀日报",
    ),
    Page(
        "an agency's site with the date in pieces",
        whole(
            f"<div class='header domPC'><div class='header-time left'><span class='year'><em> 2026</em></span><span class='day'><em>11</em>/<em>21</em></span>"
            f"<span class='time'>08:30:00</span></div><div class='source'>来源：澜汀通讯社</div><div class='head-line clearfix'><h1><span class='title'>{TITLE}</span></h1></div></div>"
            f"<div class='main'><div id='detail'><span id='detailContent'>{body()}</span></div><div id='articleEdit'><span class='tiyi1'>【<a href='#'>纠错</a>】</span><span class='editor'> 【责任编辑:某丙】 </span></div></div>"
            f"<div class='columBox'><div class='title'>深度观察</div><ul>{LINKS}</ul></div>",
            title=f"\n{TITLE}-澜汀通讯\n",
        ),
        outlet="澜汀通讯社",
    ),
    Page(
        "a county media centre: title in a paragraph, author lines below the text",
        whole(
            f"<div class='detail'><p class='news_tit'>{TITLE}</p><p class='news_info'><span>2026-11-21 08:30:00</span> <span>青岬区融媒体中心</span> <span>阅读 3.2万+</span></p>"
            f"<div class='news_cont'>{body()}</div><p>记者：某甲 通讯员：某乙</p><p>一审：某丙 二审：某丁 三审：某戊</p><p>责编：某己</p></div>"
            "<div class='zan'>点赞 15</div><div class='dl'>下载“爱青岬”客户端，查看更多本地新闻</div>",
            title="爱青岬",
        ),
    ),
    Page(
        "WordPress",
        whole(
            f"<header><nav><a href='/'>首页</a></nav></header><main><article class='post-12 post'><header class='entry-header'><h1 class='entry-title'>{TITLE}</h1>"
            "<div class='entry-meta'><time class='entry-date published' datetime='2026-11-21T08:30:00+08:00'>2026年11月21日</time> <span class='byline'>由 <a href='/author/x/'>编辑部</a></span></div></header>"
            f"<div class='entry-content'>{body()}<div class='sharedaddy'><h3>分享此文：</h3><ul><li><a href='#'>微博</a></li></ul></div></div>"
            "<footer class='entry-footer'>分类：<a href='#'>社会</a> 标签：<a href='#'>通报</a></footer></article><nav class='post-navigation'><a href='/11'>上一篇：夜市恢复营业</a></nav>"
            "<div id='comments'><h2>《夜市》有2条评论</h2><ol><li><p>说得对，希望以后多一些巡逻，晚上出门也放心。</p></li></ol></div></main>",
            title=f"{TITLE} &#8211; 望汐观察",
        ),
    ),
    Page(
        "dedecms",
        whole(
            f"<div class='place'><strong>当前位置:</strong><a href='/'>主页</a> &gt; <a href='/n/'>新闻</a> &gt; </div><div class='viewbox'><div class='title'><h2>{TITLE}</h2></div>"
            "<div class='info'><small>时间:</small>2026-11-21 08:30<small>来源:</small>望汐热线 <small>作者:</small>小编 <small>点击:</small><script>1</script>次</div>"
            f"<div class='intro'>{PARAGRAPHS[0][:40]}</div><div class='content'><table width='100%'><tr><td>{body()}</td></tr></table></div>"
            "<div class='dede_pages'></div><div class='newdigg'><div class='diggbox'>顶一下 (0) 0%</div><div class='diggbox'>踩一下 (0) 0%</div></div>"
            "<div class='boxoff'><strong>------分隔线----------------------------</strong></div>"
            f"<div class='context'><ul><li>上一篇：<a href='/1.html'>夜市恢复营业的通知已经发布</a></li><li>下一篇：没有了</li></ul></div></div><dl class='tbox'><dt><strong>推荐内容</strong></dt><dd><ul>{LINKS}</ul></dd></dl>",
            title=f"{TITLE}_望汐热线",
        ),
        outlet="望汐热线",
    ),
    Page(
        "Empire CMS: everything in tables, bold title, line breaks",
        whole(
            f"<table><tr><td>您当前的位置：<a href='/'>首页</a> &gt; <a href='/s/'>社会新闻</a></td></tr></table><table class='box'><tr><td align='center'><font size='4'><strong>{TITLE}</strong></font></td></tr>"
            "<tr><td align='center'>www.example.org 日期:2026-11-21 08:30:00 &nbsp; 来源:砚池在线 &nbsp; 点击:<script></script></td></tr>"
            f"<tr><td id='text'>{'<br /><br />'.join(PARAGRAPHS)}</td></tr><tr><td align='right'>编辑：某某</td></tr></table>"
            f"<table><tr><td>相关链接</td></tr><tr><td><ul>{LINKS}</ul></td></tr></table>{FOOT}",
            title=f"{TITLE}-社会新闻-砚池在线",
        ),
        outlet="砚池在线",
    ),
    Page(
        "Hanweb: comments as markers, list attachments",
        whole(
            f"<div id='c'><table id='article'><tr><td class='title'>{TITLE}</td></tr><tr><td><table><tr><td align='left'>发布日期：2026-11-21 08:30</td><td>来源：澜汀市公安局</td>"
            "<td>浏览次数：<script></script></td><td>字体：[ 大 中 小 ]</td></tr></table></td></tr>"
            f"<tr><td class='bt_content'><div id='zoom'><!--ZJEG_RSS.content.begin-->{body()}<!--ZJEG_RSS.content.end--></div></td></tr></table></div>{FOOT}",
            METAS.replace(TITLE, "澜汀市公安局 警情通报"),
            f"澜汀市公安局 警情通报 {TITLE}",
        ),
        outlet="澜汀市公安局",
    ),
    Page(
        "a state in a script, time as seconds",
        whole(
            f"<div id='app'><h1 class='head'>{TITLE}</h1><div class='con'>{body()}</div></div>"
            '<script>window.__DATA__ = {"id":"88","publishTime":1795221000000,"source":"澜汀客户端"};</script>',
            title=TITLE,
        ),
    ),
    Page(
        "only the address names the day",
        whole(f"<h2>{TITLE}</h2><div id='ozoom'>{body()}</div>", title="望汐日报数字报"),
        published_at=datetime(2026, 11, 20, 16, tzinfo=UTC),
        hour_known=False,
    ),
]  # fmt: skip
ADDRESS = {"only the address names the day": "http://paper.example.org/html/2026-11/21/content_1203.htm"}
