"""What is shown for or against a statement says so itself."""

from __future__ import annotations

import pytest
from small_tools import make_paper

from synthesis.answering.coverage import wanted_words
from synthesis.answering.sides import Said, may_take_side, taking_sides
from synthesis.config import PassageConfig
from synthesis.passages import split_papers
from synthesis.records import Evidence, Quote, Span, Stance

SAID = Said(
    "Hybrid batch training reduces language bias.",
    (wanted_words("hybrid batch training"), wanted_words("language bias")),
    (wanted_words("hybrid batch training"),),
    0.25,
)
FOR, AGAINST = Stance.SUPPORTS, Stance.REFUTES
SHOWN = (
    (FOR, "Hybrid batch training halves the bias between languages, which reduces cost.", True),
    (FOR, "Hybrid batches reduce language bias on all sets.", True),
    (FOR, "Batch training that is hybrid reduces language bias.", False),  # another order, another thing
    (FOR, "Hybrid batch training does not reduce language bias.", False),
    (FOR, "We investigate whether hybrid batch training reduces language bias.", False),
    (FOR, "Plain pairs reduce language bias more than hybrid batch training.", False),
    (FOR, "Hybrid batch training is a topic, and language bias another.", False),  # no effect is told
    (FOR, "Hybrid batch training improves recall.", False),
    (FOR, "Does hybrid batch training reduce language bias?", False),
    (AGAINST, "Hybrid batch training does not reduce language bias.", True),
    (AGAINST, "Hybrid batch training increases language bias.", True),
    (AGAINST, "Hybrid batch training reduces language bias.", False),
    (AGAINST, "Cats do not sleep when language bias increases.", False),
)


def evidence_of(paper, stance, **facts):
    """The whole text of a paper as evidence."""
    quote = Quote.of(paper, 0, 0, len(paper.abstract))
    return Evidence(
        claim_id="H1",
        paper_id=paper.paper_id,
        quote=quote,
        context=Span(start=0, end=quote.end),
        **{"sentences": (0,), "rank": 1, "relevance": 1.0, "scores": (0.5, 0.5, 0.0), "confidence": 0.9}
        | facts,
        stance=stance,
    )


@pytest.mark.parametrize(("stance", "sentence", "is_shown"), SHOWN)
def test_what_is_shown(stance, sentence, is_shown):
    """A quote takes a side where it names what is studied, tells the finding, and no "not" turns it round."""
    evidence = evidence_of(make_paper("p", "P", sentence), stance)
    assert bool(taking_sides(SAID, [evidence])) is is_shown


def test_what_decides_nothing_or_says_too_much_is_silent():
    """Evidence that was held back, takes no side, or needs many sentences is not shown."""
    paper = make_paper("p", "P", "Hybrid batch training reduces language bias.")
    assert taking_sides(SAID, [evidence_of(paper, FOR)])
    assert not taking_sides(SAID, [evidence_of(paper, FOR, decides=False)])
    assert not taking_sides(SAID, [evidence_of(paper, Stance.NEITHER)])
    assert not taking_sides(SAID, [evidence_of(paper, FOR, sentences=(0, 1, 2))])


def test_a_text_in_another_language_is_left_to_the_judge():
    """The rules are for English: a Spanish sentence takes the side that the judge gives it."""
    text = (
        "El entrenamiento con lotes mixtos reduce el sesgo entre las lenguas de la colección de documentos."
    )
    assert taking_sides(SAID, [evidence_of(make_paper("p", "P", text), FOR)])


@pytest.mark.parametrize("sentence", [sentence for _, sentence, is_shown in SHOWN if is_shown])
def test_what_may_be_shown_is_judged(sentence):
    """A passage that holds such a sentence is given to the judge, one that holds none is not."""
    (passage,) = split_papers([make_paper("p", "P", f"Rain falls in spring. {sentence}")], PassageConfig())
    assert may_take_side(SAID, passage)
    (other,) = split_papers(
        [make_paper("q", "Q", "Rain falls in spring. Language bias is old.")], PassageConfig()
    )
    assert not may_take_side(SAID, other)


COMPARED = Said(
    "BM25 outperforms dense retrieval.",
    (wanted_words("BM25"), wanted_words("dense retrieval")),
    (wanted_words("BM25"),),
    0.25,
)


@pytest.mark.parametrize(
    ("stance", "sentence", "is_shown"),
    [
        (AGAINST, "Dense retrieval outperforms BM25 on all 13 sets.", True),
        (AGAINST, "Dense retrieval is better than BM25 on all 13 sets.", True),
        (AGAINST, "Dense retrieval does not outperform BM25 on all 13 sets.", False),
        (AGAINST, "BM25 outperforms dense retrieval on all 13 sets.", False),
        (FOR, "Dense retrieval outperforms BM25 on all 13 sets.", False),
        (FOR, "BM25 outperforms dense retrieval on all 13 sets.", True),
    ],
)
def test_the_reverse_of_a_comparison_is_against_it(stance, sentence, is_shown):
    """What puts the other above what is studied is judged, and counts against a comparison, never for it."""
    paper = make_paper("p", "P", sentence)
    (passage,) = split_papers([paper], PassageConfig())
    assert may_take_side(COMPARED, passage)
    assert bool(taking_sides(COMPARED, [evidence_of(paper, stance)])) is is_shown


def test_more_than_is_no_reverse_of_a_plain_effect():
    """That something else does more of it does not refute a statement that compares nothing."""
    paper = make_paper("p", "P", "Plain pairs reduce language bias more than hybrid batch training.")
    assert not taking_sides(SAID, [evidence_of(paper, AGAINST)])
