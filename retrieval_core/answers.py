"""How far a retrieved text is the answer: exact match and F1 as SQuAD defines them, and whether it contains it.

Texts are compared after SQuAD's normalisation: lower case, without punctuation, without the English articles (in
every language, as the evaluation of XQuAD does it), blanks collapsed. F1 is over tokens with their repeats, and the
best of the accepted answers counts (Rajpurkar et al., EMNLP 2016, section 6.1). Scripts written without blanks
(Han, Kana, Thai, Lao, Khmer, Burmese) count every character as a token and the rest by blanks, the mixed segmentation
that MLQA uses for Chinese (Lewis et al., ACL 2020). Which scripts stand in a text decides, not its declared language.

A whole sentence is hardly ever exactly the answer, so its exact match stays near 0 however good the retrieval is; its
F1 is bounded by the sentence's length and compares systems on one set; the share that contains the answer is closest
to what a reader needs.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

_PUNCTUATION = regex.compile(r"[\p{P}$+<=>^`|~]+")  # Unicode's, and what ASCII adds to it
_ARTICLES = regex.compile(r"\b(?:a|an|the)\b")
_UNSPACED = regex.compile(r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])")


class AnswerMatch(NamedTuple):
    """How well one text answers; each 0–1."""

    exact: float
    f1: float
    contained: float


def match_answer(text: str, answers: Sequence[str]) -> AnswerMatch:
    """The best of each measure over the accepted ``answers``, of which there is at least one.

    >>> match_answer("It gave up just 308 points.", ["308", "308 points"])
    AnswerMatch(exact=0.0, f1=0.5, contained=1.0)
    """
    tokens = answer_tokens(text)
    accepted = [answer_tokens(answer) for answer in answers]
    return AnswerMatch(
        exact=max(float(tokens == answer) for answer in accepted),
        f1=max(_f1(tokens, answer) for answer in accepted),
        contained=max(float(_contains(tokens, answer)) for answer in accepted),
    )


@lru_cache(maxsize=1 << 16)
def answer_tokens(text: str) -> tuple[str, ...]:
    """Tokens of ``text`` after normalisation.

    >>> answer_tokens("The Panthers, 2015年")
    ('panthers', '2015', '年')
    """
    bare = _ARTICLES.sub(" ", _PUNCTUATION.sub("", text.lower()))
    return tuple(_UNSPACED.sub(r" \1 ", bare).split())


def _f1(text: tuple[str, ...], answer: tuple[str, ...]) -> float:
    if not text or not answer:
        return float(text == answer)
    shared = (Counter(text) & Counter(answer)).total()
    return 2 * shared / (len(text) + len(answer))


def _contains(text: tuple[str, ...], answer: tuple[str, ...]) -> bool:
    """Whether the answer's tokens stand in the text one after the other; nothing contains an answer of no token."""
    n = len(answer)
    return n > 0 and any(text[i : i + n] == answer for i in range(len(text) - n + 1))
