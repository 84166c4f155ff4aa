"""Identifiers of works: arXiv ids, DOIs, ACL Anthology ids, those of databases, normalised titles."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from synthesis.records import text_sha256

if TYPE_CHECKING:
    from collections.abc import Callable

# arXiv identifiers since April 2007 (2408.10536) and before (hep-th/9901001), with an optional version:
# https://info.arxiv.org/help/arxiv_identifier.html
_ARXIV = re.compile(
    r"(?:arxiv:\s*|https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html|src|e-print)/)?"
    r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v(\d{1,3}))?(?:\.pdf)?",
    re.IGNORECASE,
)
# DOI syntax after Crossref's own matching advice: prefix 10.<4–9 digits>/, suffix without blanks.
_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
# ACL Anthology ids: 2020.emnlp-main.477, or the older P19-1001 form.
_ACL = re.compile(
    r"(?:acl:\s*|https?://(?:www\.)?aclanthology\.org/)?"
    r"(\d{4}\.[a-z0-9_]+-[a-z0-9]+\.\d+|[A-Z]\d{2}-\d{4})(?:\.pdf|/)?",
    re.IGNORECASE,
)
# PubMed and PubMed Central: numbers; the second is written with its prefix.
_PMID = re.compile(
    r"(?:pmid:?\s*|https?://(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/)?(\d{1,9})/?",
    re.IGNORECASE,
)
_PMCID = re.compile(
    r"(?:pmcid:?\s*|https?://(?:www\.)?(?:ncbi\.nlm\.nih\.gov/pmc|pmc\.ncbi\.nlm\.nih\.gov)/articles/)?"
    r"pmc\s?(\d{1,9})(?:\.\d+)?/?",
    re.IGNORECASE,
)
# Semantic Scholar names a work by a hash of 40 hex digits or by a corpus number; OpenAlex works begin with W.
_S2 = re.compile(
    r"(?:s2:\s*|https?://(?:www\.)?semanticscholar\.org/paper/(?:[^/\s]+/)?)?([0-9a-f]{40})", re.IGNORECASE
)
_S2_CORPUS = re.compile(r"(?:s2:\s*)?corpusid:\s*(\d{1,12})", re.IGNORECASE)
_OPENALEX = re.compile(
    r"(?:openalex:\s*|https?://(?:api\.)?openalex\.org/(?:works/)?)?(W\d{1,12})", re.IGNORECASE
)
# The DOIs that the Association for Computational Linguistics gives end in the Anthology id.
_ACL_DOI = re.compile(r"10\.(?:18653|3115)/v1/(.+)", re.IGNORECASE)
_NOT_WORD = re.compile(r"[^\w]+", re.UNICODE)
_TEX_COMMAND = re.compile(r"\\[a-zA-Z]+\*?|[{}$]")


def parse_arxiv_id(text: str) -> tuple[str, int | None] | None:
    """Split an arXiv id or URL into (id without version, version).

    >>> parse_arxiv_id("https://arxiv.org/abs/2408.10536v1")
    ('2408.10536', 1)
    >>> parse_arxiv_id("attention is all you need") is None
    True
    """
    match = _ARXIV.fullmatch(text.strip())
    if match is None:
        doi = parse_doi(text)
        inner = _ARXIV_DOI.fullmatch(doi) if doi else None
        match = _ARXIV.fullmatch(inner[1]) if inner else None
    if match is None:
        return None
    return match[1].lower() if "/" in match[1] else match[1], int(match[2]) if match[2] else None


def year_of_arxiv_id(arxiv_id: str | None) -> int | None:
    """The year of submission, with which arXiv ids since April 2007 begin.

    >>> year_of_arxiv_id("2408.10536"), year_of_arxiv_id("hep-th/9901001")
    (2024, None)
    """
    return 2000 + int(arxiv_id[:2]) if arxiv_id and arxiv_id[:2].isdigit() else None


def parse_doi(text: str) -> str | None:
    """The DOI in ``text`` (a bare DOI, ``doi:…`` or a resolver URL), lower case.

    >>> parse_doi("https://doi.org/10.18653/v1/2020.EMNLP-main.477")
    '10.18653/v1/2020.emnlp-main.477'
    """
    match = _DOI.fullmatch(text.strip())
    return match[1].rstrip(".,;").lower() if match else None


def parse_acl_id(text: str) -> str | None:
    """The ACL Anthology id in ``text`` (an id or URL).

    >>> parse_acl_id("https://aclanthology.org/2020.emnlp-main.477/")
    '2020.emnlp-main.477'
    """
    match = _ACL.fullmatch(text.strip())
    if match is None:
        return None
    return match[1].upper() if match[1][0].isalpha() else match[1].lower()


def parse_pmid(text: str) -> str | None:
    """The PubMed id in ``text`` (a number, ``pmid:…`` or URL), without leading zeros.

    >>> parse_pmid("https://pubmed.ncbi.nlm.nih.gov/24896260/"), parse_pmid("PMID: 07"), parse_pmid("PMC7")
    ('24896260', '7', None)
    """
    match = _PMID.fullmatch(text.strip())
    return str(int(match[1])) if match and int(match[1]) else None


def parse_pmcid(text: str) -> str | None:
    """The PubMed Central id in ``text`` (``PMC…``, ``pmcid:PMC…`` or URL), with its prefix, without version.

    >>> parse_pmcid("https://pmc.ncbi.nlm.nih.gov/articles/PMC4045897/"), parse_pmcid("4045897")
    ('PMC4045897', None)
    """
    match = _PMCID.fullmatch(text.strip())
    return f"PMC{int(match[1])}" if match else None


def parse_s2_id(text: str) -> str | None:
    """The Semantic Scholar id in ``text`` (a hash of 40 hex digits, its URL, or ``CorpusID:…``).

    >>> parse_s2_id("CorpusId:215416146"), parse_s2_id("s2:" + "0A" * 20) == "0a" * 20
    ('CorpusID:215416146', True)
    """
    text = text.strip()
    if corpus := _S2_CORPUS.fullmatch(text):
        return f"CorpusID:{int(corpus[1])}"
    match = _S2.fullmatch(text)
    return match[1].lower() if match else None


def parse_openalex_id(text: str) -> str | None:
    """The OpenAlex id of a work in ``text`` (``W…`` or URL).

    >>> parse_openalex_id("https://openalex.org/w2741809807"), parse_openalex_id("A5023888391")
    ('W2741809807', None)
    """
    match = _OPENALEX.fullmatch(text.strip())
    return match[1].upper() if match else None


@lru_cache(maxsize=16384)
def canonical_id(paper_id: str) -> str:
    """A ``paper_id`` in the one form in which it can be compared; what is not known stays as it is.

    A DOI that arXiv or the ACL Anthology gave is the id of theirs; an arXiv id loses its version.

    >>> [canonical_id(i) for i in ("doi:10.48550/arXiv.2408.10536", "arxiv:2408.10536v2", "doi:10.18653/v1/P19-1001")]
    ['arxiv:2408.10536', 'arxiv:2408.10536', 'acl:P19-1001']
    >>> canonical_id("pmcid:4045897"), canonical_id("openalex:w7"), canonical_id("title:0a")
    ('pmcid:PMC4045897', 'openalex:W7', 'title:0a')
    """
    scheme, _, value = paper_id.partition(":")
    read = _CANONICAL.get(scheme.lower())
    return (read(value) if read else None) or paper_id


def _of_arxiv(value: str) -> str | None:
    parsed = parse_arxiv_id(value)
    return f"arxiv:{parsed[0]}" if parsed else None


def _of_doi(value: str) -> str | None:
    doi = parse_doi(value)
    if doi is None:
        return None
    acl = _ACL_DOI.fullmatch(doi)
    acl_id = parse_acl_id(acl[1]) if acl else None
    return _of_arxiv(doi) or (f"acl:{acl_id}" if acl_id else f"doi:{doi}")


def _of(scheme: str, parse: Callable[[str], str | None]) -> Callable[[str], str | None]:
    def canonical(value: str) -> str | None:
        parsed = parse(value)
        return f"{scheme}:{parsed}" if parsed else None

    return canonical


def _parse_pmcid_value(value: str) -> str | None:
    return parse_pmcid(value) or parse_pmcid(f"PMC{value.strip()}")


_CANONICAL: dict[str, Callable[[str], str | None]] = {
    "arxiv": _of_arxiv,
    "doi": _of_doi,
    "acl": _of("acl", parse_acl_id),
    "pmid": _of("pmid", parse_pmid),
    "pmcid": _of("pmcid", _parse_pmcid_value),
    "s2": _of("s2", parse_s2_id),
    "openalex": _of("openalex", parse_openalex_id),
}


def normalise_title(title: str) -> str:
    """Fold case, accents, TeX and punctuation away, so that two spellings of one title are equal.

    >>> normalise_title("{LAR}e{QA}: Language-Agnostic Answer Retrieval!")
    'lareqa language agnostic answer retrieval'
    """
    text = unicodedata.normalize("NFKD", _TEX_COMMAND.sub("", title)).casefold()
    if not text.isascii():
        text = "".join(c for c in text if unicodedata.category(c) != "Mn" or ord(c) >= 0x0530)
    return _NOT_WORD.sub(" ", text).strip()


def make_paper_id(
    *, title: str, arxiv_id: str | None = None, doi: str | None = None, acl_id: str | None = None
) -> str:
    """The canonical ``paper_id``: the first known of arXiv id, DOI, ACL id, else a hash of the title."""
    if arxiv_id:
        return f"arxiv:{arxiv_id}"
    if doi:
        return f"doi:{doi}"
    if acl_id:
        return f"acl:{acl_id}"
    return f"title:{text_sha256(normalise_title(title))[:16]}"
