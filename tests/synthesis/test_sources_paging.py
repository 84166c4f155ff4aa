"""The walk through pages: it ends whatever comes, gives each paper once, and says what is missing."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.errors import SourceRefusedError
from synthesis.records import Paper
from synthesis.sources.paging import Page, walk


def paper(number):
    """A paper of that number."""
    return Paper(paper_id=f"title:{number}", title=f"Paper {number}", source="test")


def page(numbers, total=None, following=None, **more):
    """A page of papers of these numbers."""
    papers = tuple(map(paper, numbers))
    return Page(papers, more.pop("n_entries", len(papers)), total, following, **more)


def script(*pages):
    """A ``fetch`` that gives these pages in turn, and the pointers with which it was asked."""
    asked = []

    def fetch(pointer):
        asked.append(pointer)
        found = pages[len(asked) - 1]
        if isinstance(found, Exception):
            raise found
        return found

    return fetch, asked


def numbers_of(answer):
    """The numbers of an answer's papers."""
    return [int(one.paper_id.removeprefix("title:")) for one in answer.papers]


def test_follows_pointers_to_the_end():
    """Pages are asked for by the pointer that the page before gave, until there is none."""
    fetch, asked = script(page([1, 2], 3, "b"), page([3], 3))
    answer = walk(fetch, 10)
    assert asked == [None, "b"]
    assert (numbers_of(answer), answer.total, answer.note, answer.incomplete) == ([1, 2, 3], 3, None, False)


def test_stops_at_the_limit():
    """No page is asked for beyond what the limit takes, and a cut list is no shortfall."""
    fetch, asked = script(page([1, 2], 9, "b"), page([3, 4], 9, "c"))
    answer = walk(fetch, 3)
    assert (asked, numbers_of(answer), answer.note) == ([None, "b"], [1, 2, 3], None)


def test_last_entry_spares_a_request():
    """When as many entries came as are stated, no further page is asked for; more than that proves nothing."""
    fetch, asked = script(page([1, 2], 2, "b"))
    assert walk(fetch, 10).note is None
    fetch, asked = script(page([1, 2], 1, "b"), page([3], 1))
    assert numbers_of(walk(fetch, 10)) == [1, 2, 3]
    assert asked == [None, "b"]


def test_shrinking_total_is_told():
    """Case 8: a total that shrinks on the way is a shortfall, in words, and no failure."""
    fetch, _ = script(page(range(60), 100, "b"), page(range(60, 73), 80))
    answer = walk(fetch, 100)
    assert answer.note == "73 of 100 papers: the stated total changed from 100 to 80"
    assert (len(answer.papers), answer.total, answer.incomplete) == (73, 100, False)


def test_repeated_entries_come_once():
    """Case 8: entries that come again on a later page are left out and counted."""
    fetch, _ = script(page([1, 2], 4, "b"), page([2, 3], 4))
    answer = walk(fetch, 4)
    assert numbers_of(answer) == [1, 2, 3]
    assert answer.note == "3 of 4 papers: 1 entry sent more than once"


def test_empty_and_short_pages_are_passed():
    """Case 8: an empty page in the middle, and one shorter than the others, do not end the walk."""
    fetch, _ = script(page([1, 2], 5, "b"), page([], 5, "c"), page([3], 5, "d"), page([4, 5], 5))
    answer = walk(fetch, 5)
    assert (numbers_of(answer), answer.note) == ([1, 2, 3, 4, 5], None)


def test_list_that_ends_early_is_told():
    """Case 8: a source that ends its list before its own total is told, without a reason where there is none."""
    fetch, _ = script(page([1, 2], 5))
    answer = walk(fetch, 5)
    assert (answer.note, answer.incomplete) == ("2 of 5 papers: the list ended after 2 entries", False)


def test_nothing_of_a_stated_number_is_no_empty_result():
    """Case 8: a page without entries that states a total is not presented as "no results"."""
    fetch, _ = script(page([], 40))
    answer = walk(fetch, 5)
    assert answer.incomplete
    assert answer.note == "0 of 5 papers: the list ended after 0 entries"


def test_no_hits():
    """A list that is empty and says so is whole."""
    fetch, _ = script(page([], 0))
    answer = walk(fetch, 5)
    assert (answer.papers, answer.total, answer.note, answer.incomplete) == ((), 0, None, False)


@pytest.mark.parametrize(
    ("pointers", "words"),
    [
        ("bb", "the pointer to the next page came back unchanged"),
        ("bcb", "the pointers to the next page go round in a circle"),
        ("bcdc", "the pointers to the next page go round in a circle"),
    ],
)
def test_pointers_that_lead_nowhere_stop_the_walk(pointers, words):
    """Case 9: a pointer that comes again, at once or by a detour, ends the walk, and what is missing is told."""
    pages = [page([n], 100, pointer) for n, pointer in enumerate(pointers)]
    fetch, asked = script(*pages)
    answer = walk(fetch, 100)
    assert len(asked) == len(pointers)
    assert answer.note == f"{len(pointers)} of 100 papers: {words}"
    assert answer.incomplete


def test_echoed_pointer_after_the_last_entry_is_the_end():
    """Case 9: a source that repeats its last pointer once all entries came gives a whole answer."""
    fetch, _ = script(page([1, 2], 3, "b"), page([3], 3, "b"))
    answer = walk(fetch, 10)
    assert (numbers_of(answer), answer.note, answer.incomplete) == ([1, 2, 3], None, False)


