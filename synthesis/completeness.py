"""How much of the relevant literature a search has seen, estimated from what its sources found in common.

Capture–recapture: each source is an occasion on which each relevant work may be captured. With Zᵢ the works that
source i alone found and f₂ those that exactly two found, the works that none found are estimated by

    f₀ = Σ_{i<j} Zᵢ Zⱼ / (f₂ + 1)                                       (Chao 1989, model M_t)

For two sources this is Chapman's estimator (1951) to the letter. It lets sources differ in size, which Chao's estimator
for occasions of one kind (1987, "Chao2") does not: with one large and two small sources that one is many times too
high. If some works are easier to find than others in every source, E[f₀] falls short of the truth, so what is stated is
a lower bound (Chao 1987; Chao & Chiu 2016; Rivest & Baillargeon 2007).

The 95 % interval is that of Sadinle (2009), log-normal about the unseen with ½ added to each count, carried over from
two sources to several. ``benchmarks/completeness.py`` measures how often it holds the truth, and how far dependent
sources mislead it.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from synthesis.records import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.records import Hit

# OpenAlex and Semantic Scholar take most of their records from Crossref, so they are no independent captures.
SHARED_FEEDS: tuple[frozenset[str], ...] = (frozenset({"crossref", "openalex", "semantic-scholar"}),)
_Z = 1.959964  # standard normal, two-sided 95 %
_PATIENCE = 2  # queries in a row that may bring nothing new before a source is asked no further
_UNSEEN = 0.05  # share of the relevant works that may stay unseen

_BIAS = (
    "It is too low where works that one source lacks tend to be lacking in the others too, "
    "and too high where the sources cover different fields or years."
)


class Completeness(Record):
    """How many relevant works there seem to be beside those found; ``note`` says it in a sentence or two.

    ``estimated`` is a number of works, ``low`` and ``high`` its 95 % interval, ``share`` = found / estimated. They are
    ``None`` where they cannot be told: all with a single independent source, all but ``low`` without overlap.
    """

    found: int
    estimated: float | None = None
    low: float | None = None
    high: float | None = None
    share: float | None = None
    alone: tuple[tuple[str, int], ...] = ()  # (source, works that it alone found), sources of one feed as one
    overlap: int = 0  # works that two or more independent sources found
    note: str


class Stop(NamedTuple):
    """Why a source need not be asked further, and after how many queries."""

    reason: str
    after: int


def captures_of(members: Sequence[Sequence[int]], hits: Sequence[Hit]) -> list[frozenset[str]]:
    """For each work the sources that found it; ``members`` are its records, as indices that ``Hit.paper`` holds."""
    finders: dict[int, set[str]] = {}
    for hit in hits:
        finders.setdefault(hit.paper, set()).add(hit.source)
    return [frozenset().union(*(finders.get(i, ()) for i in records)) for records in members]


def estimate_completeness(
    captures: Sequence[frozenset[str]],
    sources: Sequence[str],
    feeds: Sequence[frozenset[str]] = SHARED_FEEDS,
) -> Completeness:
    """Estimate how many relevant works there are from which of ``sources`` found which.

    ``captures[i]`` are the sources that found relevant work i; names that are not in ``sources`` do not count, nor does
    a work that none of them found. Leave out of ``sources`` those that failed. Sources of one of ``feeds`` copy from
    one another and count as one.
    """
    names = _independent(sources, feeds)
    seen = [kept for capture in captures if (kept := frozenset(names[s] for s in capture if s in names))]
    singles = Counter(next(iter(capture)) for capture in seen if len(capture) == 1)
    active = sorted({name for capture in seen for name in capture})
    facts = {
        "found": len(seen),
        "alone": tuple((name, singles[name]) for name in sorted(set(names.values()))),
        "overlap": sum(len(capture) > 1 for capture in seen),
    }
    if len(active) < 2:
        return Completeness.model_validate(facts | {"note": _not_told(len(seen), active)})
    alone = [singles[name] for name in active]
    pairs = sum(len(capture) == 2 for capture in seen)
    low, high = _interval(len(seen), alone, pairs)
    if facts["overlap"] == 0:
        return Completeness.model_validate(
            facts | {"low": low, "note": _only_bounded(len(seen), low, active)}
        )
    estimated = round(len(seen) + _products(alone) / (pairs + 1), 1)
    share = round(len(seen) / estimated, 3)
    note = _estimate_told(len(seen), estimated, (low, high), active)
    figures = {
        "estimated": estimated,
        "low": min(low, estimated),
        "high": max(high, estimated),
        "share": share,
    }
    return Completeness.model_validate(facts | figures | {"note": note})


def should_stop(
    new_relevant: Sequence[int],
    completeness: Completeness | None = None,
    *,
    patience: int = _PATIENCE,
    unseen: float = _UNSEEN,
) -> Stop | None:
    """Whether a source need not be asked further; ``None``: ask on.

    ``new_relevant[i]`` is how many relevant works its i-th query brought that no query before had. Queries that failed
    must be left out: no answer is not "nothing new". The estimate counts by the far end of its interval, because the
    estimate itself is a lower bound.
    """
    n = len(new_relevant)
    if n >= patience and not any(new_relevant[n - patience :]):
        return Stop(f"the last {patience} queries brought nothing new that is relevant", n)
    if n and completeness is not None and completeness.high is not None:
        left = 1 - completeness.found / completeness.high
        if left < unseen:
            return Stop(f"at most an estimated {left:.0%} of the relevant works is still unseen", n)
    return None


def _independent(sources: Sequence[str], feeds: Sequence[frozenset[str]]) -> dict[str, str]:
    """Source → the name under which it counts: that of all asked sources of its feed together."""
    names = {source: source for source in sources}
    for feed in feeds:
        shared = sorted(feed.intersection(sources))
        names |= dict.fromkeys(shared, "+".join(shared))
    return names


def _products(alone: Sequence[float]) -> float:
    """Σ_{i<j} Zᵢ Zⱼ."""
    return (sum(alone) ** 2 - sum(z * z for z in alone)) / 2


def _interval(found: int, alone: Sequence[int], pairs: int) -> tuple[float, float]:
    """95 % interval of the number of works; for two sources Sadinle's (2009).

    ln f₀ has about the variance Σ (Σ_{j≠i} Zⱼ / P)² Zᵢ + 1/f₂ + 1/f₀, with P = Σ_{i<j} Zᵢ Zⱼ, by the delta method on
    independent counts; the last term is that of the unseen works' own number. Each count is taken ½ larger.
    """
    zs = [z + 0.5 for z in alone]
    products, total = _products(zs), sum(zs)
    unseen = products / (pairs + 0.5)
    variance = sum(((total - z) / products) ** 2 * z for z in zs) + 1 / (pairs + 0.5) + 1 / unseen
    spread = math.exp(_Z * math.sqrt(variance))
    low, high = (found - 0.5 + value for value in (unseen / spread, unseen * spread))
    return round(max(low, float(found)), 1), round(max(high, float(found)), 1)


def _not_told(found: int, active: Sequence[str]) -> str:
    if not found:
        return "No source found a relevant work, so how much the search missed cannot be estimated."
    return (
        f"How much the search missed cannot be estimated: of independent sources only {_one(active[0])} found relevant "
        f"works ({found})."
    )


def _only_bounded(found: int, low: float, active: Sequence[str]) -> str:
    return (
        f"{_listed(active)} found {found} relevant works and none of them twice, so how many there are can be told from "
        f"below only: at least {low:.0f} (95 %), by capture–recapture. {_BIAS}"
    )


def _estimate_told(found: int, estimated: float, interval: tuple[float, float], active: Sequence[str]) -> str:
    low, high = interval
    return (
        f"By capture–recapture over {_listed(active)} there are about {estimated:.0f} relevant works (95 % interval "
        f"{low:.0f} to {high:.0f}), of which the search found {found} ({found / estimated:.0%}). {_BIAS}"
    )


def _listed(names: Sequence[str]) -> str:
    *head, last = map(_one, names)
    return f"{', '.join(head)} and {last}"


def _one(name: str) -> str:
    """A source, or sources of one feed in brackets: "(crossref, openalex as one)"."""
    return f"({name.replace('+', ', ')} as one)" if "+" in name else name
