"""Which words of a passage are quoted."""

from hypothesis import given, settings
from hypothesis import strategies as st
from small_tools import OverlapJudge, make_paper

from synthesis.config import PassageConfig
from synthesis.passages import split_papers
from synthesis.quoting import Reading, Run, choose_quotes, whole

SENTENCES = tuple(
    f"Sentence number {word} stands here." for word in "one two three four five six seven".split()
)


class _Rationale(OverlapJudge):
    def __init__(self, order):
        self._order = order

    def rationale(self, claim, sentences):  # noqa: ARG002 - the protocol's shape
        return [i for i in self._order if i < len(sentences)]


def _passage(n):
    (passage,) = split_papers([make_paper("p", "Title", " ".join(SENTENCES[:n]))], PassageConfig())
    return passage


def _choose(n, order, taking):
    """The run chosen of ``n`` sentences, where texts that hold all the words in ``taking`` take the side."""
    asked = []

    def stances(pairs):
        asked.append(len(pairs))
        return [0 if all(word in text for word in taking) else 2 for _, text in pairs]

    (run,) = choose_quotes([Reading("claim", _passage(n), 0)], _Rationale(order), stances)
    return run, asked


def test_the_deciding_sentences_are_quoted_when_they_say_as_much():
    """The run of neighbours around the most decisive sentence stands, and nothing further is asked."""
    assert _choose(7, [4, 3, 0], ["five"]) == (Run(3, 4), [1, 0])


def test_the_next_of_the_rationale_is_tried_before_a_wider_quote():
    """Another deciding sentence that says it alone is better than more words."""
    assert _choose(7, [4, 0, 2], ["three"])[0] == Run(2, 2)
    assert _choose(7, [6, 4, 2, 0], ["one"])[0] == whole(_passage(7))  # the fourth is not tried


def test_a_quote_grows_as_little_as_it_must():
    """Two sentences that say it together are quoted, not the passage."""
    assert _choose(7, [4], ["five", "six"])[0] == Run(4, 5)
    assert _choose(7, [4], ["three", "six"])[0] == Run(2, 5)


@settings(max_examples=60)
@given(
    st.integers(1, 7),
    st.permutations(range(7)).flatmap(lambda order: st.integers(1, 7).map(lambda k: list(order)[:k])),
    st.lists(st.sampled_from("one two three four five six seven".split()), max_size=3),
)
def test_a_quote_takes_the_side_or_is_the_whole_passage(n, order, taking):
    """Whatever the judge finds decisive, the run lies in the passage and says what it says, asked twice at most."""
    run, asked = _choose(n, order, taking)
    assert 0 <= run.first <= run.last < n
    text = " ".join(SENTENCES[run.first : run.last + 1])
    assert run == whole(_passage(n)) or all(word in text for word in taking)
    assert len(asked) == 2
    assert sum(asked) <= 12


def test_no_reading_no_quote():
    """Nothing is asked for no passages."""
    assert choose_quotes([], OverlapJudge(), lambda pairs: [0] * len(pairs)) == []
