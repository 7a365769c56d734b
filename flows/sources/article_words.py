"""The wordings by which templates of Chinese news sites give themselves away: menus, bylines, related links, notices.

Collected by reading pages of some thirty publications (docs/articles.md). A wording only counts with its place and
shape: see article_body.
"""

import re


def _any(*words: str) -> str:
    return "(?:" + "|".join(words) + ")"


FURNITURE = frozenset({"nav", "footer", "aside", "form", "button", "figcaption", "dialog", "menu", "label", "input"})

NOISE = re.compile(
    r"(?:^|[-_\s])"
    + _any(
        r"nav(?:bar|igation)?|menu|breadcrumbs?|crumbs?|position|sidebar|side|aside|foot(?:er|s)?|copyright|toolbar",
        r"share\w*|bdshare\w*|social|sns|qr-?code|ewm|erweima|weixin|guanzhu|dianzan|likes?|digg|print|font-?size",
        r"relat\w*|recommend\w*|recom|tuijian|xgyd|xgxw|hot(?:news|list|rank|tags?)?|rank\w*|tags|tag-?(?:list|links)",
        r"comments?|comment[-_]\w+|tie|tie-area|reply|respond|disqus|pinglun|login\w*|register|subscribe|newsletter",
        r"advert\w*|ads?|adbox|ad-\w+|gg|guanggao|banner|popup|pop|modal|keywords|cat-links|search|widget\w*|vote|survey",
        r"post-?navigation|pager|pagination|page-links|pages|prev|next|prevnext|shangxia|editor|zebian|zrbj|statement",
        r"disclaimer|shengming|hidden|hide|screen-reader-text|author-?(?:box|info|card|bio)|caption|wp-caption-text|download",
    )
    + r"(?=$|[-_\s\d])",
    re.I,
)
"""Names (id, class) of parts that are not the story."""

REPLIES = re.compile(
    r"(?:^|[-_\s])(?:comments?|comment-?(?:list|area|box|wrap\w*)|commentlist|pinglun\w*|plun|gentie|tie-area|disqus_thread|respond)"
    r"(?=$|[-_\s\d])",
    re.I,
)
"""Names of parts where readers reply; they may be longer than the story."""

SURE = re.compile(
    _any(
        r"article-?(?:body|content|text|con|main)|artibody|art_?content|main-?content|news_?(?:content|text|body|txt)",
        r"(?:post|entry|detail|text|rich|con|p|v_news)[-_]?(?:content|body|text|txt)|TRS_Editor|UCAP-CONTENT|zoom|endText",
        r"rich_media_content|show_text|box_con|Cnt-Main-Article|textbody|contentText",
    ),
    re.I,
)
"""Names of parts that hold a story, on many sites and in usual software."""

_OPEN = r"^[\s\[【〖（(《■□▲▼◆●★▌|>»·\-—=*#]*"

_DAY = r"(?:19|20)\d{2}\s*[-/年.]\s*\d{1,2}\s*[-/月.]\s*\d{1,2}\s*日?"
META = re.compile(
    r"^[\s\[（(【]*"
    + _any(
        r"稿源|(?:信息|文章)?来源|來源|作者|记者|通讯员|文|编辑|責任編輯|责任编辑|责编|(?:发布|发表|更新)?(?:时间|日期)|发布|发表于",
        r"字号|字体|浏览|阅读|点击|评论|访问|分享|标签|关键词|分类|栏目|原标题|原題",
    )
    + r"\s*(?:量|次数|数|者)?\s*[:：/于】]"
    + rf"|{_DAY}\s*\d{{1,2}}[:：]\d{{2}}|^\s*{_DAY}\s*$"
    + r"|^\s*(?:当前|您的?(?:当前|现在)?的?)?\s*(?:位置|所在)"
    + r"|^(?:首页|主页)\s*[>»›/]|^字号|^\d+\s*(?:次|人)?(?:阅读|浏览|评论)"
)
"""Lines of time, source and place in the site, above a story."""

SECTION = re.compile(
    _OPEN
    + _any(
        r"(?:相关|相關|推荐|推薦|延伸|拓展|更多|往期|热门|熱門|精彩|最新|关联|编辑|精选|今日|近期|猜你)\s*"
        r"(?:阅读|閱讀|點閱|新闻|新聞|报道|報道|文章|链接|鏈接|推荐|推薦|专题|资讯|内容|精彩|热点|热词|标签|標簽|评论|評論|排行|搜索|视频|图片|喜欢|回顾)",
        r"为[您你]推荐|相关范文|相關范文|大家都在(?:看|搜)|[你您]可能(?:还|也)?(?:喜欢|感兴趣|关注)|推荐关注|友情链接",
        r"(?:网友|全部|最新|热门|我要|发表|参与|写|跟帖|用户)评论|评论区|上一[篇条则]|下一[篇条则]|返回(?:首页|顶部|列表)",
    )
)
"""Short lines (or lines with links) after which nothing belongs to the story."""

