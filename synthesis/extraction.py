"""The first claim extractor: a small logistic over features that can be checked by eye.

The weights are plain numbers in ``data/claim_weights.json``, fitted by ``benchmarks/claims.py --fit``.
"""

from __future__ import annotations

import math
import re
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

from synthesis.claim_features import CUES, FEATURES, section_features, words
from synthesis.records import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

# Set by hand, as no labelled data carries questions: a sentence with all content words of the question gains
# as much as the odds of e (2.7 : 1); one with none loses nothing.
QUESTION_WEIGHT = 1.0

_COMMON = frozenset(
    "a an and are as at be by can did do does for from has have how in is it its of on or that the their these this to"
    " was we were what when where which who why will with does better best more than over effect how much".split()
)


class ClaimWeights(Record):
    """The fitted logistic: a weight for each feature by name, a bias, and where they come from."""

    fitted_on: tuple[str, ...]
    command: str
    bias: float
    weights: dict[str, float]


@cache
def load_weights() -> ClaimWeights:
    """The shipped weights."""
    return ClaimWeights.model_validate_json(
        (files("synthesis.data") / "claim_weights.json").read_text("utf-8")
    )


class RuleExtractor:
    """Scores sentences by how checkable a claim they make; implements ``synthesis.protocols.Extractor``."""

    def __init__(self, weights: ClaimWeights | None = None) -> None:
        """Use ``weights`` in place of the shipped ones."""
        self._model = weights or load_weights()
        if set(self._model.weights) != set(FEATURES):
            different = sorted(set(self._model.weights) ^ set(FEATURES))
            raise ValueError(f"claim weights do not fit the features: {', '.join(different)}; fit them again")

    def score(self, sentences: Sequence[str], question: str) -> list[tuple[float, str]]:
        """For each sentence of one section, in order: (score in 0–1, kind)."""
        asked = _content_words(question)
        scored = []
        for sentence, features in zip(sentences, section_features(sentences), strict=True):
            logit = self._model.bias + sum(
                self._model.weights[name] * value for name, value in zip(FEATURES, features, strict=True)
            )
            logit += QUESTION_WEIGHT * _overlap(asked, sentence)
            scored.append((_logistic(logit), claim_kind(sentence)))
        return scored


_NUMBERS = frozenset({"score_number", "measured_number"})


def claim_kind(sentence: str) -> str:
    """What sort of claim the sentence makes, by its cues; the first that fits, in the order of the code."""
    found = {name for name, pattern in CUES.items() if pattern.search(sentence)}
    if found & {"proposal", "aim"} and not found & {"own_result", "score_number"}:
        return "method"
    if "comparison" in found and found & {"effect_verb", "finding_verb", *_NUMBERS, "significance"}:
        return "comparison"
    if found & _NUMBERS:
        return "number"
    if found & {"finding_verb", "effect_verb", "own_result"}:
        return "finding"
    if "comparison" in found:
        return "comparison"
    return "number" if "number" in found else "statement"


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _content_words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in words(text)) - _COMMON


def _overlap(asked: frozenset[str], sentence: str) -> float:
    """Share of the question's content words that the sentence holds, 0–1."""
    return len(asked & _content_words(sentence)) / len(asked) if asked else 0.0


# --------------------------------------------------------------------------- can it stand alone

