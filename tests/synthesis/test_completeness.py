"""How much of the literature a search saw: the estimate, its interval, its words, and when to stop."""

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.completeness import captures_of, estimate_completeness, should_stop
from synthesis.records import Hit

ARXIV, ACL, PMC = "arxiv", "acl-anthology", "europe-pmc"


def _captures(**counts):
    """``ab=3``: three works that both source a and source b found."""
    return [frozenset(name) for name, count in counts.items() for _ in range(count)]


def _simulated(n, shares, dice, spread=0.0):
    """Captures of n works by sources of these shares; ``spread`` is the standard deviation of a work's own logit."""
    captures = []
    for _ in range(n):
        shift = math.exp(dice.gauss(0, spread))
        odds = [shift * share / (1 - share) for share in shares]
        found = frozenset(chr(97 + i) for i, odd in enumerate(odds) if dice.random() < odd / (1 + odd))
        captures.append(found)
    return captures


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 60))
def test_two_sources_give_chapmans_estimate_in_sadinles_interval(only_a, only_b, both):
    """The figures are those of the two papers' own formulas, in the sizes of the samples."""
    told = estimate_completeness(_captures(a=only_a, b=only_b, ab=both), "ab")
    n1, n2, m = only_a + both, only_b + both, both
    chapman = (n1 + 1) * (n2 + 1) / (m + 1) - 1
    assert told.estimated == pytest.approx(chapman, abs=0.06)
    x, y, z = only_a + 0.5, only_b + 0.5, m + 0.5
    sigma = math.sqrt(1 / z + 1 / x + 1 / y + z / (x * y))
    low, high = (n1 + n2 - m - 0.5 + x * y / z * math.exp(k * 1.959964 * sigma) for k in (-1, 1))
    assert told.high == pytest.approx(max(high, chapman), abs=0.06)
    assert told.low == pytest.approx(min(max(low, n1 + n2 - m), told.estimated), abs=0.06)
    assert told.found == n1 + n2 - m <= told.low <= told.estimated <= told.high


def test_sources_of_different_sizes_do_not_inflate_the_estimate():
    """One large and two small sources: the estimate is near the truth, where Chao's for equal occasions is double."""
    dice = random.Random(0)
    n, estimates, plain = 200, [], []
    for _ in range(60):
        captures = _simulated(n, (0.9, 0.1, 0.1), dice)
        estimates.append(estimate_completeness(captures, "abc").estimated)
        once, twice = (sum(len(c) == k for c in captures) for k in (1, 2))
        plain.append(sum(map(bool, captures)) + 2 / 3 * once * (once - 1) / (2 * (twice + 1)))
    assert sorted(estimates)[30] == pytest.approx(n, rel=0.05)
    assert sorted(plain)[30] > 1.8 * n


@pytest.mark.parametrize(
    "shares", [(0.5, 0.5), (0.7, 0.2), (0.5, 0.4, 0.3), (0.2, 0.2, 0.2), (0.6, 0.5, 0.4, 0.3)]
)
@pytest.mark.parametrize("n", [30, 150])
def test_the_interval_holds_the_truth_where_sources_are_independent(n, shares):
    """Of 200 simulated searches at least 90 % of the intervals hold the number of works there are."""
    dice = random.Random(1)
    told = [estimate_completeness(_simulated(n, shares, dice), "abcd"[: len(shares)]) for _ in range(200)]
    stated = [t for t in told if t.estimated is not None]
    assert len(stated) > 150
    assert sum(t.low <= n <= t.high for t in stated) >= 0.9 * len(stated)


def test_works_that_are_easy_to_find_everywhere_make_the_estimate_too_low_and_the_words_say_so():
    """Positive dependence: the estimate falls short of the truth, and its note warns of just that."""
    dice = random.Random(2)
    told = [
        estimate_completeness(_simulated(300, (0.5, 0.4, 0.3), dice, spread=2.0), "abc") for _ in range(20)
    ]
    assert all(t.found <= t.estimated < 300 for t in told)
    assert "too low where works that one source lacks tend to be lacking in the others too" in told[0].note


def test_sources_that_copy_from_one_feed_count_as_one():
    """Crossref's works found again in OpenAlex are no recapture; ungrouped they would claim that little is unseen."""
    dice = random.Random(3)
    captures = []
    for capture in _simulated(200, (0.5, 0.4), dice):
        copied = {"openalex"} if "a" in capture and dice.random() < 0.95 else set()
        captures.append(frozenset({"a": "crossref", "b": ARXIV}[c] for c in capture) | copied)
    sources = ["crossref", "openalex", ARXIV]
    grouped = estimate_completeness(captures, sources)
    ungrouped = estimate_completeness(captures, sources, feeds=())
    assert grouped.low <= 200 <= grouped.high
    assert ungrouped.estimated < 160
    assert [name for name, _ in grouped.alone] == [ARXIV, "crossref+openalex"]
    assert "(crossref, openalex as one)" in grouped.note


