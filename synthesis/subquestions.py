"""Question → what it asks about, in its own words: what is studied, in whom or what, against what, by which measure.

    Does metformin reduce mortality in patients with diabetes compared with placebo?
    method: metformin · topic: mortality · population: patients with diabetes · comparison: placebo

After the PICO elements of clinical questions (Richardson et al. 1995, The well-built clinical question), by rule and for
English. The subject of the question is what is studied (``asking.clauses``); cues part the rest (``question_cues``);
what no cue announces is the topic. A question in another language is one topic.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.asking.clauses import clause_pieces, what_pieces
from synthesis.asking.cues import Piece, cut, trimmed
from synthesis.asking.nouns import noun_pieces
from synthesis.asking.words import AUXILIARIES, words_of
from synthesis.phrases import foreign_language, is_english
from synthesis.records import Aspect

if TYPE_CHECKING:
    from collections.abc import Iterator

_FRONTED = re.compile(
    r"(?:(?P<setting>in|for|among|across|under|within|after|before|during|with|given|when)|(?:compared\s+(?:to|with)|unlike|"
    r"relative\s+to))\s+(?P<words>[^,?]+),\s+",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"(?:how\s+(?P<how>\w+(?:-\w+)?)(?=\s+(?:is|are|was|were)\b)|how\s+(?:well|much|often|strongly|far|quickly|effectively)|"
    r"how|why|when|where|to\s+what\s+(?:extent|degree)|(?:in\s+)?(?:what|which)\s+ways?|"
    r"under\s+(?:what|which)\s+(?:conditions|circumstances))\s+",
    re.IGNORECASE,
)
_WHAT = re.compile(
    r"(?:what|which|who)\s+(?P<is>(?:is|are|was|were)\s+(?:known\s+about\s+)?)?", re.IGNORECASE
)


def aspects_of(question: str) -> tuple[Aspect, ...]:
    """What a question asks about, in its order, each thing once; the words are stretches of the question.

    A topic alone where nothing else is told, so there is at least one aspect of any question that holds a word.

    >>> [(a.kind, a.words) for a in aspects_of("Does aspirin prevent stroke in women compared with placebo?")]
    [('method', 'aspirin'), ('topic', 'stroke'), ('population', 'women'), ('comparison', 'placebo')]
    """
    end = len(question.rstrip(" \t\r\n?.!？。؟।"))
    start = min(end, len(question) - len(question.lstrip(" \t\r\n¿¡")))
    pieces = (
        _pieces(question, start, end) if is_english(question) and foreign_language(question) is None else ()
    )
    told = [trim for piece in pieces if (trim := trimmed(question, piece))]
    if not told and any(c.isalnum() for c in question[start:end]):
        told = [Piece("topic", start, end)]
    told.sort(key=lambda piece: piece.start)
    named = dict.fromkeys((piece.kind, question[piece.start : piece.end]) for piece in told)
    return tuple(Aspect(kind=kind, words=words) for kind, words in named)


def _pieces(text: str, start: int, end: int) -> Iterator[Piece]:
    """By the form of the question: fronted words, how and why, yes or no, what and which, or no question at all."""
    if fronted := _FRONTED.match(text, start, end):
        yield Piece("population" if fronted["setting"] else "comparison", *fronted.span("words"))
        start = fronted.end()
    if asked := _ASKED.match(text, start, end):
        start = asked.end()
        if asked["how"]:  # "How effective are X in Y"
            yield Piece("topic", *asked.span("how"))
            yield from cut(text, text.index(" ", start), end, "method")
            return
    first = next(iter(words_of(text[start:end])), None)
    if first and first.folded in AUXILIARIES:
        yield from clause_pieces(text, start + first.end, end, first.folded)
    elif (what := _WHAT.match(text, start, end)) and not what["is"]:
        yield from what_pieces(text, what.end(), end)
    else:
        yield from noun_pieces(text, what.end() if what else start, end)
