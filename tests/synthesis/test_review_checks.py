"""Each check of the reviewers: silent on the draft as the pipeline made it, and it sees its own fault."""

import pytest
from small_draft import (
    altered,
    make_draft,
    seen,
    with_claim,
    with_evidence,
    with_paper,
    with_verdict,
)
from small_tools import make_paper

from synthesis.limitations import with_limitations
from synthesis.records import Label, Notice, ScreenedPaper, Span, Stance
from synthesis.review.checks.disclosure import limitations_stated
from synthesis.review.checks.independence import evidence_counted_once, groups_independent
from synthesis.review.checks.numbers import (
    claims_keep_numbers,
    flow_adds_up,
    notes_keep_numbers,
    verdicts_count,
)
from synthesis.review.checks.papers import evidence_on_topic, papers_on_topic, papers_stand
from synthesis.review.checks.quotes import citations_hold, quotes_in_place
from synthesis.review.checks.verdicts import (
    redecided_alike,
    reread_alike,
    stances_follow,
    verdicts_follow,
)
from synthesis.review.reviewers import CONCERNS, default_panel
from synthesis.review.seen import Seen

SECOND, THIRD = "doi:10.1/second", "doi:10.1/third"


@pytest.fixture(scope="module")
def draft(tmp_path_factory):
    """A draft that no reviewer has seen."""
    return make_draft(tmp_path_factory.mktemp("home"))


def found(check, draft):
    """What a check finds: (kind, subject, index of the evidence)."""
    return [(f.kind, f.subject, f.evidence) for f in check(seen(draft))]


def added(draft, paper, role="included"):
    """The draft with a paper more, and the counts to go with it."""
    flow = draft.flow.model_copy(
        update={
            "identified": {"memory": draft.flow.identified["memory"] + 1},
            "screened": draft.flow.screened + 1,
            "included": draft.flow.included + 1,
        }
    )
    papers = (*draft.papers, ScreenedPaper(paper=paper, relevance=0.1, role=role))
    return with_limitations(draft.model_copy(update={"papers": papers, "flow": flow}))


def test_the_pipelines_draft_has_no_fault(draft):
    """No reviewer of the panel, with all its aids, finds anything in a draft as it was made."""
    for reviewer in default_panel():
        for check in reviewer.checks:
            assert found(check, draft) == [], check


def test_every_kind_of_finding_concerns_a_dimension():
    """Whatever is found costs a score somewhere."""
    assert all(CONCERNS.values())


# --------------------------------------------------------------------------- verdicts


@pytest.mark.parametrize(
    "changes",
    [
        {"label": Label.REFUTED},
        {"verified": False},
        {"grounded": False},
        {"confidence": 0.4},
        {"leaning": Label.REFUTED},
        {"support": 0.2},
        {"support": 0.6},
        {"refute": 0.9},
    ],
)
def test_a_verdict_that_does_not_follow_is_seen(draft, changes):
    """A label, mark, confidence or pooled side against the evidence is seen from the draft alone."""
    assert ("verdict", "C1", None) in found(verdicts_follow, with_verdict(draft, 0, **changes))


def test_claim_and_verdict_come_in_pairs(draft):
    """A claim without a verdict, or with two, is seen."""
    short = draft.model_copy(update={"verdicts": draft.verdicts[:1]})
    twice = draft.model_copy(update={"verdicts": (*draft.verdicts, draft.verdicts[0])})
    assert found(verdicts_follow, short) == [("verdict", "C2", None)]
    assert ("verdict", "C1", None) in found(verdicts_follow, twice)


def test_a_stance_against_its_scores_is_seen(draft):
    """A passage counted on the side on which it scored lower is seen."""
    turned = with_evidence(draft, 0, stance=Stance.REFUTES)
    assert found(stances_follow, turned) == [("verdict", "C1", 0)]


def test_deciding_again_sees_any_change_of_a_verdict(draft):
    """A label is a fault of the verdict; a count alone is one of a number."""
    flipped = with_verdict(draft, 0, label=Label.NOT_ENOUGH_INFO, verified=False)
    assert found(redecided_alike, flipped) == [("verdict", "C1", None)]
    assert found(redecided_alike, with_verdict(draft, 0, n_papers=4)) == [("number", "C1", None)]


