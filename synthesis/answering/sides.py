"""Which passages are shown for or against a statement, and the side that they take together.

A passage's stance is the judge's reading of all of it, and often rests on the drift of the text rather than on what it
says. In an answer a passage therefore takes a side only where few sentences carry it, one of them speaks of what the
statement is about, tells a finding and not an aim (an effect or a comparison, where the statement tells an effect), and
is not turned round by a "not": what supports has no negation that the statement lacks, what refutes has a negation, or a
word of the other direction, that it lacks. Where the statement compares, what refutes may also put something else above
what is studied. All else counts as silent. The rules are for English; of a text in another
language only the first is asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from synthesis.answering.coverage import ENOUGH, held_words, read_text, speaks_of, weight_of
from synthesis.claim_features import CUES
from synthesis.phrases import foreign_language
from synthesis.records import Stance
from synthesis.sentences import split_sentences
from synthesis.standalone import is_english

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from synthesis.answering.coverage import Wanted
    from synthesis.records import Evidence, Passage, Side

SIDES: tuple[Side, ...] = ("for", "against", "mixed", "silent")
MAX_SENTENCES = (
    2  # of a quote that takes a side: of longer ones, most of twenty looked at said nothing of the statement
)

_AIM = re.compile(
    r"\b(?:aim(?:s|ed|ing)?\s+(?:to|at)|whether|to\s+(?:this\s+end|mitigate|address|tackle|overcome|alleviate|study)|stud(?:y|ied)\s+"
    r"to|(?:we|paper|article|work|survey|study|thesis)\s+(?:\w+ly\s+)?(?:study|studies|investigates?|explores?|examines?|"
    r"evaluates?|assess(?:es)?|consider|focus(?:es)?|proposes?|introduces?|presents?|address(?:es)?|describes?|seeks?)|"
    r"remains?\s+(?:\w+\s+)?(?:unclear|unknown|challenging|underexplored|poorly)|contributions?\s+(?:is|are)|investigat\w+)\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:not|no|never|neither|nor|cannot|fail(?:s|ed)?|unable|without|hardly|rarely|little|lacks?)\b|n['’]t\b",
    re.IGNORECASE,
)
_CONTRARY = re.compile(
    r"\b(?:worse|worst|lower\w*|less|fewer|decreas\w+|declin\w+|drop\w*|reduc\w+|hurts?|degrad\w+|deteriorat\w+|harm\w*|los(?:es?|t|s)|"
    r"underperform\w*|limited|insignificant|contrary|unlikely|smaller|shorter|weaker|inferior|outperformed\s+by|only|however|"
    r"increas\w+|rais\w+|improv\w+|higher|more|greater|larger|better|superior|outperform\w*|instead|rather\s+than)\b",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"\b(?:over|than|versus|vs\.?|outperform\w*|beats?|surpass\w*|exceed\w*)\s+(?:[\w-]+\s+){0,2}$",
    re.IGNORECASE,
)
_PUT_ABOVE = re.compile(r"\b(?:than|versus|vs\.?|outperform\w*|beats?|surpass\w*|exceed\w*)\b", re.IGNORECASE)
_GAP = r"\w*\W+(?:\w+\W+){0,8}?"  # between two words of a thing, at most eight others
_STEM_CHARS, _ENDING_CHARS = 3, 5  # "augmentation" is found in "augmented"


class Said(NamedTuple):
    """A statement, and what a sentence must speak of to speak of it.

    Of each thing in ``about`` a sentence must hold more than the share ``least`` of its words' weight; what is
    ``studied`` must be named, and not where something else is put above it, unless that is what refutes a comparison.
    """

    text: str
    about: tuple[Sequence[Wanted], ...]
    studied: tuple[Sequence[Wanted], ...] = ()
    least: float = ENOUGH


def side_of(stances: Iterable[Stance]) -> Side:
    """For, against, both, or neither.

    >>> side_of([Stance.SUPPORTS, Stance.NEITHER]), side_of([Stance.SUPPORTS, Stance.REFUTES]), side_of([])
    ('for', 'mixed', 'silent')
    """
    taken = set(stances)
    if {Stance.SUPPORTS, Stance.REFUTES} <= taken:
        return "mixed"
    return "for" if Stance.SUPPORTS in taken else "against" if Stance.REFUTES in taken else "silent"


def taking_sides(said: Said, evidence: Iterable[Evidence]) -> list[Evidence]:
    """The evidence that is shown for or against a statement."""
    return [e for e in evidence if e.decides and e.stance is not Stance.NEITHER and _is_pointed(said, e)]


def _is_pointed(said: Said, evidence: Evidence) -> bool:
    text = evidence.quote.text
    if len(evidence.sentences) > MAX_SENTENCES or "?" in text:
        return False
    if not is_english(text) and foreign_language(text):
        return True
    return any(_carries(said, text[s.start : s.end], evidence.stance) for s in split_sentences(text))


def may_take_side(said: Said, passage: Passage) -> bool:
    """Whether a passage holds a sentence that could be shown for or against a statement, if it were judged so."""
    if not is_english(passage.text) and foreign_language(passage.text):
        return True
    read = read_text(passage.text, passage.paper_id)
    if not all(speaks_of(wanted, read) for wanted in said.about):
        return False
    above = _compares(said)
    return any(_speaks(said, sentence, above=above) for sentence in passage.sentence_texts)


def _compares(said: Said) -> bool:
    """Whether a statement puts what is studied beside something else, so that the reverse of it would refute it."""
    return _PUT_ABOVE.search(said.text) is not None and _NEGATION.search(said.text) is None


def _speaks(said: Said, sentence: str, *, above: bool) -> bool:
    """Whether a sentence tells a finding on what a statement is about; ``above``: if it puts another above, too."""
    read = read_text(sentence, None)
    tells = any(CUES[cue].search(sentence) for cue in ("effect_verb", "comparison"))
    return (
        (tells or not CUES["effect_verb"].search(said.text))
        and _AIM.search(sentence) is None
        and all(_is_studied(wanted, sentence, above=above) for wanted in said.studied)
        and all(weight_of(held_words(wanted, read), wanted) > said.least for wanted in said.about)
    )


def _carries(said: Said, sentence: str, stance: Stance) -> bool:
    refutes = stance is Stance.REFUTES
    if not _speaks(said, sentence, above=refutes and _compares(said)):
        return False
    negated = _lacking(_NEGATION, said.text, sentence)
    put_below = not all(_is_studied(wanted, sentence, above=False) for wanted in said.studied)
    if not refutes or put_below:
        return not negated
    return negated or _lacking(_CONTRARY, said.text, sentence)


def _lacking(cue: re.Pattern[str], statement: str, sentence: str) -> bool:
    """Whether a sentence holds a cue that the statement does not."""
    stated = {match.casefold() for match in cue.findall(statement)}
    return any(match.casefold() not in stated for match in cue.findall(sentence))


def _is_studied(wanted: Sequence[Wanted], sentence: str, *, above: bool) -> bool:
    """Whether a thing is named in a sentence, and, unless ``above``, not as what something else is put above.

    Its words stand there in their order, or their initials; of three or more, one but the first may be missing ("hybrid
    batches" for "hybrid batch training").
    """
    forms = [wanted, *_one_less(wanted)]
    return any(
        above or _ABOVE.search(sentence[: found.start()]) is None
        for form in forms
        for found in re.finditer(_form(form), sentence, re.IGNORECASE)
    )


def _one_less(wanted: Sequence[Wanted]) -> Iterator[Sequence[Wanted]]:
    if len(wanted) > 2:
        yield from ([*wanted[:i], *wanted[i + 1 :]] for i in range(1, len(wanted)))


def _form(wanted: Sequence[Wanted]) -> str:
    parts = [part for w in wanted for part in w.parts]
    initials = "".join(part[0] for part in parts)
    short = rf"|{re.escape(initials)}s?\b" if len(initials) > 2 else ""
    return rf"(?<![\w-])(?:{_GAP.join(map(_stem, parts))}{short})"


def _stem(word: str) -> str:
    return re.escape(word[: max(_STEM_CHARS, len(word) - _ENDING_CHARS)])
