"""What the question asks set against what the papers read speak of: the coverage table and the gaps.

A passage speaks of a thing when two neighbouring sentences hold its words, whatever their endings; a name counts double, a compound one and a
half (``phrases.phrase_weight``). A thing that no passage holds whole is covered in part by the passages that hold the
most of it, if that is more than half of its weight.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, NamedTuple

from synthesis.names import is_measure, is_name, names_in
from synthesis.phrases import key_phrases, phrase_weight
from synthesis.records import Coverage
from synthesis.retrieval import analyze
from synthesis.terms import listed
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from synthesis.records import Aspect, Passage

_ACRONYM = re.compile(r"\b[A-Z][A-Za-z]{0,4}[A-Z]s?\b")
_SHORT_NAME = 4
_STEM_CHARS, _ENDING_CHARS = 3, 4  # of the parts of a compound: "fine-tuning" is found as "fine…tun…"
ENOUGH = 0.5  # of an aspect's weight: what holds more speaks of it in part


class Wanted(NamedTuple):
    """A word of an aspect: how to find it in a text, and how much it weighs.

    ``parts`` are its own words, one or, of a compound, several; ``pattern`` finds a name, or a compound that is written
    closed, open or with a hyphen.
    """

    word: str
    parts: tuple[str, ...]
    terms: frozenset[str]
    pattern: re.Pattern[str] | None
    weight: float


class ReadText(NamedTuple):
    """A text that was read: its analysed terms, and its acronyms in small letters without a plural "s"."""

    paper_id: str | None
    text: str
    terms: frozenset[str]
    acronyms: frozenset[str]


def read_text(text: str, paper_id: str | None) -> ReadText:
    """A text with its terms."""
    acronyms = frozenset(match.removesuffix("s").casefold() for match in _ACRONYM.findall(text))
    return ReadText(paper_id, text, frozenset(analyze(text)), acronyms)


def read_passages(passages: Iterable[Passage]) -> list[ReadText]:
    """Each two neighbouring sentences of the passages: what stands farther apart may have nothing to do with each other."""
    return [
        read_text(passage.text[one.start - passage.start : other.end - passage.start], passage.paper_id)
        for passage in passages
        for one, other in (
            pairwise(passage.sentences) if len(passage.sentences) > 1 else [(passage.sentences[0],) * 2]
        )
    ]


def wanted_words(words: str, phrases: Sequence[str] = ()) -> tuple[Wanted, ...]:
    """The words of an aspect or a statement that say what it is, each once.

    ``phrases`` stand for a question in another language, whose own words no paper need hold.
    """
    found = phrases or sorted(key_phrases(words), key=words.find) or [words]
    unique = {word.casefold(): word for phrase in reversed(found) for word in reversed(phrase.split())}
    wanted = (_wanted(word) for word in reversed(unique.values()))
    return tuple(w for w in wanted if w.terms)


def _wanted(word: str) -> Wanted:
    parts = tuple(part for part in word.split("-") if part)
    pattern = None
    if _names_something(word):
        pattern = name_pattern(word)
    elif len(parts) > 1:
        stems = (re.escape(part[: max(_STEM_CHARS, len(part) - _ENDING_CHARS)]) for part in parts)
        pattern = re.compile(r"\w*[\s-]*".join(stems), re.IGNORECASE)
    return Wanted(word, parts, frozenset(analyze(word)), pattern, phrase_weight(word))


def _names_something(word: str) -> bool:
    return is_name(word) and not is_measure(word)


def name_pattern(name: str) -> re.Pattern[str]:
    """Finds a name and what is called after it ("XQuAD-R" for "XQuAD"), not what it is called after.

    Small and capital letters are one where the name is long or holds a digit or hyphen: "ACE" is no ace.
    """
    body = r"[-\s]?".join(re.escape(part) for part in re.split(r"[-\s]", name) if part)
    either = len(name) > _SHORT_NAME or not name.isalpha()
    return re.compile(rf"(?<![\w-]){body}s?(?!\w)", re.IGNORECASE if either else 0)


def held_words(wanted: Sequence[Wanted], read: ReadText) -> frozenset[str]:
    """The words that a text holds: names by their spelling, others by their stems, several by their acronym."""
    held = {w.word for w in wanted if _holds(read, w)}
    if read.acronyms and len(held) < len(wanted):
        held |= _spelt_short(wanted, read)
    return frozenset(held)


def _holds(read: ReadText, wanted: Wanted) -> bool:
    if wanted.pattern:
        return wanted.pattern.search(read.text) is not None
    return wanted.terms <= read.terms


def _spelt_short(wanted: Sequence[Wanted], read: ReadText) -> set[str]:
    """Neighbouring words whose initials the text writes as an acronym: "large language models", "LLMs"."""
    held = set()
    for first, last in combinations(range(len(wanted) + 1), 2):
        words = wanted[first:last]
        initials = "".join(part[0] for w in words for part in w.parts).casefold()
        if len(initials) > 1 and initials in read.acronyms:
            held |= {w.word for w in words}
    return held


def weight_of(held: frozenset[str], wanted: Sequence[Wanted]) -> float:
    """Share of the weight of the wanted words that some of them make, 0–1."""
    total = sum(w.weight for w in wanted) or 1.0
    return sum(w.weight for w in wanted if w.word in held) / total


def speaks_of(wanted: Sequence[Wanted], read: ReadText) -> bool:
    """Whether a text holds more than half of the weight of an aspect's words."""
    return weight_of(held_words(wanted, read), wanted) > ENOUGH


