"""The example city 澜汀市: a forum, a news site and a microblog on this machine, so that the first run is alive.

`python -m example --port 8610` answers:

- `/`: a page that lists the feeds.
- `/bbs/feed.xml`: RSS 2.0 of the forum; `dc:creator`, whole text in `content:encoded`, replies in `slash:comments`.
- `/news/feed.xml`: RSS 2.0 of three outlets (`dc:creator`): a short description; the article is behind the link.
- `/weibo/feed.xml`: shaped as RSSHub shapes it. Text in the title, and as HTML in the description, where what was
  forwarded follows `转发` in a blockquote with a link to the original; `guid` is `https://weibo.com/<uid>/<bid>`,
  `category` the topics, `stats` the counts (`reposts_count`, `comments_count`, `attitudes_count`).
- `/bbs/thread-<n>.html`, `/news/<n>.html`, `/weibo/<uid>/<bid>`: the pages behind the links; 410 for a post that its
  author took back.
- `/robots.txt`: allows everything.

Feeds are newest first, hold the last eight days, and answer 304 to a matching ETag or Last-Modified.
What is said follows the clock and the moment the city was started: a week of ordinary life before it, a crisis that
begins twelve minutes before it and grows for half an hour until the authorities answer. Places, people and happenings
are invented.
"""
