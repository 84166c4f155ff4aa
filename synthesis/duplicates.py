"""Which claims are one claim in other words: the same terms in the same order, numbers, direction and negation.

Nearly equal words are not enough. "80 %" and "72 %", "increases" and "decreases", "A beats B" and "B beats A" share
almost all terms and say different things; such claims are never merged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from synthesis.names import names_in
from synthesis.retrieval import analyze

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:[.,]\d+)*(?:\s?(?:%|percent\b|per cent\b))?")
_NEGATIONS = re.compile(
    r"\b(?:not|no|never|neither|nor|without|cannot|fails?|failed|lacks?|hardly|rarely|unable|none)\b|n['’]t\b"
    r"|\b(?:ne|pas|aucune?|jamais|sin|nunca|ningun[oa]?|senza|non|mai|nicht|kein\w*|ohne|nie)\b",
    re.IGNORECASE,
)
_UP = (
    r"increas\w*|improv\w*|rais\w+|rise\w*|rose|higher|high|better|more|most|best|outperform\w*|exceed\w*|surpass\w*|gains?|grow\w*|grew|"
    r"boost\w*|enhanc\w+|superior|larger|greater|positiv\w+|strong\w*|upregulat\w+|promot\w+|above|faster|beats?|wins?"
)
_DOWN = (
    r"decreas\w*|reduc\w+|lower\w*|low|worse|less|least|worst|underperform\w*|declin\w+|drops?|dropped|fall\w*|fell|degrad\w+|"
    r"hurts?|harm\w*|inferior|smaller|fewer|negativ\w+|weak\w*|downregulat\w+|inhibit\w*|below|slower|loses?|lost|halv\w+|shrink\w*"
)
_DIRECTION = re.compile(rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\b", re.IGNORECASE)
_FRONTED = re.compile(
    r"((?:on|in|for|under|across|with|at)\s[^,;]{1,60}),\s+(.*?)([.!?]*)$", re.IGNORECASE | re.DOTALL
)


class Content(NamedTuple):
    """What must agree before two claims are one; ``terms`` in the order of the text."""

    terms: tuple[str, ...]
    numbers: tuple[str, ...]
    negations: int
    directions: tuple[bool, ...]  # up or down, in the order of the text
    names: frozenset[str]


def content_of(claim: str) -> Content:
    """The content of a claim; a phrase set before the clause ("On SQuAD, …") is read at its end."""
    text = claim.strip()
    if fronted := _FRONTED.match(text):
        text = f"{fronted[2]} {fronted[1]}{fronted[3]}"
    return Content(
        terms=tuple(analyze(text)),
        numbers=tuple(sorted(_plain(n) for n in _NUMBER.findall(text))),
        negations=len(_NEGATIONS.findall(text)),
        directions=tuple(m["up"] is not None for m in _DIRECTION.finditer(text)),
        names=frozenset(name.casefold() for name in names_in(text)),
    )


def _plain(number: str) -> str:
    digits = re.sub(r"\s?(?:%|per ?cent)", "%", number).replace("−", "-")
    return re.sub(r",(?=\d{3}\b)", "", digits)


def same_claim(a: Content, b: Content, similarity: float) -> bool:
    """Whether two claims are one: Jaccard of the terms ≥ ``similarity``, in the same order, and all else equal."""
    if a[1:] != b[1:]:
        return False
    one, other = frozenset(a.terms), frozenset(b.terms)
    if len(one & other) < similarity * len(one | other):
        return False
    return _longest_common(a.terms, b.terms) >= similarity * max(len(a.terms), len(b.terms))


def _longest_common(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for term in a:
        diagonal = 0
        for j, other in enumerate(b, start=1):
            diagonal, row[j] = row[j], diagonal + 1 if term == other else max(row[j], row[j - 1])
    return row[-1]


def group_duplicates(claims: Sequence[Content], similarity: float) -> list[list[int]]:
    """Indices grouped by claim, each joining the first group whose first member it repeats; order is kept."""
    groups: list[list[int]] = []
    alike: dict[
        tuple[object, ...], list[list[int]]
    ] = {}  # only claims with equal numbers, signs and names are compared
    for index, content in enumerate(claims):
        candidates = alike.setdefault(content[1:], [])
        for group in candidates:
            if same_claim(content, claims[group[0]], similarity):
                group.append(index)
                break
        else:
            candidates.append([index])
            groups.append(candidates[-1])
    return groups