NOTICE = re.compile(
    _OPEN
    + _any(
        r"(?:免责|版权|特别|郑重)声明|版权(?:所有|与免责)|(?:本网|网站)(?:声明|转载)|凡(?:本网|注明|本站)|声明\s*[:：]",
        r"聲明\s*[:：]\s*本文(?:内容|內容)|主站蜘蛛池",
    )
)
"""Legal notes below a story, whatever their length."""

LINE = re.compile(
    _OPEN
    + _any(
        r"(?:责任|責任|本文|网络|值班|执行|栏目|本期|本版|编辑|新媒体)?\s*"
        r"(?:责编|编辑|編輯|编审|校对|审核|监制|主编|排版|制作)(?:人)?\s*[:：/丨|]",
        r"(?:本文|文章|信息|稿件|内容)?(?:来源|來源)\s*[:：].{0,20}[\s)）】]*$",
        r"(?:关键词|关键字|标签|Tags?)\s*[:：]|分享(?:到|至|给|:|：|让)|扫(?:一扫|码|描)|(?:阅读|浏览|点击)(?:量|数|次数)?\s*[:：]?\s*\d+\s*$",
        r"(?:打印|关闭|收藏|举报|纠错|我要(?:反馈|纠错|分享|投稿)|点赞|返回|收起|展开)(?:本页|本文|窗口|此页|全文)?\s*[】\])）]?\s*$",
        r"[一二三初复终]审\s*[:：]|(?:责任)?编辑\s+[\u4e00-\u9fff]{2,4}\s+(?:校对|审核)\s+[\u4e00-\u9fff]{2,4}\s*$|[顶踩]一下",
        r"(?:trackback|引用(?:地址|通告|網址|网址))\s*[:：]|分[隔割]线|转播到|下载[“《][^”》]{2,12}[”》](?:APP|客户端)",
        r"(?:(?:收藏|点赞|评论|分享|转发|在看|举报|反馈|打赏|关注)[\s、，/和|·]*){2,}\W*$|(?:如果)?(?:[您你])?(?:觉得|喜欢).{0,12}点.{0,2}(?:赞|在看)",
        r"(?:END|全文完|完)\W*$|(?:本文|文章).{0,20}转载请注明|网友评论仅供",
        r"您?的?浏览器|(?:本文)?原标题|本文链接|本文地址|转载请注明|点击进入专题|\(?完\)?\s*$",
    )
)
"""Lines a template adds anywhere: editor, source, key words, sharing."""

BRACKETED = re.compile(r"^\s*[（(【\[].*[）)】\]]\s*$")
CREDIT = re.compile(
    r"^\s*(?:(?:文字?|图片?|记者|通讯员|作者|摄影|视频|供稿|采写|撰稿|编辑|责编|校对|审核|制图|策划)[/、和]?){1,3}\s*[:：/丨|]"
    r"[^。！？!?，,；;]{2,50}$"
)
"""A line that only names who made the text."""

ENDING = re.compile(r"[ \t]*返回[^\s。！？，,]{1,12}(?:[，,]?\s*查看更多|首页)?\s*>*\s*$")
"""A link back that some portals glue to the last paragraph."""

PROMOTION = re.compile(
    r"扫描.{0,8}二维码|长按.{0,8}二维码|关注.{0,12}(?:公众号|微信|微博)|(?:下载|下載|安装|打开).{0,12}(?:APP|客户端)"
    r"|【点击|点击(?:查看|进入|投票|下载|这里)|粉丝福利",
    re.I,
)
LEGAL = re.compile(
    r"Copyright|All\s*Rights\s*Reserved|版权所有|ICP[备证]|[京沪粤浙苏]公网安备|许可证|举报(?:电话|邮箱)|客服(?:电话|热线)"
    r"|不良信息|未经.{0,12}(?:授权|许可|允许).{0,16}(?:转载|使用|复制)|免责声明|郑重声明|浏览器(?:版本|暂时)|关于我们|联系我们"
    r"|技术支持\s*[:：]",
    re.I,
)
"""What the foot of a site says; it never makes a part of the page the story."""
