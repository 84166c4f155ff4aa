"""What the clause of a question names: "SUBJECT VERB OBJECT" and "SUBJECT is PREDICATE", with all that hangs on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.asking.cues import Piece, cut, verb_kind
from synthesis.asking.nouns import noun_pieces, outcome_pieces, subject_pieces
from synthesis.asking.words import (
    AUXILIARIES,
    BE,
    BEFORE_NOUNS,
    CLAUSE_MARKS,
    HAVE,
    main_verb,
    place_of_be,
    place_of_participle,
    place_of_predicate,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from synthesis.asking.words import Word
    from synthesis.records import AspectKind

_EXISTS = re.compile(
    r"\s*there\s+(?:be\s+)?(?:(?:any|an?|no)\s+)?(?:evidence\s+(?:(?P<that>that)|for|of)\s+)?", re.IGNORECASE
)
_POSSIBLE = re.compile(r"\s*it\s+\w+\s+(?:(?P<that>that)|(?:for\s+)?to\s+[\w-]+)\s+", re.IGNORECASE)
_PURPOSE = re.compile(r"\s*(?:[\w-]+\s+){0,3}?to\s+[\w-]+\s+(?=\w)", re.IGNORECASE)
_HELPS = re.compile(r"\s*(?:(?:to|us|reliably|effectively)\s+)?(?P<verb>[\w-]+)\s+", re.IGNORECASE)
_AGENT = re.compile(r"\s+(?:by|from|with|using|through|via)\s+(?=\w)", re.IGNORECASE)
_PASSIVE = re.compile(
    r"\s*(?:be(?:en)?\s+)?(?:\w+ly\s+)?(?!associat|correlat|link|relat|compar)\w+(?:ed|en|wn)\b",
    re.IGNORECASE,
)
_GRADE = re.compile(
    r"\s*(?:(?:not|more|less|as|most|equally|also|clinically|significantly|\w+ly)\s+)*", re.IGNORECASE
)
_AS_GOOD = re.compile(r"\s*(?:equally\s+|at\s+least\s+|just\s+)?as\s+(?P<how>[\w-]+)\s+as\s+", re.IGNORECASE)
_TIED = re.compile(
    r"(?:associated|correlated|linked|related|dependent|due|attributable|responsible|sensitive|robust|invariant|confined|"
    r"resistant|consistent|predictive|capable|indicative|independent)\s+(?:with|to|on|for|of|by)\s+",
    re.IGNORECASE,
)
_COMPARED = re.compile(r"outperform|surpass|beat|exceed|overcome|outweigh|underperform", re.IGNORECASE)
_RECEIVED = re.compile(r"receive|use|take|get|undergo|adopt|utili[sz]e", re.IGNORECASE)
# What follows these verbs is of a kind of its own; behind other verbs it is the topic.
_FOLLOWING: tuple[tuple[AspectKind, str], ...] = (
    ("method", r"(?:benefits?|var(?:y|ies)|scales?|changes?)\s+(?:from|with)\s+"),
    (
        "population",
        r"(?:transfers?|generali[sz]es?|appl(?:y|ies)|extends?|adapts?|scales?)\s+to\s+|(?:performs?|works?|fares?)\s+on\s+",
    ),
    ("comparison", r"(?:compares?|differs?)\s+(?:\w+ly\s+)?(?:to|with|from|against)\s+"),
    (
        "topic",
        (
            r"(?:depends?|rel(?:y|ies)|acts?|focus\w*|leads?|contributes?|relates?|correlates?|interacts?|interferes?|"
            r"accounts?|results?|responds?|reacts?|adheres?|suffers?)\s+(?:up)?(?:on|to|with|for|in|from)\s+"
        ),
    ),
)
_FOLLOWING_RES = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _FOLLOWING)
_SAYS_MUCH = frozenset(
    "hallucinate forget memorise memorize converge coexist diverge degrade deteriorate".split()
)


def clause_pieces(text: str, start: int, end: int, auxiliary: str) -> Iterator[Piece]:
    """What follows the auxiliary of a question: "[Does] X improve Y in Z", "[Is] X better than Y"."""
    if exists := _EXISTS.match(text, start, end):
        yield from _that(text, exists.end(), end) if exists["that"] else noun_pieces(text, exists.end(), end)
    elif possible := _POSSIBLE.match(text, start, end):
        yield from (
            _that(text, possible.end(), end) if possible["that"] else _with_agent(text, possible.end(), end)
        )
    else:
        words = words_of(text[start:end])
        place = _verb_place(words, auxiliary)
        if place is None:
            yield from cut(text, start, end, "method")
        else:
            yield from _around(text, start, words[place], end, auxiliary)


def what_pieces(text: str, start: int, end: int) -> Iterator[Piece]:
    """What follows "which" or "what": "[Which] X works best for Y", "[What] causes Y"."""
    words = words_of(text[start:end])
    place = _finite_place(words)
    if place is None:
        yield from noun_pieces(text, start, end)
    elif words[place].folded in AUXILIARIES - BE - HAVE:  # "What X does Y use"
        yield Piece("topic", start, start + words[place].start)
        yield from clause_pieces(text, start + words[place].end, end, words[place].folded)
    elif words[place].folded in BE | HAVE:
        yield from subject_pieces(text, start, start + words[place].start)
        yield from _predicate(text, start + words[place].end, end)
    else:
        yield from _around(text, start, words[place], end, "do")


def _finite_place(words: Sequence[Word]) -> int | None:
    """The place of an auxiliary or verb before the first clause mark, the likeliest first."""
    ranked = []
    for i, word in enumerate(words):
        if i and (word.folded in CLAUSE_MARKS or word.text in ",;:"):
            break
        kind = 0 if word.folded in AUXILIARIES else verb_kind(word.text)
        if kind is not None and (i == 0 or words[i - 1].folded not in BEFORE_NOUNS):
            ranked.append((kind, i))
    return min(ranked)[1] if ranked else None


def _that(text: str, start: int, end: int) -> Iterator[Piece]:
    """A clause behind "that", its verb inflected."""
    yield from what_pieces(text, start, end)


def _verb_place(words: Sequence[Word], auxiliary: str) -> int | None:
    if auxiliary in BE:
        return place_of_predicate(words)
    if auxiliary in HAVE:
        return place_of_participle(words)
    found = main_verb(words)
    places = [place for place in (found[0] if found else None, place_of_be(words)) if place is not None]
    return min(places, default=None)


def _around(text: str, start: int, verb: Word, end: int, auxiliary: str) -> Iterator[Piece]:
    """The subject before the verb (or predicate), and what follows it."""
    verb_start, verb_end = start + verb.start, start + verb.end
    subject = list(subject_pieces(text, start, verb_start)) if verb.start else []
    is_be = verb.folded in {"be", "been"}
    if not is_be and auxiliary not in BE:
        yield from subject
        receives = bool(subject) and subject[0].kind == "population"
        yield from _object(text, verb_start, verb_end, end, receives=receives)
        return
    said_from = verb_end if is_be else verb_start
    passive = _PASSIVE.match(text, said_from, end)
    if passive and _AGENT.match(text, passive.end(), end):  # "predicted from X", "caused by X"
        yield from (Piece("topic", *p[1:]) if p.kind == "method" else p for p in subject)
        yield from _with_agent(text, passive.end(), end)
    else:
        yield from subject
        yield from _predicate(text, passive.end() if passive and is_be else said_from, end)


def _with_agent(text: str, start: int, end: int) -> Iterator[Piece]:
    """What "X with Y …" names: what is done, and by which means."""
    agent = _AGENT.search(text, start, end)
    if agent is None:
        yield from outcome_pieces(text, start, end)
        return
    if agent.start() > start:
        yield Piece("topic", start, agent.start())
    yield from cut(text, agent.end(), end, "method")


def _predicate(text: str, start: int, end: int) -> Iterator[Piece]:
    """What is said of a subject behind "is"."""
    if equal := _AS_GOOD.match(text, start, end):
        yield Piece("topic", *equal.span("how"))
        yield from cut(text, equal.end(), end, "comparison")
        return
    grade = _GRADE.match(text, start, end)
    start = grade.end() if grade else start
    if tied := _TIED.match(text, start, end):
        start = tied.end()
    elif purpose := _PURPOSE.match(text, start, end):
        start = purpose.end()
    yield from outcome_pieces(text, start, end)


def _object(text: str, verb_start: int, verb_end: int, end: int, *, receives: bool) -> Iterator[Piece]:
    """What follows a verb; ``receives``: its subject are people, so what they use or are given is what is studied."""
    for kind, following in _FOLLOWING_RES:
        if match := following.match(text, verb_start, end):
            yield from _first_as(kind, outcome_pieces(text, match.end(), end))
            return
    verb = text[verb_start:verb_end].casefold()
    if verb in _SAYS_MUCH:
        yield Piece("topic", verb_start, verb_end)
    if (
        verb.startswith("help")
        and (helps := _HELPS.match(text, verb_end, end))
        and verb_kind(helps["verb"]) is not None
    ):
        verb_end = helps.end()
    kind = (
        "comparison" if _COMPARED.match(verb) else "method" if receives and _RECEIVED.match(verb) else "topic"
    )
    yield from _first_as(kind, outcome_pieces(text, verb_end, end))


def _first_as(kind: AspectKind, pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces, the first topic among them of another kind."""
    for i, piece in enumerate(pieces):
        yield Piece(kind, piece.start, piece.end) if i == 0 and piece.kind == "topic" else piece
