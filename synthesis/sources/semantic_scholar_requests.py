"""Requests to Semantic Scholar's Academic Graph, version 1. Pure.

The text of a search is plain words: a hyphen finds nothing, and in a bulk search signs are operators, so only letters
and digits are sent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.identifiers import parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.network.messages import Request
from synthesis.sources.semantic_scholar_model import FIELDS
from synthesis.sources.urls import build_url, path_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.network.messages import Secret
    from synthesis.records import Filters, Paper

BASE_URL = "https://api.semanticscholar.org/graph/v1"
PAGE = 100  # papers of a search
BULK_PAGE = 1000  # whatever is asked for
RELATIONS_PAGE = 1000
BATCH = 500
RANKED = 999  # papers that a search ranks: offset + limit stays below 1000
_MAX_QUERY_CHARS = 1000
_NOT_LETTERS = re.compile(r"[\W_]+")
_PAPER_ID = re.compile(r"[0-9a-f]{40}")
_DIGITS = re.compile(r"\d{1,12}")
# The field names that the API knows (api.semanticscholar.org/api-docs/graph, parameter fieldsOfStudy).
_FIELDS_OF_STUDY = {
    name.lower(): name
    for name in (
        *("Agricultural and Food Sciences", "Art", "Biology", "Business", "Chemistry", "Computer Science"),
        *(
            "Economics",
            "Education",
            "Engineering",
            "Environmental Science",
            "Geography",
            "Geology",
            "History",
        ),
        *("Law", "Linguistics", "Materials Science", "Mathematics", "Medicine", "Philosophy", "Physics"),
        *("Political Science", "Psychology", "Sociology"),
    )
}


def plain_words(text: str) -> str:
    """The words of ``text``, blanks between, nothing else.

    >>> plain_words('cross-lingual "retrieval" | -x')
    'cross lingual retrieval x'
    """
    return _NOT_LETTERS.sub(" ", text)[:_MAX_QUERY_CHARS].strip()


def search_request(base: str, words: str, filters: Filters, offset: int, limit: int) -> Request:
    """The page of ``limit`` papers from ``offset``, best first."""
    page = {"offset": str(offset), "limit": str(limit)}
    return Request(build_url(base, "/paper/search", _search_parameters(words, filters) | page))


def bulk_request(base: str, words: str, filters: Filters, token: str | None) -> Request:
    """The next thousand papers that hold all the words, the most cited first; ``token`` names the page."""
    more = {"sort": "citationCount:desc"} | ({"token": token} if token else {})
    return Request(build_url(base, "/paper/search/bulk", _search_parameters(words, filters) | more))


def match_request(base: str, title: str) -> Request:
    """The paper whose title comes closest."""
    return Request(build_url(base, "/paper/search/match", {"query": plain_words(title), "fields": FIELDS}))


def paper_request(base: str, name: str) -> Request | None:
    """The paper of that name; ``None`` where it cannot stand in a path."""
    path = path_part(name)
    return Request(build_url(base, f"/paper/{path}", {"fields": FIELDS})) if path else None


def batch_request(base: str, names: Sequence[str], secret: Secret | None) -> Request:
    """The papers of at most 500 names, in their order."""
    return Request.post_json(
        build_url(base, "/paper/batch", {"fields": FIELDS}), {"ids": list(names)}, secret
    )


def relations_request(base: str, name: str, kind: str, offset: int, limit: int) -> Request | None:
    """``kind`` is "references" or "citations" of the paper of that name."""
    path = path_part(name)
    parameters = {"fields": FIELDS, "offset": str(offset), "limit": str(limit)}
    return Request(build_url(base, f"/paper/{path}/{kind}", parameters)) if path else None


def paper_name(identifier: str) -> str | None:
    """An identifier as the API names it; ``None`` for a title and for what it does not know.

    >>> paper_name("https://arxiv.org/abs/2408.10536v2"), paper_name("pmcid:PMC12"), paper_name("A title")
    ('ARXIV:2408.10536', 'PMCID:12', None)
    """
    text = identifier.strip()
    scheme, _, rest = text.partition(":")
    kind, value = scheme.lower(), rest.strip()
    if kind == "s2" or _PAPER_ID.fullmatch(text):
        paper_id = (value or text).lower()
        return paper_id if _PAPER_ID.fullmatch(paper_id) else None
    for known, api in (("pmid", "PMID"), ("pmcid", "PMCID"), ("corpusid", "CorpusId")):
        digits = value.upper().removeprefix("PMC")
        if kind == known and _DIGITS.fullmatch(digits):
            return f"{api}:{digits}"
    if arxiv := parse_arxiv_id(text):
        return f"ARXIV:{arxiv[0]}"
    if doi := parse_doi(text):
        return f"DOI:{doi}"
    acl_id = parse_acl_id(text)
    return f"ACL:{acl_id}" if acl_id else None


def name_of(paper: Paper) -> str | None:
    """The best name of a paper that the API knows: its own id first."""
    own = [other for other in paper.other_ids if other.startswith("s2:")]
    others = [
        f"{kind}{value}"
        for kind, value in (("", paper.arxiv_id), ("", paper.doi), ("", paper.acl_id))
        if value
    ]
    return next(filter(None, map(paper_name, (*own, *others, paper.paper_id, *paper.other_ids))), None)


def unasked_filters(filters: Filters) -> Filters:
    """What ``search_request`` leaves out of ``filters``, to be checked on the papers that come."""
    asked = _search_parameters("", filters)
    done = {"from_year": None, "to_year": None, "open_access": False}
    done |= {"venue": None} if "venue" in asked else {}
    done |= {"field": None} if "fieldsOfStudy" in asked else {}
    return filters.model_copy(update=done)


def _search_parameters(words: str, filters: Filters) -> dict[str, str]:
    """The query with the filters that the API has; those that it would read otherwise than we are left out."""
    parameters = {"query": words, "fields": FIELDS}
    if filters.from_year or filters.to_year:
        parameters["year"] = f"{filters.from_year or ''}-{filters.to_year or ''}"
    if filters.venue and "," not in filters.venue:
        parameters["venue"] = filters.venue.strip()
    field = _FIELDS_OF_STUDY.get((filters.field or "").strip().lower())
    if field:
        parameters["fieldsOfStudy"] = field
    if filters.open_access:
        parameters["openAccessPdf"] = ""
    return parameters