def test_only_reading_again_sees_evidence_flipped_with_its_verdict(draft):
    """Stance, scores and verdict turned round together agree with each other; the passage does not agree with them."""
    turned = with_evidence(draft, 0, stance=Stance.REFUTES, scores=(0.0, 1.0, 0.0))
    papers = {p.paper.paper_id: p.paper for p in turned.papers}
    verdicts = tuple(seen(draft).aids.redecide(turned.claims, turned.evidence, papers))
    flipped = with_limitations(turned.model_copy(update={"verdicts": verdicts}))
    assert flipped.verdicts[0].label is Label.REFUTED
    assert (
        found(verdicts_follow, flipped)
        == found(redecided_alike, flipped)
        == found(stances_follow, flipped)
        == []
    )
    assert found(reread_alike, flipped) == [("verdict", "C1", 0)]


def test_a_check_without_its_aid_finds_nothing(draft):
    """Without judge, redecider and topic the checks that need them are silent."""
    wrong = with_verdict(with_evidence(draft, 0, scores=(0.0, 1.0, 0.0)), 0, label=Label.REFUTED)
    for check in (redecided_alike, reread_alike, papers_on_topic):
        assert not list(check(Seen(wrong)))


# --------------------------------------------------------------------------- quotes and citations


def test_one_altered_character_of_a_quote_is_seen(draft):
    """A quote whose hash fits its altered words is still not what stands in the paper."""
    quote = draft.evidence[0].quote
    wrong = with_evidence(draft, 0, quote=altered(quote, "J" + quote.text[1:]))
    assert found(quotes_in_place, wrong) == [("quote", "C1", 0)]


def test_a_moved_quote_is_said_to_stand_elsewhere(draft):
    """Words that the paper holds at another place are told from words that it does not hold."""
    quote = draft.evidence[0].quote
    moved = quote.model_copy(update={"start": quote.start + 1, "end": quote.end + 1})
    (finding,) = quotes_in_place(seen(with_evidence(draft, 0, quote=moved, context=Span(start=1, end=90))))
    assert "elsewhere" in finding.fact


def test_a_claim_in_other_words_than_its_quote_is_seen(draft):
    """A claim's text is its quote's, word for word."""
    wrong = with_claim(draft, 1, text="Hybrid batches improve everything.")
    assert ("quote", "C2", None) in found(quotes_in_place, wrong)


def test_a_quote_outside_its_passage_is_seen(draft):
    """What is quoted stands in the passage that was read."""
    wrong = with_evidence(draft, 0, context=Span(start=80, end=99))
    assert found(quotes_in_place, wrong) == [("quote", "C1", 0)]


def test_a_swapped_citation_names_the_paper_that_holds_the_words(draft):
    """Evidence cited to another paper is found, and the right paper named."""
    quote = draft.evidence[0].quote.model_copy(update={"paper_id": THIRD})
    wrong = with_evidence(draft, 0, paper_id=THIRD, quote=quote)
    (finding,) = citations_hold(seen(wrong))
    assert (finding.kind, finding.evidence) == ("citation", 0)
    assert SECOND in finding.fact


def test_a_citation_beside_its_quote_is_seen(draft):
    """The paper cited and the paper quoted are one, and one of the report's."""
    assert found(citations_hold, with_evidence(draft, 0, paper_id=THIRD)) == [("citation", "C1", 0)]
    assert found(citations_hold, with_evidence(draft, 0, paper_id="doi:10.1/nobody")) == [
        ("citation", "C1", 0)
    ]


def test_a_misquoted_answer_is_seen(draft):
    """The quotes of the answer are checked as those of evidence are."""
    group = draft.answer.groups[0]
    statement = group.statements[0]
    quote = altered(statement.quote, "Z" + statement.text[1:])
    wrong = group.model_copy(
        update={"statements": (statement.model_copy(update={"text": quote.text, "quote": quote}),)}
    )
    answer = draft.answer.model_copy(update={"groups": (wrong, *draft.answer.groups[1:])})
    kinds = found(quotes_in_place, draft.model_copy(update={"answer": answer}))
    assert kinds == [("quote", quote.paper_id, None)]


