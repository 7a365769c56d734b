"""Pages as forum software makes them, by hand, with invented texts."""
# ruff: noqa: E501

DISCUZ_GBK = """<!DOCTYPE html><html><head><meta charset="gbk"><meta name="generator" content="Discuz! X3.4">
<title>巷口路灯坏了 - 青岬论坛 - Powered by Discuz!</title></head><body>
<script>var tid = parseInt('512');</script>
<div id="pt"><a href="forum-7-1.html">街谈巷议</a></div>
<div class="pg"><strong>1</strong><a href="thread-512-2-1.html">2</a><a href="thread-512-3-1.html" class="last">... 3</a>
<label><span title="共 3 页"> / 3 页</span></label><a href="thread-512-2-1.html" class="nxt">下一页</a></div>
<div id="postlist"><h1 class="ts"><a href="forum-7-1.html?typeid=2">[投诉]</a>
<span id="thread_subject">巷口路灯坏了</span></h1>
<div id="post_9001"><table id="pid9001"><tr><td class="pls"><div class="authi"><a href="space-uid-31.html" class="xw1">青岬渔夫</a></div></td>
<td class="plc"><div class="pi"><strong><a id="postnum9001"><em>1</em><sup>#</sup></a></strong>
<div class="pti"><em id="authorposton9001">发表于 <span title="2026-11-21 8:05:09">11&nbsp;小时前</span></em></div></div>
<div class="t_fsz"><table><tr><td class="t_f" id="postmessage_9001">
<i class="pstatus"> 本帖最后由 青岬渔夫 于 2026-11-21 09:00 编辑 </i><br><br>
巷口的灯<font class="jammer">, h2 K8 p</font>黑了三天<span style="display:none">0 x3 Q' e</span>，老人摔了一跤。<br>
<font style="font-size:0px;color:#FFF">. u$ k* J</font>希望有人来修。<img src="static/image/smiley/default/cry.gif" smilieid="9">
<div class="attach_nopermission attach_tips">您需要 登录 才可以下载或查看，没有账号？</div>
<ignore_js_op><img file="a.jpg"><div class="tip">路灯.jpg (20 KB, 下载次数: 3)</div></ignore_js_op></td></tr></table></div>
<div class="sign">平安是福</div></td></tr></table></div>
<div id="post_9002"><table id="pid9002"><tr><td class="pls"><div class="pi">匿名者 <em>已实名</em></div></td>
<td class="plc"><div class="pi"><strong><a id="postnum9002">沙发</a></strong><div class="authi"><em id="authorposton9002">发表于 昨天 18:20</em></div></div>
<table><tr><td class="t_f" id="postmessage_9002"><div class="quote"><blockquote><font size="2"><a href="forum.php?mod=redirect&amp;goto=findpost&amp;pid=9001&amp;ptid=512">青岬渔夫 发表于 2026-11-21 08:05</a></font><br>巷口的灯黑了三天</blockquote></div><br>已经报修了。</td></tr></table></td></tr></table></div>
<div id="post_9003"><table id="pid9003"><tr><td class="pls"><div class="authi"><a href="space-uid-44.html" class="xw1">卖灯的</a></div></td>
<td class="plc"><strong><a id="postnum9003">板凳</a></strong><em id="authorposton9003">发表于 2026-11-21 19:00:00</em>
<div class="pcb"><div class="locked">提示: <em>作者被禁止或删除 内容自动屏蔽</em></div></div></td></tr></table></div>
<div id="post_9004"><table id="pid9004"><tr><td class="pls"><div class="authi"><a href="space-uid-45.html" class="xw1">巡灯人</a></div></td>
<td class="plc"><strong><a id="postnum9004">地板</a></strong><em id="authorposton9004">发表于 2026-11-21 19:10:00</em>
<table><tr><td class="t_f" id="postmessage_9004"><b>回复 <a href="forum.php?mod=redirect&goto=findpost&pid=9002&ptid=512">2# 匿名</a> </b><br>收到，谢谢。</td></tr></table></td></tr></table></div>
</div><p>GMT+8, 2026-11-21 20:00</p></body></html>"""

