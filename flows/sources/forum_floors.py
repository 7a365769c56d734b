"""The floors of a thread as a whole: their places, and which of them a quote without a link quotes. Pure."""

from collections.abc import Sequence

import msgspec

from flows.sources.forum_page import Floor

NUMBERED = ("discuz", "mybb", "phpbb")  # engines whose pages show every floor there is, in the order of their numbers
QUOTATION_LEAST = 4  # characters; shorter quotes are found in too many posts


def counts_from_zero(floors: Sequence[Floor]) -> bool:
    """Whether a thread read from its beginning numbers its replies only, so that the opening post has no number."""
    return len(floors) > 1 and not floors[0].floor and floors[1].floor == 1


def placed(floors: Sequence[Floor], before: Sequence[str], *, from_zero: bool) -> list[Floor]:
    """Floors of unknown software with their places, the opening post being 1.

    floors: those read, in order; before: native ids of all floors known till now, empty when this is the thread's
    beginning. Numbers the page shows are kept, one more each where they count the replies only; where it shows none,
    the place follows from what was known before. None where too much of that was forgotten to tell.
    """
    if any(f.floor is not None for f in floors):
        shown = [f if f.floor is None else msgspec.structs.replace(f, floor=f.floor + from_zero) for f in floors]
        if not before and not floors[0].floor:
            shown[0] = msgspec.structs.replace(floors[0], floor=1)
        return shown
    place = {pid: at for at, pid in enumerate(before)}
    start = next((place[f.pid] - i for i, f in enumerate(floors) if f.pid in place), len(before))
    return [msgspec.structs.replace(f, floor=start + i + 1) for i, f in enumerate(floors)]


def quoted(floor: Floor, floors: Sequence[Floor]) -> str:
    """Native id of the newest earlier floor that a quote without a link can come from; empty without.

    The quoted words tell, also where no author is named; without them the author's newest floor stands in.
    """
    if not (floor.quoted or floor.quotation):
        return ""
    earlier = floors[: next((i for i, f in enumerate(floors) if f.pid == floor.pid), 0)]
    own = [f for f in reversed(earlier) if floor.quoted and f.author == floor.quoted]
    if len(floor.quotation) >= QUOTATION_LEAST:
        for other in (*own, *reversed(earlier)):  # the others too: a guest's name may be no name
            if floor.quotation in "".join(other.text.split()):
                return other.pid
    return own[0].pid if own else ""


def missing(engine: str, before: Sequence[str], there: Sequence[Floor], *, whole: bool) -> list[str]:
    """Native ids of known floors that are no longer where they were.

    whole: the thread was read from its beginning. Unknown software is believed only then, and only when most of what
    was known is still there: else it is the page that is read otherwise than before.
    """
    now = {f.pid for f in there if not f.comment}
    if engine in NUMBERED and all(p.isdigit() for p in (*before, *now)):
        least = 0 if whole else min(int(p) for p in now)
        return [p for p in before if p not in now and int(p) > least]
    if engine != "any" or not whole:
        return []
    absent = [p for p in before if p not in now]
    return absent if len(absent) * 2 < len(before) else []
