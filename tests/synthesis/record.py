"""Our own fixtures held against the real hosts: what is asked for each, what must be in the answer, what is kept of it.

The works in our fixtures are invented, so that nobody's words lie in the repository: a real answer that holds works is
only checked for what we read of it. One that holds none (an error, "not held", no hits) is stored in its fixture's
place. No key is ever sent, and of the headers only those are kept that say how to read the answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recordings import Recording

from synthesis.network.messages import Request, Service
from synthesis.sources import arxiv, crossref, europe_pmc, openalex, semantic_scholar
from synthesis.sources.arxiv_feed import diagnose_feed
from synthesis.sources.semantic_scholar_model import FIELDS as S2_FIELDS

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from synthesis.network.client import Client
    from synthesis.network.messages import Response, Trouble

_HEADERS = ("content-type", "retry-after", "x-api-pool", "x-rate-limit-interval", "x-rate-limit-limit")


@dataclass(frozen=True)
class Question:
    """What is asked of a real host for one fixture; ``needed`` are paths in its JSON, "[]" for each of a list.

    Without ``needed`` the answer holds no work and is stored.
    """

    fixture: str  # folder/name
    url: str
    needed: str = ""


_O, _C = openalex.BASE_URL, crossref.BASE_URL
_S, _E = "https://api.semanticscholar.org/graph/v1", "https://www.ebi.ac.uk/europepmc/webservices/rest"
_A = "https://export.arxiv.org/api/query"
_WORK = (
    "id doi title publication_year ids.openalex language primary_location best_oa_location locations[].is_oa "
    "open_access.is_oa authorships[].author.display_name cited_by_count is_retracted topics abstract_inverted_index"
)
_WORKS = "meta.count meta.page meta.per_page " + " ".join(f"results[].{path}" for path in _WORK.split())
_ITEMS = (
    "status message.total-results message.items-per-page message.items[].DOI message.items[].title "
    "message.items[].issued.date-parts message.items[].is-referenced-by-count"
)
_OA_SELECT = ",".join(openalex.FIELDS)
_CR_SELECT = ",".join(crossref.FIELDS)

QUESTIONS = (
    Question(
        "openalex/search_page_1", f"{_O}/works?search=owls&per_page=2&page=1&select={_OA_SELECT}", _WORKS
    ),
    Question("openalex/work_by_doi", f"{_O}/works/doi:10.7717/peerj.4375", f"{_WORK} referenced_works"),
    Question("openalex/title_found", f"{_O}/works?filter=title.search:The+state+of+OA&per_page=10", _WORKS),
    Question(
        "openalex/references", f"{_O}/works?filter=openalex:W2741809807|W2741809808&per_page=50", _WORKS
    ),
    Question(
        "openalex/citations",
        f"{_O}/works?sort=cited_by_count:desc&filter=cites:W2741809807&per_page=5",
        _WORKS,
    ),
    Question("openalex/work_not_held", f"{_O}/works/doi:10.99999/nothing"),
    Question("openalex/search_without_hits", f"{_O}/works?search=qzxjqzxjq&per_page=5&page=1"),
    Question("openalex/bad_filter", f"{_O}/works?filter=no_such_filter:1&per_page=5&page=1"),
    Question("crossref/search", f"{_C}/works?query.bibliographic=owls&rows=3&select={_CR_SELECT}", _ITEMS),
    Question(
        "crossref/search_cursor_1",
        f"{_C}/works?query.bibliographic=owls&rows=2&cursor=*&select={_CR_SELECT}",
        f"{_ITEMS} message.next-cursor",
    ),
    Question("crossref/work_by_doi", f"{_C}/works/10.7717/peerj.4375", "message.DOI message.reference[].key"),
    Question("crossref/work_not_held", f"{_C}/works/10.99999/nothing"),
    Question("crossref/search_without_hits", f"{_C}/works?query.bibliographic=qzxjqzxjq&rows=3"),
    Question("crossref/bad_cursor", f"{_C}/works?query.bibliographic=cursor&rows=2&cursor=thing"),
    Question("crossref/bad_rows", f"{_C}/works?query.bibliographic=rows&rows=things"),
    Question(
        "semantic_scholar/search_page_1",
        f"{_S}/paper/search?query=owls&offset=0&limit=2&fields={S2_FIELDS}",
        "total next data[].paperId data[].title data[].externalIds data[].openAccessPdf",
    ),
    Question("semantic_scholar/match_none", f"{_S}/paper/search/match?query=qzxjqzxjq&fields=title"),
    Question("semantic_scholar/search_without_hits", f"{_S}/paper/search?query=qzxjqzxjq&offset=0&limit=2"),
    Question(
        "europe_pmc/search_page_1",
        f"{_E}/search?query=owls&format=json&pageSize=2&cursorMark=*&resultType=core",
        "hitCount nextCursorMark resultList.result[].id resultList.result[].source resultList.result[].title",
    ),
    Question(
        "europe_pmc/search_without_hits",
        f"{_E}/search?query=qzxjqzxjq&format=json&pageSize=2&cursorMark=*&resultType=core",
    ),
    Question("arxiv/id_unknown", f"{_A}?search_query=&id_list=0000.0000&start=0&max_results=100"),
    Question("arxiv/id_malformed", f"{_A}?search_query=&id_list=abc&start=0&max_results=100"),
)
# Fixtures of which no real host can be asked, and why.
UNASKED = {
    "openalex/bad_key": "a wrong key would have to be sent",
    "openalex/budget_spent": "the budget of the day would have to be used up",
    "unpaywall": "it wants an e-mail address with every request",
}


def _let_through(diagnose: Any, response: Response, now: datetime) -> Trouble | None:
    """Errors are recorded as well; a host that is busy is asked again, as always."""
    trouble = diagnose(response, now)
    return None if trouble is None or trouble.kind == "refused" else trouble


def _service(name: str, title: str, interval_seconds: float, diagnose: Any) -> Service:
    return Service(name, title, interval_seconds, partial(_let_through, diagnose))


_S2_DIAGNOSE = partial(semantic_scholar.diagnose, keyed=False)
SERVICES = {
    urlsplit(_O).hostname: _service("openalex", "OpenAlex", 0.1, openalex.diagnose),
    urlsplit(_C).hostname: _service("crossref", "Crossref", crossref.INTERVAL_SECONDS, crossref.diagnose),
    urlsplit(_S).hostname: _service("semantic-scholar", "Semantic Scholar", 1.0, _S2_DIAGNOSE),
    urlsplit(_E).hostname: _service(
        "europe-pmc", "Europe PMC", europe_pmc.INTERVAL_SECONDS, europe_pmc.diagnose
    ),
    urlsplit(_A).hostname: _service("arxiv", "arXiv", arxiv.SERVICE.interval_seconds, diagnose_feed),
}


def record(client: Client, url: str, service: Service) -> Recording:
    """Ask for ``url`` through the real client at its real pace.

    Raises:
        SourceError: as ``Client.send``.
    """
    response = client.send(Request(url, accept="*/*"), service, fresh=True)
    headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
    return Recording("live", url, response.status, headers, response.body)


def lacking(recording: Recording, needed: str) -> list[str]:
    """Those of the ``needed`` paths that lead nowhere in the answer."""
    value = json.loads(recording.body)
    return [path for path in needed.split() if not _leads(value, path.split("."))]


def _leads(value: Any, steps: list[str]) -> bool:
    if not steps:
        return True
    name, each = steps[0].removesuffix("[]"), steps[0].endswith("[]")
    if not isinstance(value, dict) or name not in value:
        return value is None  # an object that is not there may be null
    inner = value[name]
    if not each:
        return _leads(inner, steps[1:])
    return isinstance(inner, list) and all(_leads(one, steps[1:]) for one in inner)


def store(recording: Recording, path: Path) -> None:
    """Write an exchange in the form of our own fixtures."""
    values: dict[str, Any] = {
        "url": recording.url,
        "status_code": recording.status,
        "headers": {"-".join(map(str.capitalize, n.split("-"))): v for n, v in recording.headers.items()},
    }
    try:
        values["json"] = json.loads(recording.body)
    except ValueError:
        values["body"] = recording.body.decode("utf-8")
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
