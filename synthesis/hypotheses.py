"""A yes-or-no question in English → the statement that "yes" would affirm, or nothing where that is not plain.

    Does X improve Y and reduce Z?  →  X improves Y and reduces Z.

The words are the question's own, put in order and inflected by rule. A question with a pronoun for its subject, with
"or" between what is asked, with a second question in it, or whose verb cannot be told, gives no statement: none is
better than one that nobody asked about.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from synthesis.asking.verbs import CLEAR, EFFECTS, INTRANSITIVE, base_form, past, third_person
from synthesis.asking.words import (
    ADVERBS,
    AUXILIARIES,
    BE,
    CLAUSE_MARKS,
    HAVE,
    PREPOSITIONS,
    PRONOUNS,
    main_verb,
    place_of_be,
    place_of_participle,
    place_of_predicate,
    words_of,
)
from synthesis.names import is_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from synthesis.asking.words import Word

MAX_CHARS = 400


class Stated(NamedTuple):
    """A statement, and the statements that it joins: one for each verb, itself where it has one verb."""

    text: str
    clauses: tuple[str, ...]


_FRONTED = re.compile(
    r"(?:in|for|among|across|under|within|after|before|during|with|given|compared (?:to|with)|when|unlike|relative to)\b"
    r"[^?]*?,\s+",
    re.IGNORECASE,
)
_INFLECTED: dict[str, Callable[[str], str]] = {"do": str, "does": third_person, "did": past}
_ANY = re.compile(r"any\b", re.IGNORECASE)
_NO_SUBJECTS = PRONOUNS - {"there"} | {"any", "anything", "anyone", "anybody"}  # "yes" affirms some, not each
_DEGREES = frozenset("any no much far even slightly somewhat considerably".split())
_MANNERS = frozenset(
    "more less faster slower higher lower further earlier later sooner better worse together".split()
)
_TRUE_THAT = re.compile(r"is it (?:true|the case) that\s+", re.IGNORECASE)
_SECOND_QUESTION = re.compile(
    r"[.!?;]\s+\S|[,:–—]\s*(?:and\s+|but\s+|or\s+)?(?:if so|how|why|what|which|who|when|where|does|do|is|are|can)\b"
    r"|\bif\s+so\b|\b(?:and|but|or)\s+(?:how|why|what|which|who|when|where|whether|does|do|did|is|are|was|were|can|could|will|"
    r"would|should|may|might|must|has|have|had)\b|\bor (?:not|vice versa|both|neither)\b",
    re.IGNORECASE,
)


def hypothesis_of(question: str) -> Stated | None:
    """The statement that a yes-or-no question asks about; ``None`` for any other question, and in doubt.

    >>> hypothesis_of("Does hybrid batch training improve retrieval and reduce language bias?").text
    'Hybrid batch training improves retrieval and reduces language bias.'
    >>> hypothesis_of("Does hybrid batch training improve retrieval and reduce language bias?").clauses
    ('Hybrid batch training improves retrieval.', 'Hybrid batch training reduces language bias.')
    >>> hypothesis_of("Is BM25 better than dense retrieval on short queries?").text
    'BM25 is better than dense retrieval on short queries.'
    >>> hypothesis_of("How does batch size affect recall?"), hypothesis_of("Does it help?")
    (None, None)
    """
    text = " ".join(question.split())
    if not text.endswith("?") or len(text) > MAX_CHARS:
        return None
    body = text.rstrip("?.! ")
    true_that = _TRUE_THAT.match(body)
    if true_that:
        body = body[true_that.end() :]
        return None if _SECOND_QUESTION.search(body) or _ANY.match(body) else _whole("", body)
    fronted = _FRONTED.match(body)
    head = fronted[0] if fronted else ""
    body = body[len(head) :]
    if _SECOND_QUESTION.search(body):
        return None
    words = words_of(body)
    if len(words) < 3 or words[0].folded not in AUXILIARIES or words[1].folded in _NO_SUBJECTS:
        return None
    return _stated(head, body, words[0].folded, words[1:])


def _sentence(text: str) -> str:
    """A capital at the start, unless it is a name that is written with a small letter, and a full stop."""
    first = text.split(maxsplit=1)[0]
    return f"{text if is_name(first) else text[0].upper() + text[1:]}."


def _whole(head: str, text: str | None) -> Stated | None:
    return Stated(_sentence(head + text), (_sentence(head + text),)) if text else None


def _stated(head: str, body: str, auxiliary: str, rest: Sequence[Word]) -> Stated | None:
    """By the auxiliary that the question begins with."""
    if rest[0].folded == "there":
        return _whole(head, _existing(auxiliary, body[rest[0].end :]) if auxiliary in BE else None)
    if auxiliary in BE:
        place = _before_degrees(rest, place_of_predicate(rest))
        chosen = place is None or _is_choice(rest[: place + 4])
        return None if chosen or place is None else _whole(head, _put(body, rest, place, auxiliary))
    if auxiliary in HAVE:
        place = place_of_participle(rest)
        chosen = place is None or _is_choice(rest[:place])
        return None if chosen or place is None else _whole(head, _put(body, rest, place, auxiliary))
    verb, be = main_verb(rest), place_of_be(rest)
    if be is not None and (verb is None or be < verb[0]):
        verb = (be, True)
    if verb is None or not verb[1] or _is_choice(rest[: verb[0]]) or _another_follows(rest, verb[0]):
        return None
    return _with_verbs(head, body, auxiliary, rest, verb[0])


def _existing(auxiliary: str, rest: str) -> str:
    """What "Is there any …" asks for, affirmed."""
    article = "" if auxiliary in {"are", "were"} else "an " if re.match(r"\s+any\s+[aeiou]", rest) else "a "
    affirmed = re.sub(r"^\s+any\s+", f" {article}", rest)
    return f"there {auxiliary}{affirmed}"


def _put(body: str, rest: Sequence[Word], place: int, auxiliary: str) -> str:
    """The auxiliary moved behind the subject."""
    place = _before_adverbs(rest, place)
    return f"{body[rest[0].start : rest[place].start]}{auxiliary} {body[rest[place].start :]}"


def _before_adverbs(rest: Sequence[Word], place: int) -> int:
    """The place of the first of the adverbs that stand before a verb or predicate."""
    while place > 1 and (rest[place - 1].folded in ADVERBS or rest[place - 1].folded.endswith("ally")):
        place -= 1
    return place


def _before_degrees(rest: Sequence[Word], place: int | None) -> int | None:
    """The place of the "no" or "much" of "no better"; ``None`` where it may belong to something else."""
    at = place
    while at is not None and at > 0 and rest[at - 1].folded in _DEGREES:
        at -= 1
    if at is None or at == place:
        return place
    doubtful = at == 0 or rest[at].folded == "any" or rest[at - 1].folded in PREPOSITIONS
    return None if doubtful else at


def _another_follows(rest: Sequence[Word], place: int) -> bool:
    """Whether what was taken for the verb may be a noun, because a verb comes behind it."""
    verb = base_form(rest[place].text)
    behind = rest[place + 1 :]
    if verb is None or verb in CLEAR or not behind:
        return False
    after = behind[0].folded
    if after in CLAUSE_MARKS | {","}:
        return any(base_form(word.text) in CLEAR for word in behind)
    return (
        verb in INTRANSITIVE and after not in PREPOSITIONS | ADVERBS | _MANNERS and not after.endswith("ly")
    )


def _is_choice(words: Sequence[Word]) -> bool:
    """Whether some words offer alternatives."""
    return any(w.folded in {"or", "versus", "vs", "vs."} for w in words)


def _with_verbs(head: str, body: str, auxiliary: str, rest: Sequence[Word], place: int) -> Stated | None:
    """The statement of "Does X improve Y and reduce Z": its verbs inflected for the auxiliary that is gone."""
    others = _joined(rest, place)
    if others is None:
        return None
    negated = rest[place - 1].folded == "not"
    first = _before_adverbs(rest, place)
    if negated and (first == 0 or others):
        return None
    inflect: Callable[[str], str] = str
    subject = body[rest[0].start : rest[place].start]
    if negated or auxiliary not in _INFLECTED:
        subject = f"{body[rest[0].start : rest[first].start]}{auxiliary} {body[rest[first].start : rest[place].start]}"
    else:
        inflect = _INFLECTED[auxiliary]
    ends = [_end_before(rest, other) for other in others] + [len(body)]
    verbs = [
        f"{inflect(rest[i].folded)}{body[rest[i].end : end]}"
        for i, end in zip((place, *others), ends, strict=True)
    ]
    joins = [body[end : rest[i].start] for end, i in zip(ends, others, strict=False)] + [""]
    whole = "".join(verb + join for verb, join in zip(verbs, joins, strict=True))
    return Stated(
        _sentence(head + subject + whole), tuple(_sentence(head + subject + verb) for verb in verbs)
    )


def _end_before(rest: Sequence[Word], verb: int) -> int:
    """Where the words before a joined verb's "and" (and comma, and adverbs) end."""
    at = verb - 1
    while rest[at].folded in ADVERBS | {"and", "but", ","}:
        at -= 1
    return rest[at].end


def _joined(rest: Sequence[Word], place: int) -> list[int] | None:
    """The places of the verbs that "and" joins to the first; ``None`` where that cannot be told, or "or" does it."""
    places = []
    for i in range(place + 1, len(rest) - 1):
        if rest[i].folded not in {"and", "but", "or"}:
            continue
        if i == place + 1:
            return None
        at = i + 1
        while at < len(rest) - 1 and rest[at].folded in ADVERBS:
            at += 1
        verb = base_form(rest[at].text)
        if verb is None or (verb not in CLEAR and _ends_phrase(rest, at + 1)):
            continue
        if rest[i].folded == "or" or verb not in CLEAR | EFFECTS:
            return None
        places.append(at)
    return places


def _ends_phrase(rest: Sequence[Word], at: int) -> bool:
    return at >= len(rest) or rest[at].folded in PREPOSITIONS | {","}
