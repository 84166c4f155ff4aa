"""An answer of arXiv's query API (Atom 1.0) → a checked feed, and its entries → papers. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from lxml import etree

from synthesis.errors import SourceRefusedError
from synthesis.identifiers import make_paper_id, parse_arxiv_id, parse_doi
from synthesis.records import Paper, Section

if TYPE_CHECKING:
    import arxiv

    from synthesis.sources.network import Reply

_ATOM = "{http://www.w3.org/2005/Atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_ERROR_ID = "/api/errors"
_EXCERPT_CHARS = 200
_BUSY = frozenset({429, 500, 502, 503, 504})
_MAX_WAIT_SECONDS = 86_400.0
_DENIED_WAIT_SECONDS = 600.0  # arXiv reads quick repeats after a 403 as an attack (arxiv.org/denied.html)
_WITHDRAWN = re.compile(
    r"^withdrawn\b|\b(?:paper|article|submission|manuscript|preprint|work) (?:has|is|was)(?: been)? withdrawn\b",
    re.IGNORECASE,
)


class RefusedForNowError(SourceRefusedError):
    """arXiv will not answer now; ``wait_seconds`` is how long it asks for, ``retry`` whether to try again."""

    def __init__(self, message: str, *, wait_seconds: float | None = None, retry: bool = True) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds
        self.retry = retry


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of entries: ``atom`` is well-formed, without DTD, and holds usable entries only."""

    atom: bytes
    total: int  # entries that arXiv says it holds for the query
    n_entries: int  # entries on the page as sent
    n_usable: int  # entries in ``atom``: those with an arXiv id, a title and both dates


def read_reply(reply: Reply, now: datetime) -> Feed:
    """Check an answer; ``now`` (with time zone) turns a Retry-After date into seconds.

    Raises:
        RefusedForNowError: rate limit, overload, access denied, or an answer cut short.
        SourceRefusedError: arXiv's own error, in its words, or something that is not a feed.
    """
    if reply.status in _BUSY or _is_rate_notice(reply.body):
        raise RefusedForNowError(
            f"arXiv answered HTTP {reply.status}: {excerpt(reply.body)}",
            wait_seconds=parse_retry_after(reply.retry_after, now),
        )
    if reply.status == 403:
        raise RefusedForNowError(
            f"arXiv denied access (HTTP 403): {excerpt(reply.body)}",
            wait_seconds=_DENIED_WAIT_SECONDS,
            retry=False,
        )
    root = _parse(reply.body) if reply.status in (200, 400) else None
    if root is not None:
        _raise_error_entry(root)
    if reply.status != 200:
        raise SourceRefusedError(f"arXiv answered HTTP {reply.status}: {excerpt(reply.body)}")
    if root is None:
        raise _not_a_feed(reply.body)
    return _feed(root)


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header (a number or an HTTP date), within a day; ``None`` when it says nothing.

    >>> parse_retry_after("-5", datetime(2026, 1, 1, tzinfo=UTC))
    0.0
    """
    try:
        seconds = float(value or "nan")
    except ValueError:
        try:
            moment = parsedate_to_datetime(value or "")
        except (ValueError, OverflowError):
            return None
        seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now) / timedelta(seconds=1)
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), _MAX_WAIT_SECONDS)


def excerpt(body: bytes) -> str:
    """The first 200 characters of a body, printable and on one line."""
    text = " ".join(body[: 8 * _EXCERPT_CHARS].decode("utf-8", errors="replace").split())
    text = "".join(c if c.isprintable() else "�" for c in text)
    return text[:_EXCERPT_CHARS] or "(an empty answer)"


def paper_of(result: arxiv.Result) -> Paper:
    """One entry as a paper; its only section is the abstract."""
    arxiv_id, version = entry_id(result.entry_id)
    title, abstract = one_line(result.title), one_line(result.summary)
    dois = (result.doi or "").split()  # an entry may name several, with blanks between
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
        url=f"https://arxiv.org/abs/{arxiv_id}" + (f"v{version}" if version else ""),
        source="arxiv",
        retracted=any(_WITHDRAWN.search(one_line(text)) for text in (result.comment, abstract)),
        sections=(Section(title="Abstract", text=abstract),) if abstract else (),
    )


def entry_id(text: str) -> tuple[str, int | None]:
    """The arXiv id and version of an entry that ``read_reply`` let through."""
    parsed = parse_arxiv_id(text)
    if parsed is None:
        raise SourceRefusedError(f"arXiv sent an entry whose id is not an arXiv id: {text[:_EXCERPT_CHARS]}")
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


def _not_a_feed(body: bytes) -> SourceRefusedError:
    """What to raise for a body that is no feed: one that begins as a feed was cut short and may be asked again."""
    if b"<feed" in body[:1024] and b"<!DOCTYPE" not in body[:1024]:
        return RefusedForNowError(f"arXiv sent a damaged Atom feed: {excerpt(body)}")
    return SourceRefusedError(f"arXiv sent something other than an Atom feed: {excerpt(body)}")


def _raise_error_entry(root: Any) -> None:
    """Raise arXiv's own error: it comes as an entry, under HTTP 400 and under 200."""
    for entry in root.iterfind(f"{_ATOM}entry"):
        if _ERROR_ID in (entry.findtext(f"{_ATOM}id") or ""):
            words = one_line(entry.findtext(f"{_ATOM}summary")) or one_line(entry.findtext(f"{_ATOM}title"))
            raise SourceRefusedError(
                f"arXiv answered with an error: {words[:_EXCERPT_CHARS] or '(no words)'}"
            )


def _feed(root: Any) -> Feed:
    """Count the entries and drop those that cannot become a paper."""
    entries = root.findall(f"{_ATOM}entry")
    usable = [entry for entry in entries if _is_usable(entry)]
    for entry in entries:
        if entry not in usable:
            root.remove(entry)
    try:
        total = max(0, int(root.findtext(_TOTAL) or ""))
    except ValueError as error:
        raise RefusedForNowError("arXiv sent a feed that does not say how many results there are") from error
    return Feed(etree.tostring(root), total, len(entries), len(usable))


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