def test_source_that_sent_all_it_holds_did_not_fail():
    """Case 8, 9: entries up to the total as it is stated last are a whole list, whatever its pointer does then."""
    fetch, _ = script(page(range(40), 100, "b"), page(range(40, 80), 80, "b"))
    answer = walk(fetch, 100)
    assert (len(answer.papers), answer.incomplete) == (80, False)
    assert answer.note.endswith("the stated total changed from 100 to 80")


def test_pages_that_the_filters_empty_are_not_idle():
    """Pages of which the filters leave nothing do not end the walk: what is wanted may come behind them."""
    empty = {"n_entries": 10, "n_filtered": 10}
    fetch, _ = script(*[page([], 31, pointer, **empty) for pointer in "bcd"], page([7], 31))
    assert numbers_of(walk(fetch, 20)) == [7]


def test_idle_pages_stop_the_walk():
    """Case 8: two pages in a row that bring nothing new are enough."""
    fetch, asked = script(page([1], 50, "b"), page([1], 50, "c"), page([1], 50, "d"))
    answer = walk(fetch, 50)
    assert len(asked) == 3
    assert "2 pages in a row held nothing new" in answer.note
    assert answer.incomplete


def test_error_on_the_first_page_is_raised():
    """A failure before anything came is never an empty answer."""
    fetch, _ = script(SourceRefusedError("X answered HTTP 500: no"))
    with pytest.raises(SourceRefusedError, match="HTTP 500"):
        walk(fetch, 5)
    fetch, _ = script(page([], 5, "b"), SourceRefusedError("X answered HTTP 500: no"))
    with pytest.raises(SourceRefusedError, match="HTTP 500"):
        walk(fetch, 5)


def test_error_later_keeps_what_came():
    """Case 2: a failure after the first page costs the rest alone, and the note says how much of what."""
    fetch, _ = script(page([1, 2], 9, "b"), SourceRefusedError("X answered HTTP 429: slow down"))
    answer = walk(fetch, 5)
    assert numbers_of(answer) == [1, 2]
    assert answer.note == "2 of 5 papers: X answered HTTP 429: slow down"
    assert answer.incomplete


def test_retries_are_told():
    """Case 1: what had to be asked for again is told beside a whole answer."""
    fetch, _ = script(page([1], 1, retries=("X answered HTTP 429: a", "X answered HTTP 503: b")))
    assert walk(fetch, 1).note == "2 retries; the last because X answered HTTP 503: b"


def test_filtered_entries_are_told():
    """What the filters ruled out is counted apart from what could not be used, and pages are not sought for ever."""
    pages = [page([n], 1000, f"p{n}", n_entries=10, n_filtered=8) for n in range(50)]
    fetch, asked = script(*pages)
    answer = walk(fetch, 20)
    assert len(asked) == 6  # twice what full pages would take, and two
    assert answer.note == (
        "6 of 20 papers: stopped after 6 pages; 48 entries outside the filters; "
        "6 entries without a title or another fact that is needed"
    )
    assert not answer.incomplete


_PAGES = st.lists(
    st.one_of(
        st.builds(
            page,
            st.lists(st.integers(0, 12), max_size=6),
            st.none() | st.integers(-2, 40),
            st.none() | st.sampled_from("abcdefgh"),
            n_entries=st.integers(0, 8),
            n_filtered=st.integers(0, 3),
        ),
        st.just(SourceRefusedError("X is down")),
    ),
    min_size=1,
    max_size=12,
)


@given(pages=_PAGES, limit=st.integers(0, 30), data=st.data())
def test_any_source_comes_to_an_end(pages, limit, data):
    """Case 8, 9: whatever pages come, the walk ends within a bound, each paper once, and claims no false completeness."""
    asked = []

    def fetch(pointer):
        asked.append(pointer)
        found = pages[data.draw(st.integers(0, len(pages) - 1))]
        if isinstance(found, Exception):
            raise found
        return found

    try:
        answer = walk(fetch, limit)
    except SourceRefusedError:
        return
    assert len(asked) <= 2 * limit + 2
    assert max(Counter(asked).values(), default=0) <= 1
    assert max(Counter(one.paper_id for one in answer.papers).values(), default=0) <= 1
    assert len(answer.papers) <= limit
    if answer.total is not None and len(answer.papers) < min(limit, answer.total):
        assert answer.note
    if answer.incomplete:
        assert answer.note


@given(sizes=st.lists(st.integers(1, 7), min_size=1, max_size=10), limit=st.integers(1, 80))
def test_honest_source_is_read_whole(sizes, limit):
    """Pages of any sizes that hold together give the first papers of the list, in order, without a note."""
    starts = [sum(sizes[:n]) for n in range(len(sizes) + 1)]

    def fetch(pointer):
        number = int(pointer or 0)
        following = str(number + 1) if number + 1 < len(sizes) else None
        return page(range(starts[number], starts[number + 1]), starts[-1], following)

    answer = walk(fetch, limit)
    expected = list(range(min(limit, starts[-1])))
    if (
        numbers_of(answer) != expected
    ):  # only the bound on the number of pages may cut a list of many short pages
        assert "stopped after" in answer.note
        assert answer.incomplete
    else:
        assert answer.note is None
