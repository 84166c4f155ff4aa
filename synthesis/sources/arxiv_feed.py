"""An answer of arXiv's query API (Atom 1.0) → a checked feed, and its entries → papers. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lxml import etree

from synthesis.errors import SourceRefusedError
from synthesis.identifiers import make_paper_id, parse_arxiv_id, parse_doi
from synthesis.network.diagnosis import EXCERPT_CHARS, excerpt, parse_retry_after
from synthesis.network.messages import Trouble
from synthesis.records import Link, Notice, Paper, Section

if TYPE_CHECKING:
    import arxiv

    from synthesis.network.messages import Response

_SOURCE = "arxiv"
_ATOM = "{http://www.w3.org/2005/Atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_ERROR_ID = "/api/errors"
_BUSY = frozenset({429, 500, 502, 503, 504})
_DENIED_WAIT_SECONDS = 600.0  # arXiv reads quick repeats after a 403 as an attack (arxiv.org/denied.html)
_WORK_WITHDRAWN = (
    r"(?:paper|article|submission|manuscript|preprint|work) (?:has|is|was)(?: been)? withdrawn\b"
)
_WITHDRAWN_COMMENT = re.compile(rf"^withdrawn\b|\b{_WORK_WITHDRAWN}", re.IGNORECASE)
# An abstract may be about withdrawn papers; one of a paper that was withdrawn begins by saying so.
_WITHDRAWN_ABSTRACT = re.compile(
    rf"\W*(?:(?:this|the) {_WORK_WITHDRAWN}|withdrawn(?=\W*$|\s*[.:;!)\]]|\s(?:due|because|by the auth)))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of entries: ``atom`` is well-formed, without DTD, and holds usable entries only."""

    atom: bytes
    total: int  # entries that arXiv says it holds for the query
    n_entries: int  # entries on the page as sent
    n_usable: int  # entries in ``atom``: those with an arXiv id, a title and both dates


def diagnose_feed(response: Response, now: datetime) -> Trouble | None:
    """What is wrong with an answer; ``None`` for a feed that ``read_feed`` reads.

    Its rate limit may come under any status, its own errors under 400 and 200; a feed cut short may be asked for again.
    """
    status, words = response.status, excerpt(response.body)
    said = f"arXiv answered HTTP {status}: {words}"
    if status in _BUSY or _is_rate_notice(response.body):
        wait = parse_retry_after(response.headers.get("retry-after"), now)
        return Trouble("busy", said, wait)
    if status == 403:
        return Trouble("refused", f"arXiv denied access (HTTP 403): {words}", _DENIED_WAIT_SECONDS)
    root = _parse(response.body) if status in (200, 400) else None
    error = _error_words(root) if root is not None else None
    if error is not None:
        return Trouble("refused", f"arXiv answered with an error: {error}")
    return _diagnose_body(response.body, root) if status == 200 else Trouble("refused", said)


def read_feed(body: bytes) -> Feed:
    """A page that ``diagnose_feed`` let through, its entries counted and those left out that cannot become a paper.

    Raises:
        SourceRefusedError: it is none.
    """
    root = _parse(body)
    total = _total(root) if root is not None else None
    if total is None:
        raise SourceRefusedError(f"arXiv sent something other than an Atom feed: {excerpt(body)}")
    entries = root.findall(f"{_ATOM}entry")
    unusable = [entry for entry in entries if not _is_usable(entry)]
    for entry in unusable:
        root.remove(entry)
    return Feed(etree.tostring(root), total, len(entries), len(entries) - len(unusable))


def paper_of(result: arxiv.Result) -> Paper:
    """One entry as a paper; its only section is the abstract."""
    arxiv_id, version = entry_id(result.entry_id)
    title, abstract = one_line(result.title), one_line(result.summary)
    dois = (result.doi or "").split()  # an entry may name several, with blanks between
    withdrawn = _is_withdrawn(one_line(result.comment), abstract)
    name = f"{arxiv_id}v{version}" if version else arxiv_id
    categories = map(one_line, [result.primary_category, *result.categories])
    return Paper(
        paper_id=make_paper_id(title=title, arxiv_id=arxiv_id),
        title=title,
        abstract=abstract or None,
        authors=tuple(name for name in (one_line(author.name) for author in result.authors) if name),
        year=result.published.year,
        venue=one_line(result.journal_ref) or "arXiv",
        doi=parse_doi(dois[0]) if dois else None,
        arxiv_id=arxiv_id,
        arxiv_version=version,
        url=f"https://arxiv.org/abs/{name}",
        source=_SOURCE,
        retracted=withdrawn,
        sections=(Section(title="Abstract", text=abstract),) if abstract else (),
        fields=tuple(dict.fromkeys(category for category in categories if category)),
        open_access=True,
        links=() if withdrawn else _links(name),  # the last version of a withdrawn paper has no text
        notices=(Notice(kind="withdrawn", source=_SOURCE),) if withdrawn else (),
    )


