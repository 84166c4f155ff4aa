"""The words of an English question with their places, and its verb."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from synthesis.asking.verbs import CLEAR, EFFECTS, VERBS, base_form, participle

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD = re.compile(r"[^\s,;:.!?()\"“”]+(?:[.,:][^\s,;:.!?()\"“”]+)*|[,;:.!?()\"“”]")

BE = frozenset("is are was were".split())
HAVE = frozenset("has have had".split())
AUXILIARIES = BE | HAVE | frozenset("do does did can could will would should may might must".split())
PRONOUNS = frozenset("it they we i you he she this these those one us them there".split())
ADVERBS = frozenset(
    """actually also always consistently directly ever further generally indeed necessarily not often only really
    reliably significantly still already substantially then thereby therefore thus truly typically usually""".split()
)
# Behind these no verb of the main clause stands: the word is a noun, or the verb of another clause.
BEFORE_NOUNS = frozenset(
    """a an the this that these those its their our your his her of in on at for with by from to into via than as no
    more less fewer most least any some each every which who whom whose and or but nor both either better higher
    lower greater larger smaller stronger weaker""".split()
)
CLAUSE_MARKS = frozenset(
    "when while if because although though whereas that which who whom whose than unless until since".split()
)

PREPOSITIONS = frozenset(
    "of in on at for with by from to into via than as and or nor but between among versus vs vs.".split()
)
_ARTICLES = frozenset("a an the".split())
# What may follow the subject of "Is X …?"; participles are those that are seldom a subject's own.
_PREDICATES = frozenset(
    """able absent acceptable accurate adequate affected applicable appropriate associated available attributable aware bad
    based better beneficial biased capable caused cheaper clinically comparable compatible competitive complementary
    confined consistent correlated cost-effective crucial dangerous decisive dependent detectable determined different
    difficult due easier easy effective efficient enough equal equally equivalent essential explained faster feasible
    fewer good greater harmful helpful higher identical impaired important impossible independent independently ineffective
    inferior influenced informative interchangeable inversely invariant justified larger less likely limited linear
    linked longer lower mediated monotonic more necessary needed negatively non-inferior optimal overestimated
    positively possible preferable present predictive ready prognostic protective rare redundant related reliable
    reproducible required responsible robust safe safer sensitive shorter significantly similar simpler slower smaller
    specific stable stronger sufficient suitable superior susceptible transferable true unbiased uncommon
    underestimated underdiagnosed unnecessary unrelated unsafe useful useless valid viable vulnerable warranted weaker
    well-calibrated worse worth worthwhile""".split()
)  # fmt: skip


class Word(NamedTuple):
    """A word or mark of a question, with its half-open place in it."""

    text: str
    start: int
    end: int

    @property
    def folded(self) -> str:
        """In small letters."""
        return self.text.casefold()


def words_of(question: str) -> list[Word]:
    """The words and marks of a question, in order."""
    return [Word(m[0], m.start(), m.end()) for m in _WORD.finditer(question)]


def main_verb(words: Sequence[Word]) -> tuple[int, bool] | None:
    """The place of the base form that is the verb of "SUBJECT VERB …", and whether it is plain that it is.

    The subject is at least one word long. Of the words before the first clause mark that can be the verb, one that
    is hardly ever a noun comes first, then one that names an effect; within one kind the first.
    """
    for region in _regions(words):
        places = [i for i in region if i > 0 and _may_be_verb(words, i)]
        inner = [i for i in places if not _ends_phrase(words, i)]
        for kind in (CLEAR, EFFECTS, VERBS):
            of_kind = [i for i in places if base_form(words[i].text) in kind]
            if of_kind:
                first = next((i for i in of_kind if i in inner), of_kind[0])
                return first, kind is CLEAR or len(places) == 1 or inner == [first]
    return None


def _ends_phrase(words: Sequence[Word], i: int) -> bool:
    """Whether a word that may be a noun stands where a phrase ends: "mammography use among women"."""
    ends = i + 1 == len(words) or words[i + 1].folded in PREPOSITIONS
    return ends and base_form(words[i].text) not in CLEAR


def _regions(words: Sequence[Word]) -> list[range]:
    """Where the verb is looked for: before the first clause mark, then behind it."""
    cut = next(
        (i for i, w in enumerate(words) if i and (w.folded in CLAUSE_MARKS or w.text in ",;:")), len(words)
    )
    return [range(cut), range(cut + 2, len(words))]


def _may_be_verb(words: Sequence[Word], i: int) -> bool:
    if base_form(words[i].text) is None:
        return False
    before = i - 1
    while before > 0 and (words[before].folded in ADVERBS or words[before].folded.endswith("ly")):
        before -= 1
    return words[before].folded not in BEFORE_NOUNS and words[before].text not in {"(", ","}


def place_of_be(words: Sequence[Word]) -> int | None:
    """The place of the "be" of "[Can] X be …"."""
    return next((i for i, word in enumerate(words) if i and word.folded == "be"), None)


def place_of_participle(words: Sequence[Word]) -> int | None:
    """The place of the participle of "[Has] X improved …": that of a known verb, and not inside the subject."""
    participles = {participle(verb) for verb in CLEAR | EFFECTS} | {"been"}
    return next(
        (
            i
            for i in range(1, len(words))
            if words[i].folded in participles and words[i - 1].folded not in PREPOSITIONS | _ARTICLES
        ),
        None,
    )


def place_of_predicate(words: Sequence[Word]) -> int | None:
    """Where what is said of the subject of "[Is] X …" begins: a known adjective or participle, "not", or an article."""
    for i in range(1, len(words)):
        word, before = words[i].folded, words[i - 1].folded
        if word in CLAUSE_MARKS or word in {",", ";", ":"}:
            return None
        opens = word in _PREDICATES or word in _ARTICLES or word == "not"
        if opens and before not in PREPOSITIONS:
            return i
    return None
