"""The answer: quotes that speak of the whole question."""

from small_tools import make_paper

from synthesis.answer import answer_question
from synthesis.config import AnswerConfig, PassageConfig
from synthesis.extraction import RuleExtractor
from synthesis.passages import split_papers
from synthesis.records import ScreenedPaper
from synthesis.retrieval import analyze

OWN = make_paper(
    "own",
    "CatNet",
    "CatNet improves recall on MIRACL by 12 percent over mDPR. CatNet improves recall on XQuAD by 9 percent over mDPR. "
    "CatNet improves recall on MLQA by 7 percent over mDPR. CatNet halves language bias compared with mDPR.",
)
OTHER = make_paper(
    "other", "Dogs", "DogNet improves recall on MIRACL by 3 percent. DogNet raises language bias by half."
)
PAPERS = [
    ScreenedPaper(paper=OWN, relevance=2.0, role="examined"),
    ScreenedPaper(paper=OTHER, relevance=1.0, role="included"),
]


def _answer(**settings):
    terms = dict.fromkeys(analyze("recall"), 3.0) | dict.fromkeys(analyze("language bias"), 1.0)
    passages = split_papers([OWN, OTHER], PassageConfig())
    return answer_question(
        terms,
        ["recall", "language bias", "speed"],
        PAPERS,
        passages,
        (),
        (),
        RuleExtractor(),
        AnswerConfig(**settings),
    )


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
    assert answer.covered == ("recall", "language bias")
    assert answer.not_covered == ("speed",)
