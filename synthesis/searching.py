"""Queries → what the sources answered: all sources at once, each in order, failures as lines of the log.

A query that an earlier try of the same run already had answered in full is not asked again, and a remote source whose
last queries brought nothing new is asked no further (``completeness.should_stop``).
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from synthesis.completeness import should_stop
from synthesis.errors import SourceError, SourceUnavailableError
from synthesis.filtering import why_filtered
from synthesis.merging import merge_papers
from synthesis.protocols import CitationSource, MeaningSource, ReferenceSource
from synthesis.records import Hit, Paper, SearchLogEntry, SearchQuery
from synthesis.terms import listed_apart
from synthesis.threads import DaemonPool
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from synthesis.protocols import Meaning, SearchAnswer, Source
    from synthesis.records import Filters

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
    is_relevant: Callable[[Paper], bool] = lambda _: True,
) -> Found:
    """Ask every source every query (remote ones the first few); sources run at once, a source in order.

    ``limit`` is the number of papers asked for each query; ``known`` is what an earlier try found: a query that it
    holds the whole answer to is not asked again. A remote source whose queries bring nothing new that ``is_relevant``
    is asked no further.

    A source that fails is a line in the log, never an exception: after an error it is asked no more, and the
    log says how many queries were lost. The result does not depend on which source answers first.
    """

    def questions(source: Source) -> list[_Question]:
        asked = list(queries)[:remote_queries] if source.remote else list(queries)
        return [_Question(q, partial(source.search, q.text, limit)) for q in asked]

    stopping = {s.name: is_relevant for s in sources if s.remote}
    return _ask_all({s.name: questions(s) for s in sources}, stopping, known)


def search_by_meaning(
    question: str, query: SearchQuery, sources: Sequence[Source], limit: int, meaning: Meaning
) -> Found:
    """The ``limit`` papers of each source that can be searched so whose titles are nearest to the question.

    ``query`` is how that stands in the log, apart from the search for the question's words.
    """
    able = [source for source in sources if isinstance(source, MeaningSource)]
    asked = {s.name: [_Question(query, partial(s.search_meaning, question, limit, meaning))] for s in able}
    return _ask_all(asked, {}, NOTHING)


def follow_citations(
    papers: Sequence[Paper], sources: Sequence[Source], limit: int, known: Found = NOTHING
) -> Found:
    """What ``papers`` cite and what cites them, of every source that knows; otherwise as ``search_sources``."""
    asked = {source.name: _citation_questions(source, papers, limit) for source in sources}
    return _ask_all({name: questions for name, questions in asked.items() if questions}, {}, known)


def _citation_questions(source: Source, papers: Sequence[Paper], limit: int) -> list[_Question]:
    questions = []
    for paper in papers:
        if isinstance(source, ReferenceSource):
            query = SearchQuery(
                text=say("works that {paper} cites", paper=paper.paper_id), origin="references"
            )
            questions.append(_Question(query, partial(source.references, paper, limit)))
        if isinstance(source, CitationSource):
            query = SearchQuery(text=say("works that cite {paper}", paper=paper.paper_id), origin="citations")
            questions.append(_Question(query, partial(source.citations, paper, limit)))
    return questions


def join_found(a: Found, b: Found) -> Found:
    """Two rounds of search as one."""
    index = {paper: i for i, paper in enumerate(a.papers)}
    for paper in b.papers:
        index.setdefault(paper, len(index))
    moved = (hit.model_copy(update={"paper": index[b.papers[hit.paper]]}) for hit in b.hits)
    return Found(tuple(index), (*a.hits, *moved), (*a.log, *b.log))


def ranked_works(found: Found, filters: Filters) -> list[Paper]:
    """The works found that the filters let through, by the best rank that any source gave them."""
    ranked = sorted(found.hits, key=lambda hit: (hit.rank, hit.source))
    works = merge_papers(list(dict.fromkeys(found.papers[hit.paper] for hit in ranked)))
    return [work for work in works if why_filtered(work, filters) is None]


def failed_sources(found: Found) -> set[str]:
    """Names of the sources that failed; one that did is not asked again in the same run."""
    return {entry.source for entry in found.log if entry.error}


def _ask_all(
    questions: Mapping[str, Sequence[_Question]],
    stopping: Mapping[str, Callable[[Paper], bool]],
    known: Found,
) -> Found:
    """``stopping``: for each source that may be asked no further, which new papers speak against it."""
    if not questions:
        return NOTHING
    answered = _whole_answers(known)
    with DaemonPool(len(questions)) as pool:
        answers = pool.map(
            lambda item: _ask_one(item[0], item[1], answered, stopping.get(item[0])),
            questions.items(),
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
    is_relevant: Callable[[Paper], bool] | None,
) -> list[_Answer]:
    """Put the questions to one source in order, until it fails or brings nothing new any more."""
    answers: list[_Answer] = []
    seen: set[str] = set()
    new: list[int] = []
    for number, (query, ask) in enumerate(questions):
        answer = answered.get((source, query.text)) or _asked(source, query, ask)
        if answer.entry.error:
            lost = say(
                "{error} ({lost} of {queries} queries lost)",
                error=answer.entry.error,
                lost=len(questions) - number,
                queries=len(questions),
            )
            answers.append(answer._replace(entry=answer.entry.model_copy(update={"error": lost})))
            break
        answers.append(answer)
        left = len(questions) - number - 1
        if is_relevant is None or not left:
            continue
        fresh = [paper for paper in answer.papers if paper.paper_id not in seen]
        seen |= {paper.paper_id for paper in fresh}
        new.append(sum(map(is_relevant, fresh)))
        stop = should_stop(new)
        if stop:
            answers[-1] = _stopped(answer, _not_asked(left, stop.reason))
            break
    return answers


def _not_asked(n: int, why: str) -> str:
    return say_n("{n} further query not asked: {why}", "{n} further queries not asked: {why}", n, why=why)


def _stopped(answer: _Answer, why: str) -> _Answer:
    note = answer.entry.note or ""
    if why in note:  # an answer of an earlier try, which ended here too
        return answer
    note = listed_apart((note, why)) if note else why
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
