"""A claim said the other way round: "reduces" → "does not reduce", "is not" → "is", "no effect" → "an effect"."""

from __future__ import annotations

import re

from retrieval_core.entailment.clauses import CONTRACTED, Finite, Word, main_verb, plural_noun, words_of
from retrieval_core.entailment.inflection import VERBS, article, past, third

_OPEN = re.compile(
    r"\b(?:not (?:only|just|merely|necessarily|all|every)|whether or not|neither|nor|not .{3,60} but)\b",
    re.IGNORECASE,
)
_LATER_NOT = re.compile(r"\bnot ")
_SOME = re.compile(
    r"\b(?:some|several|certain|sometimes|occasionally|partly|partially|no[ -]one|nobody|nothing|none|few|little|hardly|barely|never|unable)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\b(?P<no>[Nn]o) (?!one\b|matter\b|doubt\b|such\b|more\b|less\b)(?=(?P<first>[a-z][\w-]*)(?P<rest>(?: [a-z][\w-]*){0,5}))"
)
_FAIL = re.compile(r"\b(?P<fail>fails|failed|fail) to (?P<verb>[a-z]+)\b")
_UNCOUNTED = frozenset(
    "evidence information data proof research consensus support doubt reason change money time water food news work room fun".split()
)
_NO_ADVERBS = frozenset(
    "early daily weekly monthly yearly only family elderly assembly supply anomaly fly likely italy".split()
)
_HEAD_ENDS = frozenset(
    "of in on for between with to from by at that than and or was were is are has have".split()
)


def negated(claim: str) -> str | None:
    """The claim with its main statement turned round, or None where the rules do not reach.

    >>> negated("Aspirin reduces mortality."), negated("Aspirin did not reduce mortality.")
    ('Aspirin does not reduce mortality.', 'Aspirin reduced mortality.')
    """
    if "?" in claim or _OPEN.search(claim):
        return None
    return _without_no(claim) or _without_fail(claim) or _verb_turned(claim)


def _verb_turned(claim: str) -> str | None:
    words = words_of(claim)
    verb = main_verb(words)
    if verb is None:
        return None
    if verb.kind == "verb":
        return None if _SOME.search(claim) else _with_do(claim, words, verb)
    word = words[verb.index]
    if word.low in CONTRACTED or "not" in [w.low for w in words[verb.index + 1 : verb.index + 2]]:
        return _not_removed(claim, words, verb)
    if "not" in [w.low for w in words[verb.index + 2 : verb.index + 5]]:  # "is currently not enough"
        return _LATER_NOT.sub("", claim, count=1)
    if _SOME.search(claim):
        return None
    negation = "cannot" if verb.verb.base in {"can", "could", "may", "might"} else f"{word.low} not"
    return claim[: word.start] + _like(negation, word.text) + claim[word.end :]


def _with_do(claim: str, words: tuple[Word, ...], found: Finite) -> str:
    word, before = words[found.index], words[found.index - 1]
    adverb = before.low.endswith("ly") and before.low not in _NO_ADVERBS  # "does not fully stop"
    start = before.start if found.index > 1 and adverb else word.start
    do = {"third": "does not", "past": "did not", "base": "do not"}[found.verb.form]
    return f"{claim[:start]}{do} {claim[start : word.start]}{found.verb.base}{claim[word.end :]}"


def _not_removed(claim: str, words: tuple[Word, ...], found: Finite) -> str | None:
    word = words[found.index]
    auxiliary = found.verb.base
    after = found.index + (1 if word.low in CONTRACTED else 2)
    if after >= len(words):
        return None
    rest = words[after]
    if auxiliary not in {"do", "does", "did"}:
        auxiliary = {"may": "can", "might": "can"}.get(auxiliary, auxiliary)
        return claim[: word.start] + _like(auxiliary, word.text) + " " + claim[rest.start :]
    if rest.low not in VERBS:
        return None
    form = {"do": rest.low, "does": third(rest.low), "did": past(rest.low)}[auxiliary]
    return claim[: word.start] + form + claim[rest.end :]


def _without_no(claim: str) -> str | None:
    """For "had no effect" → "had an effect"; "no differences" → "differences"; "is no longer" → "is still"."""
    match = _NO.search(claim)
    if match is None:
        return None
    if match["first"] == "longer":
        return claim[: match.start()] + "still" + claim[match.end() + len("longer") :]
    instead = "" if _uncounted(match["first"] + match["rest"]) else article(match["first"]) + " "
    text = claim[: match.start()] + instead + claim[match.end() :]
    return text[0].upper() + text[1:] if match.start() == 0 else text


def _uncounted(phrase: str) -> bool:
    """Whether the noun phrase at the start of ``phrase`` takes no article."""
    head = ""
    for word in phrase.split():
        if word in _HEAD_ENDS:
            break
        head = word
        if word in _UNCOUNTED:
            return True
    return plural_noun(head)


def _without_fail(claim: str) -> str | None:
    """For "failed to improve" → "improved"."""
    match = _FAIL.search(claim)
    if match is None or match["verb"] not in VERBS:
        return None
    forms = {"fails": third(match["verb"]), "failed": past(match["verb"]), "fail": match["verb"]}
    return claim[: match.start()] + forms[match["fail"]] + claim[match.end() :]


def _like(text: str, model: str) -> str:
    return text.capitalize() if model[:1].isupper() and len(model) > 1 else text
