"""Where the words of a question turn to something else: "compared with", "measured by", "in patients with".

A stretch of a question is cut at its cues; each piece is of the kind that its cue announces. Some words look like cues
and are none: the "on" of "trained on", the "in" of "change in", the "with" of "patients with".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from synthesis.asking.verbs import CLEAR, EFFECTS, NOUNISH
from synthesis.names import is_measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthesis.records import AspectKind

_ASSESSED = r"(?:(?:when|as|if|where)\s+)?(?:evaluated|measured|assessed|judged|scored|quantified|tested)"
_USING = "using|employing|applying|incorporating|adding|adopting|introducing|utili[sz]ing|leveraging"
_CUES: tuple[tuple[AspectKind, str], ...] = (
    ("population", rf"{_ASSESSED}\s+(?:on|in|across|over|for|among)"),
    ("metric", rf"{_ASSESSED}\s+(?:by|using|with|via|through|as|in\s+terms\s+of)"),
    ("metric", r"in\s+terms\s+of|with\s+(?:respect|regard)\s+to|on\s+the\s+basis\s+of|according\s+to"),
    (
        "comparison",
        (
            r"(?:(?:when|as|if)\s+)?compared\s+(?:to|with|against)|in\s+comparison\s+(?:to|with)|(?:in\s+)?contrast\s+to|"
            r"compares?\s+(?:to|with|against)|relative\s+to|versus\b|vs\b\.?|as\s+opposed\s+to|rather\s+than|instead\s+of|"
            r"than|(?:differ|different|distinct)\s+from|"
            r"(?:superior|inferior|equivalent|comparable|identical|non-inferior|similar|alternatives?|preferable|equal)\s+to"
        ),
    ),
    (
        "method",
        (
            rf"(?:(?:when|by|through|while|via|after)\s+)?(?:{_USING})|by\s+means\s+of|via|by(?=\s+\w+ing\b)|when\s+varying|"
            r"with(?=\s+(?:varying|different|increasing|decreasing|more|fewer|larger|smaller|progressively|various)\b)"
        ),
    ),
    ("topic", r"against|due\s+to|as(?=\s+an?\s)"),
    (
        "population",
        (
            r"in|on|for|among(?:st)?|across|within|at|under|during|throughout|after|before|without|when|while|if|"
            r"following|outside|over(?=\s+(?:the|a|time|\d))|from(?=\s+\d{4})"
        ),
    ),
)
_JOINED_VERBS = "|".join(sorted(CLEAR | EFFECTS))
_CUE = re.compile(
    "|".join(rf"(?P<c{i}>(?<![\w-])(?:{cue})(?![\w-]))" for i, (_, cue) in enumerate(_CUES))
    + rf"|(?P<verb>(?<![\w-])(?:(?:and|but)\s+(?:\w+ly\s+|thereby\s+|thus\s+|also\s+)?|(?:in\s+order\s+)?to\s+(?:\w+ly\s+)?)(?:{_JOINED_VERBS})"
    r"(?=\s+(?!(?:of|in|on|and|or)\b)\w))",
    re.IGNORECASE,
)
# A cue directly behind these is none.
_JOINS = re.compile(
    r"(?:\b(?:pre-?|fine-?)?(?:train|tun)(?:ed\s+(?:on|for|in)|ing\s+on)|\bbased\s+on|\bconditioned\s+on|"
    r"\b(?:differences?|changes?|increases?|decreases?|improvements?|reductions?|gains?|decline|role|variations?|trends?|"
    r"rise|drop|loss)\s+in|\b(?:effects?|impacts?|influence|dependence|reliance|focus)\s+on|"
    r"\b(?:factors?|predictors?|markers?|biomarkers?|indicators?|proxy|surrogates?|substitutes?|risk|treatments?|"
    r"therapy|prognosis|models?)\s+for|\b(?:treated|aged|born|living|at)\s+(?:in|at|for)|\bat\s+risk|\beven\s+(?:if|when))$",
    re.IGNORECASE,
)
_DETERMINERS = re.compile(
    r"(?:(?:the|a|an|any|its|their|his|her|our|some|to|of|both|whether|by|with|from)\s+)+", re.IGNORECASE
)
_TRAILING = re.compile(
    r"(?:[\s,;:–—]+|\b(?:(?:more|less|most|least|as|very|equally|so)\s+)?(?:well|best|better|worse|(?:\w+[^\W_])?ly)$|"
    r"\b(?:more|less|most|least|higher|lower|greater|smaller|larger|faster|slower|and|or|but|that|only|also|either|even|still|already)$)+$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:[-'’@+./][^\W_]+)*")
# Words that name no thing of their own: a piece of nothing else is dropped.
_EMPTY = frozenset(
    """a able about accurate actually all an and any approach approaches are as at be been being benefit beneficial best better
    between but by can common current currently do does effect effective effectively effectiveness efficacy efficient
    enough evidence existing factor factors fare feasible following for from given good help helpful high higher how
    impact important in influence is it its kind kinds known less likely low lower make matter mechanism mechanisms method
    methods more most much necessary not of on one only or other our overall performance possible practice predictive
    really related result results same should significant significantly similar so some sort still strategies strategy
    studied suitable sufficient superior technique techniques that the their them these they this to type types useful
    used using way ways we well what which why with work worse you""".split()
)
_NOT_MEASURES = frozenset("exact match map p r em".split())  # where they are written small


class Piece(NamedTuple):
    """A stretch of a question, half-open, and what it names."""

    kind: AspectKind
    start: int
    end: int


def cut(text: str, start: int, end: int, first: AspectKind) -> Iterator[Piece]:
    """The pieces of ``text[start:end]``; the one before the first cue is of the kind ``first``."""
    kind = first
    for match in _CUE.finditer(text, start, end):
        if _JOINS.search(text[start : match.end()]):
            continue  # it only looks like a cue
        if match.start() > start:
            yield Piece(kind, start, match.start())
        kind = "topic" if match["verb"] else _CUES[_number(match)][0]
        start = match.end()
    if start < end:
        yield Piece(kind, start, end)


def _number(match: re.Match[str]) -> int:
    return next(i for i in range(len(_CUES)) if match[f"c{i}"])


def trimmed(text: str, piece: Piece) -> Piece | None:
    """A piece without determiners before it and adverbs behind it; ``None`` when it names nothing."""
    start, end = piece.start, piece.end
    while start < end and not (text[start].isalnum() or text[start] in "(\"“‘'$<>≤≥"):
        start += 1
    opening = _DETERMINERS.match(text, start, end)
    start = opening.end() if opening else start
    while trailing := _TRAILING.search(text[start:end]):
        end = start + trailing.start()
    words = [w.casefold() for w in _WORD.findall(text[start:end])]
    if all(word in _EMPTY for word in words):
        return None
    if piece.kind in {"topic", "population"} and measures(text[start:end]):
        return Piece("metric", start, end)
    return Piece(piece.kind, start, end)


def measures(words: str) -> bool:
    """Whether some words name a measure.

    >>> measures("retrieval accuracy"), measures("nDCG@10"), measures("a map of genes"), measures("EM")
    (True, True, False, True)
    """
    return any(is_measure(word) and word not in _NOT_MEASURES for word in re.split(r"[\s()]+", words) if word)


def verb_kind(word: str) -> int | None:
    """How likely a word is a present or past form of a verb that questions turn on: 0 very, 2 hardly; else ``None``.

    >>> verb_kind("improves"), verb_kind("works"), verb_kind("functions"), verb_kind("cats")
    (0, 1, 2, None)
    """
    folded = word.casefold()
    endings = (("", ""), ("s", ""), ("es", ""), ("d", ""), ("ed", ""), ("ies", "y"))
    stems = {folded.removesuffix(old) + new for old, new in endings if folded.endswith(old)}
    return next((i for i, kind in enumerate((CLEAR, EFFECTS, NOUNISH)) if stems & kind), None)
