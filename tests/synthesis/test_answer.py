"""The answer: quotes that speak of the whole question, by what it asks about, and what they do not cover."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st
from small_tools import QUESTION, OverlapJudge, PlainCalibrator, make_paper

from synthesis.answer import Aids, Asked, Known, answer_question
from synthesis.answering.coverage import find_gaps, name_pattern, read_text
from synthesis.answering.references import number_answer, quoted_papers
from synthesis.claims import extract_claims
from synthesis.config import AnswerConfig, ClaimConfig, EvidenceConfig, PassageConfig, VerdictConfig
from synthesis.evidence import gather_evidence, rank_passages
from synthesis.extraction import RuleExtractor
from synthesis.passages import split_papers
from synthesis.phrases import key_phrases
from synthesis.records import Aspect, Coverage, ScreenedPaper
from synthesis.retrieval import BM25Ranker, analyze
from synthesis.statements import Heading, abstract
from synthesis.verdicts import decide_verdicts
from synthesis.wording import speaking


@dataclass(frozen=True)
class Library:
    """Papers read for a question: the first is examined; all is computed by the pipeline's own functions."""

    papers: tuple
    question: str = QUESTION
    settings: dict = field(default_factory=dict)
    readings: tuple = ()

    def known(self):
        """Claims of the examined papers, with evidence and verdicts."""
        by_id = {p.paper.paper_id: p.paper for p in self.papers}
        passages = split_papers(by_id.values(), PassageConfig())
        examined = {p.paper.paper_id: p.paper for p in self.papers if p.role == "examined"}
        own = [p for p in passages if p.paper_id in examined]
        claims = extract_claims(self.question, examined, own, RuleExtractor(), ClaimConfig()).claims
        candidates = rank_passages(claims, by_id, passages, BM25Ranker(), EvidenceConfig())
        evidence = self.read(claims, candidates, passages)
        verdicts = decide_verdicts(claims, evidence, by_id, PlainCalibrator(), VerdictConfig())
        return Known(self.papers, passages, claims, evidence, verdicts)

    def read(self, claims, candidates, passages):
        """Candidates read by the small judge."""
        by_id = {p.paper.paper_id: p.paper for p in self.papers}
        return gather_evidence(claims, by_id, passages, candidates, OverlapJudge(), PlainCalibrator())

    def answer(self):
        """The answer to the question."""
        phrases = key_phrases(self.question)
        terms = {term: 1.0 for phrase in phrases for term in analyze(phrase)}
        aids = Aids(RuleExtractor(), BM25Ranker(), self.read)
        asked = Asked(self.question, terms, phrases, self.readings)
        return answer_question(asked, self.known(), aids, AnswerConfig(**self.settings))


def screened(*papers):
    """Papers as they are kept, the first examined, the best first."""
    return tuple(
        ScreenedPaper(paper=p, relevance=float(len(papers) - i), role="included" if i else "examined")
        for i, p in enumerate(papers)
    )


def quotes(groups):
    """The words of all statements of some groups."""
    return [s.text for g in groups for s in g.statements]


OWN = make_paper(
    "own",
    "CatNet",
    "CatNet improves recall on MIRACL by 12 percent over mDPR. CatNet improves recall on XQuAD by 9 percent over mDPR. "
    "CatNet improves recall on MLQA by 7 percent over mDPR. CatNet halves language bias compared with mDPR.",
)
OTHER = make_paper(
    "other", "Dogs", "DogNet improves recall on MIRACL by 3 percent. DogNet raises language bias by half."
)


def _answer(**settings):
    return Library(screened(OWN, OTHER), "What about recall, language bias and speed?", settings).answer()


def test_the_lighter_half_of_the_question_is_answered_too():
    """With room for two quotes, the second speaks of what the first did not."""
    own = _answer(max_quotes=2).groups[0]
    assert own.heading == "From the examined papers"
    assert any("recall" in s.text for s in own.statements)
    assert any("language bias" in s.text for s in own.statements)