DISCUZ_BOARD = """<html><head><meta name="generator" content="Discuz! X3.4"></head><body>
<div id="threadlist"><table id="threadlisttableid">
<tbody id="stickthread_700"><tr><th><em>[<a href="forum-7-1.html?typeid=1">公告</a>]</em><a href="thread-700-1-1.html" class="s xst">版规</a></th>
<td class="by"><cite><a href="space-uid-1.html">管理员</a></cite><em><span>2020-1-5</span></em></td><td class="num"><a href="thread-700-1-1.html">3</a><em>99</em></td>
<td class="by"><cite>a</cite><em><a href="x">2020-2-1 08:00</a></em></td></tr></tbody>
<tbody id="normalthread_701"><tr><th><a href="thread-701-1-1.html" class="s xst">停水通知</a></th>
<td class="by"><cite>匿名</cite><em><span>2026-11-20</span></em></td><td class="num"><a href="thread-701-1-1.html"><span title="58779">5万</span></a><em>9万</em></td>
<td class="by"><cite>b</cite><em><a href="x"><span title="2026-11-21 9:30">10&nbsp;小时前</span></a></em></td></tr></tbody>
<tbody id="normalthread_702"><tr><th>移动: <a href="thread-650-1-1.html" class="s xst">搬走的帖子</a></th>
<td class="by"><cite>c</cite><em>2026-11-1</em></td><td class="num"><a href="thread-650-1-1.html">-</a><em>-</em></td><td class="by"><cite>c</cite><em><a>2026-11-2 10:00</a></em></td></tr></tbody>
</table></div><div class="pg"><strong>1</strong><a href="forum-7-2.html">2</a></div></body></html>"""

PHPBB_THREAD = """<!DOCTYPE html><html><head><title>渡口 - 查看主题</title></head><body id="phpbb" class="nojs section-viewtopic">
<h2 class="topic-title"><a href="./viewtopic.php?f=2&amp;t=31&amp;sid=abc">渡口什么时候恢复</a></h2>
<div class="pagination">12 篇帖子 <ul><li class="active"><span>1</span></li>
<li><a class="button" href="./viewtopic.php?f=2&amp;t=31&amp;sid=abc&amp;start=10">2</a></li></ul></div>
<div id="p210" class="post has-profile bg2"><div class="inner"><dl class="postprofile" id="profile210"><dt><a href="./memberlist.php?mode=viewprofile&amp;u=48" class="username">渡口老丁</a></dt></dl>
<div class="postbody"><div id="post_content210"><h3 class="first"><a href="#p210">渡口什么时候恢复</a></h3>
<p class="author"><a class="unread" href="./viewtopic.php?p=210#p210"><span>帖子</span></a><span class="responsive-hide">由 <strong><a href="./memberlist.php?mode=viewprofile&amp;u=48" class="username">渡口老丁</a></strong> » </span><time datetime="2026-11-20T10:15:00+00:00">2026-11-20 18:15</time></p>
<div class="content">停了一个月，绕路要四十分钟。<img class="smilies" alt=":(" src="s.gif"></div>
<div class="notice">最后由 <a>渡口老丁</a> 编辑于 2026-11-20 18:30，总共编辑了 1 次。</div>
<div id="sig210" class="signature">水上人家</div></div></div></div></div>
<div id="p214" class="post bg1"><div class="inner"><dl class="postprofile"><dt><strong><span class="username">路人甲</span></strong></dt></dl>
<div class="postbody"><p class="author"><span class="responsive-hide">由 <strong><span class="username">路人甲</span></strong> » </span>Sat Nov 21, 2026 7:39 pm </p>
<div class="content"><blockquote cite="./viewtopic.php?p=210#p210"><div><cite><a href="./memberlist.php?u=48">渡口老丁</a> 写道： <a href="./viewtopic.php?p=210#p210" data-post-id="210">↑</a><span class="responsive-hide">2026-11-20 18:15</span></cite>停了一个月</div></blockquote>
听说下周试航。<div class="inline-attachment"><dl class="file"><dt>公告.pdf (3 KiB) 尚未被浏览</dt></dl></div></div></div></div></div>
<a href="https://www.phpbb.com/">phpBB</a></body></html>"""

