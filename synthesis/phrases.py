"""A question's phrases: the runs of words between function words and the scaffolding of a question.

"What is the impact of", "when evaluated using" say nothing of the topic and are cut out, after RAKE (Rose et al. 2010,
Automatic Keyword Extraction from Individual Documents). A phrase weighs more when it holds names, acronyms or
compounds.
"""

from __future__ import annotations

import re
import unicodedata

import regex

from synthesis.names import WORD, is_measure, is_name
from synthesis.retrieval import detect_language

_WORD = regex.compile(rf"{WORD}(?:[-@+.'’]{WORD})*|[^\p{{L}}\p{{N}}\s]")

# English function words, and words that shape a question without saying what it is about.
_FUNCTION_WORDS = frozenset(
    """a about above after again against all also although am among an and any are as at be because been before
    being below between both but by can could did do does doing down during each either else etc few for from
    further had has have having he her here hers him his how i if in into is it its itself just may me might
    more most much must my no nor not of off on once only or other our ours out over own per same shall she
    should so some such than that the their theirs them then there these they this those through to too under
    until up upon us very via vs was we were what when where whether which while who whom whose why will with
    within without would you your yours""".split()
)
_SCAFFOLD_WORDS = frozenset(
    """accuracy across affect affects affected amount amounts approach approaches based benefit benefits better
    cause causes compare compared compares comparison context decrease decreases differ different difference
    effect effects enable enables evaluate evaluated evaluating evaluation examine extent given help helps higher
    hurt hurts impact impacts improve improves improved incorporate incorporating increase increases increasing
    influence influences investigate investigates larger lead leads level levels lower lowers measure measured
    metric metrics number numbers one outperform outperforms particular perform performance performs performed
    play plays prevent prevents progressively proportion proportions question raise raises rate rates reduce
    reduced reduces regard regarding relate related respect result results role scale scales scaling score scores
    significantly smaller specific strategies strategy study term terms use used useful uses using vary varying
    well work works worse""".split()
)


_OPENING = frozenset(
    "are can could did do does has have how is should was were what when where which who why will would".split()
)
_FEW_WORDS = 5  # the model of languages is not to be trusted with fewer, in plain letters


def foreign_language(question: str) -> str | None:
    """The language of a question that is not in English (ISO 639-1); ``None`` for one that is, or cannot be told.

    Without a letter beyond ASCII, an English word that opens questions, two words that shape them, or too few words to
    tell anything from settle it without a closer look.
    """
    words = _WORD.findall(question.casefold())
    shaping = sum(word in _FUNCTION_WORDS | _SCAFFOLD_WORDS for word in dict.fromkeys(words))
    if question.isascii() and (
        (words[:1] and words[0] in _OPENING) or shaping > 1 or len(words) < _FEW_WORDS
    ):
        return None
    language = detect_language(question)
    return None if language == "en" else language


def is_english(question: str) -> bool:
    """Whether a question holds a function word of English; in other languages phrases cannot be cut out."""
    words = _WORD.findall(question.casefold())
    return any(word in _FUNCTION_WORDS for word in words)


def key_phrases(question: str) -> list[str]:
    """The question's phrases, heaviest first; ties in the order of the question.

    >>> key_phrases("What is the impact of hybrid batch training on MIRACL?")
    ['hybrid batch training', 'MIRACL']
    """
    phrases: list[list[str]] = [[]]
    for word in _WORD.findall(unicodedata.normalize("NFC", question)):
        bare = re.sub(r"['’]s$", "", word)
        if not bare[0].isalnum() or bare.casefold() in _FUNCTION_WORDS | _SCAFFOLD_WORDS:
            phrases.append([])
        else:
            phrases[-1].append(bare)
    unique = dict.fromkeys(" ".join(words) for words in phrases if words)
    return sorted(unique, key=phrase_weight, reverse=True)


def topic_phrases(question: str) -> dict[str, float]:
    """What the question is about: its key phrases without names of measures, each with its weight.

    >>> topic_phrases("Does hybrid batch training raise recall@k on MIRACL?")
    {'hybrid batch training': 3.0, 'MIRACL': 2.0}
    """
    phrases = {}
    for phrase in key_phrases(question):
        about = " ".join(word for word in phrase.split() if not is_measure(word))
        if about:
            phrases[about] = phrase_weight(about)
    return phrases


def phrase_weight(phrase: str) -> float:
    """How much a phrase says: a name 2, a compound 1.5, a plain word 1; the four heaviest words count."""
    weights = sorted((2.0 if is_name(w) else 1.5 if "-" in w else 1.0 for w in phrase.split()), reverse=True)
    return sum(weights[:4])