def test_other_papers_get_one_quote_each():
    """A paper that is not examined speaks once."""
    (others,) = [g for g in _answer().groups if g.heading == "From other papers"]
    assert len(others.statements) == 1


def test_what_no_paper_speaks_of_is_said():
    """Phrases of the question are told apart by whether any passage holds them."""
    answer = _answer()
    assert set(answer.covered) == {"recall", "language bias"}
    assert answer.not_covered == ("speed",)


def test_what_contradicts_is_marked_and_is_no_answer():
    """The group of what contradicts the claims has a side; the abstract quotes the answer alone, each quote once."""
    library = Library(screened(YES, NO))
    answer = library.answer()
    assert [g.side for g in answer.groups] == [None, None, "against"]
    own, _, against = answer.groups
    left = answer.model_copy(update={"groups": (own, own, against)})
    draft = SimpleNamespace(answer=left, papers=(), claims=(), verdicts=(), evidence=())
    said = abstract(
        Heading("T", "A", "report", {}), draft, SimpleNamespace(consensus=7.0), {"yes": 1, "no": 2}
    )
    assert [s.text for s in said if s.quote] == [YES.abstract]


# --------------------------------------------------------------------------- the statement asked about

YES = make_paper("yes", "Yes", "Hybrid batches reduce language bias in multilingual retrieval on XQuAD-R.")
NO = make_paper(
    "no", "No", "Hybrid batches do not reduce language bias in multilingual retrieval on XQuAD-R."
)
BOTH = make_paper(
    "both",
    "Both",
    "Hybrid batches reduce language bias in multilingual retrieval on XQuAD-R. "
    + "Cats sleep in the sun all day. " * 60
    + "Hybrid batches do not reduce language bias in multilingual retrieval on XQuAD-R.",
)
AIM = make_paper(
    "aim", "Aim", "We investigate whether hybrid batches reduce language bias in multilingual retrieval."
)
ASIDE = make_paper(
    "aside", "Aside", "Multilingual retrieval is hard, and language bias is seen on XQuAD-R too."
)


def test_each_paper_has_one_side():
    """For, against, both or silent: a paper is counted once, on its side, and quoted from there."""
    hypothesis = Library(screened(YES, NO, BOTH, AIM, ASIDE)).answer().hypothesis
    assert hypothesis.text == "Hybrid batches reduce language bias in multilingual retrieval on XQuAD-R."
    assert hypothesis.counts == {"for": 1, "against": 1, "mixed": 1, "silent": 2}
    assert {g.side: [s.quote.paper_id for s in g.statements] for g in hypothesis.groups} == {
        "for": ["yes"],
        "against": ["no"],
        "mixed": ["both"],
    }
    assert hypothesis.note.startswith("5 papers read for this statement: 1 for, 1 against, 1 with")


def test_papers_of_the_same_authors_are_one_group():
    """Two papers for it that share their authors are counted as papers, and told to be one group."""
    again = make_paper("again", "Again", f"{YES.abstract} Cats agree.", authors=YES.authors)
    hypothesis = Library(screened(YES, again)).answer().hypothesis
    assert hypothesis.counts["for"] == 2
    assert hypothesis.note.endswith("Those that take a side are 1 independent group of papers.")


def test_a_question_that_asks_for_no_statement_has_no_hypothesis():
    """Only what yes or no can answer is read as a statement."""
    assert (
        Library(screened(YES, NO), "How do hybrid batches affect language bias?").answer().hypothesis is None
    )


# --------------------------------------------------------------------------- parts and coverage


def test_a_claim_stands_under_its_side():
    """A claim that another paper contradicts is quoted as such, with the words that do."""
    answer = Library(screened(YES, NO)).answer()
    (part, *_) = answer.parts
    assert part.aspect.words == "hybrid batches"
    assert [(g.side, g.heading, quotes([g])) for g in part.groups] == [
        ("against", "Claims that other papers contradict", [YES.abstract]),
        ("against", "What contradicts them", [NO.abstract]),
    ]
    assert part.note.startswith("1 claim speaks of it. 1 other paper read for them: 0 for, 1 against")


