"""Queries → what the sources answered: all sources at once, each in order, failures as lines of the log.

A query that an earlier try of the same run already had answered in full is not asked again, and a remote source whose
last queries brought nothing new is asked no further (``completeness.should_stop``).
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from synthesis.completeness import should_stop
from synthesis.errors import SourceError, SourceUnavailableError
from synthesis.protocols import CitationSource, ReferenceSource
from synthesis.records import Hit, Paper, SearchLogEntry, SearchQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from synthesis.protocols import SearchAnswer, Source

    Ask = Callable[[], SearchAnswer]


class Found(NamedTuple):
    """What the sources answered; a record that several queries found is kept once."""

    papers: tuple[Paper, ...]
    hits: tuple[Hit, ...]
    log: tuple[SearchLogEntry, ...]


NOTHING = Found((), (), ())


class _Answer(NamedTuple):
    """One source's answer to one query."""

    papers: tuple[Paper, ...]
    entry: SearchLogEntry


class _Question(NamedTuple):
    """A query with the way to put it to one source."""

    query: SearchQuery
    ask: Ask


def search_sources(
    queries: Sequence[SearchQuery],
    sources: Sequence[Source],
    limit: int,
    remote_queries: int,
    known: Found = NOTHING,
) -> Found:
    """Ask every source every query (remote ones the first few); sources run at once, a source in order.

    ``limit`` is the number of papers asked for each query; ``known`` is what an earlier try found: a query that it
    holds the whole answer to is not asked again.

    A source that fails is a line in the log, never an exception: after an error it is asked no more, and the
    log says how many queries were lost. The result does not depend on which source answers first.
    """

    def questions(source: Source) -> list[_Question]:
        asked = list(queries)[:remote_queries] if source.remote else list(queries)
        return [_Question(q, partial(source.search, q.text, limit)) for q in asked]

    return _ask_all({s.name: questions(s) for s in sources}, {s.name for s in sources if s.remote}, known)


def follow_citations(
    papers: Sequence[Paper], sources: Sequence[Source], limit: int, known: Found = NOTHING
) -> Found:
    """What ``papers`` cite and what cites them, of every source that knows; otherwise as ``search_sources``."""
    asked = {source.name: _citation_questions(source, papers, limit) for source in sources}
    return _ask_all({name: questions for name, questions in asked.items() if questions}, set(), known)


def _citation_questions(source: Source, papers: Sequence[Paper], limit: int) -> list[_Question]:
    questions = []
    for paper in papers:
        if isinstance(source, ReferenceSource):
            query = SearchQuery(text=f"works that {paper.paper_id} cites", origin="references")
            questions.append(_Question(query, partial(source.references, paper, limit)))
        if isinstance(source, CitationSource):
            query = SearchQuery(text=f"works that cite {paper.paper_id}", origin="citations")
            questions.append(_Question(query, partial(source.citations, paper, limit)))
    return questions


def join_found(a: Found, b: Found) -> Found:
    """Two rounds of search as one."""
    index = {paper: i for i, paper in enumerate(a.papers)}
    for paper in b.papers:
        index.setdefault(paper, len(index))
    moved = (hit.model_copy(update={"paper": index[b.papers[hit.paper]]}) for hit in b.hits)
    return Found(tuple(index), (*a.hits, *moved), (*a.log, *b.log))


def failed_sources(found: Found) -> set[str]:
    """Names of the sources that failed; one that did is not asked again in the same run."""
    return {entry.source for entry in found.log if entry.error}


def _ask_all(questions: Mapping[str, Sequence[_Question]], may_stop: set[str], known: Found) -> Found:
    if not questions:
        return NOTHING
    answered = _whole_answers(known)
    with ThreadPoolExecutor(max_workers=len(questions)) as pool:
        answers = list(
            pool.map(
                lambda item: _ask_one(item[0], item[1], answered, may_stop=item[0] in may_stop),
                questions.items(),
            )
        )
    return _collect(answer for source in answers for answer in source)


def _collect(answers: Iterable[_Answer]) -> Found:
    index: dict[Paper, int] = {}
    hits: list[Hit] = []
    log: list[SearchLogEntry] = []
    for answer in answers:
        log.append(answer.entry)
        for rank, paper in enumerate(answer.papers, start=1):
            place = index.setdefault(paper, len(index))
            hits.append(Hit(source=answer.entry.source, query=answer.entry.query, rank=rank, paper=place))
    return Found(tuple(index), tuple(hits), tuple(log))


def _whole_answers(known: Found) -> dict[tuple[str, str], _Answer]:
    """(source, query) → its answer, of those that came in full."""
    papers: defaultdict[tuple[str, str], dict[int, Paper]] = defaultdict(dict)
    for hit in known.hits:
        papers[hit.source, hit.query].setdefault(hit.rank, known.papers[hit.paper])
    return {
        (e.source, e.query): _Answer(
            tuple(paper for _, paper in sorted(papers[e.source, e.query].items()))[: e.retrieved], e
        )
        for e in known.log
        if not (e.error or e.incomplete)
    }


def _ask_one(
    source: str,
    questions: Sequence[_Question],
    answered: Mapping[tuple[str, str], _Answer],
    *,
    may_stop: bool,
) -> list[_Answer]:
    """Put the questions to one source in order, until it fails or brings nothing new any more."""
    answers: list[_Answer] = []
    seen: set[str] = set()
    new: list[int] = []
    for number, (query, ask) in enumerate(questions):
        answer = answered.get((source, query.text)) or _asked(source, query, ask)
        if answer.entry.error:
            lost = f"{answer.entry.error} ({len(questions) - number} of {len(questions)} queries lost)"
            answers.append(answer._replace(entry=answer.entry.model_copy(update={"error": lost})))
            break
        answers.append(answer)
        fresh = {paper.paper_id for paper in answer.papers} - seen
        seen |= fresh
        new.append(len(fresh))
        left = len(questions) - number - 1
        stop = should_stop(new) if may_stop and left else None
        if stop:
            answers[-1] = _stopped(answer, f"{left} further queries not asked: {stop.reason}")
            break
    return answers


def _stopped(answer: _Answer, why: str) -> _Answer:
    note = f"{answer.entry.note}; {why}" if answer.entry.note else why
    return answer._replace(entry=answer.entry.model_copy(update={"note": note}))


def _asked(source: str, query: SearchQuery, ask: Ask) -> _Answer:
    entry = SearchLogEntry(source=source, query=query.text, origin=query.origin)
    try:
        answer = ask()
    except SourceError as error:
        unreachable = isinstance(error, SourceUnavailableError)
        return _Answer((), entry.model_copy(update={"error": str(error), "unreachable": unreachable}))
    update = {
        "retrieved": len(answer.papers),
        "total": answer.total,
        "note": answer.note,
        "incomplete": answer.incomplete,
    }
    return _Answer(tuple(answer.papers), entry.model_copy(update=update))