# --------------------------------------------------------------------------- numbers


def test_a_number_that_its_quote_does_not_hold_is_seen(draft):
    """In the claim's text or in the claim as it was judged."""
    for changes in (
        {"text": draft.claims[0].text.replace("30", "80")},
        {"standalone": draft.claims[0].text.replace("30", "80")},
    ):
        assert ("number", "C1", None) in found(claims_keep_numbers, with_claim(draft, 0, **changes))


def test_results_that_a_claim_does_not_state_are_seen(draft):
    """The results noted of a claim are read from its words again."""
    results = with_claim(draft, 0, standalone="BatchNet reaches 84.3 mAP on XQuAD-R by 30.").claims[0].results
    assert results == ()
    wrong = with_claim(draft, 0, standalone="Hybrid batches reach 30 mAP on XQuAD-R.")
    assert ("number", "C1", None) in found(claims_keep_numbers, wrong)


def test_a_note_with_other_numbers_is_seen(draft):
    """With a judge the note is made again; without, its numbers must come from claim or quote."""
    wrong = with_evidence(draft, 1, notes=("claim: 80, evidence: none",))
    assert found(notes_keep_numbers, wrong) == [("number", "C1", 1)]
    assert [f.evidence for f in notes_keep_numbers(Seen(wrong))] == [1]
    assert not list(notes_keep_numbers(Seen(draft)))


@pytest.mark.parametrize(
    "changes",
    [
        {"n_papers": 4},
        {"n_groups": 1},
        {"caps": ("claim: 30, evidence: 31",)},
        {"reason": "9 other papers read, 9 independent groups: 1 for, 1 against, 7 silent."},
    ],
)
def test_a_wrong_count_of_a_verdict_is_seen(draft, changes):
    """Works, groups, caps and the counts in the reason are counted again."""
    assert ("number", "C1", None) in found(verdicts_count, with_verdict(draft, 0, **changes))


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"screened": 6}, "screened"),
        ({"included": 4}, "included"),
        ({"duplicates_removed": 2}, "screened"),
        ({"sought": 3}, "sought"),
        ({"identified": {"memory": 5000}, "duplicates_removed": 4995}, "identified"),
    ],
)
def test_a_flow_that_does_not_add_up_is_seen(draft, changes, subject):
    """Sums are made again, and no source can have given more than it answered with."""
    wrong = draft.model_copy(update={"flow": draft.flow.model_copy(update=changes)})
    assert ("number", subject, None) in found(flow_adds_up, wrong)


# --------------------------------------------------------------------------- papers


@pytest.mark.parametrize(
    "changes",
    [
        {"retracted": True},
        {"notices": (Notice(kind="retracted", source="crossref"),)},
        {"title": "RETRACTED ARTICLE: A second look at batches"},
        {"abstract": "This paper has been withdrawn by its authors because of an error in the proof."},
    ],
)
def test_a_retracted_paper_is_seen(draft, changes):
    """By its mark, by a notice, by its title, or by what its text says of itself."""
    assert found(papers_stand, with_paper(draft, SECOND, **changes)) == [("retracted", SECOND, None)]


def test_a_paper_about_retractions_stands(draft):
    """Only what a text says of itself counts."""
    about = {
        "title": "Retracted citations in retracted publications",
        "abstract": "We study papers that have been retracted. A withdrawn paper may be cited for years.",
    }
    assert found(papers_stand, with_paper(draft, SECOND, **about)) == []


def test_a_withdrawn_preprint_of_a_published_paper_stands(draft):
    """The notice that a preprint was withdrawn says nothing against the published version."""
    notice = Notice(kind="withdrawn", source="arxiv")
    assert found(papers_stand, with_paper(draft, SECOND, notices=(notice,))) == []


def test_an_included_paper_on_something_else_is_seen(draft):
    """A paper that covers less of the question than screening asks for is off topic; one found for a claim need not."""
    off = make_paper("doi:10.1/rain", "Rain in spring", "Rain falls in spring more often than in summer.")
    assert found(papers_on_topic, added(draft, off)) == [("off topic", "doi:10.1/rain", None)]
    assert found(papers_on_topic, added(draft, off, role="evidence")) == []