def test_a_name_that_no_paper_holds_is_a_gap():
    """A data set that is asked about and never named is told, once; the rest of the question is covered."""
    answer = Library(screened(YES, NO), "Do hybrid batches reduce language bias on NDQA?").answer()
    assert answer.gaps[0] == "No passage of the 2 papers read names NDQA."
    assert sum("NDQA" in gap for gap in answer.gaps) == 1
    rows = {row.aspect.words: row for row in answer.coverage}
    assert rows["NDQA"].covered == "not covered"
    assert rows["NDQA"].missing == ("NDQA",)
    assert rows["NDQA"].n_papers == 0
    assert rows["language bias"].covered == "covered"
    assert rows["language bias"].paper_ids == ("yes", "no")
    assert rows["hybrid batches"].n_claims == 1


def test_a_word_spelt_alike_is_no_name():
    """A name is not a word spelt alike: "MIRACL" is a data set, a miracle is none; an acronym stands for its words."""
    paper = make_paper(
        "p", "P", "No miracle was seen when LLMs answered in Yoruba. LLMs answer 3 percent better than us."
    )
    answer = Library(screened(paper), "Do large language models answer better on MIRACL?").answer()
    rows = {row.aspect.words: row.covered for row in answer.coverage}
    assert rows["MIRACL"] == "not covered"
    assert rows["large language models"] == "covered"


def test_what_stands_in_one_paper_in_part():
    """A thing of which most words stand together is covered in part, and what they lack is named."""
    question = "Does pruning change named entity recognition accuracy in Yoruba?"
    paper = make_paper(
        "p", "P", "Pruning improves named entity recognition by 3 percent. Yoruba was not tried here."
    )
    rows = {row.aspect.words: row for row in Library(screened(paper), question).answer().coverage}
    assert rows["Yoruba"].covered == "covered"
    assert rows["pruning"].covered == "covered"


def test_a_verification_asks_nothing():
    """Without a question there is no hypothesis, no part, no row and no gap."""
    answer = Library(screened(YES, NO), "").answer()
    assert (answer.hypothesis, answer.parts, answer.coverage, answer.gaps) == (None, (), (), ())


def test_what_is_retracted_counts_nowhere():
    """A retracted paper has no side, covers nothing, and is quoted in no part."""
    gone = NO.model_copy(update={"retracted": True})
    answer = Library(screened(YES, gone)).answer()
    assert sum(answer.hypothesis.counts.values()) == 1
    assert all("no" not in row.paper_ids for row in answer.coverage)
    assert NO.abstract not in [q for part in answer.parts for q in quotes(part.groups)]


def test_numbers_of_references():
    """Each quote and each paper of a row gets the number of its reference."""
    answer = Library(screened(YES, NO)).answer()
    numbered = number_answer(answer, {"yes": 1, "no": 2})
    groups = [*numbered.groups, *numbered.hypothesis.groups, *(g for p in numbered.parts for g in p.groups)]
    assert all(s.reference == {"yes": 1, "no": 2}[s.quote.paper_id] for g in groups for s in g.statements)
    assert all(
        row.references == tuple(1 if p == "yes" else 2 for p in row.paper_ids) for row in numbered.coverage
    )
    assert quoted_papers(answer) == {"yes", "no"}


# --------------------------------------------------------------------------- languages

SPANISH = make_paper(
    "es",
    "Entrenamiento híbrido por lotes",
    "El entrenamiento híbrido por lotes reduce el sesgo de la lengua en la recuperación multilingüe en un 12 por ciento.",
)
MORE_SPANISH = make_paper(
    "es2",
    "Otro entrenamiento",
    "Los lotes mixtos de las lenguas no cambian el sesgo en las pruebas que se hicieron.",
)
ASKED_IN_SPANISH = "¿Reduce el entrenamiento híbrido por lotes el sesgo de la lengua?"


