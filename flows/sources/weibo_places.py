"""What a Weibo entry asks for: its keywords or the police dictionary, its accounts. Reads the dictionary, no more."""

import re
from pathlib import Path

from config.settings import from_environment
from config.sources import SourceEntry
from flows.sources.weibo_ask import Place

LEXICON_WORDS = 40  # searches a dictionary may cost; words another one is part of are left out
LEXICON_FILE = "police.txt"


def places(entry: SourceEntry) -> list[Place]:
    """The walks of an entry, each once. The Open API has no public search: there keywords are not used."""
    accounts = map(account_of, entry.users)
    users = [Place("user", who, label=f"users[{n}]") for n, who in enumerate(accounts) if who]
    if entry.api == "open":
        return list(dict.fromkeys(users)) or [Place("home")]
    words = [w for w in (" ".join(k.split()) for k in entry.keywords) if w]
    if entry.search_from == "lexicon":
        words += lexicon(from_environment().lexicon, entry.jurisdiction)
    return list(dict.fromkeys([*(Place("keyword", w, label=w) for w in words), *users]))


def account_of(user: str) -> str:
    """The number of an account given as number or address; a name as it is (Open API only)."""
    user = user.strip()
    number = re.search(r"(?:^|/)(?:u/)?(\d{5,})(?:$|[/?])", user)
    return number[1] if number else user


def lexicon(folder: Path, jurisdiction: str) -> list[str]:
    """Search words from the dictionary: the place and a police term (澜汀市 派出所); none that holds a shorter."""
    try:
        lines = (folder / LEXICON_FILE).read_text("utf-8").splitlines()
    except OSError:
        return []
    terms: list[str] = []
    for line in lines:
        term = line.split()[0] if line.split() and not line.startswith("#") else ""
        if len(term) >= 2 and not any(shorter in term for shorter in terms):
            terms.append(term)
    return [f"{jurisdiction} {term}".strip() for term in terms[:LEXICON_WORDS]]
