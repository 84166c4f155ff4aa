"""The parts of the audit: trees, words, quotes and what stands around them."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.auditing.differences import ABSENT, differences
from synthesis.auditing.pieces import Piece, tokens_of
from synthesis.auditing.places import in_report
from synthesis.auditing.quotes import check_quotes
from synthesis.auditing.records import Checked, Result
from synthesis.auditing.word_differences import word_differences
from synthesis.records import Paper, Quote, Section, text_sha256

PAPER = Paper(
    paper_id="title:one",
    title="One",
    source="memory",
    sections=(
        Section(title="Results", text="Cats sleep. Dogs bark at night. Owls see.", page=3, page_breaks=(20,)),
    ),
)


def _shown_evidence(**changes):
    quote = Quote.of(PAPER, 0, 12, 31).model_dump() | changes.pop("quote", {})
    return {
        "quote": quote,
        "before": "Cats sleep. ",
        "after": " Owls",
        "section": "Results",
        "page": 3,
    } | changes


@given(st.integers(12, 30), st.sampled_from([True, False]))
def test_a_quote_is_held_against_the_stored_text_whatever_its_lock_says(at, locked):
    """Any other character, even under a lock that fits, is found with what the paper says; the quote itself is not."""
    papers = {PAPER.paper_id: PAPER}
    assert check_quotes([_shown_evidence()], in_report, papers) == Result(checked=Checked(quotes=1))
    text = PAPER.sections[0].text[12:31]
    words = text[: at - 12] + "#" + text[at - 11 :]
    changed = {"text": words} | ({"sha256": text_sha256(words)} if locked else {})
    (finding,) = check_quotes([_shown_evidence(quote=changed)], in_report, papers).findings
    assert (finding.expected, finding.found, finding.place) == (text, words, "entry 1, quote")


@pytest.mark.parametrize(
    "change",
    [
        {"before": "Cats sleeq. "},
        {"after": " Owlz"},
        {"section": "Result"},
        {"page": 4},
        {"quote": {"start": 13, "end": 32}},
        {"quote": {"section": 1}},
        {"quote": {"sha256": "0" * 64}},
    ],
)
def test_what_stands_around_a_quote_must_stand_there(change):
    """Words before and after, section, page, offsets and lock: each is held against the paper."""
    found = check_quotes([_shown_evidence(**change)], in_report, {PAPER.paper_id: PAPER}).findings
    assert found
    assert {f.weight for f in found} == {"wrong"}


def test_a_quote_of_a_paper_that_is_not_there_is_not_checked():
    """Without the paper's text a quote is held against its lock alone, and it is said that a part was not checked."""
    (finding,) = check_quotes([_shown_evidence()], in_report, {}).findings
    assert finding.weight == "unchecked"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES, VALUES)
def test_trees_differ_exactly_where_values_do(one, other):
    """Equal trees have no difference; others have one, and each names what stands there on either side."""
    found = list(differences(one, other))
    assert not list(differences(one, one))
    assert bool(found) == (json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True))
    assert all(d.expected is not ABSENT or d.found is not ABSENT for d in found)


def test_numbers_are_compared_exactly():
    """Half is half however it is written; what rounds to the same binary fraction is another number."""
    assert not list(differences(Decimal("0.5"), Decimal("0.50")))
    assert list(differences(Decimal("0.30000000000000004"), Decimal("0.30000000000000005")))
    assert list(differences(1, True))


@given(st.lists(st.sampled_from("abcde"), max_size=60), st.lists(st.sampled_from("abcde"), max_size=60))
def test_word_differences_turn_one_text_into_the_other(ones, others):
    """Putting the found words in place of the expected ones gives the found text; equal texts have no difference."""
    first, second = (tokens_of([Piece(" ".join(words), "")]) for words in (ones, others))
    made, at = [], 0
    for start, end, other_start, other_end in word_differences(first, second, lambda t: t.key):
        made += ones[at:start] + others[other_start:other_end]
        at = end
    assert made + ones[at:] == others
    assert not list(word_differences(first, first, lambda t: t.key))


def test_a_word_broken_at_a_line_is_the_word():
    """A line's end may break a word or eat its hyphen; elsewhere a hyphen counts."""

    def differ(one, other):
        return list(
            word_differences(tokens_of([Piece(one, "")]), tokens_of([Piece(other, "")]), lambda t: t.key)
        )

    assert not differ("a low-resource language", "a low\u00ad\nresource lan-\nguage")
    assert differ("a low-resource language", "a lowresource language")
