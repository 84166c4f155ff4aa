"""The things a claim is about, as far as spelling tells, and the claim with one of them exchanged."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from retrieval_core.entailment.antonyms import replaced
from retrieval_core.entailment.clauses import (
    BE,
    CONTRACTED,
    DETERMINERS,
    MODALS,
    PREPOSITIONS,
    REPORTING,
    main_verb,
    plural_noun,
    words_of,
)
from retrieval_core.entailment.inflection import verbs_of
from retrieval_core.entailment.lexicon import AXES, FUNCTION_WORDS

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from retrieval_core.entailment.clauses import Word

# Endings of the names of drugs, enzymes, diseases, cells and procedures.
_TERM = re.compile(
    r"[a-z]{3,}(?:mab|tinib|vir|statin|pril|sartan|mycin|cillin|azole|quine|olol|oxacin|parin|formin|gliptin|glutide"
    r"|caine|kinase|protease|polymerase|sone|solone|vudine|leukin|feron|itis|oma|emia|aemia|osis|opathy|virus"
    r"|cytes?|blasts?|phages?|plasty|ectomy|profen|thromycin|globulin|insulin|zumab|ximab|virin)"
)
_NOT_TERM = frozenset(
    "diagnosis prognosis hypothesis antivirus cause because coronavirus virus genome".split()
)
_CORONA = re.compile("cov|sars|corona")
_SAME = (
    frozenset(
        {
            "covid19",
            "sarscov2",
            "coronavirus",
            "2019ncov",
            "ncov",
            "covid",
            "sarscov",
            "novelcoronavirus",
            "ncov19",
        }
    ),
    frozenset({"us", "usa", "unitedstates", "america"}),
    frozenset({"uk", "unitedkingdom", "britain", "england"}),
    frozenset({"hiv", "hiv1", "aids"}),
    frozenset({"dna", "cdna"}),
    frozenset({"type2diabetes", "t2d", "t2dm", "diabetes"}),
)
_COMMON = frozenset(
    """january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday english findings study studies research researchers scientists data evidence
    results people patients children women men adults individuals cells mice humans we they it there this these
    those i a an the in on at for recent new previous several many most some all both moreover furthermore however
    therefore thus although while when if as by with here our one two three four five during after before compared
    multiple various other others another high low higher lower more less increased decreased reduced early late
    male female use treatment number lack loss levels presence absence risk effect effects severe acute chronic
    experts doctors officials fig figs figure figures table tables supplementary medicine journal international section
    day et al university institute""".split()
)  # fmt: skip
_ADJECTIVAL = re.compile(
    r".*-(?:[a-z]*ed|driven|positive|negative|dependent|like|specific|deficient|free|null|expressing|bound|resistant|sensitive"
    r"|independent|targeting|binding|containing|only|type|wide|level|based|naive|rich|poor|producing|inducing|year|old|day|fold)s?",
    re.IGNORECASE,
)
_VIRUS = re.compile(
    r"(?:.*cov.*|.*sars.*|mers.*|.*hiv.*|h\dn\d|h[abce]v|ebv|cmv|hsv.*|hpv.*|rsv|.*virus|.*flu.*|ebola|zika)",
    re.IGNORECASE,
)
_PLAIN_WITH_DIGITS = re.compile(
    r"\d[a-z\d.,/–-]*|[A-Za-z][a-z]{4,}\d+|.*[a-z]{8,}"
)  # "50-day", a footnote's number at a word
_MAX_SUBJECT_WORDS = 4
_TRIES = 40  # names tried before a thing is left as it is
_UNSWAPPED = frozenset(
    {"DNA", "RNA", "OR", "CI", "HR", "RR", "SD", "ID", "OK", "II", "III", "IV", "TV", "API", "PDF"}
)


def entities_of(text: str) -> tuple[str, ...]:
    """The named things of a text in order, each once: acronyms, capitalised names, terms, a short plain subject.

    >>> entities_of("Remdesivir inhibits SARS-CoV-2 in New York, and IL-6 falls.")
    ('remdesivir', 'SARS-CoV-2', 'New York', 'IL-6')
    """
    found = (_as_inside(text, start, end) for start, end in _spans(text))
    return tuple(dict.fromkeys(name for name in found if name))


def entity_swapped(claim: str, entities: Sequence[str], rng: random.Random) -> str | None:
    """The claim with one of its named things exchanged for one of ``entities`` of like shape that it does not name."""
    places = _spans(claim)
    rng.shuffle(places)
    taken = [_key(claim[start:end]) for start, end in places]
    plain = _key(claim)
    pool = _by_shape(tuple(entities))
    for start, end in places:
        old = claim[start:end]
        if old in _UNSWAPPED:
            continue
        like = pool.get(_shape(old, first=start == 0), ())
        for new in rng.sample(like, min(_TRIES, len(like))):
            if _key(new) not in plain and not any(_same(_key(new), key) for key in taken):
                return _exchanged(claim, old, new)
    return None


@lru_cache(maxsize=4)
def _by_shape(entities: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name in entities:
        if name and name not in _UNSWAPPED:
            found.setdefault(_shape(name, first=False), []).append(name)
    return {shape: tuple(names) for shape, names in found.items()}


def _as_inside(text: str, start: int, end: int) -> str:
    """The name as it stands inside a sentence; empty where a capital at the start may be one of a name or not."""
    name = text[start:end]
    if start or not name[0].isupper() or _shape(name, first=False).startswith("acronym"):
        return name
    first, *others = name.split()
    if first[1:].lower() != first[1:] or (others and all(word[0].isupper() for word in others)):
        return name
    return name[0].lower() + name[1:] if others or _TERM.fullmatch(name.lower()) else ""


def _exchanged(claim: str, old: str, new: str) -> str:
    """Every mention of ``old`` exchanged, so that the claim does not speak of both."""
    pattern = re.compile(rf"(?<![\w-]){re.escape(old)}(?![\w])")
    for match in reversed(list(pattern.finditer(claim))):
        claim = replaced(claim, match.start(), match.end(), new)
    return claim


def _spans(text: str) -> list[tuple[int, int]]:
    words = words_of(text)
    spans: list[tuple[int, int]] = []
    i = 0
    while i < len(words):
        end = i
        while (
            end < len(words)
            and _named(words, end)
            and (end == i or text[words[end - 1].end : words[end].start] == " ")
        ):
            end += 1
        if end > i:
            span = words[i].start, words[end - 1].end
            if (text[: span[0]][-1:], text[span[1] :][:1]) != (
                "(",
                ")",
            ):  # the short form of what stands before
                spans.append(span)
        i = max(end, i + 1)
    subject = _subject(text, words)
    if subject and not any(low < subject[1] and subject[0] < high for low, high in spans):
        spans.insert(0, subject)
    return spans


def _named(words: tuple[Word, ...], i: int) -> bool:
    text, low = words[i].text, words[i].low
    if low == "new":  # "New York", but "New trials"
        return text == "New" and i + 1 < len(words) and words[i + 1].text[0].isupper()
    plain = low in _COMMON or low in FUNCTION_WORDS or low in CONTRACTED or len(text) < 2
    if plain or _ADJECTIVAL.fullmatch(text) or "'" in low:
        return False
    shouted = len(words) > 3 and all(word.text.isupper() for word in words)
    digits = any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    return (
        (digits and not _PLAIN_WITH_DIGITS.fullmatch(text))
        or (sum(c.isupper() for c in text) >= 2 and not shouted)
        or (text[0].isupper() and i > 0)
        or (_TERM.fullmatch(low) is not None and low not in _NOT_TERM)
        or (i == 0 and _opens_name(words))
    )


def _opens_name(words: tuple[Word, ...]) -> bool:
    """Whether the capital of the first word is that of a name, since another name follows: "Hong Kong"."""
    if len(words) < 2 or not (words[0].text[0].isupper() and words[1].text[0].isupper()):
        return False
    first = words[0].low
    follows = _named(words, 1) and _shape(words[1].text, first=False).startswith("Name")
    return follows and not verbs_of(first) and first not in _axis_words()


def _subject(text: str, words: tuple[Word, ...]) -> tuple[int, int] | None:
    """The subject when it is a short plain noun phrase that opens the claim: "Bariatric surgery"."""
    verb = main_verb(words)
    if verb is None or not 0 < verb.index <= _MAX_SUBJECT_WORDS:
        return None
    subject = words[: verb.index]
    stops = DETERMINERS | PREPOSITIONS | BE | MODALS | FUNCTION_WORDS | _COMMON
    if any(w.low in stops or w.low.endswith("ly") or w.low in _axis_words() for w in subject):
        return None
    if any(v.base in REPORTING for v in verbs_of(words[verb.index].low)):
        return None
    start, end = subject[0].start, subject[-1].end
    inside = text[start:end]
    return None if re.search(r"[,;:()]", inside) else (start, end)


@lru_cache(maxsize=1)
def _axis_words() -> frozenset[str]:
    return frozenset(word for ends in AXES.values() for end in ends for word in end.split())


@lru_cache(maxsize=65536)
def _shape(name: str, *, first: bool) -> str:
    """Acronym, name, or for plain words singular or plural and how many words; ``first``: opens a sentence."""
    letters = [c for c in name if c.isalpha()]
    if any(c.isdigit() for c in name) or (sum(c.isupper() for c in letters) >= 2 and " " not in name):
        kind = "virus" if _VIRUS.fullmatch(name) else "name"
        return f"acronym of a {kind}, digits: {any(c.isdigit() for c in name) and kind == 'name'}"
    head = name.rsplit(maxsplit=1)[-1]
    capitals = [w[0].isupper() for w in name.split()]
    if all(capitals) and (len(capitals) > 1 or not first):
        people = head.lower().endswith(("ean", "ian", "can", "ese", "ish")) and len(capitals) == 1
        return "Name, adjective" if people else f"Name, words: {min(len(capitals), 2)}"
    return "plural" if plural_noun(head.lower()) else "singular"


@lru_cache(maxsize=65536)
def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


def _same(one: str, other: str) -> bool:
    related = (
        one in other
        or other in one
        or (_CORONA.search(one) is not None and _CORONA.search(other) is not None)
    )
    return related or any(one in names and other in names for names in _SAME)
