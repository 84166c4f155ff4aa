"""A sentence that makes two claims → its two halves, where each can stand alone.

"A improves X, and B reduces Y" makes two claims; "A improves X and Y" makes one. A sentence is cut only at a
semicolon or at a comma (or a dash) before "and", "but", "while", "whereas" or "although", and only when each half has
a subject of its own that is no pronoun, a finite verb, and no word that leans on the other half. What stands before
a half and limits it ("On SQuAD, …", "If …", "We hypothesise that …") would be lost to the other, so it forbids the cut.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from synthesis.claim_features import words
from synthesis.records import Span
from synthesis.standalone import MIN_WORDS, opening_chars

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHARS = 1_000  # a longer sentence is a list or a table, and every cut is tried
_JOINT = re.compile(
    r"\s*(?:;|\s[–—]\s)\s*(?:and|but|while|whereas|however|in contrast|by contrast|conversely|moreover|also|on the other hand)?"
    r"(?=[\s,]),?\s*|,\s+(?:and|but|while|whereas|although|though)(?:\s+(?:also|that))?\s+",
    re.IGNORECASE,
)
_OPENING_CONTRAST = re.compile(r"(?:although|though|while|whereas|even though)\s+", re.IGNORECASE)
_COMMA = re.compile(r",\s+")
# What limits the whole sentence, so that a half without it would say more than the paper does.
_LIMITS = re.compile(
    r"(?:on|in|for|with|without|under|when|by|using|after|before|during|among|across|at|unlike|given|to|as|despite|from|through|"
    r"compared|if|because|since|once|until|where|based|via|within|only|except|assuming|due|following|beyond|both|either)\b",
    re.IGNORECASE,
)
_ATTITUDE = re.compile(
    r"\b(?:hypothesi[sz]\w+|suggest\w*|argu\w+|believ\w+|indicat\w+|assum\w+|conjectur\w+|suspect\w*|impl(?:y|ies|ied)|whether|if|"
    r"unless|claim(?:s|ed)?|posit\w*|expect\w*|propos\w+|speculat\w+|aim\w*|may|might|could|likely|possibl[ey]|either|neither|"
    r"not only|respectively|rather than|that|how|why)\b",
    re.IGNORECASE,
)
_VOUCHED = re.compile(
    r"\b(?:show|shows|showed|find|finds|found|demonstrate[sd]?|observe[sd]?|reveal|reveals|revealed|confirm|confirms|confirmed)"
    r"(?:\s+\w+ly)?\s+that\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|these|those|that|such|he|she|his|her|the (?:former|latter|others?|same|two|first|second|"
    r"reverse|opposite|gap|effect|improvement|difference|rest|remaining)|others?|another|so|too|as well|likewise|both|also|"
    r"neither|nor|respectively|vice versa|either|one|ones|further|instead|we|our|us|i|my|again|only|even)\b",
    re.IGNORECASE,
)
_NOT_A_SUBJECT = re.compile(
    r"(?:\w+ing|\w+ed\s+(?:on|with|by|to|in|from|for|as|that|using|against|over|at)|is|are|was|were|be|has|have|had|can|could|may|might|will|would|should|must|does|do|did|to|not|more|less|"
    r"there|here|thus|then|hence|therefore|which|who|whose|where|when|how|what|why|with|without|in|on|at|by|for|from|of|as|if|than|and|"
    r"or|but|yields?|shows?|achieves?|outperforms?|improves?|reduces?|provides?|leads?|makes?|introduces?|proposes?)\b",
    re.IGNORECASE,
)
_FINITE = re.compile(
    r"(?:is|are|was|were|has|have|had|can|cannot|could|may|might|will|would|should|must|does|do|did|"
    r"(?:improve|increase|reduce|decrease|outperform|achieve|show|exhibit|remain|perform|provide|yield|produce|lead|require|fail|"
    r"degrade|surpass|exceed|reach|enable|allow|depend|rely|suffer|benefit|help|contribute|enhance|capture|generate|contain|lack|"
    r"struggle|struggles|underperform|tend|match|offer|drop|fall|rise|grow|lag|beat|hurt|harm|hold|raise|lower|preserve|maintain|"
    r"generali[sz]e|affect|cause|induce|introduce|dominate|correlate|vary|differ|persist|scale|transfer|converge|"
    r"lose|gain|win|cut|halve|double|boost|narrow|widen|demonstrate|reveal|confirm|encode|predict|prefer|favou?r|favor)s?|fell|rose|led|grew|"
    r"lost|won|held|became|relies|varies|made|gave|took)",
    re.IGNORECASE,
)
_PAST = re.compile(r"\w{2,}ed")
_AFTER_A_PAST = frozenset(
    "the a an all no both its their our better worse more less most significantly".split()
)
_RELATIVE = frozenset("that which who to whose where when whether how".split())


def split_compound(sentence: str) -> tuple[Span, ...]:
    """Offsets of the halves of a compound sentence, in order; empty when it stays whole.

    >>> text = "CatNet improves recall on MIRACL, and DogNet reduces the cost of training."
    >>> [text[s.start : s.end] for s in split_compound(text)]
    ['CatNet improves recall on MIRACL', 'DogNet reduces the cost of training.']
    >>> split_compound("CatNet improves recall on MIRACL and the cost of training.")
    ()
    """
    if len(sentence) > MAX_CHARS:
        return ()
    start = len(sentence) - len(sentence.lstrip())
    start += opening_chars(sentence[start:])
    contrast = _OPENING_CONTRAST.match(sentence, start)
    if contrast:
        cuts = [(m.start(), m.end()) for m in _COMMA.finditer(sentence, contrast.end())]
        start = contrast.end()
    else:
        cuts = [(m.start(), m.end()) for m in _JOINT.finditer(sentence, start)]
    end = len(sentence.rstrip())
    fitting = [cut for cut in cuts if _fit(sentence[start : cut[0]], sentence[cut[1] : end])]
    if len(fitting) != 1:  # three claims in a row are a list, better read as one
        return ()
    ((first_end, second_start),) = fitting
    return Span(start=start, end=first_end), Span(start=second_start, end=end)


def _fit(first: str, second: str) -> bool:
    """Whether two halves say each one claim, and neither leans on the other."""
    vouched = _VOUCHED.search(first)
    said = first[vouched.end() :].strip() if vouched else first
    if _LIMITS.match(first) or _LIMITS.match(said) or _ATTITUDE.search(said):
        return False
    return (
        _is_clause(said)
        and _is_clause(second)
        and not _leans(second)
        and not _ends_in_a_list(first)
        and _balanced(first)
    )


def _leans(half: str) -> bool:
    return bool(_LEANS.search(half) or re.search(r"\brespectively\b", half))


def _ends_in_a_list(first: str) -> bool:
    """Whether the cut stands before the last item of a list: "offers a scalable, model-agnostic | and …"."""
    *_, last = first.split(",")
    return "," in first and len(words(last)) <= 3


def _balanced(text: str) -> bool:
    """No bracket or quotation mark is open at the cut."""
    return (
        text.count("(") == text.count(")") and text.count("[") == text.count("]") and text.count('"') % 2 == 0
    )


def _is_clause(half: str) -> bool:
    """Whether a half has a subject before its first finite verb, and enough words."""
    if len(words(half)) < MIN_WORDS or _NOT_A_SUBJECT.match(half):
        return False
    tokens = re.findall(r"[^\W_][\w'’.-]*|[,;:]", half)
    return any(_is_predicate(tokens, i) for i in _verbs(tokens))


def _verbs(tokens: list[str]) -> Iterator[int]:
    """Places after the first word where a verb may stand."""
    for i, (_, token) in enumerate(pairwise(tokens), start=1):
        if _FINITE.fullmatch(token) or _PAST.fullmatch(token):
            yield i


def _is_predicate(tokens: list[str], i: int) -> bool:
    """Whether the word at ``i`` is the main verb: not in a relative clause, no participle, not past a comma."""
    before = [t.casefold() for t in tokens[:i]]
    if _RELATIVE & set(before) or "," in before or ";" in before:
        return False
    after = tokens[i + 1].casefold() if i + 1 < len(tokens) else ""
    if _PAST.fullmatch(tokens[i]):
        return (
            after in _AFTER_A_PAST or after.endswith("ly") or after[:1].isdigit()
        )  # else it may be a participle
    return bool(after) or i > 1
