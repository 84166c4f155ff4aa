"""Papers of an earlier run → how they stand today: asked for by their ids, at every source that may know them.

A remote source is not asked for what its own answers to this run's queries hold already. A source that fails is a line
of the log and is asked no further, as in searching.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from synthesis.errors import SourceError, SourceUnavailableError
from synthesis.matching import identity
from synthesis.merging import same_work
from synthesis.reconciling import reconcile
from synthesis.records import Paper, Rejection, SearchLogEntry
from synthesis.threads import DaemonPool
from synthesis.wording import say_n

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from synthesis.protocols import SearchAnswer, Source

GONE = "no longer held by the library that it came from"


class Standing(NamedTuple):
    """What the sources say of the earlier papers, those that their library no longer holds, and the log."""

    papers: tuple[Paper, ...]
    gone: tuple[Rejection, ...]
    log: tuple[SearchLogEntry, ...]


NOT_ASKED = Standing((), (), ())


@runtime_checkable
class ListSource(Protocol):
    """A source that takes many arXiv ids in one request."""

    def lookup_ids(self, identifiers: Sequence[str]) -> SearchAnswer:
        """The papers of these ids. Raises ``SourceError`` on failure."""
        ...


class Records:
    """Records of papers by what they are known by."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self._by_key: dict[str, dict[int, Paper]] = {}
        for number, paper in enumerate(papers):
            for key in _keys(paper):
                self._by_key.setdefault(key, {})[number] = paper

    def of(self, paper: Paper) -> list[Paper]:
        """The records of one work, in their order, each once."""
        found: dict[int, Paper] = {}
        for key in _keys(paper):
            found |= self._by_key.get(key, {})
        records = dict.fromkeys(found[number] for number in sorted(found))
        return [record for record in records if record.paper_id == paper.paper_id or same_work(record, paper)]


def check_standing(papers: Sequence[Paper], sources: Sequence[Source], found: Sequence[Paper]) -> Standing:
    """Ask for every paper of an earlier run; ``found`` are the records that this run's queries brought.

    What those hold of the papers is among the papers given back.
    """
    questions = {}
    for source in sources:
        known = Records(p for p in found if p.source == source.name)
        questions[source.name] = source, [p for p in papers if not known.of(p)]
    with DaemonPool(len(questions)) as pool:
        answers = pool.map(lambda question: _ask(*question), [q for q in questions.values() if q[1]])
    again = Records(found)
    told = [*(r for p in papers for r in again.of(p)), *(r for answer, _ in answers for r in answer)]
    records = tuple(dict.fromkeys(told))
    here = Records(records)
    failed = {entry.source for _, entry in answers if entry.error}
    local = {source.name for source in sources if not source.remote} - failed
    gone = tuple(
        Rejection(stage="standing", item=paper.paper_id, reason=GONE, detail=paper.title)
        for paper in papers
        if paper.source in local and not here.of(paper)
    )
    return Standing(records, gone, tuple(entry for _, entry in answers))


def is_fallen(paper: Paper, records: Sequence[Paper]) -> bool:
    """Whether a work is retracted or withdrawn, by what is known of it and what ``records`` of it say now."""
    return reconcile([paper, *records]).retracted


def _ask(source: Source, papers: Sequence[Paper]) -> tuple[list[Paper], SearchLogEntry]:
    """What one source holds of the papers."""
    query = say_n(
        "{n} paper of the earlier report, by its id",
        "{n} papers of the earlier report, by their ids",
        len(papers),
    )
    entry = SearchLogEntry(source=source.name, query=query, origin="earlier report")
    held: list[Paper] = []
    try:
        for record in _held(source, papers):
            held.append(record)  # noqa: PERF402 - what came before a failure counts
    except SourceError as error:
        unreachable = isinstance(error, SourceUnavailableError)
        return held, entry.model_copy(update={"error": str(error), "unreachable": unreachable})
    return held, entry.model_copy(update={"retrieved": len(held)})


def _held(source: Source, papers: Sequence[Paper]) -> Iterator[Paper]:
    listed = isinstance(source, ListSource)
    if isinstance(source, ListSource) and (ids := [p.arxiv_id for p in papers if p.arxiv_id]):
        yield from source.lookup_ids(ids).papers
    for paper in papers:
        if listed and paper.arxiv_id:
            continue
        names = (
            (paper.doi, paper.arxiv_id) if source.remote else (paper.paper_id, *paper.other_ids, paper.title)
        )
        answers = (source.lookup(name) for name in names if name)
        record = next(
            (r for r in answers if r and (r.paper_id == paper.paper_id or same_work(r, paper))), None
        )
        if record:
            yield record


def _keys(paper: Paper) -> set[str]:
    return {paper.paper_id, *identity(paper)}