def test_words_not_found_in_another_language_are_no_gap():
    """Where all papers are in another language than the question, nothing is said to be missing."""
    answer = Library(screened(SPANISH, MORE_SPANISH), "Does hybrid batch training reduce bias?").answer()
    assert (answer.coverage, answer.gaps, answer.not_covered) == ((), (), ())


def test_gaps_are_counted_among_papers_in_the_language_of_the_question():
    """Of a mixed library the papers in the question's language are counted, and the gap says so."""
    question = "Do hybrid batches reduce hallucination on NDQA?"
    answer = Library(screened(YES, SPANISH, NO), question).answer()
    assert answer.gaps == (
        "No passage of the 2 papers in the question's language names NDQA.",
        "No passage of the 2 papers in the question's language speaks of “hallucination”.",
    )
    assert {row.paper_ids for row in answer.coverage} == {("yes", "no"), ()}
    notes = [part.note for part in answer.parts]
    assert "No claim of the examined papers in the question's language speaks of it." in notes


def test_a_reading_is_shown_for_what_it_is():
    """A question that was read in English is covered by the words of its reading, and lacks none that it did not ask."""

    def rows(*phrases):
        library = Library(screened(YES, NO), ASKED_IN_SPANISH, readings=(phrases,))
        answer = library.answer()
        assert answer.gaps == ()
        assert not any(row.missing for row in answer.coverage)
        return [(row.aspect.kind, row.aspect.words, row.covered) for row in answer.coverage]

    assert rows("hybrid batches", "language bias") == [("topic", "hybrid batches, language bias", "covered")]
    assert rows("hybrid batches", "language bias", "Information") == [
        ("topic", "hybrid batches, language bias, Information", "in part")
    ]
    assert rows("droughts") == [("topic", "droughts", "not covered")]


def test_a_reading_that_is_not_found_says_nothing_of_papers_in_the_question_s_language():
    """Papers in the question's own language may say what its reading does not find, so nothing is missing."""
    answer = Library(screened(YES, SPANISH), ASKED_IN_SPANISH, readings=(("droughts",),)).answer()
    assert (answer.coverage, answer.not_covered) == ((), ())


def test_missing_words_are_listed_as_the_spoken_language_does():
    """What is missing is set apart by the comma of the spoken language."""
    aspect = Aspect(kind="topic", words="Yoruba entity recognition reports")
    row = Coverage(aspect=aspect, covered="in part", n_papers=1, n_claims=0, missing=("entity", "reports"))
    with speaking("ar"):
        (gap,) = find_gaps("", [row], [read_text("Yoruba recognition", "p")])
    assert "entity، reports" in gap


# --------------------------------------------------------------------------- whatever is read

SENTENCES = (
    "Hybrid batches reduce language bias in multilingual retrieval on XQuAD-R.",
    "Hybrid batches do not reduce language bias in multilingual retrieval on XQuAD-R.",
    "Hybrid batches improve recall by 3 percent over plain batches in 11 languages.",
    "Language bias grows by 40 percent in low-resource languages.",
    "We study whether hybrid batches change anything in multilingual retrieval.",
    "Rain falls in spring more often than in summer according to 4 stations.",
)


@st.composite
def libraries(draw):
    """One to five papers of a few sentences, some by the same authors, some retracted."""
    papers = [
        make_paper(
            f"p{i}",
            f"Paper {i}",
            " ".join(draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3, unique=True))),
            authors=(draw(st.sampled_from(["Ana Bel", "Kofi Men", "Mei Tan"])),),
            retracted=draw(st.integers(0, 5)) == 0,
        )
        for i in range(draw(st.integers(1, 5)))
    ]
    return Library(screened(*papers), settings={"max_quotes": draw(st.integers(1, 5))})


