"""Passages → claims: the checkable sentences of the examined papers, compound ones split, duplicates merged.

A claim keeps the words of its paper as its quote; what it is searched for and judged by is ``standalone``, the same
claim without "we" and "our method". Every sentence that is not taken is a ``Rejection`` with its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.acronyms import definitions
from synthesis.asides import why_aside
from synthesis.compounds import split_compound
from synthesis.duplicates import Content, content_of, group_duplicates
from synthesis.paper_names import name_paper
from synthesis.records import Claim, Quote, Rejection, Span
from synthesis.result_values import result_values
from synthesis.rewording import Reworded, Surroundings, reword
from synthesis.section_roles import section_weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from synthesis.config import ClaimConfig
    from synthesis.paper_names import PaperName
    from synthesis.protocols import Extractor
    from synthesis.records import Paper, Passage


class Extracted(NamedTuple):
    """Claims in the order of their papers, and what was not taken."""

    claims: tuple[Claim, ...]
    rejections: tuple[Rejection, ...]


class _Candidate(NamedTuple):
    quote: Quote
    standalone: str | None
    score: float
    kind: str
    order: int
    content: Content

    @property
    def judged(self) -> str:
        return self.standalone or self.quote.text


class _Sentence(NamedTuple):
    """A sentence with what it may lean on."""

    paper: Paper
    passage: Passage
    span: Span
    text: str
    around: Surroundings


def extract_claims(
    question: str,
    papers: Mapping[str, Paper],
    passages: Sequence[Passage],
    extractor: Extractor,
    config: ClaimConfig,
) -> Extracted:
    """The best ``max_claims`` checkable sentences of the examined papers' passages, in reading order."""
    candidates: list[_Candidate] = []
    rejections: list[Rejection] = []
    names = {paper_id: name_paper(papers[paper_id]) for paper_id in {p.paper_id for p in passages}}
    for passage in passages:
        scored = extractor.score(passage.sentence_texts, question)
        sentences = _sentences(papers[passage.paper_id], passage, names[passage.paper_id])
        for sentence, (score, kind) in zip(sentences, scored, strict=True):
            parts, reason = _standing_parts(sentence)
            reason = reason or ("not a checkable claim" if score < config.min_score else None)
            if reason:
                rejections.append(
                    _rejection(passage.paper_id, passage.section, sentence.span, reason, sentence.text)
                )
                continue
            for quote, standalone in parts:
                content = content_of(standalone or quote.text)
                candidates.append(_Candidate(quote, standalone, score, kind, len(candidates), content))
    merged = _merged(candidates, config.duplicate_similarity)
    best = sorted(merged, key=lambda group: (-_worth(group[0], papers), group[0].order))
    for first, *_ in best[config.max_claims :]:
        quote, reason = first.quote, "less checkable than the claims kept"
        rejections.append(
            _rejection(
                quote.paper_id, quote.section, Span(start=quote.start, end=quote.end), reason, quote.text
            )
        )
    chosen = sorted(best[: config.max_claims], key=lambda group: group[0].order)
    return Extracted(tuple(_claims(chosen, papers)), tuple(rejections))


def _worth(candidate: _Candidate, papers: Mapping[str, Paper]) -> float:
    """How checkable a claim is, times how far its section speaks of the paper's own findings."""
    quote = candidate.quote
    return candidate.score * section_weight(papers[quote.paper_id].sections[quote.section].title)


def _sentences(paper: Paper, passage: Passage, name: PaperName) -> Iterator[_Sentence]:
    acronyms = definitions(paper.sections[passage.section].text)
    before = ""
    for span, text in zip(passage.sentences, passage.sentence_texts, strict=True):
        yield _Sentence(paper, passage, span, text, Surroundings(name, acronyms, before))
        before = text


def _standing_parts(sentence: _Sentence) -> tuple[list[tuple[Quote, str | None]], str | None]:
    """The claims that a sentence makes, each with its standalone text; or why it makes none.

    A compound sentence is split when both halves stand alone, the second read after the first.
    """
    if sentence.text.startswith("|"):
        return [], "a table row"
    aside = why_aside(sentence.text)
    if aside:
        return [], aside
    halves = split_compound(sentence.text)
    if halves:
        texts = [sentence.text[half.start : half.end] for half in halves]
        befores = (sentence.around.before, texts[0])
        reworded = [
            reword(text, sentence.around._replace(before=before))
            for text, before in zip(texts, befores, strict=True)
        ]
        if not any(part.reason for part in reworded):
            return [_part(sentence, half, part) for half, part in zip(halves, reworded, strict=True)], None
    whole = reword(sentence.text, sentence.around)
    if whole.reason:
        return [], whole.reason
    return [_part(sentence, Span(start=0, end=len(sentence.text)), whole)], None


def _part(sentence: _Sentence, part: Span, reworded: Reworded) -> tuple[Quote, str | None]:
    start = sentence.span.start
    quote = Quote.of(sentence.paper, sentence.passage.section, start + part.start, start + part.end)
    return quote, reworded.text


def _rejection(paper_id: str, section: int, span: Span, reason: str, text: str) -> Rejection:
    return Rejection(stage="claims", item=f"{paper_id}#{section}:{span.start}", reason=reason, detail=text)


def _merged(candidates: Sequence[_Candidate], similarity: float) -> list[list[_Candidate]]:
    """Groups of candidates that make one claim, the most checkable first."""
    ranked = sorted(candidates, key=lambda c: (-c.score, c.order))
    return [[ranked[i] for i in group] for group in group_duplicates([c.content for c in ranked], similarity)]


def _claims(groups: Iterable[list[_Candidate]], papers: Mapping[str, Paper]) -> Iterator[Claim]:
    for number, (first, *others) in enumerate(groups, start=1):
        yield Claim.model_validate(
            {
                "claim_id": f"C{number}",
                "text": first.quote.text,
                "paper_id": first.quote.paper_id,
                "quote": first.quote,
                "score": first.score,
                "kind": first.kind,
                "duplicates": tuple(c.quote for c in others),
                "standalone": first.standalone,
                "results": result_values(first.judged, context=papers[first.quote.paper_id].title),
            }
        )
