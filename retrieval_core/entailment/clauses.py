"""Where the main verb of an English claim stands: by word lists and order, without a tagger.

Precise rather than complete: where the words leave it open, no verb is found, and whoever asked makes no change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from retrieval_core.entailment.inflection import Verb, is_participle, verbs_of

BE = frozenset("is are was were".split())
MODALS = frozenset("can could may might must should will would".split())
CONTRACTED = {
    "isn't": "is", "aren't": "are", "wasn't": "was", "weren't": "were", "doesn't": "does", "don't": "do",
    "didn't": "did", "hasn't": "has", "haven't": "have", "hadn't": "had", "can't": "can", "cannot": "can",
    "couldn't": "could", "shouldn't": "should", "won't": "will", "wouldn't": "would", "mustn't": "must",
}  # fmt: skip
_HAVE = frozenset("has have had".split())
_DO = frozenset("do does did".split())
_AUXILIARIES = BE | MODALS | _HAVE | _DO | frozenset(CONTRACTED) | {"be", "been", "being"}
DETERMINERS = frozenset(
    """a an the this these those its their our his her your my some any each every no many several few most more less
    all both other another such two three four five""".split()
)
PREPOSITIONS = frozenset(
    """of in on at by for from with without to into onto over under between among during after before against through
    throughout via upon within across towards toward per than as like despite due including using following beyond near
    until since regarding versus vs""".split()
)
_SUBORDINATORS = frozenset(
    "who which whose whom when if while because although though since where whether unless whereas once what how why".split()
)
_JOINERS = frozenset("and or but nor to not".split())
_ADJECTIVES = frozenset(
    """new recent high low higher lower large small early late major minor key good poor different similar significant
    previous first second clinical experimental potential possible further main current common severe acute chronic
    overall total mean average relative novel positive negative human viral""".split()
)
# Words in -s that are as often plural nouns; they are verbs only between two noun phrases.
_PLURALS = frozenset(
    """accounts acts addresses aids aims attacks benefits blocks boosts causes changes claims contracts controls covers
    crosses cures damages declines decreases delays displays doubles drives drops effects encounters escapes
    experiences faces falls features feeds fights fits follows forces forms functions gains grows guides harbors harms
    helps holds impacts increases influences introduces lacks lasts leads leaves limits links lives means measures
    moves needs offers points presents processes progresses ranges reports results returns rises samples scores
    shapes shares shifts shows signals speeds spreads starts stems stops supports switches targets tests triggers turns
    uses works yields""".split()
)
_AFTER_PLURAL = frozenset(
    """of are were is was and or that have has had to from with by for at on which who may can could will would
    should between among during after""".split()
)
# Participles that follow their noun: "patients treated with", "cells derived from".
_REDUCED = frozenset(
    """associate treat infect base relate derive expose link mediate induce express involve use characterize measure
    describe present target attribute encode identify sample test recruit know define cause give obtain select report
    limit""".split()
)
_INTRANSITIVE = frozenset(
    """act appear arise become begin behave benefit circulate come compete consist contribute continue correlate
    correspond decline decrease depend deteriorate die differ disappear diverge drop emerge evolve excel exist fail fall
    fluctuate function go grow improve increase interact interfere last lead lie live localize migrate occur operate
    originate participate persist progress proliferate rely remain reside respond result rise serve suffer survive tend
    vary work worsen""".split()
)
REPORTING = frozenset(
    """suggest show indicate demonstrate find report conclude reveal confirm claim argue imply prove mean predict
    recommend know recognize explain determine establish illustrate describe""".split()
)
_REPORTED = frozenset(
    """suggested shown indicated demonstrated found reported concluded revealed confirmed claimed argued proven known
    believed thought proposed hypothesized hypothesised speculated assumed estimated noted observed evidence fact hypothesis idea notion concern finding findings evident clear likely possible
    unlikely""".split()
)
_PLURAL_WORDS = frozenset(
    "we they you i people mice men women children data bacteria who that media larvae criteria microbiota algae".split()
)
_SUBJECTS = frozenset("he she it they we i you who which this that there".split())
_WORD = re.compile(r"[^\W_]+(?:[-'’/.][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the claim; hyphenated words are one."""

    start: int
    end: int
    text: str

    @property
    def low(self) -> str:
        """Lower case, with a straight apostrophe."""
        return self.text.lower().replace("’", "'")


@dataclass(frozen=True, slots=True)
class Finite:
    """The finite verb: word number ``index``, the auxiliary or the verb itself."""

    index: int
    kind: Literal["auxiliary", "verb"]
    verb: Verb


def words_of(text: str) -> tuple[Word, ...]:
    """The words of a text with their offsets.

    >>> [word.text for word in words_of("IL-6 isn't high.")]
    ['IL-6', "isn't", 'high']
    """
    return tuple(Word(m.start(), m.end(), m.group()) for m in _WORD.finditer(text))


