"""OpenAlex's JSON → papers: what its works hold, taken leniently. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from synthesis.errors import SourceRefusedError
from synthesis.identifiers import make_paper_id
from synthesis.network.diagnosis import diagnose_http, excerpt, parse_retry_after
from synthesis.network.messages import Trouble
from synthesis.reading.metadata import Identifiers, abstract_sections
from synthesis.records import Link, Notice, Paper
from synthesis.sources.lenient import Count, Flag, Lenient, Name, Text, Token, Year, as_list, read_json
from synthesis.sources.markup import plain_abstract, plain_text
from synthesis.sources.titles import title_notice
from synthesis.sources.urls import web_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synthesis.network.messages import Response

TITLE = "OpenAlex"
NAME = "openalex"
_MAX_WORDS = 50_000  # of an abstract; books' indices have been put there
_MAX_AUTHORS = 5000
_MAX_FIELDS = 12
_LONG_WAIT_SECONDS = 300.0  # nobody waits so long for a second to pass: it is the day's budget
_WORK_ID = re.compile(
    r"(?:openalex:|https?://(?:api\.)?openalex\.org/(?:works/)?)?(W\d{4,12})", re.IGNORECASE
)
_PMID = re.compile(r"(?:pmid:\s*|https?://pubmed\.ncbi\.nlm\.nih\.gov/)(\d{1,9})/?", re.IGNORECASE)
_PMCID = re.compile(
    r"(?:pmcid:\s*|https?://\S+/pmc/articles/|https?://pmc\.ncbi\.nlm\.nih\.gov/articles/)?(?:PMC)?(\d{1,9})/?",
    re.IGNORECASE,
)
_VERSIONS: dict[str | None, Literal["published", "accepted", "submitted"]] = {
    "publishedVersion": "published",
    "acceptedVersion": "accepted",
    "submittedVersion": "submitted",
}


class _Object(Lenient):
    model_config = ConfigDict(alias_generator=None)


class _Named(_Object):
    display_name: Text = None


class _Topic(_Named):
    subfield: _Named = _Named()
    field: _Named = _Named()


class _Location(_Object):
    is_oa: Flag = None
    landing_page_url: Text = None
    pdf_url: Text = None
    version: Text = None
    source: _Named = _Named()


class _Authorship(_Object):
    author: _Named = _Named()
    raw_author_name: Text = None


class _OpenAccess(_Object):
    is_oa: Flag = None
    oa_url: Text = None


class _Ids(_Object):
    pmid: Name = None
    pmcid: Name = None


def _as_index(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


class Work(_Object):
    """A work, of the fields that are asked for."""

    id: Text = None
    doi: Text = None
    title: Text = None
    display_name: Text = None
    publication_year: Year = None
    ids: _Ids = _Ids()
    language: Text = None
    primary_location: _Location = _Location()
    best_oa_location: _Location = _Location()
    locations: Annotated[tuple[_Location, ...], BeforeValidator(as_list)] = ()
    open_access: _OpenAccess = _OpenAccess()
    authorships: Annotated[tuple[_Authorship, ...], BeforeValidator(as_list)] = ()
    cited_by_count: Count = None
    is_retracted: Flag = None
    topics: Annotated[tuple[_Topic, ...], BeforeValidator(as_list)] = ()
    abstract_inverted_index: Annotated[dict[str, Any], BeforeValidator(_as_index)] = Field(
        default_factory=dict
    )
    referenced_works: Annotated[tuple[Name, ...], BeforeValidator(as_list)] = ()


class Meta(_Object):
    """What a list says of itself."""

    count: Count = None
    page: Count = None
    per_page: Count = None
    next_cursor: Token = None


class WorkList(_Object):
    """A page of works."""

    meta: Meta = Meta()
    results: tuple[Work, ...]


# root-level fields alone can be selected (developers.openalex.org, guide "Select fields")
FIELDS = tuple(name for name in Work.model_fields if name not in {"display_name", "referenced_works"})


def read_list(response: Response) -> WorkList:
    """A page of works.

    Raises:
        SourceRefusedError: the answer is not one, e.g. an error under a status that is none, or a page of HTML.
    """
    value = read_json(response.body, TITLE)
    if response.status != 200 or not isinstance(value, dict) or not isinstance(value.get("results"), list):
        raise _refused(response, "a list of works")
    return WorkList.model_validate(value)


def read_work(response: Response) -> Work | None:
    """A single work; ``None`` where OpenAlex holds none (its 404 is a page of HTML).

    Raises:
        SourceRefusedError: the answer is neither.
    """
    if response.status == 404:
        return None
    value = read_json(response.body, TITLE)
    if response.status != 200 or not isinstance(value, dict) or not {"id", "doi"} & value.keys():
        raise _refused(response, "a work")
    return Work.model_validate(value)


def _refused(response: Response, expected: str) -> SourceRefusedError:
    return SourceRefusedError(
        f"{TITLE} answered HTTP {response.status} with something that is not {expected}: {excerpt(response.body)}"
    )


def diagnose(response: Response, now: datetime) -> Trouble | None:
    """What is wrong with an answer; ``None`` for a 404 as well, which says that a work is not held.

    A 429 means too many requests in a second, or that the day's budget is used up: then it asks for a long wait, or
    says that less remains than the request costs. 403 has been used for the rate too. The budget is renewed at
    midnight UTC.
    """
    if response.status == 404:
        return None
    if response.status not in {403, 429}:
        return diagnose_http(TITLE, response, now)
    words = f"{TITLE} answered HTTP {response.status}: {excerpt(response.body)}"
    wait = parse_retry_after(response.headers.get("retry-after"), now)
    if _is_spent(response, wait):
        until_midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC) - now
        return Trouble(
            "spent", f"{words} (the day's budget is used up)", wait or until_midnight.total_seconds()
        )
    if response.status == 429 or b"rate" in response.body[:2000].lower():
        return Trouble("busy", words, wait)
    return diagnose_http(TITLE, response, now)


def _is_spent(response: Response, wait: float | None) -> bool:
    if wait is not None and wait > _LONG_WAIT_SECONDS:
        return True
    for unit in ("", "-usd"):
        remaining = _number(response.headers.get(f"x-ratelimit-remaining{unit}"))
        cost = "credits-required" if not unit else "cost-required-usd"
        needed = _number(response.headers.get(f"x-ratelimit-{cost}"))
        if remaining is not None and (remaining <= 0 or (needed is not None and remaining < needed)):
            return True
    return b"insufficient budget" in response.body[:2000].lower()


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def work_id(text: str) -> str | None:
    """The OpenAlex id in ``text``: bare, as ``openalex:W…``, or a URL.

    >>> work_id("https://openalex.org/W4408732759"), work_id("Wallabies")
    ('W4408732759', None)
    """
    match = _WORK_ID.fullmatch(text.strip())
    return match[1].upper() if match else None


def pubmed_ids(pmid: str | None, pmcid: str | None) -> tuple[str, ...]:
    """``pmid:…`` and ``pmcid:PMC…`` of numbers, ids or URLs."""
    found = []
    if pmid and (match := re.fullmatch(r"\d{1,9}", pmid) or _PMID.fullmatch(pmid)):
        found.append(f"pmid:{match[match.lastindex or 0]}")
    if pmcid and (match := _PMCID.fullmatch(pmcid)):
        found.append(f"pmcid:PMC{match[1]}")
    return tuple(found)


def paper_of(work: Work) -> Paper | None:
    """A work as a paper, its abstract the only section; ``None`` without a title."""
    title = plain_text(work.title or work.display_name or "")
    if title is None:
        return None
    locations = (work.best_oa_location, work.primary_location, *work.locations)
    urls = [url for place in locations for url in (place.landing_page_url, place.pdf_url) if url]
    ids = Identifiers.of([work.doi, *urls])
    own = work_id(work.id or "")
    abstract = plain_abstract(rebuild_abstract(work.abstract_inverted_index))
    return Paper(
        paper_id=make_paper_id(title=title, arxiv_id=ids.arxiv_id, doi=ids.doi, acl_id=ids.acl_id),
        title=title,
        abstract=abstract,
        authors=_authors(work.authorships),
        year=work.publication_year,
        venue=work.primary_location.source.display_name,
        doi=ids.doi,
        arxiv_id=ids.arxiv_id,
        arxiv_version=ids.arxiv_version,
        acl_id=ids.acl_id,
        url=f"https://doi.org/{ids.doi}" if ids.doi else _first_url(work.primary_location, own),
        source=NAME,
        retracted=bool(notices := _notices(work, title)),
        other_ids=(*([f"openalex:{own}"] if own else []), *pubmed_ids(work.ids.pmid, work.ids.pmcid)),
        sections=abstract_sections(abstract),
        language=_language(work.language),
        fields=_fields(work.topics),
        cited_by=work.cited_by_count,
        open_access=work.open_access.is_oa,
        links=tuple(_links(locations)),
        notices=notices,
    )


def rebuild_abstract(index: dict[str, Any]) -> str:
    """The text of an index word → positions; where positions are missing inside it, "…" stands for the gap.

    >>> rebuild_abstract({"cats": [1, 4], "Our": [0], "like": [3]})
    'Our cats … like cats'
    """
    placed: dict[int, str] = {}
    for word, positions in index.items():
        for position in positions if isinstance(positions, list) else ():
            if isinstance(position, int) and 0 <= position < _MAX_WORDS:
                placed.setdefault(position, word)
    order = sorted(placed)
    gaps = {later for earlier, later in pairwise(order) if later - earlier > 1}
    return " ".join(chain.from_iterable((("…", placed[p]) if p in gaps else (placed[p],)) for p in order))


def _authors(authorships: Iterable[_Authorship]) -> tuple[str, ...]:
    names = (one.author.display_name or one.raw_author_name for one in authorships)
    return tuple(name for name in names if name)[:_MAX_AUTHORS]


def _first_url(location: _Location, own: str | None) -> str | None:
    return web_url(location.landing_page_url) or (f"https://openalex.org/{own}" if own else None)


def _notices(work: Work, title: str) -> tuple[Notice, ...]:
    if work.is_retracted:
        return (Notice(kind="retracted", source=NAME, detail=None),)
    stated = title_notice(title, NAME)
    return (stated,) if stated else ()


def _language(code: str | None) -> str | None:
    """ISO 639-1 of "en" or "zh-CN"; ``None`` of anything else."""
    match = re.fullmatch(r"([a-z]{2})(?:[-_].*)?", (code or "").lower())
    return match[1] if match else None


def _fields(topics: Iterable[_Topic]) -> tuple[str, ...]:
    """Fields first, then what is narrower, each once."""
    ranked = list(topics)
    names = [
        name
        for level in ("field", "subfield")
        for topic in ranked
        if (name := getattr(topic, level).display_name)
    ]
    names += [topic.display_name for topic in ranked if topic.display_name]
    return tuple(dict.fromkeys(names))[:_MAX_FIELDS]


def _links(locations: Iterable[_Location]) -> Iterable[Link]:
    """The open PDFs, the best first, each URL once; pages that only lead to a text are left out."""
    seen = set()
    for place in locations:
        url = web_url(place.pdf_url)
        if place.is_oa and url and url not in seen:
            seen.add(url)
            yield Link(url=url, form="pdf", source=NAME, version=_VERSIONS.get(place.version))
