"""The answer to the question: quotes of the papers, by what the question asks about, and what they do not cover.

Of a report's question: the best quotes of the examined and of other papers; where it can be answered by yes or no, what
the papers say of that statement; where it asks about several things, what the evidence says of each; and how far
each of them is covered. What no paper says is told of papers in the language of what was asked alone: the words of a
question are not found in another. A verification asks no question, so its answer holds what contradicts the claims alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.answering.coverage import cover, find_gaps, read_passages, speaks_of, wanted_words
from synthesis.answering.hypothesis import choose_reading, suppose, weigh_hypothesis
from synthesis.answering.parts import part_of, sided_claims, speaking_of
from synthesis.answering.quotes import as_statement, choose, quotable
from synthesis.phrases import foreign_language
from synthesis.records import Answer, AnswerGroup, Aspect, Label, Stance
from synthesis.retrieval import analyze
from synthesis.standalone import is_english
from synthesis.subquestions import aspects_of
from synthesis.terms import listed
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from synthesis.answering.coverage import ReadText, Wanted
    from synthesis.answering.parts import SidedClaim
    from synthesis.answering.quotes import QuoteCandidate
    from synthesis.config import AnswerConfig
    from synthesis.protocols import Extractor, Ranker
    from synthesis.records import (
        AnswerPart,
        Candidate,
        Claim,
        Coverage,
        Evidence,
        Hypothesis,
        Paper,
        Passage,
        ScreenedPaper,
        Side,
        Statement,
        Verdict,
    )

    # Reads candidate passages against some claims.
    Reader = Callable[[Sequence[Claim], Sequence[Candidate], Sequence[Passage]], Sequence[Evidence]]

_LANGUAGE_CHARS = 1000  # of a paper's text that tell its language
_AGAINST: Side = "against"
_QUESTION_SHARE = 0.5  # of a term of the question where a sentence on one of its things is chosen


class Asked(NamedTuple):
    """What was asked; ``question`` is empty for a verification.

    ``terms`` are analysed terms with weights; ``phrases`` the question's key phrases; ``readings`` the phrases of each of
    its readings, where it is not in English.
    """

    question: str
    terms: Mapping[str, float]
    phrases: Sequence[str]
    readings: Sequence[Sequence[str]] = ()


class Known(NamedTuple):
    """What the stages before found: the papers kept with their passages, and the claims with what speaks of them.

    ``evidence`` may quote papers that only the claims' own queries found.
    """

    papers: Sequence[ScreenedPaper]
    passages: Sequence[Passage]
    claims: Sequence[Claim]
    evidence: Sequence[Evidence]
    verdicts: Sequence[Verdict]


class _Texts(NamedTuple):
    """What may be quoted, and what was read: of papers that are not retracted, best paper first.

    ``alike`` are the passages in the language of the words that are looked for, ``own`` those in the question's.
    """

    quotable: Sequence[QuoteCandidate]
    passages: Sequence[Passage]
    alike: Sequence[Passage]
    own: Sequence[Passage]

    @property
    def others(self) -> bool:
        """Whether papers in other languages than the question's were read."""
        return len(self.own) < len(self.passages)


class Aids(NamedTuple):
    """The tools that an answer needs; ``read`` reads candidate passages against claims."""

    extractor: Extractor
    ranker: Ranker
    read: Reader


def answer_question(asked: Asked, known: Known, aids: Aids, config: AnswerConfig) -> Answer:
    """Quotes by side and by what is asked about, what they cover, and what is missing.

    Statements carry no reference number yet: the report numbers them. A retracted paper is quoted only where it is
    examined, and counted nowhere.
    """
    candidates = list(_candidates(known, aids.extractor))
    texts = _texts(asked, known, candidates)
    aspects = aspects_of(asked.question)
    read_texts = read_passages(texts.alike) if aspects else []
    rows, parts = _by_aspect(asked, known, texts, aspects, read_texts, config)
    covered, silent = _coverage(asked, texts)
    return Answer(
        groups=tuple(_groups(asked.terms, known, candidates, config)),
        covered=covered,
        not_covered=silent,
        hypothesis=_hypothesis(asked.question, aspects, texts.passages, aids, config),
        parts=parts,
        coverage=rows,
        gaps=() if asked.readings else find_gaps(asked.question, rows, read_texts, others=texts.others),
    )


def _candidates(known: Known, extractor: Extractor) -> Iterable[QuoteCandidate]:
    papers = {p.paper.paper_id: p.paper for p in known.papers}
    return quotable(papers, (p for p in known.passages if p.paper_id in papers), extractor)


def _texts(asked: Asked, known: Known, candidates: Iterable[QuoteCandidate]) -> _Texts:
    ranked = sorted(known.papers, key=lambda p: (p.role != "examined", -p.relevance, p.paper.paper_id))
    order = {p.paper.paper_id: i for i, p in enumerate(ranked) if not p.paper.retracted}
    passages = sorted(
        (p for p in known.passages if p.paper_id in order),
        key=lambda p: (order[p.paper_id], p.section, p.start),
    )
    language = foreign_language(asked.question) or "en" if asked.question else ""
    of_paper = {p.paper.paper_id: _language_of(p.paper) for p in known.papers if language}
    own = [p for p in passages if of_paper.get(p.paper_id, "") == language]
    others = [p for p in passages if of_paper.get(p.paper_id, "") != language]
    return _Texts(
        [c for c in candidates if c.paper_id in order], passages, others if asked.readings else own, own
    )