def all_groups(answer):
    """All groups of an answer."""
    hypothesis = answer.hypothesis.groups if answer.hypothesis else ()
    return [*answer.groups, *hypothesis, *(g for part in answer.parts for g in part.groups)]


@settings(max_examples=10, deadline=None)
@given(libraries())
def test_every_statement_is_a_locked_quote(library):
    """Nothing is said but in the words of a paper that was read, at their place; no more than allowed, none twice."""
    answer, papers = library.answer(), {p.paper.paper_id: p.paper for p in library.papers}
    limit = library.settings["max_quotes"]
    for statement in (s for g in all_groups(answer) for s in g.statements):
        section = papers[statement.quote.paper_id].sections[statement.quote.section]
        assert section.text[statement.quote.start : statement.quote.end] == statement.text
    for part in answer.parts:
        said = quotes(part.groups)
        assert len(said) == len(set(said))
        for side in ("for", "against", "mixed", "silent"):
            assert sum(len(g.statements) for g in part.groups if g.side == side) <= limit


@settings(max_examples=10, deadline=None)
@given(libraries())
def test_sides_are_exclusive_and_counted(library):
    """Each paper read has one side; the counts add up to the papers that are not retracted."""
    hypothesis = library.answer().hypothesis
    standing = {p.paper.paper_id for p in library.papers if not p.paper.retracted}
    if hypothesis is None:
        assert not standing
        return
    on_sides = [s.quote.paper_id for g in hypothesis.groups for s in g.statements]
    assert len(on_sides) == len(set(on_sides))
    assert set(on_sides) <= standing
    read = sum(hypothesis.counts.values())
    assert read <= len(standing)
    assert str(read) in hypothesis.note
    for group in hypothesis.groups:
        assert 0 < len(group.statements) <= hypothesis.counts[group.side]


@settings(max_examples=10, deadline=None)
@given(libraries(), st.randoms(use_true_random=False))
def test_order_does_not_matter(library, random):
    """The answer is the same in whatever order the papers come."""
    shuffled = list(library.papers)
    random.shuffle(shuffled)
    known = library.known()
    passages = split_papers((p.paper for p in shuffled), PassageConfig())
    aids = Aids(RuleExtractor(), BM25Ranker(), library.read)
    asked = Asked(QUESTION, dict.fromkeys(analyze(QUESTION), 1.0), key_phrases(QUESTION))
    config = AnswerConfig(**library.settings)
    other = known._replace(papers=tuple(shuffled), passages=passages)
    assert answer_question(asked, known, aids, config) == answer_question(asked, other, aids, config)


@settings(max_examples=10, deadline=None)
@given(libraries())
def test_a_paper_that_is_gone_is_not_quoted(library):
    """Without a paper the answer holds no word of it and does not count it."""
    *left, gone = library.papers
    answer = Library(tuple(left), settings=library.settings).answer()
    assert gone.paper.paper_id not in quoted_papers(answer)
    assert all(gone.paper.paper_id not in row.paper_ids for row in answer.coverage)


@settings(max_examples=10, deadline=None)
@given(libraries())
def test_rows_of_coverage_hold_together(library):
    """A row that is covered lacks nothing and names its papers; one that is not names none."""
    for row in library.answer().coverage:
        assert row.aspect.words in QUESTION
        assert row.n_papers == len(row.paper_ids) == len(set(row.paper_ids))
        assert (row.covered == "covered") == (not row.missing)
        assert (row.covered == "not covered") == (row.n_papers == 0)


def test_a_name_covers_what_is_called_after_it():
    """A data set is named by its variants, not by what it is a variant of; a short name is no common word."""
    assert name_pattern("XQuAD").search("results on XQuAD-R")
    assert name_pattern("GPT-4").search("GPT4 and GPT-4-turbo")
    assert not name_pattern("XTREME-R").search("the XTREME benchmark and XTREME-UP")
    assert not name_pattern("ACE").search("an ace in the hole")