_CONNECTIVE = re.compile(
    r"(?:however|moreover|furthermore|in addition|additionally|thus|therefore|hence|also|finally|overall|consequently|"
    r"interestingly|notably|importantly|specifically|in particular|for (?:example|instance)|in contrast|similarly|"
    r"nevertheless|nonetheless|that is|surprisingly|meanwhile|and|but|yet|so|indeed|on the other hand|as a result)\b,?\s+",
    re.IGNORECASE,
)
_VERB_AFTER_PRONOUN = (
    r"(?:is|are|was|were|has|have|had|can|could|may|might|will|would|should|must|do|does|did|also|not|suggests?|shows?|"
    r"indicates?|means?|implies|imply|demonstrates?|leads?|allows?|enables?|makes?|helps?|results? in|reduces?|improves?|"
    r"increases?|outperforms?|happens?|holds?|contrasts?|confirms?|supports?|includes?|requires?|provides?|raises?)\b"
)
_UNRESOLVED = re.compile(
    rf"(?:they|them|he|she|its|their|his|her|it)\s|(?:this|that|such|neither)\s+{_VERB_AFTER_PRONOUN}"
    rf"|(?:these|those|both)\s+(?!results? in){_VERB_AFTER_PRONOUN}"
    r"|(?:ell[oa]s|elles?|essi|esse|ils|il(?=\s(?:est|a|sera|peut|semble|représente|permet|améliore|réduit|ne)\b))\s",
    re.IGNORECASE,
)
# "It is known that …", "It was possible to …": the pronoun stands for what follows.
_EXPLETIVE = re.compile(
    r"it\s+(?:(?:\w+\s+){1,4}that\b|(?:is|was|can be|may be|becomes|remains|seems)\s+(?:\w+ly\s+|not\s+|also\s+)?"
    r"(?:possible|impossible|necessary|important|essential|hard|difficult|easy|easier|better|best|crucial|useful|"
    r"feasible|unclear|unknown|sufficient|enough)\b)",
    re.IGNORECASE,
)
_IMPERSONAL = re.compile(r"[Ii]l\s+(?:y|est (?:\w+ )?(?:\w+ )?(?:que|de)|a été|faut|existe|n['’])|IT\s")
_POINTS_BACK = re.compile(
    r"\bthe (?:former|latter)\b|\b(?:as )?(?:mentioned|described|discussed|noted) (?:above|earlier|before|previously)\b",
    re.IGNORECASE,
)
_PLACE = r"(?:sections?|secs?\.|figures?|figs?\.|tables?|tabs?\.|appendix|appendices|chapters?|equations?|eqs?\.|supplement\w*)"
_POINTER = re.compile(
    rf"\(?(?:see|cf\.?|refer to|compare)\s+(?:also\s+)?(?:the\s+)?{_PLACE}"
    rf"|(?:in\s+)?{_PLACE}\s+[\w.]+\s*(?:,\s*we\s+)?(?:(?:and|to|-|–)\s*[\w.]+\s*)?"
    r"(?:describes?|presents?|shows?|lists?|summari[sz]es?|reports?|gives?|compares?|discuss(?:es)?|details?|provides?|"
    r"reviews?|introduces?|concludes?|outlines?|depicts?|illustrates?|contains?)\s+(?!that\b)"
    r"|the (?:rest|remainder) of (?:the|this) (?:paper|article)"
    rf"|(?:more |further |full )?(?:details|results|examples|information)\s+(?:are|is|can be)\s+.{{0,40}}\b(?:in|at)\s+(?:the\s+)?{_PLACE}",
    re.IGNORECASE,
)
_CITATIONS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_ENGLISH = re.compile(r"\b(?:the|of|and|for|with|to|by|from)\b", re.IGNORECASE)
_OTHER_ROMANCE = re.compile(
    r"\b(?:de|la|el|los|las|les|des|du|et|il|di|della|dei|che|y|en|un|une|una)\b", re.IGNORECASE
)
# Auxiliaries, past forms, and the verbs that abstracts live on: a sentence with none of them is a heading or a list.
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|being|has|have|had|do|does|did|can|cannot|could|may|might|will|would|should|must|"
    r"\w+ed|\w+(?:[fi]ies|ates|i[sz]es?|ects|erms?|orms|ains|ides|udes|uces|oves|asks|ieves|ases|umes)|"
    r"found|led|made|took|rose|fell|came|gave|gets?|got|kept|held|grew|won|lost|began|became|underwent|cut|saw|"
    r"(?:show|find|suggest|yield|outperform|help|hurt|lead|give|make|take|hold|need|remain|depend|exceed|beat|cost|use|"
    r"cover|support|report|offer|play|serve|work|fail|lag|drop|rise|fall|run|range|reach|win|lose|keep|grow|mean|bring|"
    r"allow|enable|require|increase|decrease|improve|reduce|provide|achieve|include|contain|comprise|consist|propose|"
    r"present|introduce|represent|demonstrate|indicate|reveal|conclude|observe|confirm|prove|affect|correlate|vary|"
    r"differ|exist|occur|appear|seem|become|encode|learn|generali[sz]e|transfer|benefit|suffer|rely|argue|believe|"
    r"predict|explain|support|shift|match|rank|score|perform|degrade|tend|follow|form|act|bind|regulate|inhibit|express|"
    r"promote|induce|mediate|cause|describe|discuss|compare|develop|evaluate|say|state|know|see|get|go|come|carry|lack|"
    r"matter|double|halve|span|search|draw|stay|stand|lie|collapse|lift|gain|add|break|expand|prolong|agree|guard|motivate|cite|decline|point|pave|uncover|release|train|implement|obtain|establish|encourage|inherit|profit|surpass|undertook|highlight|underscore|favou?r|change|save|solve)s?)\b",
    re.IGNORECASE,
)  # fmt: skip
_MAY_BE_VERB = re.compile(r"[^sui\W]s$")
_BEFORE_NOUNS = frozenset(
    "of the in for and or with on a an to by from all two three four five six ten many several these those our their its"
    " new as at between across over under than more both other different".split()
)
MIN_WORDS, MAX_WORDS = 5, 80
# "this" as the subject of the first clause: what it means stands in another sentence
_BARE_THIS = re.compile(
    r"\b(?:this|these|they)\s+(?:\w+ly\s+)?(?:results\s+in|resulted|leads?|led|means?|meant|causes?|caused|helps?|helped|is|was|"
    r"are|were|makes?|made|allows?|allowed|suggests?|indicates?|shows?|gives?|gave|yields?|yielded)\b",
    re.IGNORECASE,
)
# Words of any paper in any field: a sentence of nothing else could be said of everything.
_GENERIC = frozenset(
    "ability according achieve achieved achieves additional analysis approach approaches authors baseline baselines"
    " benchmark benchmarks best better case cases compared comparison competitive competitively current data dataset"
    " datasets demonstrate demonstrates different effective effectively effectiveness evaluate evaluated evaluation"
    " evaluations experiment experimental experiments extensive findings find found good high higher however improve"
    " improved improvement improvements improves indicate large method methods model models new novel number observe"
    " optimal original outperform outperformed outperforms overall paper performance performed performs potential present"
    " previous problem propose proposed prove provide quality reported resulted result results show shown shows significant"
    " significantly similar simple state-of-the-art strong study sub-optimal suboptimal superior superiority system"
    " systems task tasks technique techniques test tests training used using value various variety well work works"
    " a all an and any are as at be been best both but by can could did do does each even for from had has have he her his"
    " how i if in into is it its may more most much no not of on only or other our over own same so some such than that the"
    " their them then there these they this those thus through to too under up us very was we were what when where"
    " whether which while who why will with within without would you".split()
)
MIN_SPECIFIC_WORDS = 2


