"""What a paper is called in a sentence that stands alone: its system by name, its authors by family name.

The year is left out on purpose: in a claim, ``2025`` would be read as one of its numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.names import is_measure, is_name

if TYPE_CHECKING:
    from synthesis.records import Paper

METHOD_NOUNS = frozenset(
    "algorithm approach architecture framework method methodology model network parser pipeline procedure solution"
    " strategy system technique".split()
)
RESOURCE_NOUNS = frozenset(
    "benchmark collection corpus database dataset library resource suite testbed tool toolkit treebank".split()
)
MAX_NAME_WORDS = 3
_TITLE_HEAD = re.compile(r"\s*([^:–—]{2,40}?)\s*(?::|\s[–—-])\s+\S")
_OWN_VERB = r"(?:propos|introduc|present|develop|describ|releas|build|built|design|creat|construct|contribut|devis|formulat)\w*"
_NAME = r"[^\W_][\w.+-]*[\w+]"
_INTRODUCED = re.compile(
    rf"\b(?:[Ww]e|paper|work|study|article|I)\s+(?:\w+\s+){{0,2}}{_OWN_VERB}\s+(?:the\s+)?({_NAME})(?=\s*[,.(:;–—])"
    rf"|\b(?:called|named|dubbed|termed|coined|namely)\s+({_NAME})"
)
_PARTICLES = frozenset("al bin da de del della den der di do dos du el la le ten ter van von zu".split())


@dataclass(frozen=True, slots=True)
class PaperName:
    """How to speak of a paper: ``authors`` in place of "we", ``possessive`` of "our", ``system`` its system's name.

    ``nouns`` are the words that name the system ("our *framework*"); ``several`` tells whether the verb that
    follows ``authors`` is a plural.
    """

    authors: str
    possessive: str
    several: bool
    system: str | None
    nouns: frozenset[str]


def name_paper(paper: Paper) -> PaperName:
    """The names of ``paper``.

    The authors are "Family et al.", "Family and Family" or "Family"; without authors, "the authors of “Title”".
    The system is what the title says before its colon, where the paper's text says that its authors made it, or
    the one name that the text says so of.
    """
    text = "\n".join(section.text for section in paper.sections[:2]) or paper.abstract or ""
    system = _system(paper.title, text)
    authors = _authors(paper)
    return PaperName(
        authors=authors or f"the authors of “{paper.title.strip()}”",
        possessive=f"{authors or f'“{paper.title.strip()}”'}'s",
        several=authors is None or len(paper.authors) > 1,
        system=system,
        nouns=_nouns(system, paper.title, text) if system else frozenset(),
    )


def _authors(paper: Paper) -> str | None:
    families = [family_name(author) for author in paper.authors]
    if not families or not all(families):
        return None
    if len(families) > 2:
        return f"{families[0]} et al."
    return " and ".join(families)


def family_name(author: str) -> str:
    """The family name of "Given Family" or "Family, Given", particles kept.

    >>> family_name("Laurens van der Maaten"), family_name("Knuth, Donald E."), family_name("Mikel Artetxe")
    ('van der Maaten', 'Knuth', 'Artetxe')
    """
    if "," in author:
        return author.split(",", maxsplit=1)[0].strip()
    words = author.split() or [""]
    first = len(words) - 1
    if len(words[-1].strip(".")) == 1:  # an initial behind the given name
        return author.strip()
    while first > 1 and words[first - 1].casefold() in _PARTICLES:
        first -= 1
    return " ".join(words[first:])


def _system(title: str, text: str) -> str | None:
    introduced = {name for pair in _INTRODUCED.findall(text) for name in pair if name}
    if (head := _TITLE_HEAD.match(title)) and _names_a_system(head[1], text, introduced):
        return head[1]
    made = sorted(name for name in introduced if is_name(name) and not is_measure(name))
    return made[0] if len(made) == 1 else None


def _names_a_system(head: str, text: str, introduced: set[str]) -> bool:
    """Whether the title's head is a name, and the text says that the authors made what bears it."""
    words = head.split()
    if len(words) > MAX_NAME_WORDS or not all(w[0].isupper() or is_name(w) or w[0].isdigit() for w in words):
        return False
    if words[-1] in introduced or head in introduced:
        return True
    made = re.compile(
        rf"\b{_OWN_VERB}\b[^.;]{{0,160}}(?<![\w-]){re.escape(head)}(?![\w-])"
        rf"|(?<![\w-]){re.escape(head)}(?![\w-])\)?,\s+(?:an?|our|the first)\s"
    )
    return any(is_name(word) for word in words) and bool(made.search(text))


def _nouns(system: str, title: str, text: str) -> frozenset[str]:
    """What sort of thing the system is, told by the title and by the sentence that first names it."""
    place = text.find(system)
    around = f"{title} {text[max(0, place - 80) : place + 160]}" if place >= 0 else title
    said = set(re.findall(r"[a-z]+", around.casefold()))
    if said & RESOURCE_NOUNS:
        return frozenset(said & (RESOURCE_NOUNS | METHOD_NOUNS))
    return METHOD_NOUNS
