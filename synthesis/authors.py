"""Whether two papers are by the same people, told from their author lists alone.

A name is read into a family name and given names, whatever its order, accents or script, and two names are compared
word by word. A whole given name is surer than an initial; a family name alone says nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import regex
from anyascii import anyascii

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CROWD = 100  # authors; a longer list is a collaboration's, often in alphabetical order
_MAX_NAME_CHARS = 200  # a longer "name" is some other text

_EAST_ASIAN = regex.compile(r"[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}\s·・]+")
_LONG_EAST_ASIAN = 5  # characters from which on the family name has two
_ET_AL = re.compile(r"[\s,]*\b(?:et\s+al|and\s+others|and\s+colleagues)\b.*$", re.IGNORECASE)
_NOBODY = frozenset({"", "others", "et al", "anonymous", "anon", "unknown", "no author", "n a"})
_HONOURS = frozenset("jr sr ii iii iv 2nd 3rd phd md msc dr prof".split())
_ORGANISATION_WORDS = frozenset(
    "association center centre collaboration college committee community company consortium council department "
    "foundation group inc institute laboratory ministry network organisation organization programme project society "
    "team university workshop".split()
)
_ORGANISATION_WORD = re.compile(
    r"[A-Z]{3,}|[A-Z][\w]*-AI|(?!(?:Ma?c|De|Di|Du|La|Le|Van|Von|O)[A-Z])\w*[a-z][A-Z]\w*"
)
_INITIALS = re.compile(r"[A-Z]\.?(?:[A-Z]\.?)?")
_APOSTROPHE = re.compile(r"['’`´]")  # O'Brien is one word
_HYPHEN = re.compile(r"(?<=[a-z]{2})-(?=[a-z]{2})")
_UMLAUT = re.compile(r"(?<=[aou])e")  # Mueller is Müller


class Author(NamedTuple):
    """A name, read. ``given`` are names or single letters; empty for an organisation or a lone word."""

    family: str
    given: tuple[str, ...]
    words: tuple[str, ...]  # all whole words, sorted: the same in any order of writing
    is_organisation: bool = False


class Likeness(IntEnum):
    """How much two names look like one person's."""

    NONE = 0
    BY_INITIAL = 1
    BY_NAME = 2


class Authors(NamedTuple):
    """An author list, read; ``cut`` when it says itself that it is not whole ("et al.")."""

    people: tuple[Author, ...]
    cut: bool = False

    @property
    def leads(self) -> tuple[Author, ...]:
        """The first and the last author, as far as they are known; none of a collaboration."""
        if not self.people or len(self.people) > CROWD:
            return ()
        return self.people[:1] if self.cut or len(self.people) == 1 else (self.people[0], self.people[-1])


@lru_cache(maxsize=256)
def read_authors(names: tuple[str, ...]) -> Authors:
    """Read a list of names; "et al.", "others" and "Anonymous" are nobody."""
    plain = [_ET_AL.sub("", name[:_MAX_NAME_CHARS]) for name in names]
    people = [author for name in plain if (author := read_author(name)) is not None]
    cut = any(_ET_AL.search(name[:_MAX_NAME_CHARS]) or name.casefold() == "others" for name in names)
    return Authors(tuple(dict.fromkeys(people)), cut)


def read_author(name: str) -> Author | None:
    """Read one name: "Smith, John", "John Smith", "J. Smith", "Smith J", "王小明"; ``None`` for nobody.

    >>> read_author("Smith, John") == read_author("John Smith"), read_author("Müller, J.").family
    (True, 'muller')
    """
    name = unicodedata.normalize("NFKC", name).strip()
    words = [w for w in _words(name) if w not in _HONOURS]
    if " ".join(words) in _NOBODY:
        return None
    if not _ORGANISATION_WORDS.isdisjoint(words) or _ORGANISATION_WORD.fullmatch(name):
        return Author(" ".join(words), (), tuple(sorted(words)), is_organisation=True)
    if _EAST_ASIAN.fullmatch(name):
        return _east_asian(re.sub(r"[\s·・]", "", name))
    family, given = _order(name, words)
    return _author(family, given)


def _order(name: str, words: list[str]) -> tuple[list[str], list[str]]:
    """Words of the family name and of the given names."""
    before, comma, after = name.partition(",")
    family = [w for w in _words(before) if w not in _HONOURS]
    given = [w for w in _words(after) if w not in _HONOURS]
    if comma and family and given:
        return family, given
    *head, last = name.replace(",", " ").split() or [""]
    if (
        head and _INITIALS.fullmatch(last) and not all(w.isupper() for w in head)
    ):  # "Smith JA", as PubMed writes
        return [w for w in _words(" ".join(head)) if w not in _HONOURS], list(last.replace(".", "").lower())
    return words[-1:], words[:-1]


