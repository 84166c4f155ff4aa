"""Comparisons turned round: "A outperforms B" → "B outperforms A"."""

from __future__ import annotations

import re

from retrieval_core.entailment.clauses import plural_noun

_PHRASE = r"[^\W_][^,;:.()]*?"
_ENDS = r"(?=\s*(?:[,;:(]|\.?\s*$|\.\s|\bon\b|\bin (?:terms|patients|all|both)\b|\bfor\b|\bby\b|\bat\b|\bwhen\b|\bduring\b|\bwith respect\b))"
_VERBS = (
    "outperforms?|outperformed|exceeds?|exceeded|surpass(?:es|ed)?|outnumbers?|outnumbered|precedes?|preceded|beats?"
    "|outweighs?|outweighed|(?:is|are|was|were) (?:superior|inferior) to"
)
_COMPARATIVE = r"(?:(?:much|significantly|far|slightly|considerably|substantially|even) )?(?:more|less) [a-z-]+|(?:(?:much|significantly|far|slightly|considerably|substantially|even) )?[a-z]{3,}er|better|worse|(?:a )?(?:higher|lower|greater|better|stronger|larger|smaller) [a-z]+(?: [a-z]+)?"
_BE = r"(?:is|are|was|were|has|have|had|shows?|showed|may be|might be|can be|performs?|performed)"
_DIRECT = re.compile(rf"^(?P<a>{_PHRASE}) (?P<verb>{_VERBS}) (?P<b>{_PHRASE}){_ENDS}", re.IGNORECASE)
_THAN = re.compile(
    rf"^(?P<a>{_PHRASE}) (?P<verb>{_BE} (?:{_COMPARATIVE}) than) (?P<b>{_PHRASE}){_ENDS}", re.IGNORECASE
)
_PLACES = re.compile(
    rf"\b(?:{_COMPARATIVE}|more|less|fewer)(?: [\w-]+){{0,3}}? (?P<p>in|among|for|with|at) (?P<a>(?:[\w-]+ ){{0,3}}[\w-]+) than (?:(?P=p) )(?P<b>(?:[\w-]+ ){{0,2}}[\w-]+)",
    re.IGNORECASE,
)
_NO_SIDE = re.compile(
    r"^(?:previously|expected|ever|any|that|those|it|they|usual|other|others|this|these|the|a|an|what|we|normal|average"
    r"|once|half|one|zero|all|\d.*)$"
    r"|\b(?:expected|thought|previously|usual|that|those|which|who|not|they|we|it|is|are|was|were|ago|before|does|do|did)\b",
    re.IGNORECASE,
)
_MAX_SIDE_WORDS = 8
_PLURAL = {"is": "are", "was": "were", "has": "have", "outperforms": "outperform", "exceeds": "exceed",
           "surpasses": "surpass", "outnumbers": "outnumber", "precedes": "precede", "shows": "show",
           "performs": "perform", "outweighs": "outweigh", "beats": "beat"}  # fmt: skip


def comparison_turned(claim: str) -> str | None:
    """The claim with the two sides of its comparison exchanged, or None where it compares nothing by these forms.

    >>> comparison_turned("Masks are more effective than distance.")
    'Distance is more effective than masks.'
    """
    match = _PLACES.search(claim)
    if match:
        one, other = match.span("a"), match.span("b")
        if not _side(match["a"]) or not _side(match["b"]):
            return None
        return claim[: one[0]] + match["b"] + claim[one[1] : other[0]] + match["a"] + claim[other[1] :]
    for pattern in (_THAN, _DIRECT):
        match = pattern.match(claim)
        if match and _side(match["a"]) and _side(match["b"]):
            a, b = match["a"], match["b"]
            first = b[:1].upper() + b[1:] if a[:1].isupper() else b
            return f"{first} {_agreeing(match['verb'], b)} {_inside(a)}{claim[match.end() :]}"
    return None


def _side(phrase: str) -> bool:
    return len(phrase.split()) <= _MAX_SIDE_WORDS and not _NO_SIDE.search(phrase)


def _inside(phrase: str) -> str:
    """A phrase from the start of a sentence as it stands inside one; names keep their capitals."""
    word = phrase.split(maxsplit=1)[0]
    plain = (
        word[:1].isupper() and word[1:].islower() and not any(w[:1].isupper() for w in phrase.split()[1:2])
    )
    return phrase[:1].lower() + phrase[1:] if plain else phrase


def _agreeing(verb: str, subject: str) -> str:
    head = re.split(r"\b(?:of|in|with|for|from|to|at|by|on|among)\b", subject, maxsplit=1)[0].split()[
        -1:
    ] or [""]
    many = plural_noun(head[0].lower()) or " and " in subject
    first, _, rest = verb.partition(" ")
    singular = {plural: single for single, plural in _PLURAL.items()}
    fitting = (_PLURAL if many else singular).get(first.lower(), first)
    return f"{fitting} {rest}".strip()
