"""Answers of Semantic Scholar's API, bytes → pages of papers. Pure.

An error comes as ``{"error": …}`` or ``{"message": …}``, mostly under its own HTTP status; a search without hits as
``{"total": 0, "offset": 0}`` without a list; an unknown id of a batch as ``null`` in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from synthesis.errors import SourceRefusedError
from synthesis.network.messages import Trouble
from synthesis.sources.lenient import Count, Lenient, Name, Text, Token, as_list, read_json
from synthesis.sources.paging import Page
from synthesis.sources.semantic_scholar_model import PaperRow, paper_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from synthesis.records import Paper

TITLE = "Semantic Scholar"
_RECORDS = (
    "data",
    "recommendedPapers",
    "diffs",
    "files",
    "datasets",
)  # under which endpoints list what they hold

Rows = Annotated[tuple[PaperRow, ...], BeforeValidator(as_list)]


@dataclass(frozen=True, slots=True)
class Batch:
    """The papers of a batch in the order of the ids asked for, ``None`` where there is none to show."""

    papers: tuple[Paper | None, ...]
    n_missing: int  # ids that Semantic Scholar does not know
    n_untitled: int  # records without a title, so not to be used


@dataclass(frozen=True, slots=True)
class Relations:
    """One page of a citation list; ``withheld``: the publisher does not let it be shown."""

    page: Page
    withheld: bool = False


def _list_or_none(value: Any) -> list[Any] | None:
    return None if value is None else as_list(value)


class _Search(Lenient):
    total: Count = None
    next: Count = None  # offset of the next page
    token: Token = None  # of the next page of a bulk search
    data: Rows = ()


class _Relation(Lenient):
    cited: PaperRow = Field(PaperRow(), alias="citedPaper")
    citing: PaperRow = Field(PaperRow(), alias="citingPaper")


class _RelationList(Lenient):
    next: Count = None
    data: Annotated[tuple[_Relation, ...] | None, BeforeValidator(_list_or_none)] = None


class _Error(Lenient):
    error: Text = None
    message: Text = None
    code: Name = None

    @property
    def words(self) -> str | None:
        return self.error or self.message


def parse_search(body: bytes) -> Page:
    """A page of ``/paper/search``, ``/paper/search/bulk`` or ``/paper/search/match``.

    Raises:
        SourceRefusedError: an error of Semantic Scholar, in its words, or no answer of its form.
    """
    answer = _Search.model_validate(_object(body))
    following = answer.token or (None if answer.next is None else str(answer.next))
    return _page(answer.data, following, answer.total)


def parse_paper(body: bytes) -> Paper | None:
    """The paper of ``/paper/{id}``; ``None`` where the record holds no title.

    Raises:
        SourceRefusedError: as ``parse_search``.
    """
    return paper_of(PaperRow.model_validate(_object(body)))


def parse_batch(body: bytes) -> Batch:
    """The papers of ``/paper/batch``.

    Raises:
        SourceRefusedError: as ``parse_search``.
    """
    rows = _answer(body)
    if not isinstance(rows, list):
        raise SourceRefusedError(f"{TITLE} answered a batch with something else than a list")
    papers = tuple(None if row is None else paper_of(PaperRow.model_validate(row)) for row in rows)
    n_missing = sum(row is None for row in rows)
    return Batch(papers, n_missing, papers.count(None) - n_missing)


def parse_references(body: bytes) -> Relations:
    """A page of the works that a paper cites.

    Raises:
        SourceRefusedError: as ``parse_search``.
    """
    return _relations(body, lambda relation: relation.cited)


def parse_citations(body: bytes) -> Relations:
    """A page of the works that cite a paper.

    Raises:
        SourceRefusedError: as ``parse_search``.
    """
    return _relations(body, lambda relation: relation.citing)


def parse_other(body: bytes) -> int:
    """How many records an answer of any other endpoint holds (authors, recommendations, snippets, releases).

    Raises:
        SourceRefusedError: as ``parse_search``.
    """
    value = _answer(body)
    if isinstance(value, list):
        return sum(row is not None for row in value)
    if not isinstance(value, dict):
        raise SourceRefusedError(f"{TITLE} answered with neither an object nor a list")
    return next((len(as_list(value[name])) for name in _RECORDS if name in value), 1)


def says_not_held(body: bytes) -> bool:
    """Whether an answer under 404 means that there is no such paper, rather than no such address.

    Raises:
        SourceRefusedError: it is not JSON.
    """
    error = _error(read_json(body, TITLE))
    return error is not None and error.error is not None


def error_trouble(body: bytes) -> Trouble | None:
    """An error that came as a success: busy where it is the rate limit's, else refused.

    Raises:
        SourceRefusedError: the answer is not JSON.
    """
    error = _error(read_json(body, TITLE))
    if error is None:
        return None
    return Trouble("busy" if error.code == "429" else "refused", f"{TITLE} answered: {error.words}")


def _relations(body: bytes, paper_in: Callable[[_Relation], PaperRow]) -> Relations:
    answer = _RelationList.model_validate(_object(body))
    rows = tuple(map(paper_in, answer.data or ()))
    following = None if answer.next is None else str(answer.next)
    return Relations(_page(rows, following, None), withheld=answer.data is None)


def _page(rows: tuple[PaperRow, ...], following: str | None, total: int | None) -> Page:
    papers = tuple(paper for paper in map(paper_of, rows) if paper)
    return Page(papers, len(rows), total, following)


def _object(body: bytes) -> dict[str, Any]:
    value = _answer(body)
    if not isinstance(value, dict):
        raise SourceRefusedError(f"{TITLE} answered with something else than an object")
    return value


def _answer(body: bytes) -> Any:
    value = read_json(body, TITLE)
    if error := _error(value):
        raise SourceRefusedError(f"{TITLE} answered: {error.words}")
    return value


def _error(value: Any) -> _Error | None:
    if not isinstance(value, dict) or "data" in value or "paperId" in value:
        return None
    error = _Error.model_validate(value)
    return error if error.words else None
