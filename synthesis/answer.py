"""The answer to the question: quotes of the papers, by what the question asks about, and what they do not cover.

Of a report's question: the best quotes of the examined and of other papers; where it can be answered by yes or no, what
the papers say of that statement; where it asks about several things, what the evidence says of each; and how far
each of them is covered. A verification asks no question, so its answer holds what contradicts the claims alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.answering.coverage import cover, find_gaps, read_passages, speaks_of, wanted_words
from synthesis.answering.hypothesis import choose_reading, suppose, weigh_hypothesis
from synthesis.answering.parts import part_of, sided_claims, speaking_of
from synthesis.answering.quotes import as_statement, choose, quotable
from synthesis.phrases import foreign_language
from synthesis.records import Answer, AnswerGroup, Label, Stance
from synthesis.retrieval import analyze
from synthesis.subquestions import aspects_of
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from synthesis.answering.coverage import ReadText, Wanted
    from synthesis.answering.quotes import QuoteCandidate
    from synthesis.config import AnswerConfig
    from synthesis.protocols import Extractor, Ranker
    from synthesis.records import (
        AnswerPart,
        Aspect,
        Candidate,
        Claim,
        Coverage,
        Evidence,
        Hypothesis,
        Passage,
        ScreenedPaper,
        Statement,
        Verdict,
    )

    # Reads candidate passages against some claims.
    Reader = Callable[[Sequence[Claim], Sequence[Candidate], Sequence[Passage]], Sequence[Evidence]]

_QUESTION_SHARE = 0.5  # of a term of the question where a sentence on one of its things is chosen


class Asked(NamedTuple):
    """What was asked; ``question`` is empty for a verification.

    ``terms`` are analysed terms with weights; ``phrases`` the question's key phrases, or those of its readings where it
    is not in English.
    """

    question: str
    terms: Mapping[str, float]
    phrases: Sequence[str]


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
    """What may be quoted, and what was read: of papers that are not retracted, best paper first."""

    quotable: Sequence[QuoteCandidate]
    passages: Sequence[Passage]


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
    texts = _texts(known, candidates)
    aspects = aspects_of(asked.question)
    read_texts = read_passages(texts.passages) if aspects else []
    rows, parts = _by_aspect(asked, known, texts, aspects, read_texts, config)
    covered, silent = _coverage(asked.phrases, texts.passages)
    return Answer(
        groups=tuple(_groups(asked.terms, known, candidates, config)),
        covered=covered,
        not_covered=silent,
        hypothesis=_hypothesis(asked.question, aspects, texts.passages, aids, config),
        parts=parts,
        coverage=rows,
        gaps=find_gaps(asked.question, rows, read_texts),
    )


def _candidates(known: Known, extractor: Extractor) -> Iterable[QuoteCandidate]:
    papers = {p.paper.paper_id: p.paper for p in known.papers}
    return quotable(papers, (p for p in known.passages if p.paper_id in papers), extractor)


def _texts(known: Known, candidates: Iterable[QuoteCandidate]) -> _Texts:
    ranked = sorted(known.papers, key=lambda p: (p.role != "examined", -p.relevance, p.paper.paper_id))
    order = {p.paper.paper_id: i for i, p in enumerate(ranked) if not p.paper.retracted}
    passages = sorted(
        (p for p in known.passages if p.paper_id in order),
        key=lambda p: (order[p.paper_id], p.section, p.start),
    )
    return _Texts([c for c in candidates if c.paper_id in order], passages)


def _groups(
    terms: Mapping[str, float], known: Known, candidates: Sequence[QuoteCandidate], config: AnswerConfig
) -> Iterable[AnswerGroup]:
    examined = {p.paper.paper_id for p in known.papers if p.role == "examined"}
    own = [c for c in candidates if c.paper_id in examined]
    others = [c for c in candidates if c.paper_id not in examined]
    groups = (
        (say("From the examined papers"), choose(own, terms, config, config.max_quotes)),
        (say("From other papers"), choose(others, terms, config, config.per_paper)),
        (
            say("Against the claims of the examined papers"),
            _contradictions(known.evidence, known.verdicts, config.max_quotes),
        ),
    )
    return (AnswerGroup(heading=h, statements=tuple(s)) for h, s in groups if s)


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


def _coverage(phrases: Sequence[str], passages: Iterable[Passage]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Phrases all of whose terms stand together in at least one passage, and the others."""
    texts = [set(analyze(p.text)) for p in passages] if phrases else []
    wanted = [(phrase, set(analyze(phrase))) for phrase in phrases]
    found = tuple(phrase for phrase, terms in wanted if any(terms <= text for text in texts))
    return found, tuple(phrase for phrase, _ in wanted if phrase not in found)


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
    foreign = asked.phrases if asked.question and foreign_language(asked.question) else ()

    def said(wanted: Sequence[Wanted]) -> Sequence[Statement]:
        """The best sentences on an aspect: its own words count most, then the question's."""
        weights = {term: weight * _QUESTION_SHARE for term, weight in asked.terms.items()}
        weights |= {term: w.weight for w in wanted for term in w.terms}
        fitting = [c for c in texts.quotable if speaks_of(wanted, c.read)]
        return choose(fitting, weights, config, config.per_paper)

    rows, parts = [], []
    for aspect in aspects:
        wanted = wanted_words(aspect.words, foreign)
        speaking = speaking_of(wanted, claims)
        rows.append(cover(aspect, wanted, read, len(speaking)))
        parts.append(part_of(aspect, wanted, speaking, said, config))
    return tuple(rows), tuple(parts) if len(parts) > 1 else ()
