"""Identifiers of works: arXiv ids, DOIs, ACL Anthology ids, normalised titles."""

from __future__ import annotations

import re
import unicodedata

from synthesis.records import text_sha256

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


def normalise_title(title: str) -> str:
    """Fold case, accents, TeX and punctuation away, so that two spellings of one title are equal.

    >>> normalise_title("{LAR}e{QA}: Language-Agnostic Answer Retrieval!")
    'lareqa language agnostic answer retrieval'
    """
    text = unicodedata.normalize("NFKD", _TEX_COMMAND.sub("", title)).casefold()
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