def _is_withdrawn(comment: str, abstract: str) -> bool:
    return bool(_WITHDRAWN_COMMENT.search(comment) or _WITHDRAWN_ABSTRACT.match(abstract))


def _links(name: str) -> tuple[Link, ...]:
    """Where the text of one version lies: https://info.arxiv.org/help/bulk_data.html, …/help/view.html."""
    return (
        Link(
            url=f"https://export.arxiv.org/e-print/{name}", form="latex", source=_SOURCE, version="submitted"
        ),
        Link(url=f"https://arxiv.org/html/{name}", form="html", source=_SOURCE, version="submitted"),
        Link(url=f"https://export.arxiv.org/pdf/{name}", form="pdf", source=_SOURCE, version="submitted"),
    )


def entry_id(text: str) -> tuple[str, int | None]:
    """The arXiv id and version of an entry that ``read_feed`` left in."""
    parsed = parse_arxiv_id(text)
    if parsed is None:
        raise SourceRefusedError(f"arXiv sent an entry whose id is not an arXiv id: {text[:EXCERPT_CHARS]}")
    return parsed


def one_line(text: str | None) -> str:
    """``text`` with every run of blanks and line breaks as one blank."""
    return " ".join((text or "").split())


def _is_rate_notice(body: bytes) -> bool:
    """Whether the body is arXiv's plain notice of its rate limit, whatever the status says."""
    return body[:64].strip().lower().startswith(b"rate exceeded")


def _parse(body: bytes) -> Any:
    """The root of a well-formed Atom feed without a DTD, else ``None``.

    The package's own parser repairs what is broken, so a page cut short would pass as a shorter one.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None or root.tag != f"{_ATOM}feed" or root.getroottree().docinfo.internalDTD is not None:
        return None
    return root


def _diagnose_body(body: bytes, root: Any) -> Trouble | None:
    """What is wrong with a page; one that begins as a feed was cut short and may be asked for again."""
    if root is None and b"<feed" in body[:1024] and b"<!DOCTYPE" not in body[:1024]:
        return Trouble("busy", f"arXiv sent a damaged Atom feed: {excerpt(body)}")
    if root is None:
        return Trouble("refused", f"arXiv sent something other than an Atom feed: {excerpt(body)}")
    if _total(root) is None:
        return Trouble("busy", "arXiv sent a feed that does not say how many results there are")
    return None


def _error_words(root: Any) -> str | None:
    """The error that arXiv states, in its words; it comes as an entry. ``None`` when there is none."""
    for entry in root.iterfind(f"{_ATOM}entry"):
        if _ERROR_ID in (entry.findtext(f"{_ATOM}id") or ""):
            words = one_line(entry.findtext(f"{_ATOM}summary")) or one_line(entry.findtext(f"{_ATOM}title"))
            return words[:EXCERPT_CHARS] or "(no words)"
    return None


def _total(root: Any) -> int | None:
    """How many results the feed states; ``None`` when it states no number."""
    try:
        return max(0, int(root.findtext(_TOTAL) or ""))
    except ValueError:
        return None


def _is_usable(entry: Any) -> bool:
    """Whether an entry has an arXiv id, a title and two dates; a title may well be "0"."""
    return (
        parse_arxiv_id(entry.findtext(f"{_ATOM}id") or "") is not None
        and one_line(entry.findtext(f"{_ATOM}title")) != ""
        and all(_is_date(entry.findtext(f"{_ATOM}{name}")) for name in ("published", "updated"))
    )


def _is_date(text: str | None) -> bool:
    try:
        datetime.fromisoformat((text or "").strip()).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return True