def main_verb(words: tuple[Word, ...]) -> Finite | None:
    """The finite verb that carries the claim; what a study "shows that" is looked into, relative clauses are not."""
    pending = 0
    for i, word in enumerate(words):
        low = word.low
        if low in _SUBORDINATORS or (low == "that" and _relative(words, i)) or _opens_clause(words, i):
            pending += 1
            continue
        found = _finite(words, i)
        if found is None:
            continue
        if pending:
            pending -= 1
        elif not _only_reports(words, i):
            return _later(words, found) or found
    return None


def _later(words: tuple[Word, ...], found: Finite) -> Finite | None:
    """The verb behind a participle that was taken for it: "cell death triggered early leads to" has "leads"."""
    if found.verb.form != "past" or found.kind == "auxiliary" or words[found.index - 1].low in _SUBJECTS:
        return None
    for i in range(found.index + 1, len(words)):
        if words[i].low in _SUBORDINATORS | _JOINERS | {"that", "as", "than"}:
            return None
        later = _finite(words, i)
        if later and (
            later.kind == "auxiliary" or (later.verb.form == "third" and words[i].low not in _PLURALS)
        ):
            return later
        if words[i].low in {"leads", "results", "causes", "increases"} and later:
            return later
    return None


def plural_noun(low: str) -> bool:
    """Whether a lower-case word looks like a plural noun or a plural pronoun."""
    return low in _PLURAL_WORDS or (
        len(low) > 3 and low.endswith("s") and not low.endswith(("ss", "us", "is"))
    )


def _opens_clause(words: tuple[Word, ...], i: int) -> bool:
    """For "before he died": words that are prepositions elsewhere."""
    following = words[i + 1].low if i + 1 < len(words) else ""
    return words[i].low in {"before", "after", "until", "as", "than", "till"} and following in _SUBJECTS


def _relative(words: tuple[Word, ...], i: int) -> bool:
    """Whether "that" opens a relative clause unless a verb of saying stands before it."""
    before = words[i - 1].low if i else ""
    reports = before in _REPORTED or any(v.base in REPORTING for v in verbs_of(before))
    return not reports and i > 0 and i + 1 < len(words) and words[i + 1].low not in PREPOSITIONS


def _only_reports(words: tuple[Word, ...], i: int) -> bool:
    """True for the "show" of "studies show that …" and the "is" of "it is known that …"."""
    for j in range(i, min(i + 4, len(words) - 1)):
        if words[j + 1].low == "that":
            low = words[j].low
            return low in _REPORTED or any(v.base in REPORTING for v in verbs_of(low))
    return False


def _finite(words: tuple[Word, ...], i: int) -> Finite | None:
    low = words[i].low
    following = words[i + 1].low if i + 1 < len(words) else ""
    if _helps(low, following):
        return Finite(i, "auxiliary", Verb(CONTRACTED.get(low, low), "base"))
    if i == 0 or (i + 1 == len(words) and low not in _INTRANSITIVE):
        return None
    before = _head_before(words, i)
    if low in _PLURALS and before.endswith("ed"):
        return None
    if before in _AUXILIARIES | DETERMINERS | PREPOSITIONS | _JOINERS | _ADJECTIVES | {""}:
        return None
    for verb in verbs_of(low):
        if _reads_as(verb, low, before, following):
            return Finite(i, "verb", verb)
    return None


def _helps(low: str, following: str) -> bool:
    """Whether the word is an auxiliary here: "has shown", but not "has an effect"."""
    if low in _HAVE:
        return is_participle(following) or following in {"been", "not", "also"} or following.endswith("ly")
    if low in _DO:
        return following == "not" or any(verb.form == "base" for verb in verbs_of(following))
    return low in BE | MODALS or low in CONTRACTED


def _head_before(words: tuple[Word, ...], i: int) -> str:
    """The word before, adverbs in -ly and "also" skipped."""
    j = i - 1
    while j >= 0 and (words[j].low.endswith("ly") or words[j].low in {"also", "often", "still", "thus"}):
        j -= 1
    return words[j].low if j >= 0 else ""


def _reads_as(verb: Verb, low: str, before: str, following: str) -> bool:
    if verb.form == "third":
        if low in _PLURALS:
            results = low in {"results", "leads", "stems"} and following in {"in", "from", "to"}
            noun = following in _AFTER_PLURAL | {"in"} or is_participle(following) or plural_noun(before)
            return results or not noun
        return not (plural_noun(before) and before.endswith("s"))
    if verb.form == "past":
        if before in _SUBJECTS:
            return True
        if verb.base in _INTRANSITIVE:
            return True
        return (
            verb.base not in _REDUCED and following not in PREPOSITIONS | _SUBORDINATORS | {"and", "or"} | BE
        )
    return plural_noun(before)