def cover(aspect: Aspect, wanted: Sequence[Wanted], read: Sequence[ReadText], n_claims: int) -> Coverage:
    """The row of an aspect; ``read`` stands in the order of its papers, best first."""
    held = [(held_words(wanted, text), text.paper_id) for text in read]
    spoken = {words for words, _ in held if weight_of(words, wanted) > ENOUGH}
    papers = {most: tuple(dict.fromkeys(p for words, p in held if p and words >= most)) for most in spoken}
    best = max(papers, key=lambda w: (weight_of(w, wanted), len(papers[w]), sorted(w)), default=frozenset())
    whole = len(best) == len(wanted)
    return Coverage(
        aspect=aspect,
        covered="in part" if best and not whole else "covered" if best else "not covered",
        n_papers=len(papers.get(best, ())),
        n_claims=n_claims,
        paper_ids=papers.get(best, ()),
        missing=tuple(w.word for w in wanted if w.word not in best),
    )


class Among(NamedTuple):
    """The papers that a gap is told of: how many, and whether others, in other languages, were read besides."""

    n: int
    others: bool = False


def find_gaps(
    question: str, rows: Sequence[Coverage], read: Sequence[ReadText], *, others: bool = False
) -> tuple[str, ...]:
    """What no passage speaks of, in counted sentences: names first, then things, then all of it in one paper.

    ``read`` is of papers in the question's language alone; ``others`` tells that more papers were read.
    """
    among = Among(len({text.paper_id for text in read}), others)
    if not among.n:
        return ()
    unnamed = [
        name for name in names_in(question) if not any(name_pattern(name).search(text.text) for text in read)
    ]
    named = [_unnamed(name, among) for name in unnamed]
    return (
        *named,
        *(_gap(row, among) for row in rows if _is_gap(row, unnamed)),
        *_apart(rows, among),
    )


def _unnamed(name: str, among: Among) -> str:
    if among.others:
        return say_n(
            "No passage of the {n} paper in the question's language names {name}.",
            "No passage of the {n} papers in the question's language names {name}.",
            among.n,
            name=name,
        )
    return say_n(
        "No passage of the {n} paper read names {name}.",
        "No passage of the {n} papers read names {name}.",
        among.n,
        name=name,
    )


def _is_gap(row: Coverage, unnamed: Sequence[str]) -> bool:
    """Whether a row lacks something that is not told already: a thing without its name is none."""
    missing = set(row.missing)
    told = missing & set(unnamed) if row.covered == "not covered" else missing <= set(unnamed)
    return bool(missing) and not told


def _gap(row: Coverage, among: Among) -> str:
    words = row.aspect.words
    if row.covered != "not covered":
        return _partly(words, listed(row.missing), among)
    if among.others:
        return say_n(
            "No passage of the {n} paper in the question's language speaks of “{words}”.",
            "No passage of the {n} papers in the question's language speaks of “{words}”.",
            among.n,
            words=words,
        )
    return say_n(
        "No passage of the {n} paper read speaks of “{words}”.",
        "No passage of the {n} papers read speaks of “{words}”.",
        among.n,
        words=words,
    )


def _partly(words: str, missing: str, among: Among) -> str:
    if among.others:
        return say_n(
            "No passage of the {n} paper in the question's language speaks of all of “{words}”; what speaks of most of it "
            "lacks: {missing}.",
            "No passage of the {n} papers in the question's language speaks of all of “{words}”; what speaks of most of it "
            "lacks: {missing}.",
            among.n,
            words=words,
            missing=missing,
        )
    return say(
        "No passage speaks of all of “{words}”; what speaks of most of it lacks: {missing}.",
        words=words,
        missing=missing,
    )


def _apart(rows: Sequence[Coverage], among: Among) -> Iterator[str]:
    """Whether one paper speaks of all things asked about that some paper speaks of."""
    spoken = [row for row in rows if row.covered != "not covered"]
    counts = Counter(paper_id for row in spoken for paper_id in row.paper_ids)
    most = max(counts.values(), default=0)
    if len(spoken) < 2 or most == len(spoken):
        return
    if among.others:
        yield say(
            "Of the {asked} things that the question asks about, no single paper in the question's language speaks of more "
            "than {most}.",
            asked=len(rows),
            most=most,
        )
    else:
        yield say(
            "Of the {asked} things that the question asks about, no single paper speaks of more than {most}.",
            asked=len(rows),
            most=most,
        )
