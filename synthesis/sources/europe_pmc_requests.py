"""Requests to Europe PMC's web service. Pure.

Its query language has fields, brackets and operators, so of a user's words only letters and digits get into a query, or
stand in quotes without quotes of their own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.identifiers import parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.network.messages import Request
from synthesis.reading.language_codes import three_letter_codes
from synthesis.sources.arxiv_query import build_query as build_arxiv_query
from synthesis.sources.europe_pmc_model import record_key
from synthesis.sources.urls import build_url

if TYPE_CHECKING:
    from synthesis.records import Filters

BASE_URL = "https://www.ebi.ac.uk/europepmc/webservices/rest"
PAGE = 250  # of at most 1000; a record with its abstract and subject headings has some 10 kB
RELATIONS_PAGE = 1000
FIRST_CURSOR = "*"
_MAX_TITLE_CHARS = 1000
_NOT_LETTERS = re.compile(r"[\W_]+")
_NOT_IN_QUOTES = re.compile(r'["\\\x00-\x1f\x7f]+')
_ARXIV_TERM = re.compile(r'\ball:("[^"]*"|\w+)')
_OPERATORS = frozenset({"and", "or", "not"})
_DIGITS = re.compile(r"\d{1,12}")


def build_query(text: str, filters: Filters) -> str:
    """Free text as a query over titles and abstracts, with the filters; empty when it holds no word.

    The text is cut into units and joined as for arXiv (``arxiv_query``), whose reasons hold here too: of many words
    joined by AND nothing is found.
    """
    terms = build_arxiv_query(text)
    if not terms:
        return ""
    return " AND ".join([f"({_ARXIV_TERM.sub(_term, terms)})", *_filter_terms(filters)])


def build_lookup(identifier: str) -> str | None:
    """The query for the record of an id or, in letters, of a title; ``None`` for ids that Europe PMC does not know.

    >>> build_lookup("10.1000/Ab"), build_lookup("pmcid:PMC12"), build_lookup("https://example.org")
    ('DOI:"10.1000/ab"', 'PMCID:PMC12', None)
    """
    text = identifier.strip()
    kind, _, value = text.partition(":")
    key = record_key(f"{kind.lower()}:{value.strip()}")
    if key is not None and key[0] == "PMC":
        return (
            f"PMCID:PMC{digits}" if _DIGITS.fullmatch(digits := key[1].upper().removeprefix("PMC")) else None
        )
    if key is not None:
        return f"EXT_ID:{key[1]} AND SRC:{key[0]}"
    if arxiv := parse_arxiv_id(text):
        return f'DOI:"10.48550/arxiv.{arxiv[0]}"'
    if doi := parse_doi(text):
        return f'DOI:"{_NOT_IN_QUOTES.sub("", doi)}"'
    if parse_acl_id(text) or "://" in text or kind.lower() in {"s2", "openalex", "title", "file", "corpusid"}:
        return None
    words = _NOT_LETTERS.sub(" ", text[:_MAX_TITLE_CHARS]).strip()
    return f'TITLE:"{words}"' if words else None


def search_request(base: str, query: str, size: int, cursor: str | None) -> Request:
    """The page of ``size`` records that ``cursor`` names; ``None`` names the first."""
    parameters = {"query": query, "format": "json", "resultType": "core", "pageSize": str(size)}
    return Request(build_url(base, "/search", parameters | {"cursorMark": cursor or FIRST_CURSOR}))


def relations_request(base: str, key: tuple[str, str], kind: str, page: int, size: int) -> Request:
    """``kind`` is "references" or "citations" of the record of that key (letters and digits); pages count from 1."""
    parameters = {"page": str(page), "pageSize": str(size), "format": "json"}
    return Request(build_url(base, f"/{key[0]}/{key[1]}/{kind}", parameters))


def _term(match: re.Match[str]) -> str:
    word = match[1]
    return f'TITLE_ABS:"{word}"' if word in _OPERATORS else f"TITLE_ABS:{word}"


def _filter_terms(filters: Filters) -> list[str]:
    """The filters that the query language has, as it writes them; Europe PMC names no fields of study."""
    terms = []
    if filters.from_year or filters.to_year:
        terms.append(f"PUB_YEAR:[{filters.from_year or 1000} TO {filters.to_year or 9999}]")
    if venue := _NOT_LETTERS.sub(" ", filters.venue or "").strip():
        terms.append(f'JOURNAL:"{venue}"')
    if filters.language and (codes := three_letter_codes(filters.language)):
        # PubMed's records carry three letters, preprints two
        names = [filters.language.strip().lower(), *codes]
        terms.append("(" + " OR ".join(f'LANG:"{name}"' for name in names) + ")")
    if filters.open_access:
        terms.append("OPEN_ACCESS:y")
    return terms