PHPBB_BOARD = """<html><body id="phpbb" class="section-viewforum"><h2 class="forum-title"><a href="./viewforum.php?f=2">水上</a></h2>
<ul class="topiclist forums"><li class="row"><dl><dt><a href="./viewforum.php?f=9" class="forumtitle">渔港</a></dt>
<dd class="topics">4 <dfn>主题</dfn></dd><dd class="posts">20 <dfn>帖子</dfn></dd><dd class="lastpost"><span>由 某人 <a href="./viewtopic.php?p=88#p88"></a><br><time datetime="2026-11-20T10:15:00+00:00">2026-11-20 18:15</time></span></dd></dl></li></ul>
<div class="pagination"><ul><li class="active"><span>1</span></li><li><a href="./viewforum.php?f=2&amp;start=25">2</a></li></ul></div>
<ul class="topiclist topics"><li class="row bg1 sticky"><dl class="row-item sticky_read"><dt><a href="./viewtopic.php?t=5" class="topictitle">须知</a></dt>
<dd class="posts">0 <dfn>回复</dfn></dd><dd class="lastpost"><span>由 站长<br>2019-01-02 08:00</span></dd></dl></li>
<li class="row bg2"><dl class="row-item topic_read"><dt><a href="./viewtopic.php?t=31" class="topictitle">渡口什么时候恢复</a>
<div class="pagination"><ul><li><a href="./viewtopic.php?t=31&amp;start=10">2</a></li></ul></div></dt>
<dd class="posts">1,211 <dfn>回复</dfn></dd><dd class="lastpost"><span>由 <a href="./memberlist.php?mode=viewprofile&amp;u=4" class="username">阿七</a><br><time datetime="2026-11-21T11:39:00+00:00">2026-11-21 19:39</time></span></dd></dl></li>
<li class="row bg1"><dl class="row-item topic_moved"><dt><a href="./viewtopic.php?t=12" class="topictitle">搬走的</a></dt><dd class="posts">2</dd></dl></li></ul></body></html>"""

TIEBA_BOARD = """<html><body><a href="//tieba.baidu.com">贴吧</a><code class="pagelet_html" id="pagelet_html_frs-list/pagelet/thread_list"><!--
<ul id="thread_list"><li class="j_thread_list clearfix" data-field='{"id":8123,"author_name":"a1","first_post_id":77,"reply_num":12,"is_top":null}'>
<a rel="noreferrer" href="/p/8123" class="j_th_tit">澜汀三中门口堵车</a><span class="threadlist_reply_date">19:30</span></li>
<li class="j_thread_list thread_top" data-field='{"id":8001,"reply_num":3,"is_top":1}'><a href="/p/8001" class="j_th_tit">吧规</a></li></ul>--></code></body></html>"""

TIEBA_THREAD = """<html><body><a href="//tieba.baidu.com">贴吧</a><h3 class="core_title_txt">澜汀三中门口堵车</h3>
<li class="l_reply_num"><span class="red">12</span>回复贴，共<span class="red">2</span>页</li>
<div class="l_post j_l_post" data-field='{"author":{"user_id":501,"user_name":"u501","user_nickname":"接娃的"},"content":{"post_id":9901,"post_no":1,"is_anonym":false,"comment_num":1}}'>
<div class="d_post_content j_d_post_content" id="post_content_9901">每天五点半都堵死。<img class="BDE_Smiley" src="x"></div>
<div class="post-tail-wrap"><span class="tail-info">IP属地:澜汀</span><span class="tail-info">1楼</span><span class="tail-info">2026-11-20 18:02</span></div>
<ul><li class="lzl_single_post j_lzl_s_p" data-field='{"spid":"9950","showname":"小林","user_name":"xl","portrait":"tb.1.abc"}'>
<span class="lzl_content_main">回复 接娃的 ：绕后门走</span><span class="lzl_time">2026-11-20 18:30</span></li></ul></div>
<div class="l_post" data-field='{}'><div class="d_post_content">广告</div></div></body></html>"""

UNKNOWN = """<html><body><h1>桥下的积水</h1><div class="replies">
{posts}</div><div class="pages"><a href="/t/88?page=2">2</a></div></body></html>"""

UNKNOWN_POST = """<div class="cell reply" id="r_{pid}"><a class="dark" href="/member/{name}">{name}</a>
<span class="ago" title="2026-11-2{day} 10:00:00 +0800">1 天前</span><span class="no">{floor}#</span>
<div class="reply_content">{text}</div></div>"""

