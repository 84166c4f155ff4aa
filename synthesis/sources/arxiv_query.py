"""Free text → a query in arXiv's syntax.

What arXiv does with a query, and what follows from it:

- Words without an operator are joined by AND, so a question as it stands finds nothing, while OR over its
  words finds most of the archive. Up to three units are joined by AND; of more, the five most informative are
  taken, and a paper must hold any two of them, not both common. Relevance order puts those that hold more first.
  (Over 47,000 arXiv abstracts of 2025-26, five questions of 14-21 words: AND of all words finds none, OR more
  than 34,000, this form 274 to 1,644.)
- A hyphen inside a term is read as NOT (arXiv/arxiv-search#322). Words that a hyphen joins become a quoted
  phrase with a blank.
- Only letters and digits of the text reach the query, in quotes or as single words, so nothing in it can act
  as an operator, a field prefix or a bracket.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthesis.records import Filters

_MAX_TEXT_CHARS = 2000
_MAX_UNITS = 5
_MAX_ALL_REQUIRED = 3
_UNIT = re.compile(r'"([^"]+)"|[^\W_]+(?:[-‐‑–’\'./_][^\W_]+)*')
_NOT_LETTERS = re.compile(r"[\W_]+")
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)
_TEX = re.compile(r"\\[a-zA-Z]+\*?|[{}$]")
# Names of groups of archives, as a user may give them: https://arxiv.org/category_taxonomy
_GROUPS = {
    "computer science": ("cs",),
    "economics": ("econ",),
    "electrical engineering and systems science": ("eess",),
    "mathematics": ("math",),
    "physics": (
        *("astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th"),
        *("math-ph", "nlin", "nucl-ex", "nucl-th", "physics", "quant-ph"),
    ),
    "quantitative biology": ("q-bio",),
    "quantitative finance": ("q-fin",),
    "statistics": ("stat",),
}
_UNDIVIDED = frozenset("gr-qc hep-ex hep-lat hep-ph hep-th math-ph nucl-ex nucl-th quant-ph".split())
_CATEGORY = re.compile(r"([a-z]+(?:-[a-z]+)?)(?:\.([a-z]{2}|[a-z]+-[a-z]+))?", re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 1991, 2999  # of arXiv
# Words of every second abstract: they narrow a search only beside another.
_COMMON_WORDS = frozenset(
    """accuracy approach approaches benchmark benchmarks data dataset datasets em evaluation f1 language languages
    large learning long map method methods metric metrics model models mrr ndcg performance precision recall
    result results score scores system systems task tasks training""".split()
)
# Function words, and the words with which research questions are put rather than what they are about.
_STOP_WORDS = frozenset(
    """a about across affect affects all also an and andnot any are as at be because been being between but by can
    compare compared comparing comparison could depend depends did do does doing during each effect effects
    evaluate evaluated evaluating for from had has have having how if impact impacts in influence into is it its
    may measured might more most much no nor not of on or other our over own relative same should so some such
    than that the their them then there these they this those through to under up use used using vary varying
    versus via vs was we were what when where whether which while who whose why will with within without would
    you your""".split()
)


def build_query(text: str) -> str:
    """``text`` as an arXiv query over all fields; empty when it holds nothing to search for.

    >>> build_query("cross-lingual retrieval")
    'all:"cross lingual" AND all:retrieval'
    """
    units = _units(text[:_MAX_TEXT_CHARS])
    if len(units) <= _MAX_ALL_REQUIRED:
        return " AND ".join(map(_term, units))
    chosen = sorted(units, key=_information, reverse=True)[:_MAX_UNITS]
    kept = [unit for unit in units if unit in chosen]
    pairs = [
        (one, other) for one, other in combinations(kept, 2) if not (_is_common(one) and _is_common(other))
    ]
    return " OR ".join(f"({_term(one)} AND {_term(other)})" for one, other in pairs or combinations(kept, 2))


def narrow(expression: str, filters: Filters) -> str:
    """A query, narrowed to the years of a first version and to a field that is arXiv's; unchanged without either.

    >>> from synthesis.records import Filters
    >>> narrow("all:owls", Filters(from_year=2020, field="cs.CL"))
    '(all:owls) AND cat:cs.CL AND submittedDate:[202001010000 TO 299912312359]'
    """
    parts = [f"({expression})"]
    categories = _categories(filters.field or "")
    if categories:
        joined = " OR ".join(f"cat:{category}" for category in categories)
        parts.append(f"({joined})" if len(categories) > 1 else joined)
    if filters.from_year is not None or filters.to_year is not None:
        first = _year(filters.from_year, _FIRST_YEAR)
        last = _year(filters.to_year, _LAST_YEAR)
        parts.append(f"submittedDate:[{first}01010000 TO {last}12312359]")
    return " AND ".join(parts) if len(parts) > 1 else expression


def build_title_query(title: str) -> str:
    """A query for the exact ``title``, every word of it in order; empty when the title holds no word."""
    words = _words(_TEX.sub("", title[:_MAX_TEXT_CHARS]))
    return f'ti:"{words}"' if words else ""


def _categories(field: str) -> list[str]:
    """The categories of arXiv for a field: a category, an archive or a group of archives; none for any other text.

    >>> _categories("Computer Science"), _categories("math.ag"), _categories("hep-th"), _categories("owls")
    (['cs.*'], ['math.AG'], ['hep-th'], [])
    """
    archives = _GROUPS.get(field.strip().casefold())
    if archives is not None:
        return [_whole(archive) for archive in archives]
    match = _CATEGORY.fullmatch(field.strip())
    archive = match[1].lower() if match else ""
    if match is None or not any(archive in group for group in _GROUPS.values()):
        return []
    part = match[2]
    if part is None:
        return [_whole(archive)]
    return [f"{archive}.{part.upper() if len(part) == 2 else part.lower()}"]


def _whole(archive: str) -> str:
    """All categories of an archive; some have none but themselves, and two had none once."""
    if archive in ("astro-ph", "cond-mat"):
        return f"{archive}*"
    return archive if archive in _UNDIVIDED else f"{archive}.*"


def _year(year: int | None, otherwise: int) -> str:
    """Four digits of a year within arXiv's time."""
    return f"{min(max(otherwise if year is None else year, _FIRST_YEAR), _LAST_YEAR):04}"


def _units(text: str) -> list[str]:
    """Quoted phrases, hyphenated compounds and single words, each once, in order, function words left out."""
    units: dict[str, str] = {}
    for match in _UNIT.finditer(_TEX.sub("", text)):
        unit = _words(match[1] or match[0])
        if len(unit) > 1 and unit.casefold() not in _STOP_WORDS:
            units.setdefault(unit.casefold(), unit)
    return list(units.values()) or [words for words in [_words(text)] if words]


def _words(text: str) -> str:
    """The words of ``text`` with single blanks between, possessives and signs taken off."""
    return _NOT_LETTERS.sub(" ", _POSSESSIVE.sub("", text)).strip()


def _term(unit: str) -> str:
    return f'all:"{unit}"' if " " in unit else f"all:{unit.lower()}"


def _is_common(unit: str) -> bool:
    return unit.isdecimal() or unit.casefold() in _COMMON_WORDS


def _information(unit: str) -> float:
    """How much a unit narrows a search: names (inner capitals, digits), compounds, long words, common words."""
    if _is_common(unit):
        return 0.0
    is_name = any(c.isdigit() for c in unit) or any(c.isupper() for c in unit[1:])
    return 3.0 * is_name + 2.0 * (" " in unit) + min(len(unit), 12) / 12
