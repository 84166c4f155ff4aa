"""Changes of wording that leave the meaning as it is, so that odd wording does not come to mean "refuted"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMERALS = dict(
    zip("two three four five six seven eight nine ten eleven twelve".split(), range(2, 13), strict=True)
)
_WORD_OF = {str(value): word for word, value in _NUMERALS.items()}
_SHORT = re.compile(r"\b(is|are|was|were|does|do|did|has|have|had|could|would|should) not\b")
_LONG = re.compile(r"\b(is|are|was|were|does|do|did|has|have|had|could|would|should)n['’]t\b")
_OPENING = re.compile(
    r"^(?:In conclusion|In summary|To conclude|Overall|Taken together|Importantly|Notably|Interestingly|Furthermore"
    r"|Moreover|Additionally|In addition|Recently|However|Therefore|Thus|Hence|Consequently),\s+(?=\w)"
)
_PERCENT_SIGN = re.compile(r"(?<=\d)\s?%(?!\w)")
_PERCENT_WORD = re.compile(r"(?<=\d) (?:percent|per cent)\b(?! points?)")
_COUNT = re.compile(rf"\b({'|'.join(_NUMERALS)})(?= (?:[a-z-]+ )?[a-z]{{3,}}s\b)")
_FIGURE = re.compile(
    r"(?<![\w.,/–-])(?<![A-Z] )([2-9]|1[0-2])(?= [a-z]{4,}s\b)(?! (?:years|months|weeks|days|hours))"
)
_GROUPED = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d])")
_UNGROUPED = re.compile(r"(?<![\w.,/–-])[1-9]\d{4,8}(?![\w.,])")
_LEADS_TO = re.compile(
    r"(?<=[a-z0-9] )(increases|decreases|reduces)(?= (?:the )?(?:risk|rate|level|levels|expression|number|incidence|likelihood|production|mortality)\b)"
)
_NOUN_OF = {"increases": "an increase in", "decreases": "a decrease in", "reduces": "a reduction in"}
_SYNONYMS = (
    ("is associated with", "is linked to"), ("are associated with", "are linked to"),
    ("was associated with", "was linked to"), ("were associated with", "were linked to"),
    ("leads to", "results in"), ("lead to", "result in"), ("led to", "resulted in"), ("due to", "because of"),
    ("in order to", "to"), ("a number of", "several"), ("such as", "like"), ("as well as", "and also"),
    ("is required for", "is needed for"), ("are required for", "are needed for"), ("approximately", "about"),
    ("individuals", "people"), ("demonstrated", "showed"), ("demonstrates", "shows"), ("utilize", "use"),
    ("a majority of", "most of"), ("the majority of", "most"), ("prior to", "before"), ("plays a role in", "has a role in"),
    ("play a role in", "have a role in"),
)  # fmt: skip
_PASSIVE = re.compile(
    r"^(?P<a>[A-Z][\w-]*(?: [\w-]+)?) (?P<verb>inhibits|activates|induces|regulates) (?P<b>[\w-]+(?: [\w-]+)?)(?P<end>\.?)$"
)
_PARTICIPLE = {
    "inhibits": "inhibited",
    "activates": "activated",
    "induces": "induced",
    "regulates": "regulated",
}


def paraphrases(claim: str, *, seed: int) -> tuple[str, ...]:
    """The claim in other words by rule: each rule that applies gives one text, and all of them together one more.

    ``seed`` chooses the order in which the rules are put together; each text says what the claim says.

    >>> paraphrases("In conclusion, 80 percent are not vaccinated.", seed=0)[0]
    '80 percent are not vaccinated.'
    """
    changed = [text for rule in _RULES if (text := rule(claim)) != claim]
    together = claim
    for rule in _RULES[seed % len(_RULES) :] + _RULES[: seed % len(_RULES)]:
        together = rule(together)
    return tuple(text for text in dict.fromkeys([*changed, together]) if text != claim)


def _unopened(claim: str) -> str:
    match = _OPENING.match(claim)
    return claim[match.end()].upper() + claim[match.end() + 1 :] if match else claim


def _contracted(claim: str) -> str:
    return _SHORT.sub(r"\1n't", claim)


def _spelt_not(claim: str) -> str:
    return _LONG.sub(r"\1 not", claim)


def _percent(claim: str) -> str:
    return _PERCENT_SIGN.sub(" percent", claim) if "%" in claim else _PERCENT_WORD.sub("%", claim)


def _counts(claim: str) -> str:
    if _COUNT.search(claim):
        return _COUNT.sub(lambda m: str(_NUMERALS[m[1]]), claim)
    return _FIGURE.sub(lambda m: _WORD_OF[m[1]], claim)


def _grouping(claim: str) -> str:
    if _GROUPED.search(claim):
        return _GROUPED.sub(lambda m: m.group().replace(",", ""), claim)
    return _UNGROUPED.sub(lambda m: f"{int(m.group()):,}", claim)


def _leads_to(claim: str) -> str:
    return _LEADS_TO.sub(lambda m: f"leads to {_NOUN_OF[m[1]]}", claim, count=1)


def _synonyms(claim: str) -> str:
    for one, other in _SYNONYMS:
        claim = re.sub(rf"\b{one}\b", other, claim)
    return claim


def _passive(claim: str) -> str:
    match = _PASSIVE.match(claim)
    if not match:
        return claim
    a = match["a"]
    inside = a[0].lower() + a[1:] if a.split()[0][1:].islower() and len(a.split()[0]) > 4 else a
    b = match["b"]
    be = "are" if b.endswith("s") and not b.endswith(("ss", "is", "us")) else "is"
    return f"{b[0].upper()}{b[1:]} {be} {_PARTICIPLE[match['verb']]} by {inside}{match['end']}"


_RULES: tuple[Callable[[str], str], ...] = (
    _unopened, _contracted, _spelt_not, _percent, _counts, _grouping, _leads_to, _synonyms, _passive,
)  # fmt: skip
