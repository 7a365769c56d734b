"""The word lists of config/lexicon.

`*.txt` there is the segmenter's dictionary, one `word freq tag` a line, as jieba reads it (`freq` and `tag` may
be left out). `signals/*.txt` are lists the models weigh but the segmenter does not need, one word a line.
The file's name names the list: what stands in `police.txt` is a police word. `nicknames/*.txt` say what a name is read
as, `name = usual word`, one a line. `keywords/*.txt` hold words that say nothing about a text, any number a line. `#`
begins a comment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import normalize

MAX_WORD_CHARS = 30


class LexiconError(Exception):
    """A dictionary file that cannot be used; `str()` is `FILE:LINE: what is wrong`."""


@dataclass(frozen=True)
class Word:
    """One entry. `freq` None lets the segmenter choose one high enough to keep the word whole."""

    word: str
    freq: int | None
    tag: str | None
    signal: str


@dataclass(frozen=True)
class Lexicon:
    """All entries of a folder, in the order of the files' names and lines."""

    words: tuple[Word, ...] = ()
    """The segmenter's dictionary."""
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The words of each file, by the file's name without `.txt`; signal lists included."""
    nicknames: Mapping[str, str] = field(default_factory=dict)
    """The usual word of each name."""
    empty: frozenset[str] = frozenset()
    """Words that are never keywords."""


def read(folder: Path) -> Lexicon:
    """The entries of every *.txt in `folder` and its folders signals, nicknames and keywords; empty when there is none.

    Raises LexiconError naming file and line.
    """
    lists: dict[str, set[str]] = {}
    words: list[Word] = []
    for path in sorted(folder.glob("*.txt")):
        words += [_parse(entry, where, path.stem) for where, entry in _lines(path)]
    for word in words:
        lists.setdefault(word.signal, set()).add(word.word)
    for path in sorted((folder / "signals").glob("*.txt")):
        lists.setdefault(path.stem, set()).update(_parse(entry, where, path.stem).word for where, entry in _lines(path))
    nicknames: dict[str, str] = {}
    for path in sorted((folder / "nicknames").glob("*.txt")):
        for where, entry in _lines(path):
            name, usual = _nickname(entry, where)
            if nicknames.setdefault(name, usual) != usual:
                raise LexiconError(f"{where}: {name}: already said to be {nicknames[name]}")
    empty = {
        word for path in sorted((folder / "keywords").glob("*.txt")) for _, entry in _lines(path) for word in entry
    }
    listed = {name: frozenset(found) for name, found in sorted(lists.items())}
    return Lexicon(tuple(words), listed, nicknames, frozenset(empty))


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """`FILE:LINE` and fields of every line that is not empty."""
    try:
        data = path.read_bytes()
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as err:
        at = data[: err.start].count(b"\n") + 1
        raise LexiconError(f"{path}:{at}: not UTF-8; save the file as UTF-8") from err
    except OSError as err:
        raise LexiconError(f"{path}: {err.strerror or err}") from err
    for number, line in enumerate(lines, 1):
        if entry := line.split("#", 1)[0].split():
            yield f"{path}:{number}", entry


def _parse(entry: list[str], where: str, signal: str) -> Word:
    word, *rest = entry
    if len(word) > MAX_WORD_CHARS or "·" in word:
        raise LexiconError(f"{where}: {word}: longer than {MAX_WORD_CHARS} characters or with a ·, which never matches")
    freq = None
    if rest and rest[0].isdecimal():
        freq = int(rest.pop(0))
    if len(rest) > 1 or (rest and not rest[0].isascii()):
        raise LexiconError(f"{where}: expected `word freq tag`, got: {' '.join(entry)}")
    return Word(word, freq, rest[0] if rest else None, signal)


def _nickname(entry: list[str], where: str) -> tuple[str, str]:
    """Name and usual word, both as they stand in cleaned text."""
    if len(entry) != 3 or entry[1] != "=":
        raise LexiconError(f"{where}: expected `name = usual word`, got: {' '.join(entry)}")
    name, usual = (normalize("NFKC", word) for word in (entry[0], entry[2]))
    if len(name) < 2 or max(len(name), len(usual)) > MAX_WORD_CHARS:
        raise LexiconError(
            f"{where}: {name}: a name has 2 characters or more, and name and word at most {MAX_WORD_CHARS}"
        )
    return name, usual
