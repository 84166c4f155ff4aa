"""Papers → passages: each section cut between sentences, with exact offsets into its stored text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.records import Passage, Span
from synthesis.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synthesis.config import PassageConfig
    from synthesis.records import Paper


def split_papers(
    papers: Iterable[Paper],
    config: PassageConfig,
    known_sentences: Mapping[str, Sequence[Span]] | None = None,
) -> list[Passage]:
    """Cut every section of every paper into passages of whole sentences, at most ``max_chars`` long.

    A single sentence longer than ``max_chars`` is a passage of its own. ``known_sentences`` holds, by
    paper_id, the sentences of the first section of papers that came already split.
    """
    known = known_sentences or {}
    return [
        passage
        for paper in papers
        for section in range(len(paper.sections))
        for passage in _split_section(
            paper, section, known.get(paper.paper_id) if section == 0 else None, config.max_chars
        )
    ]


def _split_section(
    paper: Paper, section: int, known: Sequence[Span] | None, max_chars: int
) -> Iterable[Passage]:
    text = paper.sections[section].text
    window: list[Span] = []
    for span in known if known is not None else split_sentences(text):
        if window and span.end - window[0].start > max_chars:
            yield _passage(paper, section, window)
            window = []
        window.append(span)
    if window:
        yield _passage(paper, section, window)


def _passage(paper: Paper, section: int, sentences: list[Span]) -> Passage:
    start, end = sentences[0].start, sentences[-1].end
    return Passage(
        passage_id=f"{paper.paper_id}#{section}:{start}",
        paper_id=paper.paper_id,
        section=section,
        start=start,
        end=end,
        text=paper.sections[section].text[start:end],
        sentences=tuple(sentences),
    )
