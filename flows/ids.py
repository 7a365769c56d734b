"""Who is who: canonical addresses, post ids and content digests. The same post always gets the same id."""

import hashlib
import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from flows.sources import weibo_ids

TRACKING = re.compile(
    r"^(?:utm_\w+|spm|scm|from|from_\w+|ref|referer|referrer|share\w*|wxshare_\w+|isappinstalled|nsukey|"
    r"fbclid|gclid|yclid|msclkid|mc_[ce]id|igshid|_ga|_gl|bd_vid|hmsr|hmpl|hmcu|hmkw|hmci|tt_from|tt_medium|weibo_id|wfr|"
    r"_t|ncid|cmpid|amp|outputType|is_from_baidu|vd_source|chksm|clicktime|enterid)$",
    re.I,
)
TWINS = re.compile(r"^(?:www|m|wap|mobile|3g|h5|touch|amp)\.")
DEFAULT_PORTS = {"http": 80, "https": 443}
ANCHORED = re.compile(
    r"^(?:comment|pid|post|reply|p|c|floor)[-_]?\d+$", re.I
)  # a fragment that names a post of its page
WEIBO_HOSTS = frozenset({"weibo.com", "www.weibo.com", "weibo.cn", "m.weibo.cn"})


def hashed(*parts: str) -> str:
    """Hex BLAKE2b-128 of the parts, kept apart by a unit separator."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()


def canonical_url(url: str) -> str:
    """One spelling for one page: lower-case host, no default port, fragment or tracking parameters, sorted query.

    Every address of a Weibo post (weibo.com/UID/BID, m.weibo.cn/detail/MID) becomes m.weibo.cn/status/BID: an
    address must not carry a native user id. Anything that is not http(s) comes back unchanged, without outer blanks.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return url
    if parts.scheme.lower() not in DEFAULT_PORTS or not host:
        return url
    scheme = parts.scheme.lower()
    if host in WEIBO_HOSTS and (bid := weibo_ids.of_path(parts.path)):
        return f"https://m.weibo.cn/status/{bid}"
    if port and port != DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    query = sorted((k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not TRACKING.match(k))
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._", errors="replace")
    return urlunsplit((scheme, host, path or "/", urlencode(query), ""))


def post_id(platform: str, native: str, url: str, *, scope: str = "") -> str:
    """Id of a post from its platform and native id, else from its canonical address.

    scope: where a native id that is no address is unique (the feed's host); ids of two sites do not meet.
    Raises ValueError when both are empty.
    """
    native = native.strip()
    if native.startswith(("weibo.com/", "www.weibo.com/")):  # RSSHub leaves the scheme out
        native = f"https://{native}"
    if platform == "weibo" and weibo_ids.is_mid(native):
        native = weibo_ids.address(native)
    if native.startswith(("http://", "https://")):
        return post_id(platform, "", native) if "#" not in native else hashed(platform, with_fragment(native))
    if native:
        return hashed(platform, scope, native)
    if not url.strip():
        raise ValueError("neither a native id nor an address")
    fragment = url.strip().partition("#")[2]
    return hashed(platform, identity(url) + (f"#{fragment}" if ANCHORED.match(fragment) else ""))


def identity(url: str) -> str:
    """What all addresses of one page share: no scheme, no www., m. or wap., no /amp, no index page, no last slash.

    For comparing and hashing only; the address people open is `canonical_url`.
    """
    canonical = canonical_url(url)
    parts = urlsplit(canonical)
    if parts.scheme not in DEFAULT_PORTS or parts.hostname in WEIBO_HOSTS:
        return canonical
    path = re.sub(r"/(?:index\.(?:s?html?|php|aspx?|jsp))$", "/", parts.path)
    path = re.sub(r"(?:/amp|\.amp)(?=/?$)|(?<=\w)\.amp(?=\.html?$)|^/amp(?=/)", "", path).rstrip("/")
    return f"{site(canonical)}{path or '/'}" + (f"?{parts.query}" if parts.query else "")


def with_fragment(url: str) -> str:
    """The canonical address with its fragment kept: comment feeds tell their entries apart by it alone."""
    fragment = url.strip().partition("#")[2]
    canonical = canonical_url(url)
    return f"{canonical}#{fragment}" if fragment and "#" not in canonical else canonical


def digest(title: str, text: str) -> str:
    """Changes when what people read changes; blanks do not count."""
    return hashed("".join(title.split()), "".join(text.split()))


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one site: the same host, or its www, mobile and desktop names."""
    return site(one) == site(other) != ""


def site(url: str) -> str:
    """Host and port without the names a site's twins have (www., m., wap., mobile., 3g.)."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    bare = TWINS.sub("", host) if host.count(".") >= 2 else host
    return f"{bare}:{port}" if port and port not in DEFAULT_PORTS.values() else bare