DISCUZ_OLD_MOBILE = """<html><head><meta name="generator" content="Discuz! X3.4"></head><body><div class="postlist"><h2>[求助] 渡口的船几点停 <a href="forum.php?mod=viewthread&tid=77&page=1&authorid=8" class="blue">只看楼主</a></h2>
<div class="plc cl" id="pid5001"><div class="display pi"><ul class="authi"><li class="grey"><em>楼主</em><b><a href="home.php?mod=space&uid=8" class="blue">一天一个苹果</a></b></li>
<li class="grey rela"><em><a href="home.php?mod=spacecp&ac=favorite&type=thread&id=77" class="favbtn blue">收藏</a></em> 2026-11-20 21:03</li></ul><div class="message">末班船改成六点了吗？</div></div></div>
<div class="plc cl" id="pid5002"><div class="display pi"><ul class="authi"><li class="grey"><em>沙发</em><b>匿名</b></li><li class="grey rela">3&nbsp;分钟前</li></ul><div class="message">改了。</div></div></div>
<div class="plc cl" id="pid5003"><div class="display pi"><ul class="authi"><li class="grey"><em>5<sup>#</sup></em><b><a href="home.php?mod=space&uid=9" class="blue">2046号</a></b></li><li class="grey rela">昨天&nbsp;08:30</li></ul><div class="message"><div class="grey quote">该帖被管理员或版主屏蔽</div></div></div></div>
</div><div class="pg"><strong>1</strong><a href="forum.php?mod=viewthread&tid=77&page=2">2</a></div></body></html>"""

SUBSILVER = """<html><body><a class="titles" href="./viewtopic.php?f=2&amp;t=31">渡口什么时候恢复</a>
<table class="tablebg"><tr><th>Author</th></tr><tr class="row1"><td><a name="p210"></a><b class="postauthor">渡口老丁</b></td>
<td><table><tr><td class="gensmall"><div><b>Post subject:</b> 渡口</div><div><b>Posted:</b> Sat Nov 21, 2026 7:39 pm&nbsp;</div></td></tr></table></td></tr>
<tr class="row1"><td class="profile"></td><td><div class="postbody">停了一个月。</div></td></tr></table>
<table class="tablebg"><tr class="row2"><td><a name="p211"></a><b class="postauthor">路人甲</b></td><td><table><tr><td class="gensmall"><div><b>Posted:</b> Sat Nov 21, 2026 7:45 pm</div></td></tr></table></td></tr>
<tr><td></td><td><div class="postbody"><div class="quotetitle">渡口老丁 wrote:</div><div class="quotecontent">停了一个月。</div>快了。</div></td></tr></table>Powered by phpBB</body></html>"""

MYBB_ENGLISH = """<html><body><div id="content"><div class="navigation"><a href="forum-2.html">市井</a> <span class="active">菜市场搬迁</span></div>
<div class="pagination"><span class="pages">Pages (3):</span><a href="thread-9.html" class="pagination_page">1</a><span class="pagination_current">2</span><a href="thread-9-page-3.html" class="pagination_page">3</a></div>
<div class="post classic" id="post_301"><div class="post_author scaleimages"><div class="author_information"><strong><span class="largetext"><a href="user-7.html"><span style="color: green;">鱼档阿强</span></a></span></strong></div></div>
<div class="post_content"><div class="post_head"><div class="float_right"><strong><a href="thread-9-post-301.html#pid301">#11</a></strong></div><span class="post_date"><span title="11-21-2026, 05:39 PM">2 hours ago</span> <span class="post_edit" id="edited_by_301"><span class="edited_post">(This post was last modified: <span title="11-21-2026, 05:50 PM">2 hours ago</span> by <a href="user-7.html">鱼档阿强</a>.)</span></span></span></div>
<div class="post_body scaleimages" id="pid_301">搬到哪里去？</div></div></div>
<div class="post classic" id="post_302"><div class="post_author scaleimages"><div class="author_information"><strong><span class="largetext">Guest12</span></strong></div></div>
<div class="post_content"><div class="post_head"><div class="float_right"><strong><a href="thread-9-post-302.html#pid302">#12</a></strong></div><span class="post_date"><span title="11-20-2026">Yesterday</span>, 07:45 PM <span class="post_edit" id="edited_by_302"></span></span></div>
<div class="post_body scaleimages" id="pid_302"><blockquote class="mycode_quote"><cite><span> (11-21-2026, 05:39 PM)</span>鱼档阿强 Wrote:  <a href="thread-9-post-301.html#pid301" class="quick_jump"></a></cite>搬到哪里去？</blockquote>听说搬到河东。</div></div></div>
</div><a href="https://mybb.com">MyBB</a></body></html>"""
