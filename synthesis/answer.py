"""The answer to the question: quotes of the papers, and what they do not cover.

A sentence answers as far as it covers the question's weight; how checkable it is decides between sentences
that cover about the same. What a chosen quote covers counts half for the next one, so that the quotes speak of the
whole question rather than of its heaviest part five times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.asides import why_aside
from synthesis.records import Answer, AnswerGroup, Label, Quote, Stance, Statement
from synthesis.retrieval import analyze
from synthesis.standalone import standalone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synthesis.config import AnswerConfig
    from synthesis.protocols import Extractor
    from synthesis.records import Evidence, Passage, ScreenedPaper, Verdict


class _Candidate(NamedTuple):
    statement: Statement
    terms: frozenset[str]  # of the question
    checkable: float
    paper_id: str
    examined: bool


def answer_question(
    question_terms: Mapping[str, float],
    phrases: Sequence[str],
    papers: Sequence[ScreenedPaper],
    passages: Sequence[Passage],
    evidence: Sequence[Evidence],
    verdicts: Sequence[Verdict],
    extractor: Extractor,
    config: AnswerConfig,
) -> Answer:
    """Quotes grouped by where they come from, and the question's phrases that no passage speaks of.

    ``question_terms`` are analysed terms with weights; ``phrases`` the question's key phrases. Statements
    carry no reference number yet: the report numbers them.
    """
    by_id = {p.paper.paper_id: p for p in papers}
    about = [p for p in passages if p.paper_id in by_id]
    candidates = list(_candidates(question_terms, by_id, about, extractor))
    own = [c for c in candidates if c.examined]
    others = [c for c in candidates if not c.examined]
    groups = (
        ("From the examined papers", _choose(own, question_terms, config, config.max_quotes)),
        ("From other papers", _choose(others, question_terms, config, config.per_paper)),
        ("Against the claims of the examined papers", _contradictions(evidence, verdicts, config.max_quotes)),
    )
    covered, silent = _coverage(phrases, about)
    return Answer(
        groups=tuple(AnswerGroup(heading=h, statements=tuple(s)) for h, s in groups if s),
        covered=covered,
        not_covered=silent,
    )


def _candidates(
    question_terms: Mapping[str, float],
    by_id: Mapping[str, ScreenedPaper],
    passages: Iterable[Passage],
    extractor: Extractor,
) -> Iterable[_Candidate]:
    for passage in passages:
        screened = by_id[passage.paper_id]
        texts = passage.sentence_texts
        for span, text, (score, _) in zip(passage.sentences, texts, extractor.score(texts, ""), strict=True):
            if standalone(text) is not None or text.startswith("|") or why_aside(text):
                continue
            terms = frozenset(analyze(text)) & question_terms.keys()
            quote = Quote.of(screened.paper, passage.section, span.start, span.end)
            yield _Candidate(
                Statement(text=quote.text, quote=quote),
                terms,
                score,
                passage.paper_id,
                screened.role == "examined",
            )


def _choose(
    candidates: Sequence[_Candidate],
    question_terms: Mapping[str, float],
    config: AnswerConfig,
    per_paper: int,
) -> list[Statement]:
    """The quotes of a group, best first: at most ``max_quotes``, and ``per_paper`` of one paper."""
    weights = dict(question_terms)
    total = sum(weights.values()) or 1.0
    chosen: list[_Candidate] = []
    left = sorted(candidates, key=lambda c: (c.paper_id, c.statement.text))
    while left and len(chosen) < config.max_quotes:
        best = max(left, key=lambda c: _value(c, weights) / total)
        if _value(best, weights) / total < config.min_value:
            break
        chosen.append(best)
        weights |= {term: weights[term] / 2 for term in best.terms}
        full = sum(c.paper_id == best.paper_id for c in chosen) >= per_paper
        left = [c for c in left if c is not best and not (full and c.paper_id == best.paper_id)]
    return [c.statement for c in chosen]


def _value(candidate: _Candidate, weights: Mapping[str, float]) -> float:
    return sum(weights[term] for term in sorted(candidate.terms)) * (1 + candidate.checkable) / 2


def _contradictions(evidence: Iterable[Evidence], verdicts: Iterable[Verdict], limit: int) -> list[Statement]:
    """Refuting quotes of claims whose verdict says so at the stated risk, surest first, each once."""
    disputed = {v.claim_id for v in verdicts if v.label in {Label.REFUTED, Label.CONFLICTING}}
    against = sorted(
        (e for e in evidence if e.stance is Stance.REFUTES and e.claim_id in disputed),
        key=lambda e: (-e.confidence, e.paper_id, e.quote.start),
    )
    unique: dict[str, Statement] = {}
    for item in against:
        unique.setdefault(item.quote.sha256, Statement(text=item.quote.text, quote=item.quote))
    return list(unique.values())[:limit]


def _coverage(phrases: Sequence[str], passages: Sequence[Passage]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Phrases all of whose terms stand together in at least one passage, and the others."""
    texts = [set(analyze(p.text)) for p in passages]
    wanted = [(phrase, set(analyze(phrase))) for phrase in phrases]
    found = tuple(p for p, terms in wanted if any(terms <= text for text in texts))
    return found, tuple(p for p, _ in wanted if p not in found)