def test_one_source_tells_nothing_of_what_it_missed():
    """One source, one feed, or a second source that found nothing relevant: no number, and the note says why."""
    one = estimate_completeness([frozenset({ARXIV})] * 5, [ARXIV])
    feed = estimate_completeness([frozenset({"crossref", "openalex"})] * 5, ["crossref", "openalex"])
    idle = estimate_completeness([frozenset({ARXIV})] * 5, [ARXIV, ACL])
    for told in (one, feed, idle):
        assert (told.estimated, told.low, told.high, told.share) == (None, None, None, None)
        assert told.found == 5
        assert "cannot be estimated" in told.note
    assert idle.alone == ((ACL, 0), (ARXIV, 5))


def test_without_overlap_there_is_a_lower_bound_only():
    """Nothing found twice: at least what was found, and no estimate."""
    told = estimate_completeness(_captures(a=4, b=3), "ab")
    assert (told.low, told.estimated, told.high, told.overlap) == (7, None, None, 0)
    assert "at least 7" in told.note


def test_nothing_found_is_said_as_such():
    """No relevant work is no completeness."""
    told = estimate_completeness([], [ARXIV, ACL])
    assert (told.found, told.estimated) == (0, None)
    assert told.note.startswith("No source found a relevant work")


def test_one_source_within_another_still_leaves_room_for_doubt():
    """Where the second source adds nothing, the estimate is what was found, and the interval reaches above it."""
    told = estimate_completeness(_captures(a=6, ab=6), "ab")
    assert told.estimated == told.found == 12
    assert told.share == 1
    assert told.high > 13


def test_failed_and_unknown_sources_do_not_count():
    """A capture by a source that is not among those asked (the user's own list) changes nothing."""
    captures = _captures(a=4, b=3, ab=5)
    more = [c | {"named by the user"} for c in captures] + [frozenset({"named by the user"})] * 9
    assert estimate_completeness(more, "ab") == estimate_completeness(captures, "ab")


@given(st.lists(st.frozensets(st.sampled_from("abcd")), max_size=30), st.randoms(use_true_random=False))
def test_figures_are_finite_ordered_and_blind_to_order(captures, dice):
    """Any captures: found ≤ low ≤ estimated ≤ high, all finite, and neither works' nor sources' order matters."""
    told = estimate_completeness(captures, "abcd")
    shuffled, sources = list(captures), list("abcd")
    dice.shuffle(shuffled)
    dice.shuffle(sources)
    assert estimate_completeness(shuffled, sources) == told
    figures = [x for x in (told.found, told.low, told.estimated, told.high) if x is not None]
    assert figures == sorted(figures)
    assert all(map(math.isfinite, figures))


def test_captures_follow_a_works_records_to_their_sources():
    """A work was found by every source that gave one of its records; a work that no hit names was found by none."""
    hits = [
        Hit(source=source, query="q", rank=1, paper=paper)
        for source, paper in [(ARXIV, 0), (ACL, 1), (ARXIV, 1), (PMC, 2)]
    ]
    assert captures_of([(0, 2), (1,), (3,)], hits) == [{ARXIV, PMC}, {ACL, ARXIV}, set()]


def test_asking_goes_on_while_queries_bring_something_new():
    """Neither no query, nor one barren query, nor two with a fruitful one between them is a reason to stop."""
    for history in ([], [0], [3, 0], [0, 1], [0, 3, 0]):
        assert should_stop(history) is None


def test_asking_stops_after_two_barren_queries():
    """Two queries in a row that bring nothing new end the asking, and the reason says so."""
    stop = should_stop([5, 0, 0])
    assert stop.after == 3
    assert "last 2 queries brought nothing new" in stop.reason


def test_asking_stops_when_an_estimate_on_enough_works_leaves_little_unseen():
    """Under 5 % unseen ends the asking; a like share on six works found twice does not, nor does 5 % and more."""
    nearly = estimate_completeness(_captures(a=4, b=4, ab=40), "ab")
    unsure = estimate_completeness(_captures(a=1, ab=6), "ab")
    more = estimate_completeness(_captures(a=20, b=20, ab=40), "ab")
    assert nearly.share > 0.95
    assert unsure.share > 0.95
    assert "0.8 % of the relevant works is still unseen" in should_stop([3], nearly).reason
    assert should_stop([3], unsure) is None
    assert should_stop([3], more) is None
    assert should_stop([], nearly) is None


@given(st.lists(st.integers(0, 3), max_size=12))
def test_asking_further_never_takes_a_stop_back(history):
    """Query by query, the first stop comes where the first two barren queries in a row end."""
    stops = [i for i in range(len(history) + 1) if should_stop(history[:i])]
    barren = [i + 2 for i, pair in enumerate(itertools.pairwise(history)) if not any(pair)]
    assert stops == barren
