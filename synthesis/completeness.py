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
from synthesis.terms import listed
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.records import Hit

# OpenAlex and Semantic Scholar take most of their records from Crossref, so they are no independent captures.
SHARED_FEEDS: tuple[frozenset[str], ...] = (frozenset({"crossref", "openalex", "semantic-scholar"}),)
_Z = 1.959964  # standard normal, two-sided 95 %
_PATIENCE = 2  # queries in a row that may bring nothing new before a source is asked no further
_UNSEEN = 0.05  # share of the relevant works that may stay unseen
_MIN_OVERLAP = 7  # works found twice

_Feed = tuple[str, ...]  # sources that count as one, in order


class Completeness(Record):
    """How many relevant works there seem to be beside those found; ``note`` says it in a sentence or two.

    ``estimated`` is a number of works, ``low`` and ``high`` its 95 % interval, ``share`` = found / estimated. They are
    ``None`` where they cannot be told: with a single independent source, and all but ``low``, which is then ``found``,
    where no work was found twice.
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
    told = Completeness(
        found=len(seen),
        alone=tuple(("+".join(name), singles[name]) for name in sorted(set(names.values()))),
        overlap=sum(len(capture) > 1 for capture in seen),
        note=_not_told(len(seen), active),
    )
    if len(active) < 2:
        return told
    if not told.overlap:
        update = {"low": float(told.found), "note": _only_bounded(told.found, active)}
        return told.model_copy(update=update)
    alone, pairs = [singles[name] for name in active], sum(len(capture) == 2 for capture in seen)
    estimated = round(told.found + _products(alone) / (pairs + 1), 1)
    low, high = _interval(told.found, alone, pairs)
    figures = {
        "estimated": estimated,
        "low": min(low, estimated),
        "high": max(high, estimated),
        "share": round(told.found / estimated, 3),
    }
    return told.model_copy(
        update=figures | {"note": _estimate_told(told.found, estimated, (low, high), active)}
    )


def should_stop(
    new_relevant: Sequence[int],
    completeness: Completeness | None = None,
    *,
    patience: int = _PATIENCE,
    unseen: float = _UNSEEN,
) -> Stop | None:
    """Whether a source need not be asked further; ``None``: ask on.

    ``new_relevant[i]`` is how many relevant works its i-th query brought that no query before had. Queries that failed
    must be left out: no answer is not "nothing new". The estimate counts from seven works found twice on, below which it
    is biased (Robson & Regier 1964).
    """
    n = len(new_relevant)
    if n >= patience and not any(new_relevant[n - patience :]):
        return Stop(_nothing_new(patience), n)
    if not n or completeness is None or completeness.share is None or completeness.overlap < _MIN_OVERLAP:
        return None
    left = 1 - completeness.share
    if left >= unseen:
        return None
    return Stop(
        say("an estimated {share} % of the relevant works is still unseen", share=f"{100 * left:.1f}"), n
    )


def _nothing_new(patience: int) -> str:
    return say_n(
        "the last {n} query brought nothing new that is relevant",
        "the last {n} queries brought nothing new that is relevant",
        patience,
    )


def _independent(sources: Sequence[str], feeds: Sequence[frozenset[str]]) -> dict[str, _Feed]:
    """Source → what it counts as: itself, or all asked sources of its feed together."""
    counted: dict[str, _Feed] = {source: (source,) for source in sources}
    for feed in feeds:
        shared = tuple(sorted(feed.intersection(sources)))
        counted |= dict.fromkeys(shared, shared)
    return counted


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


def _not_told(found: int, active: Sequence[_Feed]) -> str:
    if not found:
        return say("No source found a relevant work, so how much the search missed cannot be estimated.")
    return say_n(
        "How much the search missed cannot be estimated: all {n} relevant works came from one independent source, "
        "{source}.",
        "How much the search missed cannot be estimated: all {n} relevant works came from one independent source, "
        "{source}.",
        found,
        source=_named(active[0]),
    )


def _only_bounded(found: int, active: Sequence[_Feed]) -> str:
    return say_n(
        "{sources} found {n} relevant works and none of them twice: there are at least {n}, and how many more the search "
        "missed cannot be estimated. It may be most of them, unless the sources cover different fields or years.",
        "{sources} found {n} relevant works and none of them twice: there are at least {n}, and how many more the search "
        "missed cannot be estimated. It may be most of them, unless the sources cover different fields or years.",
        found,
        sources=_listed(active),
    )


def _estimate_told(
    found: int, estimated: float, interval: tuple[float, float], active: Sequence[_Feed]
) -> str:
    low, high = interval
    estimate = say(
        "By capture–recapture over {sources} the number of relevant works is about {estimate} (95 % interval {low} to "
        "{high}); the search found {found} ({share} %).",
        sources=_listed(active),
        estimate=f"{estimated:.0f}",
        low=f"{low:.0f}",
        high=f"{high:.0f}",
        found=found,
        share=f"{100 * found / estimated:.0f}",
    )
    return f"{estimate} {_bias()}"


def _bias() -> str:
    return say(
        "The interval is for chance alone: the number is too low where works that one source lacks tend to be lacking in "
        "the others too, and too high where the sources cover different fields or years."
    )


def _listed(feeds: Sequence[_Feed]) -> str:
    *head, last = map(_named, feeds)
    return say("{sources} and {last}", sources=listed(head), last=last)


def _named(feed: _Feed) -> str:
    """A source, or sources that count as one in brackets."""
    return feed[0] if len(feed) == 1 else say("({sources} as one)", sources=listed(feed))
