"""What a noun phrase of a question names: "the effect of A on B", "the difference between A and B", "patients with C"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.asking.cues import Piece, cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthesis.records import AspectKind

_OPENING = r"(?:(?:any|an?|the)\s+)?(?:[\w-]+\s+)?"
_COMPARED = re.compile(
    r"(?:compar(?:e|ing)|contrast|(?:an?\s+|the\s+)?comparison\s+(?:of|between))\s+(?P<one>.+?)\s+(?:and|with|to|versus|vs\.?|"
    r"against)\s+",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    rf"{_OPENING}(?P<noun>differences?|trade-?offs?|gap|relation(?:ship)?s?|associations?|correlations?|links?|connections?|"
    r"interactions?|agreement)\s+(?:(?:in|of)\s+(?P<in>.+?)\s+)?between\s+(?P<one>.+?)\s+(?:and|with)\s+",
    re.IGNORECASE,
)
_SET_AGAINST = re.compile(r"difference|trade|gap|agreement", re.IGNORECASE)
_EFFECT = re.compile(
    rf"{_OPENING}(?:(?:effects?|impacts?|influences?|consequences?|implications?)\s+of\s+(?P<on>.+?)\s+(?:up)?on\s+"
    r"|(?:roles?|uses?|importance|involvement|application)\s+of\s+(?P<in>.+?)\s+in\s+"
    r"|(?:benefits?|advantages?|value|utility|limits|limitations|drawbacks|costs?|effects?|impacts?)\s+of\s+(?P<of>.+?)"
    r"(?=\s+(?:for|on|in|over|among|compared|when|under|during|measured)\b|$))",
    re.IGNORECASE,
)
_OUTCOME = re.compile(
    r"(?P<outcome>[^,;]*?\b(?:performance|accuracy|effectiveness|efficacy|quality|efficiency|robustness|safety|speed|precision|"
    r"recall|sensitivity|specificity|generali[sz]ation|stability|reliability|validity|feasibility))\s+of\s+",
    re.IGNORECASE,
)
_PEOPLE = (
    r"(?:patients?|children|adults?|adolescents|women|men|people|persons|individuals|infants|neonates|students?|learners|"
    r"teachers|workers|nurses|physicians|mice|rats|animals|participants|populations?|users|speakers|languages?|athletes|"
    r"survivors|youth|girls|boys|mothers|cohorts?)"
)
_ARE_PEOPLE = re.compile(
    rf"(?:the\s+)?(?:[\w-]+\s+){{0,4}}?{_PEOPLE}(?:\s+(?:with|who|that|under|over|aged|of|in|from)\b.*)?",
    re.IGNORECASE | re.DOTALL,
)
_OF_PEOPLE = re.compile(rf"\s(?:in|among|for|of)\s+(?=(?:[\w-]+\s+){{0,3}}?{_PEOPLE}\b)", re.IGNORECASE)
_IN_SUBJECT = re.compile(
    rf"\s(?:(?P<people>(?:in|among|for)\s+(?=(?:[\w-]+\s+){{0,3}}?{_PEOPLE}\b))"
    r"|(?P<other>(?:versus|vs\.?|compared\s+(?:to|with)|rather\s+than|instead\s+of|relative\s+to)\s+)"
    r"|(?P<by>with\s+(?=(?:varying|different|increasing|decreasing|more|fewer|various)\b)))",
    re.IGNORECASE,
)


def noun_pieces(text: str, start: int, end: int) -> Iterator[Piece]:
    """The pieces of a noun phrase that is asked about, with all that follows it."""
    if match := _COMPARED.match(text, start, end):
        yield Piece("method", *match.span("one"))
        yield from cut(text, match.end(), end, "comparison")
    elif match := _BETWEEN.match(text, start, end):
        yield Piece("method", *match.span("one"))
        if match["in"]:
            yield Piece("topic", *match.span("in"))
        if _SET_AGAINST.match(match["noun"]):
            yield from _differing(text, match.end(), end)
        else:
            yield from cut(text, match.end(), end, "topic")
    elif match := _EFFECT.match(text, start, end):
        studied = next(name for name in ("on", "in", "of") if match[name])
        yield Piece("method", *match.span(studied))
        yield from outcome_pieces(text, match.end(), end)
    elif match := _OUTCOME.match(text, start, end):
        yield Piece("topic", *match.span("outcome"))
        yield from cut(text, match.end(), end, "method")
    else:
        yield from outcome_pieces(text, start, end)


def _differing(text: str, start: int, end: int) -> Iterator[Piece]:
    """What "B in C" names behind "the difference between A and": B is compared, C is where they differ."""
    pieces = list(cut(text, start, end, "comparison"))
    for i, piece in enumerate(pieces):
        in_what = i == 1 and text[: piece.start].rstrip().endswith(" in")
        yield Piece("topic", piece.start, piece.end) if in_what else piece


def outcome_pieces(text: str, start: int, end: int) -> Iterator[Piece]:
    """The pieces of what is affected: the topic, and whose it is ("the performance of low-resource languages")."""
    for i, piece in enumerate(cut(text, start, end, "topic")):
        whose = _OF_PEOPLE.search(text, piece.start, piece.end) if i == 0 else None
        if whose and _ARE_PEOPLE.fullmatch(text[whose.end() : piece.end].strip()):
            yield Piece("topic", piece.start, whose.start())
            yield Piece("population", whose.end(), piece.end)
        else:
            yield piece


def subject_pieces(text: str, start: int, end: int) -> Iterator[Piece]:
    """The pieces of the subject of a question: what is studied, or who."""
    if _ARE_PEOPLE.fullmatch(text[start:end].strip()):
        yield Piece("population", start, end)
        return
    if _BETWEEN.match(text, start, end) or _EFFECT.match(text, start, end):
        yield from noun_pieces(text, start, end)
        return
    if match := _OUTCOME.match(text, start, end):
        yield Piece("topic", *match.span("outcome"))
        start = match.end()
    kind: AspectKind = "method"
    for match in _IN_SUBJECT.finditer(text, start, end):
        yield Piece(kind, start, match.start())
        kind = "population" if match["people"] else "comparison" if match["other"] else "method"
        start = match.end()
    yield Piece(kind, start, end)