def _language_of(paper: Paper) -> str:
    """The language of what a paper says of itself; English where that cannot be told."""
    opening = paper.abstract or " ".join(section.text for section in paper.sections[:1])
    if not opening and paper.language:
        return paper.language
    text = f"{paper.title}. {opening[:_LANGUAGE_CHARS]}"
    return "en" if is_english(text) else foreign_language(text) or "en"


def _groups(
    terms: Mapping[str, float], known: Known, candidates: Sequence[QuoteCandidate], config: AnswerConfig
) -> Iterable[AnswerGroup]:
    examined = {p.paper.paper_id for p in known.papers if p.role == "examined"}
    own = [c for c in candidates if c.paper_id in examined]
    others = [c for c in candidates if c.paper_id not in examined]
    groups = (
        (say("From the examined papers"), choose(own, terms, config, config.max_quotes), None),
        (say("From other papers"), choose(others, terms, config, config.per_paper), None),
        (
            say("Against the claims of the examined papers"),
            _contradictions(known.evidence, known.verdicts, config.max_quotes),
            _AGAINST,
        ),
    )
    return (AnswerGroup(heading=h, statements=tuple(s), side=side) for h, s, side in groups if s)


def _contradictions(evidence: Iterable[Evidence], verdicts: Iterable[Verdict], limit: int) -> list[Statement]:
    """Refuting quotes of claims whose verdict says so at the stated risk, surest first, each once."""
    disputed = {v.claim_id for v in verdicts if v.label in {Label.REFUTED, Label.CONFLICTING}}
    against = sorted(
        (e for e in evidence if e.stance is Stance.REFUTES and e.claim_id in disputed),
        key=lambda e: (-e.confidence, e.paper_id, e.quote.start),
    )
    unique: dict[str, Statement] = {}
    for item in against:
        unique.setdefault(item.quote.sha256, as_statement(item.quote))
    return list(unique.values())[:limit]


def _coverage(asked: Asked, texts: _Texts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Phrases all of whose terms stand together in at least one passage, and the others where they can be told."""
    phrases = [phrase for reading in asked.readings for phrase in reading] or asked.phrases
    terms_of = [set(analyze(p.text)) for p in texts.passages] if phrases else []
    wanted = [(phrase, set(analyze(phrase))) for phrase in phrases]
    found = tuple(phrase for phrase, terms in wanted if any(terms <= text for text in terms_of))
    if not _tells_what_is_missing(asked, texts):
        return found, ()
    return found, tuple(phrase for phrase, _ in wanted if phrase not in found)


def _tells_what_is_missing(asked: Asked, texts: _Texts) -> bool:
    """Whether words that are not found say that nothing speaks of them: not where papers may say it in others."""
    return bool(texts.alike) and not (asked.readings and texts.own)


def _hypothesis(
    question: str,
    aspects: Sequence[Aspect],
    passages: Sequence[Passage],
    aids: Aids,
    config: AnswerConfig,
) -> Hypothesis | None:
    supposed = suppose(question, aspects)
    if supposed is None or not passages:
        return None
    reading = choose_reading(supposed, passages, aids.ranker)
    evidence = aids.read(supposed.claims, reading.candidates, passages)
    return weigh_hypothesis(supposed, reading.passages, evidence, config.max_quotes)


def _by_aspect(
    asked: Asked,
    known: Known,
    texts: _Texts,
    aspects: Sequence[Aspect],
    read: Sequence[ReadText],
    config: AnswerConfig,
) -> tuple[tuple[Coverage, ...], tuple[AnswerPart, ...]]:
    """For each thing asked about its row of the coverage table and, where there are several, what is said of it."""
    papers = {p.paper.paper_id: p.paper for p in known.papers}
    claims = sided_claims(known.claims, known.evidence, papers)
    if asked.readings:
        return tuple(_by_reading(asked, claims, texts, read)), ()

    def said(wanted: Sequence[Wanted]) -> Sequence[Statement]:
        """The best sentences on an aspect: its own words count most, then the question's."""
        weights = {term: weight * _QUESTION_SHARE for term, weight in asked.terms.items()}
        weights |= {term: w.weight for w in wanted for term in w.terms}
        fitting = [c for c in texts.quotable if speaks_of(wanted, c.read)]
        return choose(fitting, weights, config, config.per_paper)

    rows, parts = [], []
    for aspect in aspects:
        wanted = wanted_words(aspect.words)
        speaking = speaking_of(wanted, claims)
        row = cover(aspect, wanted, read, len(speaking))
        part = part_of(aspect, wanted, speaking, said, config, others=texts.others)
        known_missing = row.covered != "not covered" or _tells_what_is_missing(asked, texts)
        rows += [row] if known_missing else []
        parts += [part] if known_missing or part.groups else []
    return tuple(rows), tuple(parts) if len(aspects) > 1 else ()


def _by_reading(
    asked: Asked, claims: Sequence[SidedClaim], texts: _Texts, read: Sequence[ReadText]
) -> Iterator[Coverage]:
    """A row for each reading: its phrases stand for the question, so what it lacks is not what was asked."""
    for phrases in asked.readings:
        aspect = Aspect(kind="topic", words=listed(phrases))
        wanted = wanted_words(aspect.words, phrases)
        row = cover(aspect, wanted, read, len(speaking_of(wanted, claims)))
        if row.covered != "not covered" or _tells_what_is_missing(asked, texts):
            yield row.model_copy(update={"missing": ()})
