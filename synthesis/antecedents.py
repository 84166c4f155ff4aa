"""What a pronoun or a demonstrative stands for, where the sentence before leaves exactly one choice.

The sentence before is cut into noun phrases at verbs, prepositions, conjunctions and marks. A pronoun is resolved
only when a single phrase agrees with it in number; a demonstrative ("this framework") only when a single phrase has
its noun as the head. Everything else is left unresolved: a wrong name would make a claim that nobody made.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from synthesis.names import is_measure, is_name

if TYPE_CHECKING:
    from collections.abc import Iterator

SINGULAR = frozenset("it its itself".split())
PLURAL = frozenset("they them their theirs themselves".split())

_TOKEN = re.compile(r"[^\W_][\w.+'’/-]*[\w+]|[^\W_]|[^\w\s]")
_DETERMINERS = frozenset("a an the each every another both all some many several most few any".split())
_CUTS = frozenset(
    "about above across after against along although among and around as at because before behind below beneath beside"
    " besides between beyond but by despite down during except for from how if in including inside into like near nor of"
    " off on onto or out outside over per since so than that though through throughout till to toward towards under"
    " unless unlike until up upon versus via we what when where whether which while who whom whose why with within"
    " without yet it its they their them this these those that there here he she his her our us i you your not only also"
    " however thus therefore then hence using based".split()
)
_VERBS = re.compile(
    r"(?:is|are|was|were|be|been|being|am|has|have|had|having|do|does|did|can|cannot|could|may|might|must|shall|should|will"
    r"|would|\w{2,}(?:ed|ing)|\w+(?:ifies|i[sz]es|ates|ieves|uces|oves|ains|erms|orms)|found|led|made|took|gave|got|"
    r"(?:show|propose|introduce|present|use|train|learn|build|find|combine|apply|employ|encode|reduce|improve|increase|"
    r"outperform|enable|allow|require|need|make|take|give|provide|offer|suggest|extend|rely|reli|consist|contain|include|"
    r"comprise|cover|remain|become|suffer|fail|exhibit|support|capture|lead|help|select|predict|score|rank|describe|"
    r"develop|release|compare|demonstrate|reveal|address|tackle|consider|replace|leverage|adopt|add|keep|run|map)(?:s|es)?)",
    re.IGNORECASE,
)  # fmt: skip
_PLURALS = frozenset(
    "data people children criteria corpora phenomena hypotheses analyses bases men women media".split()
)
_SINGULAR_ENDINGS = ("ss", "us", "is", "ics")
_ADVERB = re.compile(r"\w+ly")
_OWN_WORK = re.compile(
    r"\b(?:we|our|this (?:paper|work|study|article)|the proposed)\b(?!\s+(?:know|live|think))", re.IGNORECASE
)
_CITES = re.compile(r"\bet al\b|\[\d+|\(\d{4}\)")


class Phrase(NamedTuple):
    """A noun phrase as it stands, its head in lower case, and its number."""

    text: str
    head: str
    plural: bool


def antecedent(pronoun: str, before: str) -> str | None:
    """What ``pronoun`` stands for in the sentence ``before``; ``None`` without exactly one choice.

    >>> antecedent("It", "CatNet encodes questions in nine languages.")
    'CatNet'
    >>> antecedent("It", "CatNet extends DogNet.") is None
    True
    """
    word = pronoun.casefold()
    if word not in SINGULAR | PLURAL:
        return None
    fitting = _distinct(p for p in _phrases(before) if p.plural == (word in PLURAL))
    return _definite(fitting[0]) if len(fitting) == 1 else None


def _definite(phrase: Phrase) -> str | None:
    """The phrase as one speaks of it again; ``None`` for a bare noun, which the cut may have torn off."""
    first, *rest = phrase.text.split()
    if first.casefold() in {"a", "an", "the"}:
        return f"the {' '.join(rest)}"
    return phrase.text if phrase.plural or is_name(phrase.text.split()[-1]) else None


def named_by(noun: str, before: str) -> str | None:
    """What "this ``noun``" or "these ``noun``" stands for: the one phrase before with that noun and an epithet.

    >>> named_by("strategy", "A hybrid batch strategy trains the encoder.")
    'the hybrid batch strategy'
    """
    fitting = _distinct(p for p in _phrases(before) if p.head == noun.casefold())
    if len(fitting) != 1:
        return None
    words = fitting[0].text.split()
    if words[0].casefold() in _DETERMINERS:
        words = words[1:]
    if words and words[0].casefold() in {"novel", "new", "simple"}:
        words = words[1:]
    return f"the {' '.join(words)}" if len(words) > 1 else None


def mentions(noun: str, sentence: str, *, at_least: int) -> bool:
    """Whether the sentence holds ``noun``, in either number, that many times."""
    stem = re.escape(noun.casefold().removesuffix("s"))
    return len(re.findall(rf"\b{stem}(?:s|es)?\b", sentence.casefold())) >= at_least


def speaks_of_own_work(sentence: str) -> bool:
    """Whether a sentence is about the paper's own work, and about no other's."""
    return bool(_OWN_WORK.search(sentence)) and not _CITES.search(sentence)


def cites(sentence: str) -> bool:
    """Whether a sentence speaks of another paper."""
    return bool(_CITES.search(sentence))


def _distinct(phrases: Iterator[Phrase]) -> list[Phrase]:
    return list({p.text.casefold(): p for p in phrases}.values())


def _phrases(sentence: str) -> Iterator[Phrase]:
    """Noun phrases, longest runs of words that no verb, function word or mark cuts."""
    run: list[str] = []
    tokens = [*_TOKEN.findall(sentence), "."]
    for token, behind in zip(tokens, [*tokens[1:], "."], strict=True):
        word = token.casefold()
        ends = not token[0].isalnum() or word in _CUTS or _is_verb(token, behind) or _ADVERB.fullmatch(word)
        if ends or word in _DETERMINERS:
            yield from _phrase(run)
            run = [] if ends else [token]
        else:
            run.append(token)
    yield from _phrase(run)


def _is_verb(token: str, behind: str) -> bool:
    """A known verb, or a word in -s with another word behind it: plurals seldom stand inside a noun phrase."""
    if is_name(token):
        return False
    plural_or_verb = token.islower() and token.endswith("s") and not token.endswith(_SINGULAR_ENDINGS)
    return bool(_VERBS.fullmatch(token)) or (
        plural_or_verb and behind[0].isalnum() and behind.casefold() not in _CUTS
    )


def _phrase(run: list[str]) -> Iterator[Phrase]:
    words = [w for w in run if w.casefold() not in _DETERMINERS]
    if not words or all(is_measure(w) or w[0].isdigit() for w in words):
        return
    head = words[-1]
    yield Phrase(" ".join(run), head.casefold(), _is_plural(head))


def _is_plural(head: str) -> bool:
    word = head.casefold()
    if is_name(head):
        return head.endswith("s") and head[:-1].isupper() and len(head) > 2  # "LLMs"
    return word in _PLURALS or (word.endswith("s") and not word.endswith(_SINGULAR_ENDINGS))
