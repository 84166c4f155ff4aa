"""A user's own corpus, held in memory for one job: the ``--corpus`` of ``synthesis verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.records import text_sha256
from synthesis.retrieval import index_papers
from synthesis.sources.answer import SearchAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.records import Paper


class CorpusSource:
    """Papers in memory, searched by BM25; ids are the corpus' own. ``note`` stands with every answer."""

    remote = False

    def __init__(self, name: str, papers: Sequence[Paper], note: str | None = None) -> None:
        self.name = name
        self.fingerprint = text_sha256("\n".join(paper.model_dump_json() for paper in papers))
        self._note = note
        self._papers = {paper.paper_id: paper for paper in papers}
        self._index = index_papers(papers)

    def search(self, query: str, limit: int) -> SearchAnswer:
        """The best ``limit`` papers for a free-text query."""
        (ranking,) = self._index.search([query], k=limit)
        papers = tuple(self._papers[hit.doc_id] for hit in ranking)
        return SearchAnswer(papers=papers, total=len(self._papers), note=self._note)

    def lookup(self, identifier: str) -> Paper | None:
        """The paper with this id in the corpus."""
        return self._papers.get(identifier)