def test_a_passage_without_a_word_of_the_claim_is_seen(draft):
    """Evidence shares at least a term with the claim that it is read for."""
    off = make_paper("doi:10.1/zz", "Gardening", "Tulips bloom early. Roses bloom late.")
    item = draft.evidence[2].model_copy(
        update={"paper_id": off.paper_id, "context": Span(start=0, end=19), "quote": seen_quote(off, 0, 19)}
    )
    wrong = added(draft, off, role="evidence").model_copy(update={"evidence": (*draft.evidence, item)})
    assert found(evidence_on_topic, wrong) == [("off topic", "doi:10.1/zz", len(draft.evidence))]


def test_evidence_in_another_language_than_the_claim_is_not_off_topic(draft):
    """A passage in Spanish shares no word with a claim in English, and may speak of it all the same."""
    text = "El sesgo lingüístico disminuye cuando los lotes son híbridos, según nuestros experimentos."
    paper = make_paper("doi:10.1/es", "Lotes híbridos", text)
    item = draft.evidence[0].model_copy(
        update={
            "paper_id": paper.paper_id,
            "quote": seen_quote(paper, 0, len(text)),
            "context": Span(start=0, end=len(text)),
        }
    )
    papers = (*draft.papers, ScreenedPaper(paper=paper, relevance=0.0, role="evidence"))
    assert not found(evidence_on_topic, draft.model_copy(update={"papers": papers, "evidence": (item,)}))


def seen_quote(paper, start, end):
    """The quote ``start:end`` of a paper's only section."""
    from synthesis.records import Quote

    return Quote.of(paper, 0, start, end)


# --------------------------------------------------------------------------- independence


def test_a_passage_counted_twice_is_seen(draft):
    """The same passage again, whatever group it is given."""
    again = draft.evidence[0].model_copy(update={"group": 4, "rank": 4})
    wrong = draft.model_copy(update={"evidence": (*draft.evidence, again)})
    assert ("duplicate evidence", "C1", len(draft.evidence)) in found(evidence_counted_once, wrong)


def test_the_same_words_from_two_groups_are_seen(draft):
    """Two papers that say a claim in the same words, counted as two voices."""
    quote = draft.evidence[0].quote.text
    copy = make_paper(
        "doi:10.1/copy", "Batches again", f"{quote} Nothing else was new, we find, in this work."
    )
    item = draft.evidence[0].model_copy(
        update={"paper_id": copy.paper_id, "quote": seen_quote(copy, 0, len(quote)), "group": 4, "rank": 4}
    )
    wrong = added(draft, copy, role="evidence").model_copy(update={"evidence": (*draft.evidence, item)})
    assert found(evidence_counted_once, wrong) == [("duplicate evidence", "C1", len(draft.evidence))]


def test_dependent_papers_in_two_groups_are_seen(draft):
    """Papers of the same authors are one voice; so is the claim's own paper."""
    same = with_paper(draft, THIRD, authors=("Ada Lovelace", "Alan Turing"))
    same = with_paper(same, SECOND, authors=("Ada Lovelace", "Alan Turing"))
    assert ("duplicate evidence", "C1", 1) in found(groups_independent, same)
    own = with_paper(draft, "arxiv:2401.00001", authors=("Ada Lovelace",))
    own = with_paper(own, SECOND, authors=("Ada Lovelace",))
    assert ("duplicate evidence", "C1", 0) in found(groups_independent, own)


# --------------------------------------------------------------------------- limitations


def test_a_limitation_that_is_not_stated_is_seen(draft):
    """Each one by its kind; one with another count too."""
    for i, gone in enumerate(draft.limitations):
        left = (*draft.limitations[:i], *draft.limitations[i + 1 :])
        wrong = draft.model_copy(update={"limitations": left})
        assert found(limitations_stated, wrong) == [("missing limitation", gone.kind, None)]
    first, *others = (x for x in draft.limitations if x.kind == "abstracts only")
    smaller = first.model_copy(update={"text": first.text.replace("4", "1", 1)})
    kept = tuple(smaller if x.kind == "abstracts only" else x for x in draft.limitations)
    assert not others
    assert found(limitations_stated, draft.model_copy(update={"limitations": kept})) == [
        ("missing limitation", "abstracts only", None)
    ]
