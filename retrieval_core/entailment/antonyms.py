"""The word that gives a claim its direction, put round: increase ↔ decrease, higher ↔ lower, effective ↔ ineffective."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from retrieval_core.entailment.clauses import Word, main_verb, plural_noun, words_of
from retrieval_core.entailment.inflection import article, gerund, past, third

if TYPE_CHECKING:
    import random

# Verb → its opposite; "↔" both ways, "→" one way only.
_VERB_PAIRS = """increase↔decrease improve↔worsen promote↔inhibit enhance↔impair raise↔lower upregulate↔downregulate
    accelerate↔slow strengthen↔weaken facilitate↔hinder stimulate↔suppress gain↔lose outperform↔underperform
    lengthen↔shorten amplify↔attenuate alleviate↔aggravate stabilize↔destabilize expand↔shrink
    encourage↔discourage widen↔narrow maximize↔minimize activate↔deactivate rise↔fall
    reduce→increase prevent→cause diminish→increase ameliorate→worsen exacerbate→alleviate
    mitigate→exacerbate elevate→lower boost→reduce induce→suppress prolong→shorten grow→shrink decline→rise drop→rise
    delay→accelerate hinder→facilitate trigger→prevent repress→activate deteriorate→improve augment→diminish
    restore→impair abolish→enhance exceed→undershoot overestimate↔underestimate
    eliminate→increase impede→facilitate disrupt→stabilize cause→prevent"""
_EXTRA_VERBS = frozenset({"narrow", "undershoot"})
_COMPARATIVES = """higher↔lower greater↔smaller larger→smaller better↔worse stronger↔weaker longer↔shorter
    faster↔slower earlier↔later fewer→more younger↔older superior↔inferior safer→riskier easier↔harder
    deeper↔shallower more~less less→more"""
_PREDICATES = """effective↔ineffective positive↔negative positively↔negatively beneficial↔harmful safe↔unsafe likely↔unlikely
    able↔unable possible↔impossible necessary↔unnecessary sufficient↔insufficient dependent↔independent
    common↔rare strong↔weak stable↔unstable similar↔different important→unimportant directly↔indirectly
    superior↔inferior sensitive↔resistant susceptible→resistant elevated→reduced frequent→rare efficient↔inefficient
    efficacious→ineffective high↔low essential→dispensable detrimental→beneficial inversely→positively
    adequate↔inadequate reliable↔unreliable accurate↔inaccurate toxic→non-toxic crucial→unimportant critical→unimportant
    favorable↔unfavorable best↔worst highest↔lowest strongest→weakest largest→smallest
    always→never never→always rarely→frequently commonly→rarely often→rarely frequently→rarely successful↔unsuccessful
    abundant↔scarce widespread→rare poor→good good→poor false↔true capable→incapable impossible→possible
    mostly→rarely well→poorly poorly→well slowly↔rapidly rapidly→slowly quickly→slowly"""
_NOUNS = """increase↔decrease reduction→increase improvement→deterioration deterioration→improvement activation↔inhibition
    upregulation↔downregulation rise→fall decline→rise gain↔loss inhibitor↔activator agonist↔antagonist
    increases↔decreases reductions→increases improvements→deteriorations benefit→harm benefits→harms majority↔minority
    stimulation→suppression suppression→stimulation resistance↔sensitivity strength→weakness advantage↔disadvantage
    enhancement→impairment impairment→enhancement survival→mortality expansion→contraction
    promotion→inhibition acceleration→slowing delay→acceleration"""
# Words before or after which the word is part of a name or a fixed phrase.
_NOT_AFTER = frozenset("as so not long any much".split())
_FIXED = re.compile(
    r"\b(?:lower (?:respiratory|limb|extremit|back|bound|tract|body)|positive (?:control|pressure|feedback|strand)"
    r"|negative (?:control|pressure|feedback|strand|binomial)|longer-term|more or less|more than|less than|no more"
    r"|no less|high (?:school|throughput|blood pressure|fat|dose|risk|income|resolution|performance)|low (?:density|income"
    r"|dose|birth|risk|fat|back)|loss of function|gain of function|false (?:positive|negative)|true (?:positive|negative)"
    r"|growth factor|life support|support vector|as well|well[- ]known|well as|further(?:more)?|stable isotope"
    r"|poor people|common (?:cold|ancestor|sense)|natural killer|once more|more and more|less and less|longer and longer|to better|fall(?:s|ing)? (?:in|into|under|within|asleep|short)|fell (?:in|into|under|ill)|rise to|stimulated genes|as \w+ or \w+|at (?:best|worst|least|most)|best known)",
    re.IGNORECASE,
)
# Turning a word changes nothing where the claim says that something is open, or that two things are unrelated.
_OPEN = re.compile(
    r"\b(?:whether|unknown|unclear|not known|no (?:\w+ ){0,2}(?:correlation|association|link|relationship|evidence|difference)s?"
    r"|not (?:\w+ )?(?:correlated|associated|related|linked)|neither|nor)\b|\?",
    re.IGNORECASE,
)
_MODALS_BEFORE = frozenset("to can may could might will would should must not does did do".split())


class _Swap(NamedTuple):
    word: Word
    instead: str
    rank: int  # 0 verbs, 1 comparatives, 2 predicates, 3 nouns


def turned(claim: str, rng: random.Random) -> str | None:
    """The claim with one word of direction replaced by its opposite, or None where it has none.

    The verb itself goes first, then comparatives, predicates and nouns after it; words in the subject are left alone,
    since they say which things the claim is about.

    >>> import random
    >>> turned("Alirocumab treatment reduces clearance.", random.Random(0))
    'Alirocumab treatment increases clearance.'
    """
    if _OPEN.search(claim):
        return None
    words = words_of(claim)
    verb = main_verb(words)
    first = verb.index if verb else 0
    fixed = [match.span() for match in _FIXED.finditer(claim)]
    swaps = [
        swap
        for i in range(first, len(words))
        if not any(low <= words[i].start < high for low, high in fixed)
        for swap in _swaps(words, i, titled=verb is None)
    ]
    if not swaps:
        return None
    best = min(swap.rank for swap in swaps)
    chosen = rng.choice([swap for swap in swaps if swap.rank == best])
    return replaced(claim, chosen.word.start, chosen.word.end, chosen.instead)


def replaced(claim: str, start: int, end: int, instead: str) -> str:
    """``claim`` with ``start:end`` exchanged, capitals and a preceding "a"/"an" made to fit.

    >>> replaced("It is an increase.", 9, 17, "decrease")
    'It is a decrease.'
    """
    old = claim[start:end]
    if old[:1].isupper() and (len(old) == 1 or not old[1:2].isupper()):
        instead = instead[:1].upper() + instead[1:]
    before = claim[:start]
    found = re.search(r"\b(a|an)(\s)$", before, re.IGNORECASE)
    if found:
        fitting = article(instead)
        fitting = fitting.capitalize() if found[1][0].isupper() else fitting
        before = before[: found.start()] + fitting + found[2]
    return before + instead + claim[end:]


def _swaps(words: tuple[Word, ...], i: int, *, titled: bool) -> list[_Swap]:
    """What the word may become, as one kind of word; ``titled``: the claim has no verb that could be found."""
    low = words[i].low
    before = words[i - 1].low if i else ""
    after = words[i + 1].low if i + 1 < len(words) else ""
    verbs, comparatives, predicates, nouns = _table()
    if low in verbs and _as_verb(words, i):
        return [_Swap(words[i], verbs[low], 3 if before in {"a", "an", "the", "of", "no"} else 0)]
    if low in comparatives and before not in _NOT_AFTER | {"no"} and (low not in _TIMES or after == "than"):
        fewer = comparatives[low] == "less" and plural_noun(after)
        return [_Swap(words[i], "fewer" if fewer else comparatives[low], 1)]
    if low in predicates and before not in {"so", "as", "the"} and (before in _BE_LIKE or not titled):
        like = (low == "similar" and after in {"to", "with"}) or (
            low == "likely" and before in {"most", "more", ","}
        )
        return [] if like else [_Swap(words[i], predicates[low], 2)]
    return [_Swap(words[i], nouns[low], 3)] if low in nouns and not titled and before != "no" else []


def _as_verb(words: tuple[Word, ...], i: int) -> bool:
    """False for "lower" before a noun, for what is negated already, and for participles that only describe."""
    low, earlier = words[i].low, [word.low for word in words[max(0, i - 3) : i]]
    before = earlier[-1] if earlier else ""
    if low == "lower" and (before not in _MODALS_BEFORE or set(earlier[:-1]) & _LEADING_TO):
        return False
    if low in {"slow", "narrow", "aid"} and before not in _MODALS_BEFORE:
        return False
    if {"not", "cannot", "never", "without"} & set(earlier):
        return False
    describes = before.endswith("ed") or before in {
        "and",
        "or",
        "a",
        "an",
        "the",
        "of",
        "with",
        "in",
        "by",
        "live",
    }
    return not (low.endswith("ed") and describes and low not in _DESCRIBING)


_BE_LIKE = frozenset("is are was were be been being not highly very more most significantly".split())
_TIMES = frozenset({"earlier", "later"})
_LEADING_TO = frozenset(
    "linked related associated due lead leads led leading contribute contributes attributed compared owing".split()
)
_DESCRIBING = frozenset(
    "increased decreased reduced elevated improved impaired enhanced diminished raised".split()
)


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, str], dict[str, str], dict[str, str], dict[str, str]]:
    verbs: dict[str, str] = {}
    for one, other in _pairs(_VERB_PAIRS):
        for inflected in (str, third, past, gerund):
            verbs.setdefault(inflected(one), inflected(other))
    comparatives = dict(_pairs(_COMPARATIVES.replace("~", "→")))
    return verbs, comparatives, dict(_pairs(_PREDICATES)), dict(_pairs(_NOUNS))


def _pairs(table: str) -> list[tuple[str, str]]:
    pairs = []
    for entry in table.split():
        one, arrow, other = re.split("([↔→])", entry)
        pairs.append((one, other))
        if arrow == "↔":
            pairs.append((other, one))
    return pairs