def standalone(sentence: str) -> str | None:
    """Why the sentence cannot stand alone as a claim; ``None`` when it can.

    "This paper" and "These results" are fine: the reader knows the paper. The checks of wording are for English
    first, and pass over what they cannot read.
    """
    text = sentence.strip()
    count = len(words(text))
    if count < MIN_WORDS:
        return f"too short: {count} words"
    if count > MAX_WORDS:
        return f"too long: {count} words"
    if CUES["question"].search(text):
        return "a question"
    if text[-1] in ":：":
        return "announces what follows"
    if text[-1] in "-‐‑" or ">>>" in text:
        return "cut short, or code"
    return _dangling(text) or _vague(text)


def _vague(text: str) -> str | None:
    is_vague = text.isascii() and _specific_words(text) < MIN_SPECIFIC_WORDS  # the list is English
    return "names nothing specific" if is_vague else None


def _specific_words(text: str) -> int:
    return sum(word.casefold() not in _GENERIC and not word.isdigit() for word in words(text))


def _dangling(text: str) -> str | None:
    body = text.lstrip("\"'“„«([ ")
    if _POINTER.match(body):
        return "points elsewhere in the paper"
    while connective := _CONNECTIVE.match(body):
        body = body[connective.end() :]
    if _POINTS_BACK.search(body):
        return "refers to what was said before"
    if (start := _UNRESOLVED.match(body)) and not (_EXPLETIVE.match(body) or _IMPERSONAL.match(body)):
        return f'begins with an unresolved "{start[0].split()[0]}"'
    if (bare := _BARE_THIS.search(body)) and not _has_verb(body[: bare.start()]):
        return f'begins with an unresolved "{bare[0].split()[0].casefold()}"'
    if _is_english(body) and not _has_verb(_CITATIONS.sub(" ", body)):
        return "no verb"
    return None


def _has_verb(text: str) -> bool:
    """A known verb form, or a word in -s where a noun would be rare ("this review details")."""
    if _VERB.search(text):
        return True
    tokens = words(text)
    return any(
        word.islower() and _MAY_BE_VERB.search(word) and before.casefold() not in _BEFORE_NOUNS
        for before, word in pairwise(tokens)
    )


def _is_english(text: str) -> bool:
    return len(_ENGLISH.findall(text)) > len(_OTHER_ROMANCE.findall(text))