def _author(family: list[str], given: list[str]) -> Author:
    """Of a family name of several words ("van der Berg") the last one counts, as where it is written last."""
    whole = [_UMLAUT.sub("", w) for w in (*family, *given) if len(w) > 1]
    return Author(_UMLAUT.sub("", family[-1]), tuple(given), tuple(sorted(whole)))


def _east_asian(name: str) -> Author:
    """A name in its own script: the family name stands first, and takes two characters of a long name."""
    size = 1 if len(name) < _LONG_EAST_ASIAN else 2
    family, given = anyascii(name[:size]).lower(), anyascii(name[size:]).lower()
    return Author(family, (given,) if given else (), tuple(sorted(w for w in (family, given) if w)))


def _words(text: str) -> list[str]:
    """Words in Latin letters, lower case; a hyphen joins names ("Xiao-Ming"), though not initials."""
    return re.findall(r"[a-z0-9]+", _HYPHEN.sub("", anyascii(_APOSTROPHE.sub("", text)).lower()))


def likeness(one: Author, other: Author) -> Likeness:
    """How much two names look like one person's.

    By name: the same words in any order, or the same family name and first given name. By initial: the same family
    name, and every given name known to both agrees at least in its initial. A family name alone is no likeness.
    """
    if one.is_organisation or other.is_organisation:
        return Likeness.BY_NAME if one == other else Likeness.NONE
    if not one.given or not other.given:
        return Likeness.NONE
    if one.family != other.family:
        reordered = one.words == other.words and len(one.words) > 1
        return Likeness.BY_NAME if reordered else Likeness.NONE
    if "".join(one.given) == "".join(other.given) and len(one.given[0]) > 1:
        return Likeness.BY_NAME
    pairs = list(zip(one.given, other.given, strict=False))
    if any(a != b and not (min(len(a), len(b)) == 1 and a[0] == b[0]) for a, b in pairs):
        return Likeness.NONE
    return Likeness.BY_NAME if min(len(pairs[0][0]), len(pairs[0][1])) > 1 else Likeness.BY_INITIAL


def same_authors(one: Authors, other: Authors) -> bool:
    """Whether two papers share authors in a way that makes the second no independent voice.

    They do when, by name, they share a first or last author (either place in either paper), or at least half of the
    shorter list. Likeness by initial is weaker: it counts where at least two authors are shared and a first or last
    author or half of the shorter list is among them, or where each paper has that one author only. A list longer
    than ``CROWD`` has no first and last author, and likeness by initial counts in it only against a list of its
    kind, since thousands of names hold most initials. Nothing is known of papers without authors: they share none.
    """
    shorter, longer = sorted((len(one.people), len(other.people)))
    if not shorter:
        return False
    if shorter > CROWD:
        return _same_crowd(one, other)
    by_name = _shared(one, other, Likeness.BY_NAME)
    lead = max((likeness(a, b) for a in one.leads for b in other.leads), default=Likeness.NONE)
    if lead is Likeness.BY_NAME or 2 * by_name >= shorter:
        return True
    if longer > CROWD:
        return False
    by_initial = _shared(one, other, Likeness.BY_INITIAL)
    if longer == 1:
        return by_initial == 1
    return by_initial >= 2 and (lead is Likeness.BY_INITIAL or 2 * by_initial >= shorter)


def _same_crowd(one: Authors, other: Authors) -> bool:
    """Whether two collaborations share half of the shorter list, by family name and first initial."""
    names, others = ({(a.family, "".join(a.given[:1])[:1]) for a in side.people} for side in (one, other))
    return 2 * len(names & others) >= min(len(names), len(others))


def _shared(one: Authors, other: Authors, least: Likeness) -> int:
    """How many authors are shared, counted from the side that has fewer of them."""
    return min(_found(one.people, other.people, least), _found(other.people, one.people, least))


def _found(people: Sequence[Author], others: Sequence[Author], least: Likeness) -> int:
    index = _by_word(others)
    return sum(
        any(likeness(author, other) >= least for other in index.get(author.family, ()))
        or any(likeness(author, other) >= least for other in _reordered(author, index))
        for author in people
    )


def _reordered(author: Author, index: Mapping[str, Sequence[Author]]) -> Iterable[Author]:
    """The same words with another of them as family name ("Xiaoming Wang", "Wang Xiaoming")."""
    for word in author.words:
        if word != author.family:
            yield from (other for other in index.get(word, ()) if other.words == author.words)


def _by_word(people: Sequence[Author]) -> dict[str, list[Author]]:
    index: dict[str, list[Author]] = defaultdict(list)
    for author in people:
        index[author.family].append(author)
    return index
